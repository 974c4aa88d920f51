//! What protects a vault, chosen from what the app wants and accepts, by what the device has.

use super::changing::Sealing;
use super::engine::Engine;
use super::keys::{NewSlot, RecoverySlot};
use crate::config::{Config, VaultType};
use crate::crypto;
use crate::envelope::{Head, SlotKind};
use crate::error::Error;
use crate::fallback::{Protection, Standing};
use crate::protector::VaultId;

impl Engine {
    /// Enrolls what `config` asks for, or what it accepts instead, for the vault's present identity
    /// or a new one. Its recovery slots stay.
    pub(super) async fn new_protection(&self, config: &Config) -> Result<Sealing, Error> {
        self.new_protection_with(config, &self.recovery_slots(), self.lasting_identity()).await
    }

    /// The identity that the next protector is enrolled for, if the vault keeps the one that it has.
    ///
    /// One that a recovery opened does not: a key store has one key for an identity, and what it makes
    /// for a slot that is not stored in the end must not stand where the present slot's was.
    pub(super) fn lasting_identity(&self) -> Option<VaultId> {
        let inner = self.inner.borrow();
        let head = inner.known.head()?;
        let recovered = inner.keys.as_ref().is_some_and(|keys| !keys.has_protector(&head.slots));
        (!recovered).then_some(head.header.vault)
    }

    /// [`Engine::new_protection`] with these recovery slots, and for this identity or a new one.
    pub(super) async fn new_protection_with(
        &self,
        config: &Config,
        recovery: &[RecoverySlot],
        identity: Option<VaultId>,
    ) -> Result<Sealing, Error> {
        self.enroll_first(config, &config.acceptable(), None, recovery, identity).await
    }

    /// The protection in use for a configuration that accepts it, unless something is to be had that
    /// the app would rather have.
    pub(super) async fn best_protection(&self, config: &Config) -> Result<Sealing, Error> {
        let held = self.held().filter(|held| config.rank(*held).is_some());
        let (Some(held), Some(mut present)) = (held, self.present_protection()) else {
            return self.new_protection(config).await;
        };
        match self.first_of(config, &config.better_than(held), Some(held)).await {
            Err(Error::Unsupported { .. }) => {
                present.standing = self.standing_with(config, held);
                Ok(present)
            }
            better => better,
        }
    }

    /// Enrolls the first of these that this device supports. The others are not tried after one that
    /// is only out of reach now, or that a person refuses.
    pub(super) async fn first_of(
        &self,
        config: &Config,
        candidates: &[Protection],
        better_than: Option<Protection>,
    ) -> Result<Sealing, Error> {
        let (recovery, identity) = (self.recovery_slots(), self.lasting_identity());
        self.enroll_first(config, candidates, better_than, &recovery, identity).await
    }

    async fn enroll_first(
        &self,
        config: &Config,
        candidates: &[Protection],
        better_than: Option<Protection>,
        recovery: &[RecoverySlot],
        identity: Option<VaultId>,
    ) -> Result<Sealing, Error> {
        // Before a protector or a person is asked in vain.
        self.inner.borrow().known.next_epoch()?;
        let vault = match identity {
            Some(vault) => vault,
            None => VaultId(crypto::random()?),
        };
        let (slot, kind) = self.enroll(vault, config, candidates, better_than).await?;
        self.protection_by(vault, config, slot, kind, recovery)
    }

    /// The protection that consists of this new slot.
    pub(super) fn protection_by(
        &self,
        vault: VaultId,
        config: &Config,
        mut slot: NewSlot,
        kind: Protection,
        recovery: &[RecoverySlot],
    ) -> Result<Sealing, Error> {
        let passcode = slot.passcode.take();
        let (slots, keys) = slot.protect(vault, recovery)?;
        let standing = self.standing_with(config, kind);
        Ok(Sealing { vault, slots, standing, new_keys: Some(keys), passcode })
    }

    /// How the vault stands when `present` protects it.
    fn standing_with(&self, config: &Config, present: Protection) -> Standing {
        let before = {
            let inner = self.inner.borrow();
            inner.known.head().map(|head| head.header.standing.clone()).unwrap_or_default()
        };
        before.after(config, self.held(), present, self.platform.clock.wall())
    }

    /// Whether something weaker than wanted protects the vault.
    pub(super) fn is_weakened(&self) -> bool {
        let inner = self.inner.borrow();
        inner.known.head().is_some_and(|head| head.header.standing.present.is_some())
    }

    /// What protects the vault now; `None` while it has no key.
    pub(super) fn held(&self) -> Option<Protection> {
        let inner = self.inner.borrow();
        let head = inner.known.head()?;
        head.header.standing.present.or_else(|| self.protects(head))
    }

    /// What the slots say, by this platform's protectors, of a vault that is protected as wanted, or
    /// whose configuration lists nothing else.
    fn protects(&self, head: &Head) -> Option<Protection> {
        head.slots.iter().find_map(|slot| match &slot.header.kind {
            SlotKind::DeviceStore(place) => {
                let protector = self.platform.provider(&place.provider);
                let ordinary = protector.is_some_and(|protector| protector.is_ordinary());
                Some(if ordinary { Protection::KeyFile } else { Protection::SecureStorage })
            }
            SlotKind::UserVerification(_) => Protection::wanted(&head.header.config)
                .filter(|it| it.vault_type() == VaultType::DeviceSecurity),
            SlotKind::Passcode { device: None, .. } => Some(Protection::PasscodeAlone),
            SlotKind::Passcode { .. } => Some(Protection::CustomPasscode),
            SlotKind::Recovery(_) | SlotKind::Blank => None,
        })
    }
}
