//! The keys of an open vault, and of a slot that is yet to be stored.

use crate::envelope::{Keeper, Slot, SlotHeader, SlotId, SlotKind};
use crate::error::Error;
use crate::protector::VaultId;
use crate::recovery::RecoveryPublicKey;
use crate::secret::{Key, Passcode};

/// The keys of an open vault.
pub(super) struct Keys {
    pub(super) dek: Key,
    /// The KEKs that were used, so that the DEK can be wrapped anew without asking again.
    keks: Vec<(SlotId, Key)>,
}

impl Keys {
    /// The keys that `kek` gives, if it is the slot's.
    pub(super) fn from_slot(slot: &Slot, kek: Key) -> Option<Self> {
        let dek = slot.unwrap(&kek)?;
        Some(Self { dek, keks: vec![(slot.header.id, kek)] })
    }

    /// Whether the KEK of one of these slots' protectors is at hand. If not, a recovery code or key
    /// opened the vault.
    pub(super) fn has_protector(&self, slots: &[Slot]) -> bool {
        let protectors = slots.iter().filter(|slot| !slot.is_recovery());
        protectors.map(|slot| slot.header.id).any(|id| self.keks.iter().any(|(it, _)| *it == id))
    }

    /// `slots` with a fresh DEK in each, those of `recovery` in the place of the recovery slots that
    /// there are. `None` if that would take asking somebody: a KEK is not at hand.
    pub(super) fn renew(
        &self,
        vault: VaultId,
        slots: &[Slot],
        recovery: &[RecoverySlot],
    ) -> Result<Option<(Vec<Slot>, Self)>, Error> {
        let dek = Key::generate()?;
        let (mut renewed, mut keks) = (Vec::new(), Vec::new());
        for slot in slots.iter().filter(|slot| !slot.is_recovery()) {
            let Some((id, kek)) = self.keks.iter().find(|(id, _)| *id == slot.header.id) else {
                return Ok(None);
            };
            renewed.push(slot.header.clone().wrap(kek, &dek));
            keks.push((*id, kek.clone()));
        }
        if renewed.is_empty() {
            return Ok(None);
        }
        for slot in recovery {
            renewed.push(slot.wrap(vault, &dek)?);
        }
        Ok(Some((renewed, Self { dek, keks })))
    }

    /// The DEK of a vault whose slots may have changed, if one of these KEKs still opens one.
    pub(super) fn for_slots(&self, slots: &[Slot]) -> Option<Self> {
        slots.iter().find_map(|slot| {
            let (_, kek) = self.keks.iter().find(|(id, _)| *id == slot.header.id)?;
            Self::from_slot(slot, kek.clone())
        })
    }
}

/// A slot that a recovery code or key opens, without the DEK in it. It takes nobody to wrap another
/// one for it.
#[derive(Clone, Copy)]
pub(super) struct RecoverySlot {
    pub(super) id: SlotId,
    pub(super) keeper: Keeper,
    pub(super) public: RecoveryPublicKey,
}

impl RecoverySlot {
    /// A slot that was not there before.
    pub(super) fn new(keeper: Keeper, public: RecoveryPublicKey) -> Result<Self, Error> {
        Ok(Self { id: SlotId::generate()?, keeper, public })
    }

    /// The recovery slots among `slots`.
    pub(super) fn among(slots: &[Slot]) -> Vec<Self> {
        let of = |slot: &Slot| match &slot.header.kind {
            SlotKind::Recovery(it) => {
                Some(Self { id: slot.header.id, keeper: it.keeper, public: it.public })
            }
            _ => None,
        };
        slots.iter().filter_map(of).collect()
    }

    /// The slot with this DEK in it.
    pub(super) fn wrap(&self, vault: VaultId, dek: &Key) -> Result<Slot, Error> {
        Slot::recovery(self.id, self.keeper, self.public, vault, dek)
    }
}

/// A slot that has been made but not yet stored.
pub(super) struct NewSlot {
    header: SlotHeader,
    kek: Key,
    /// The passcode, when there was one: if the store must be written again from the start,
    /// nobody should have to type it again.
    pub(super) passcode: Option<Passcode>,
}

impl NewSlot {
    /// A slot with a KEK from the key material that its protectors released.
    pub(super) fn make(
        vault: VaultId,
        kind: SlotKind,
        material: &[&Key],
        passcode: Option<Passcode>,
    ) -> Result<Self, Error> {
        let header = SlotHeader::new(kind)?;
        let kek = header.derive_kek(vault, material);
        Ok(Self { header, kek, passcode })
    }

    /// Wraps a fresh DEK, for this slot and for those of `recovery`: every change of slots makes a
    /// new one, so that an older copy's slots cannot open newer content.
    pub(super) fn protect(
        self,
        vault: VaultId,
        recovery: &[RecoverySlot],
    ) -> Result<(Vec<Slot>, Keys), Error> {
        let dek = Key::generate()?;
        let id = self.header.id;
        let mut slots = vec![self.header.wrap(&self.kek, &dek)];
        for slot in recovery {
            slots.push(slot.wrap(vault, &dek)?);
        }
        Ok((slots, Keys { dek, keks: vec![(id, self.kek)] }))
    }
}
