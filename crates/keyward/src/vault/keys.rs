//! The keys of an open vault, and of a slot that is yet to be stored.

use crate::envelope::{Slot, SlotHeader, SlotId, SlotKind};
use crate::error::Error;
use crate::protector::VaultId;
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

    /// The DEK of a vault whose slots may have changed, if one of these KEKs still opens one.
    pub(super) fn for_slots(&self, slots: &[Slot]) -> Option<Self> {
        slots.iter().find_map(|slot| {
            let (_, kek) = self.keks.iter().find(|(id, _)| *id == slot.header.id)?;
            Self::from_slot(slot, kek.clone())
        })
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

    /// Wraps a fresh DEK: every change of slots makes a new one, so that an older copy's slots
    /// cannot open newer content.
    pub(super) fn protect(self) -> Result<(Vec<Slot>, Keys), Error> {
        let dek = Key::generate()?;
        let id = self.header.id;
        let slot = self.header.wrap(&self.kek, &dek);
        Ok((vec![slot], Keys { dek, keks: vec![(id, self.kek)] }))
    }
}
