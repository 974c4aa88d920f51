//! Sealed copies: the entries in a sealed file of their own, which a passphrase or a recovery key
//! alone opens.
//! SPEC.md, section "Sealed copies".

use super::engine::Engine;
use super::keys::{Keys, NewSlot, RecoverySlot};
use super::recovery;
use crate::config::{Config, VaultType};
use crate::crypto::{self, MAX_ARGON2_MEMORY_KIB, MAX_ARGON2_PASSES};
use crate::entry::{Change, Entry, Name, Value, ValueKind};
use crate::envelope::{
    self, Content, Head, Header, Keeper, PasscodeParams, Sealed, Slot, SlotKind,
};
use crate::error::{Error, Invalid, SealedCopyError};
use crate::fallback::Standing;
use crate::protector::VaultId;
use crate::recovery::{Recovery, RecoveryPublicKey};
use crate::secret::{Key, Passcode};

/// What is to open a sealed copy.
#[derive(Debug, Clone)]
pub enum CopyFor {
    /// A passphrase. It must be long: whoever has the copy can guess at it.
    Passphrase(Passcode),
    /// The private key to this public one, or the recovery code that it was made from.
    Recovery(RecoveryPublicKey),
}

impl From<Passcode> for CopyFor {
    fn from(passphrase: Passcode) -> Self {
        Self::Passphrase(passphrase)
    }
}

impl From<RecoveryPublicKey> for CopyFor {
    fn from(public: RecoveryPublicKey) -> Self {
        Self::Recovery(public)
    }
}

/// What opens a sealed copy.
#[derive(Debug, Clone)]
pub enum CopyKey {
    /// Its passphrase.
    Passphrase(Passcode),
    /// A recovery code or private key.
    Recovery(Recovery),
}

impl From<Passcode> for CopyKey {
    fn from(passphrase: Passcode) -> Self {
        Self::Passphrase(passphrase)
    }
}

impl From<Recovery> for CopyKey {
    fn from(recovery: Recovery) -> Self {
        Self::Recovery(recovery)
    }
}

impl Engine {
    pub(super) async fn export_sealed(&self, copy_for: &CopyFor) -> Result<Vec<u8>, Error> {
        let vault = VaultId(crypto::random()?);
        // Before the vault is opened: between opening and sealing there is no pause for a lock.
        let (slots, dek) = match copy_for {
            CopyFor::Passphrase(passphrase) => {
                let params = PasscodeParams::generate(self.platform.argon2)?;
                let stretched = self.hash(passphrase, &params).await?;
                let kind = SlotKind::Passcode { params, device: None };
                let slot = NewSlot::make(vault, kind, &[&stretched], None)?;
                let (slots, keys) = slot.protect(vault, &[])?;
                (slots, keys.dek)
            }
            CopyFor::Recovery(public) => {
                let dek = Key::generate()?;
                (vec![RecoverySlot::new(Keeper::Key, *public)?.wrap(vault, &dek)?], dek)
            }
        };
        self.ensure_open().await?;
        // Only the vault's name: a copy is opened elsewhere, and must not clear itself there.
        let config = Config::new(self.config()?.key, VaultType::CustomPasscode);
        self.with_content(|content| {
            let content = content.ok_or(Error::Dismissed)?;
            let (empty, standing) = (content.is_empty(), Standing::default());
            let header = Header { vault, epoch: 1, empty, config, standing };
            envelope::seal(&Head { header, slots }, &dek, content)
        })
    }

    pub(super) async fn import_sealed(&self, sealed: &[u8], key: &CopyKey) -> Result<(), Error> {
        let entries = self.open_copy(sealed, key).await?;
        self.change(&Change::Replace(entries)).await.map(drop)
    }

    async fn open_copy(&self, sealed: &[u8], key: &CopyKey) -> Result<Vec<(Name, Value)>, Error> {
        let sealed = Sealed::parse(sealed).map_err(of_copy)?;
        let passphrase = match key {
            CopyKey::Passphrase(passphrase) => passphrase,
            CopyKey::Recovery(recovery) => {
                if !sealed.head.slots.iter().any(Slot::is_recovery) {
                    return Err(SealedCopyError::NeedsMore.into());
                }
                let keys = recovery::keys_for(&sealed.head, recovery)
                    .ok_or(SealedCopyError::WrongRecovery)?
                    .map_err(of_copy)?;
                return entries(&sealed.open(&keys.dek).map_err(of_copy)?);
            }
        };
        let slots = passphrase_slots(&sealed.head)?;
        for (slot, params) in slots {
            let stretched = self.hash(passphrase, params).await?;
            let kek = slot.header.derive_kek(sealed.head.header.vault, &[&stretched]);
            if let Some(keys) = Keys::from_slot(slot, kek) {
                return entries(&sealed.open(&keys.dek).map_err(of_copy)?);
            }
        }
        Err(SealedCopyError::WrongPassphrase.into())
    }
}

/// The slots that a passphrase alone opens.
fn passphrase_slots(head: &Head) -> Result<Vec<(&Slot, &PasscodeParams)>, SealedCopyError> {
    let slots: Vec<_> = head
        .slots
        .iter()
        .filter_map(|slot| match &slot.header.kind {
            SlotKind::Passcode { params, device: None } => Some((slot, params)),
            _ => None,
        })
        .collect();
    if slots.is_empty() {
        return Err(SealedCopyError::NeedsMore);
    }
    // Each is within its bounds; together they must not cost more than the dearest one.
    let cost = |memory_kib, passes| u64::from(memory_kib) * u64::from(passes);
    let total: u64 = slots.iter().map(|(_, it)| cost(it.costs.memory_kib, it.costs.passes)).sum();
    if total > cost(MAX_ARGON2_MEMORY_KIB, MAX_ARGON2_PASSES) {
        return Err(SealedCopyError::Damaged { what: "the passcode slots' costs" });
    }
    Ok(slots)
}

/// The entries, with everything checked that this program promises of what it writes.
fn entries(content: &Content) -> Result<Vec<(Name, Value)>, Error> {
    let value = |entry: &Entry<'_>| match entry.kind {
        ValueKind::Bytes => Value::bytes(entry.value),
        ValueKind::Json => {
            Value::json_text(std::str::from_utf8(entry.value).map_err(|_| Invalid::NotJson)?)
        }
    };
    content.entries().map(|entry| Ok((Name::new(entry.name)?, value(&entry)?))).collect()
}

/// Nothing is wrong with the vault that the copy was to be imported into.
fn of_copy(error: Error) -> Error {
    match error {
        Error::Damaged { what } => SealedCopyError::Damaged { what }.into(),
        Error::TooNew { version } => SealedCopyError::TooNew { version }.into(),
        error => error,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::crypto::Argon2Costs;
    use crate::secret::Key;

    #[test]
    fn all_slots_together_cost_at_most_what_the_dearest_one_does() {
        let slot = |memory_kib, passes| {
            let costs = Argon2Costs { memory_kib, passes, lanes: 1 };
            let params = PasscodeParams { costs, salt: [7; 16] };
            let kind = SlotKind::Passcode { params, device: None };
            let key = Key::generate().unwrap();
            NewSlot::make(VaultId([1; 16]), kind, &[&key], None)
                .unwrap()
                .protect(VaultId([1; 16]), &[])
                .unwrap()
                .0
        };
        let config = Config::new("copy", VaultType::CustomPasscode);
        let standing = Standing::default();
        let header = Header { vault: VaultId([1; 16]), epoch: 1, empty: true, config, standing };
        let half = slot(MAX_ARGON2_MEMORY_KIB, MAX_ARGON2_PASSES / 2);
        let mut head = Head { header, slots: [half.clone(), half].concat() };
        assert_eq!(passphrase_slots(&head).unwrap().len(), 2);
        head.slots.extend(slot(19 * 1024, 2));
        assert!(matches!(passphrase_slots(&head), Err(SealedCopyError::Damaged { .. })));
    }

    #[test]
    fn json_of_another_program_that_does_not_read_is_not_taken() {
        let file = "testdata/vectors/opens-json-that-does-not-read.json";
        let path = [env!("CARGO_MANIFEST_DIR"), "..", "..", file].into_iter();
        let text = std::fs::read(path.collect::<std::path::PathBuf>()).unwrap();
        let vector: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let bytes = |hex: &serde_json::Value| -> Vec<u8> {
            let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16);
            hex.as_str().unwrap().as_bytes().chunks(2).map(|it| pair(it).unwrap()).collect()
        };
        let sealed = bytes(&vector["sealed"]);
        let dek = Key::from_slice(&bytes(&vector["keys"][0]["dek"])).unwrap();
        let content = Sealed::parse(&sealed).unwrap().open(&dek).unwrap();
        assert!(matches!(entries(&content), Err(Error::Invalid(Invalid::NotJson))));
    }
}
