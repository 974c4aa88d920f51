//! Recovery: the slots that a code or a private key opens, and what opens them when the vault's
//! protector does not.

use subtle::ConstantTimeEq;

use super::attempts;
use super::engine::Engine;
use super::keys::{Keys, RecoverySlot};
use crate::config::{Config, VaultType};
use crate::entry::Change;
use crate::envelope::{Head, Keeper, MAX_SLOTS, Sealed, Slot, SlotKind};
use crate::error::{Error, Invalid};
use crate::event::PasscodePurpose;
use crate::policy::Guess;
use crate::recovery::{Recovery, RecoveryCode, RecoveryPublicKey};
use crate::state::Input;

impl Engine {
    pub(super) async fn enroll_recovery(&self) -> Result<RecoveryCode, Error> {
        let code = RecoveryCode::generate()?;
        let slot = RecoverySlot::new(Keeper::Code, code.public_key())?;
        self.change_recovery(|slots| {
            slots.retain(|it| it.keeper != Keeper::Code);
            slots.push(slot);
        })
        .await?;
        Ok(code)
    }

    pub(super) async fn enroll_recovery_key(&self, public: RecoveryPublicKey) -> Result<(), Error> {
        let slot = RecoverySlot::new(Keeper::Key, public)?;
        self.change_recovery(|slots| {
            slots.retain(|it| it.keeper != Keeper::Key || it.public != public);
            slots.push(slot);
        })
        .await
    }

    pub(super) async fn revoke_recovery(&self) -> Result<(), Error> {
        self.ensure_readable().await?;
        let none = |head: &Head| !head.slots.iter().any(Slot::is_recovery);
        if self.inner.borrow().known.head().is_none_or(none) {
            return Ok(());
        }
        self.change_recovery(Vec::clear).await
    }

    /// Wraps a fresh DEK for the present protector, without asking anyone, and for the recovery slots
    /// that `change` makes of the present ones.
    async fn change_recovery(&self, change: impl Fn(&mut Vec<RecoverySlot>)) -> Result<(), Error> {
        loop {
            self.ensure_writable().await?;
            let config = self.config()?;
            if config.vault_type == VaultType::InMemory {
                return Err(Error::NothingToRecover);
            }
            let mut slots = self.recovery_slots();
            change(&mut slots);
            // One is the protector's.
            if slots.len() as u64 >= MAX_SLOTS {
                return Err(Invalid::TooManySlots.into());
            }
            let protection = match self.renewed_protection(&slots)? {
                Some(renewed) => renewed,
                None => {
                    let identity = self.lasting_identity();
                    self.new_protection_with(&config, &slots, identity).await?
                }
            };
            if self.swap(&config, protection, &Change::nothing()).await? {
                return Ok(());
            }
            self.reload().await?;
        }
    }

    pub(super) async fn recover(&self, recovery: &Recovery) -> Result<(), Error> {
        self.ensure_readable().await?;
        let wanted = self.wanted_config()?;
        loop {
            self.open_with(recovery).await?;
            let config = match &wanted {
                Some(config) => config.clone(),
                None => self.config()?,
            };
            if config.vault_type == VaultType::InMemory {
                return Err(Error::NothingToRecover);
            }
            // A new identity, as `lasting_identity` says, even if its protector had opened it.
            let slots = self.recovery_slots();
            let protection = self.new_protection_with(&config, &slots, None).await?;
            if self.swap(&config, protection, &Change::nothing()).await? {
                self.adopt_config(&config);
                return Ok(());
            }
            if self.with_content(|content| content.is_none()) {
                // A lock came while the protector was being enrolled.
                return Err(Error::Dismissed);
            }
            self.reload().await?;
        }
    }

    /// The configuration that this handle was given while the vault's key was lost, if it was.
    fn wanted_config(&self) -> Result<Option<Config>, Error> {
        let config = self.config()?;
        let inner = self.inner.borrow();
        let stored = inner.known.head().map(|head| &head.header.config);
        let differs = stored.is_some_and(|stored| *stored != config);
        Ok(Some(config).filter(|config| differs && config.vault_type != VaultType::InMemory))
    }

    /// Opens the vault as if its protector had, unless it is open: then the code or key is looked at
    /// all the same.
    async fn open_with(&self, recovery: &Recovery) -> Result<(), Error> {
        let cell = self.cells()?.vault;
        let (stored, keys) = loop {
            let stored = cell.load().await?.ok_or(Error::NoRecovery)?;
            let head = Sealed::parse(&stored.bytes)?.head;
            let keys = self.try_recovery(&head, recovery).await?;
            // Counting takes its time: others may have written meanwhile.
            if cell.holds(stored.revision).await? {
                break (stored, keys);
            }
        };
        let sealed = Sealed::parse(&stored.bytes)?;
        let content = sealed.open(&keys.dek)?;
        if self.with_content(|content| content.is_some()) {
            return Ok(());
        }
        self.know(sealed, stored.revision);
        // In one go, so that no lock comes between.
        self.step(Input::UnlockStarted);
        let mut inner = self.inner.borrow_mut();
        inner.keys = Some(keys);
        // A passcode that was handed over to unlock has no use any more.
        inner.passcode.take_if(|(purpose, _)| *purpose == PasscodePurpose::Unlock);
        drop(inner);
        self.shared.hot().content = Some(content);
        self.step(Input::UnlockEnded { unlocked: true });
        Ok(())
    }

    /// The keys that a code or key gives. A code is counted durably before it is tried.
    async fn try_recovery(&self, head: &Head, recovery: &Recovery) -> Result<Keys, Error> {
        let (vault, config) = (head.header.vault, &head.header.config);
        if config.vault_type == VaultType::InMemory {
            return Err(Error::NothingToRecover);
        }
        let keeper = match recovery {
            Recovery::Code(_) => Keeper::Code,
            Recovery::Key(_) => Keeper::Key,
        };
        let slots = RecoverySlot::among(&head.slots);
        if !slots.iter().any(|slot| slot.keeper == keeper) {
            return Err(Error::NoRecovery);
        }
        let cell = self.cells()?.attempts;
        let now = || self.platform.clock.wall();
        let wrong = match recovery {
            Recovery::Key(_) => Error::WrongRecoveryKey,
            Recovery::Code(_) => {
                let guess = Guess::RecoveryCode;
                attempts::load(&*cell, vault, guess, now()).await?;
                let counted = attempts::update(&*cell, vault, guess, |attempts| {
                    Ok(attempts::refuse_early(attempts, config, now())?.count(now()))
                })
                .await?;
                Error::WrongRecoveryCode { attempts_left: counted.left(config) }
            }
        };
        let keys = keys_for(head, recovery).ok_or(wrong)??;
        attempts::forget(&*cell).await?;
        Ok(keys)
    }
}

/// The keys that a recovery code or key gives; `None` if no slot is wrapped for it.
///
/// The public keys are compared, all of them and each in constant time: how long that takes tells
/// nothing of how near a guess was.
pub(super) fn keys_for(head: &Head, recovery: &Recovery) -> Option<Result<Keys, Error>> {
    let private = recovery.private_key();
    let public = private.public_key();
    let mut found = None;
    for slot in &head.slots {
        if let SlotKind::Recovery(params) = &slot.header.kind
            && params.public.as_bytes().ct_eq(public.as_bytes()).into()
        {
            found = Some((slot, params));
        }
    }
    let (slot, params) = found?;
    let shared = private.agree(&params.ephemeral);
    let kek = slot.header.derive_kek(head.header.vault, &[&shared]);
    Some(Keys::from_slot(slot, kek).ok_or(Error::Damaged { what: "its slot" }))
}
