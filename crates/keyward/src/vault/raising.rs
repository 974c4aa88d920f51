//! Raising a vault that was weakened: by itself where nobody has to be asked, and when the app says
//! so.

use super::engine::Engine;
use super::keys::NewSlot;
use crate::capabilities::Readiness;
use crate::config::Config;
use crate::entry::Change;
use crate::envelope::{PasscodeParams, Place, SlotKind};
use crate::error::Error;
use crate::event::Event;
use crate::fallback::{Protection, ProtectionChange, Standing, Turn};
use crate::protector::{Request, Role, VaultId};
use crate::secret::Key;

/// A passcode that has been given, stretched as its slot asks.
type AtHand = (PasscodeParams, Key);

/// What it takes to have a better protection.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Takes {
    /// This new slot, for which nobody was asked.
    Nobody(NewSlot),
    Asking,
    /// The device cannot, or not now, or cannot say.
    More,
}

impl Engine {
    /// Raises an open vault as far as nobody has to be asked for it, and tells the app if more could
    /// be had. What fails here is tried again when the vault is opened the next time: the vault is
    /// open, and no call of the app's has asked for this.
    pub(super) async fn raise_by_itself(&self) {
        let at_hand = self.inner.borrow_mut().at_hand.take();
        let Some((vault, config, present)) = self.weakened() else {
            return;
        };
        let mut takes_asking = None;
        for better in config.better_than(present) {
            match self.takes(better, present, vault, &config, at_hand.as_ref()).await {
                Takes::Nobody(slot) => {
                    let protection =
                        self.protection_by(vault, &config, slot, better, &self.recovery_slots());
                    if let Ok(protection) = protection
                        && let Ok(true) = self.swap(&config, protection, &Change::nothing()).await
                    {
                        break;
                    }
                }
                Takes::Asking => takes_asking = takes_asking.or(Some(better)),
                Takes::More => {}
            }
        }
        let told = std::mem::replace(&mut self.inner.borrow_mut().can_be_raised, takes_asking);
        let present = self.held().unwrap_or(present);
        if let Some(to) = takes_asking.filter(|_| told.is_none()) {
            self.shared.emit(&Event::ProtectionCanBeRaised { present, to });
        }
    }

    /// The vault's identity, its configuration and what protects it, if that is weaker than wanted.
    fn weakened(&self) -> Option<(VaultId, Config, Protection)> {
        let inner = self.inner.borrow();
        let header = &inner.known.head().filter(|_| inner.keys.is_some())?.header;
        let present = header.standing.present?;
        Some((header.vault, header.config.clone(), present))
    }

    async fn takes(
        &self,
        better: Protection,
        present: Protection,
        vault: VaultId,
        config: &Config,
        at_hand: Option<&AtHand>,
    ) -> Takes {
        let from_passcode = present == Protection::PasscodeAlone;
        match better {
            Protection::SecureStorage | Protection::KeyFile => {
                let ordinary = better == Protection::KeyFile;
                let Some((place, material)) = self.enroll_silently(ordinary, vault, config).await
                else {
                    return Takes::More;
                };
                let slot = NewSlot::make(vault, SlotKind::DeviceStore(place), &[&material], None);
                slot.map_or(Takes::More, Takes::Nobody)
            }
            // The same passcode, and the device's secret with it.
            Protection::CustomPasscode if from_passcode => {
                let Some((params, stretched)) = at_hand else {
                    return Takes::More;
                };
                let Some((place, material)) = self.enroll_silently(false, vault, config).await
                else {
                    return Takes::More;
                };
                let kind = SlotKind::Passcode { params: params.clone(), device: Some(place) };
                let slot = NewSlot::make(vault, kind, &[stretched, &material], None);
                slot.map_or(Takes::More, Takes::Nobody)
            }
            Protection::CustomPasscode | Protection::PasscodeAlone => Takes::Asking,
            Protection::SystemPasscode | Protection::Biometrics | Protection::Both => {
                for protector in self.platform.with_role(Role::UserVerification) {
                    match protector.readiness(better.device_security()).await {
                        Ok(Readiness::Ready) => return Takes::Asking,
                        Err(obstacle) if obstacle.is_lack() => {}
                        _ => return Takes::More,
                    }
                }
                Takes::More
            }
        }
    }

    /// Makes a key in the first device store that there is, if it is sure to ask nobody.
    async fn enroll_silently(
        &self,
        ordinary: bool,
        vault: VaultId,
        config: &Config,
    ) -> Option<(Place, Key)> {
        let stores = self.platform.with_role(Role::DeviceStore);
        for protector in stores.filter(|protector| protector.is_ordinary() == ordinary) {
            match protector.readiness(crate::DeviceSecurity::None).await {
                Ok(Readiness::Ready) => {}
                Err(obstacle) if obstacle.is_lack() => continue,
                _ => return None,
            }
            let enrolled = protector.enroll(&Request::new(vault, config)).await.ok()?;
            if enrolled.handle.len() > crate::MAX_HANDLE_LEN {
                return None;
            }
            let provider = protector.provider().to_owned();
            return Some((Place { provider, handle: enrolled.handle }, enrolled.material));
        }
        None
    }

    pub(super) async fn raise(&self) -> Result<bool, Error> {
        self.ensure_readable().await?;
        let before = self.rank_now();
        loop {
            self.ensure_writable().await?;
            let Some((_, config, present)) = self.weakened() else {
                break;
            };
            let better = config.better_than(present);
            let protection = match self.first_of(&config, &better, Some(present)).await {
                Err(Error::Unsupported { .. }) => break,
                protection => protection?,
            };
            if self.swap(&config, protection, &Change::nothing()).await? {
                break;
            }
            self.reload().await?;
        }
        Ok(self.rank_now() < before)
    }

    /// How far from what is wanted the vault is, 0 being wanted.
    fn rank_now(&self) -> usize {
        let inner = self.inner.borrow();
        let header = inner.known.head().map(|head| &head.header);
        let rank = header.and_then(|it| it.config.rank(it.standing.present?));
        rank.unwrap_or(0)
    }

    /// Follows and tells a change of the protection that has just been stored.
    pub(super) fn protection_stored(&self, before: &Standing) {
        let (config, news, raised) = {
            let inner = self.inner.borrow();
            let Some(head) = inner.known.head() else { return };
            let standing = &head.header.standing;
            let as_wanted = standing.present.is_none();
            (head.header.config.clone(), standing.news_since(before), as_wanted)
        };
        if raised {
            self.inner.borrow_mut().can_be_raised = None;
        }
        // The vault locks as what protects it does from now on. A new configuration is adopted by
        // whoever has changed it.
        if self.config().is_ok_and(|present| present == config) {
            self.configure_state(&config);
        }
        match news {
            Some(ProtectionChange { turn: Turn::Weakened, from: wanted, to: present, .. }) => {
                self.shared.emit(&Event::ProtectionWeakened { wanted, present });
            }
            Some(ProtectionChange { turn: Turn::Raised, from, to, .. }) => {
                self.shared.emit(&Event::ProtectionRaised { from, to });
            }
            None => {}
        }
    }
}
