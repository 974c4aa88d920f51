//! How the vault is, and what the device can hold: looked at from aside, with cell handles of its
//! own, so that what is seen here hides nothing from the commands under way.

use std::time::Duration;

use super::attempts;
use super::engine::Engine;
use super::keys::Keys;
use super::registry::{self, Seen};
use crate::capabilities::{Capabilities, Capability, Obstacle, Readiness};
use crate::config::{DeviceSecurity, VaultType};
use crate::envelope::{Content, Head, Place, Record, Sealed, Slot, SlotKind};
use crate::error::{Cause, StoreError};
use crate::fallback::Protection;
use crate::health::{Condition, Health};
use crate::protector::{Probe, Protector, ProtectorError, Request, Role};
use crate::registry::{RegistryError, RegistryState};
use crate::store::{Store, Stored};

impl Engine {
    pub(super) async fn health(&self) -> Health {
        let key = self.inner.borrow().attached.clone();
        let memory = registry::cell(&self.platform, &key);
        let cell = self.platform.stores.open(&key).map(|cells| cells.vault);
        let (found, record) = look_at_both(cell, &memory).await;
        let registry = match (&memory, &record) {
            (Ok(None), _) => RegistryState::Absent,
            (Err(error), _) | (_, Err(error)) => RegistryState::Failed(error.clone()),
            (Ok(Some(_)), Ok(_)) => RegistryState::Works,
        };
        let record = record.ok().flatten();
        let (mut recoverable, mut can_be_raised, mut retry_after) = (false, None, None);
        let (condition, older) = match found {
            Err(error) => (Condition::StoreFailed(error), None),
            Ok(None) if record.is_some_and(|record| record.is_missed()) => {
                (Condition::Vanished, None)
            }
            Ok(None) => (self.without_bytes(), None),
            Ok(Some(stored)) => match Sealed::parse(&stored.bytes) {
                Err(error) => (Condition::of_reading(error), None),
                Ok(sealed) => {
                    recoverable = sealed.head.slots.iter().any(Slot::is_recovery);
                    can_be_raised = self.could_be_had(&sealed.head).await;
                    retry_after = self.retry_after(&key, &sealed.head).await;
                    let seen = Seen::of(&sealed.head.header);
                    let older = record.and_then(|record| seen.older_than(&record));
                    (self.condition(&sealed).await, older)
                }
            },
        };
        Health { condition, older, recoverable, can_be_raised, retry_after, registry }
    }

    /// How long the next guess at the passcode has to wait. A count that does not read is told by
    /// whoever needs it.
    async fn retry_after(&self, key: &str, head: &Head) -> Option<Duration> {
        let is_passcode = |slot: &Slot| matches!(slot.header.kind, SlotKind::Passcode { .. });
        if !head.slots.iter().any(is_passcode) {
            return None;
        }
        let cell = self.platform.stores.open(key).ok()?.attempts;
        let header = &head.header;
        let wait = attempts::wait(&*cell, header.vault, &header.config, self.platform.clock.wall());
        wait.await.ok().filter(|wait| !wait.is_zero())
    }

    /// What the device can hold now that is better than what protects the vault.
    async fn could_be_had(&self, head: &Head) -> Option<Protection> {
        let (config, present) = (&head.header.config, head.header.standing.present?);
        for better in config.better_than(present) {
            let capability = match better {
                Protection::SecureStorage => self.store_capability(false).await,
                Protection::KeyFile => self.store_capability(true).await,
                // The same passcode, with the device's secret.
                Protection::CustomPasscode if present == Protection::PasscodeAlone => {
                    self.store_capability(false).await
                }
                Protection::CustomPasscode | Protection::PasscodeAlone => Capability::Available,
                Protection::SystemPasscode | Protection::Biometrics | Protection::Both => {
                    self.capability(Role::UserVerification, better.device_security()).await
                }
            };
            if matches!(capability, Capability::Available) {
                return Some(better);
            }
        }
        None
    }

    async fn condition(&self, sealed: &Sealed<'_>) -> Condition {
        let head = &sealed.head;
        if head.is_blank() {
            return self.without_bytes();
        }
        let keys = self.inner.borrow().keys.as_ref().and_then(|keys| keys.for_slots(&head.slots));
        if let Some(keys) = keys {
            return verified(sealed, &keys);
        }
        let mut best: Option<Condition> = None;
        for slot in head.slots.iter().filter(|slot| !slot.is_recovery()) {
            match self.slot_condition(sealed, slot).await {
                intact @ (Condition::Intact | Condition::Empty) => return intact,
                locked @ Condition::Locked { .. } => best = Some(locked),
                // As an unlock tells it, if no slot opens: the first trouble, but for a key that is
                // lost, because the next may be there again later.
                trouble => {
                    let lost = |it: &Condition| matches!(it, Condition::KeyLost { .. });
                    best = Some(best.filter(|first| !lost(first)).unwrap_or(trouble));
                }
            }
        }
        // Nobody has to be asked for entries that there are not.
        let locked = best.as_ref().is_none_or(|it| matches!(it, Condition::Locked { .. }));
        if locked && head.header.empty {
            return Condition::Empty;
        }
        // A copy that only a recovery code or key opens lies where a vault should.
        best.unwrap_or(Condition::Locked { key_seen: false })
    }

    /// Nothing is stored but, perhaps, a configuration. Entries can only be in memory.
    fn without_bytes(&self) -> Condition {
        let in_memory = self.config().is_ok_and(|config| config.vault_type == VaultType::InMemory);
        let has_entries = self.with_content(|content| content.is_some_and(|it| !it.is_empty()));
        if in_memory && has_entries { Condition::Intact } else { Condition::Empty }
    }

    async fn slot_condition(&self, sealed: &Sealed<'_>, slot: &Slot) -> Condition {
        let (place, role) = match &slot.header.kind {
            SlotKind::Blank | SlotKind::Recovery(_) => {
                return Condition::Damaged { what: "its slots" };
            }
            SlotKind::DeviceStore(place) => (place, Role::DeviceStore),
            SlotKind::UserVerification(place) => (place, Role::UserVerification),
            SlotKind::Passcode { device: Some(place), .. } => (place, Role::DeviceStore),
            SlotKind::Passcode { device: None, .. } => {
                return Condition::Locked { key_seen: true };
            }
        };
        match self.probe(&sealed.head, place, role).await {
            Err(trouble) => trouble,
            Ok(Probe::CannotTell) => Condition::Locked { key_seen: false },
            Ok(Probe::Released(key)) if matches!(slot.header.kind, SlotKind::DeviceStore(_)) => {
                let kek = slot.header.derive_kek(sealed.head.header.vault, &[&key]);
                match Keys::from_slot(slot, kek) {
                    Some(keys) => verified(sealed, &keys),
                    None => Condition::Damaged { what: "its slot" },
                }
            }
            Ok(Probe::Released(_) | Probe::Present) => Condition::Locked { key_seen: true },
        }
    }

    /// Asks the protector that a slot names, silently.
    async fn probe(&self, head: &Head, place: &Place, role: Role) -> Result<Probe, Condition> {
        let provider = place.provider.clone();
        let unavailable = |obstacle, cause| Condition::KeyUnavailable {
            provider: provider.clone(),
            obstacle,
            cause,
        };
        let named = self.platform.provider(&place.provider);
        let Some(protector) = named.filter(|protector| protector.role() == role) else {
            let cause = Cause::new("this program was not given it");
            return Err(unavailable(Some(Obstacle::NotHere), cause));
        };
        let config = &*head.header.in_force();
        let request = Request::new(head.header.vault, config);
        let wanted = config.device_security;
        match protector.probe(&request, &place.handle).await {
            Ok(probe) => Ok(probe),
            Err(ProtectorError::Lost) => Err(Condition::KeyLost { provider }),
            // Nobody was asked, so nobody has refused.
            Err(ProtectorError::Dismissed | ProtectorError::NotVerified) => Ok(Probe::CannotTell),
            Err(ProtectorError::LockedOut) => {
                Err(unavailable(Some(Obstacle::LockedOut), Cause::new(ProtectorError::LockedOut)))
            }
            Err(ProtectorError::Unavailable(cause)) => {
                Err(unavailable(protector.readiness(wanted).await.err(), cause))
            }
            Err(error @ (ProtectorError::Unsupported(_) | ProtectorError::Full)) => {
                Err(unavailable(protector.readiness(wanted).await.err(), Cause::new(error)))
            }
        }
    }

    pub(super) async fn capabilities(&self) -> Capabilities {
        let device_store = self.capability(Role::DeviceStore, DeviceSecurity::None).await;
        let verification = |wanted| self.capability(Role::UserVerification, wanted);
        Capabilities {
            custom_passcode: match &device_store {
                // Without a device store the passcode stands alone.
                Capability::Unavailable(obstacle) if obstacle.is_lack() => Capability::Available,
                bound => bound.clone(),
            },
            secure_storage: device_store,
            system_passcode: verification(DeviceSecurity::SystemPasscode).await,
            biometrics: verification(DeviceSecurity::Biometrics).await,
            both: verification(DeviceSecurity::Both).await,
            in_memory: Capability::Available,
        }
    }

    /// As enrolling would go: the first protector of the role that the device does not lack.
    async fn capability(&self, role: Role, wanted: DeviceSecurity) -> Capability {
        self.capability_of(role, wanted, &|_| true).await
    }

    /// Of the device stores that are ordinary files, or of the others.
    async fn store_capability(&self, ordinary: bool) -> Capability {
        let meant = |protector: &dyn Protector| protector.is_ordinary() == ordinary;
        self.capability_of(Role::DeviceStore, DeviceSecurity::None, &meant).await
    }

    async fn capability_of(
        &self,
        role: Role,
        wanted: DeviceSecurity,
        meant: &dyn Fn(&dyn Protector) -> bool,
    ) -> Capability {
        let mut lack = None;
        for protector in self.platform.with_role(role).filter(|it| meant(&**it)) {
            match protector.readiness(wanted).await {
                Ok(Readiness::Ready) => return Capability::Available,
                Ok(Readiness::CannotTell) => return Capability::CannotTell,
                Err(obstacle) if obstacle.is_lack() => lack = lack.or(Some(obstacle)),
                Err(obstacle) => return Capability::Unavailable(obstacle),
            }
        }
        Capability::Unavailable(lack.unwrap_or(match role {
            Role::DeviceStore => Obstacle::NoKeyStore,
            Role::UserVerification => Obstacle::NoVerification,
        }))
    }
}

/// What is stored and what is remembered, as they were at one time. What is remembered is read
/// first, because it follows what is stored; and again if they do not agree, because a vault is
/// marked before it is cleared.
async fn look_at_both(
    cell: Result<std::rc::Rc<dyn Store>, StoreError>,
    memory: &Result<Option<std::rc::Rc<dyn Store>>, RegistryError>,
) -> (Result<Option<Stored>, StoreError>, Result<Option<Record>, RegistryError>) {
    let recall = async || match memory {
        Ok(Some(memory)) => registry::recall(&**memory).await,
        _ => Ok(None),
    };
    let cell = match cell {
        Ok(cell) => cell,
        Err(error) => return (Err(error), recall().await),
    };
    let mut record = recall().await;
    loop {
        let found = cell.load().await;
        let (Ok(None), Ok(Some(remembered))) = (&found, &record) else {
            return (found, record);
        };
        if !remembered.is_missed() {
            return (found, record);
        }
        let again = recall().await;
        if matches!(&again, Ok(Some(again)) if again == remembered) {
            return (found, record);
        }
        record = again;
    }
}

/// What opening says, the keys being right.
fn verified(sealed: &Sealed<'_>, keys: &Keys) -> Condition {
    match sealed.open(&keys.dek).as_ref().map(Content::is_empty) {
        Ok(false) => Condition::Intact,
        Ok(true) => Condition::Empty,
        Err(error) => Condition::of_reading(error.clone()),
    }
}
