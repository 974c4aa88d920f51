//! A vector: a sealed file, what opens it, and what comes out. testdata/README.md describes it.

use serde::{Deserialize, Serialize};

use super::super::{Content, Head, Sealed, Slot, SlotKind};
use super::recipe::Made;
use super::{hex, unhex};
use crate::config::Config;
use crate::crypto::argon2id;
use crate::entry::{Value, ValueKind};
use crate::error::Error;
use crate::fallback::{Protection, ProtectionChange};
use crate::recovery::{Recovery, RecoveryCode, RecoveryPrivateKey};
use crate::secret::{Key, Passcode};

/// Bytes, in hexadecimal in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Hex(pub(super) String);

impl From<&[u8]> for Hex {
    fn from(bytes: &[u8]) -> Self {
        Self(hex(bytes))
    }
}

impl Hex {
    pub(super) fn bytes(&self) -> Vec<u8> {
        unhex(&self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    Opens,
    Blank,
    Damaged,
    TooNew,
    WrongKey,
    NotMySlot,
}

/// When damage is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Found {
    WithoutKey,
    WithKey,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SlotKey {
    pub(super) slot: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) passcode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) material: Option<Hex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) private_key: Option<Hex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kek: Option<Hex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dek: Option<Hex>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Public {
    version: u64,
    vault: Hex,
    epoch: u64,
    empty: bool,
    config: Config,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weakened_to: Option<Protection>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    protection_changes: Vec<ProtectionChange>,
    slots: Vec<PublicSlot>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PublicSlot {
    id: Hex,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handle: Option<Hex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    argon2: Option<PublicCosts>,
    /// Uncompressed points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ephemeral_key: Option<Hex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recovery_key: Option<Hex>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PublicCosts {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: Hex,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryText {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    json: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<Hex>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Vector {
    #[serde(skip)]
    pub(super) name: String,
    /// The file beside this one that holds the sealed bytes, where `sealed` does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    pub(super) description: String,
    pub(super) expect: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) found: Option<Found>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) keys: Vec<SlotKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) public: Option<Public>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) entries: Option<Vec<EntryText>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sealed: Option<Hex>,
}

impl Vector {
    fn new(name: &str, description: &str, expect: Outcome, sealed: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            path: None,
            description: description.to_owned(),
            expect,
            found: None,
            version: None,
            keys: Vec::new(),
            public: None,
            entries: None,
            sealed: Some(sealed.into()),
        }
    }

    /// A file that opens, by each of its slots.
    pub(super) fn opens(name: &str, description: &str, made: &Made) -> Self {
        let bytes = made.bytes();
        let mut vector = Self::new(name, description, Outcome::Opens, &bytes);
        vector.keys.clone_from(&made.keys);
        vector.entries = Some(entries(&made.content));
        vector.public = Some(public(&made.head));
        vector
    }

    /// A file that holds nothing and has no key.
    pub(super) fn blank(name: &str, description: &str, made: &Made) -> Self {
        let bytes = made.bytes();
        let mut vector = Self::new(name, description, Outcome::Blank, &bytes);
        vector.public = Some(public(&made.head));
        vector
    }

    /// A file that is refused before there is a key.
    pub(super) fn damaged(name: &str, description: &str, bytes: &[u8]) -> Self {
        let mut vector = Self::new(name, description, Outcome::Damaged, bytes);
        vector.found = Some(Found::WithoutKey);
        vector
    }

    /// A file that can be read without a key, and is refused with the right one.
    pub(super) fn damaged_inside(name: &str, what: &str, bytes: &[u8], key: &SlotKey) -> Self {
        let mut vector = Self::new(name, what, Outcome::Damaged, bytes);
        vector.found = Some(Found::WithKey);
        vector.keys = vec![key.without_results()];
        vector
    }

    /// A file with a version of the future.
    pub(super) fn too_new(name: &str, description: &str, bytes: &[u8], version: u64) -> Self {
        let mut vector = Self::new(name, description, Outcome::TooNew, bytes);
        vector.version = Some(version);
        vector
    }

    /// A file whose slot does not yield to this key.
    pub(super) fn wrong_key(name: &str, what: &str, bytes: &[u8], key: &SlotKey) -> Self {
        let mut vector = Self::new(name, what, Outcome::WrongKey, bytes);
        vector.keys = vec![key.without_results()];
        vector
    }

    /// A file none of whose slots can be tried with this key.
    pub(super) fn not_my_slot(name: &str, what: &str, made: &Made, key: &SlotKey) -> Self {
        let mut vector = Self::new(name, what, Outcome::NotMySlot, &made.bytes());
        vector.keys = vec![key.without_results()];
        vector.public = Some(public(&made.head));
        vector
    }

    /// The entries that come out, if all that is called JSON is JSON.
    pub(super) fn values(&self) -> Option<Vec<(String, Value)>> {
        let value = |entry: &EntryText| match (&entry.json, &entry.bytes) {
            (Some(text), None) => Value::json_text(text.clone()).ok(),
            (None, Some(hex)) => Value::bytes(hex.bytes()).ok(),
            _ => panic!("{}: an entry is JSON or bytes", self.name),
        };
        let entries = self.entries.as_ref()?.iter();
        entries.map(|entry| Some((entry.name.clone(), value(entry)?))).collect()
    }

    /// Reads `bytes` with the engine, and holds the outcome against the expected one.
    pub(super) fn check(&self, bytes: &[u8]) {
        let keys =
            if self.keys.is_empty() { vec![None] } else { self.keys.iter().map(Some).collect() };
        for key in keys {
            let found = self.read(bytes, key);
            let damage = (self.expect == Outcome::Damaged).then_some(self.found).flatten();
            assert_eq!(found, (self.expect, damage), "{}", self.name);
        }
    }

    fn read(&self, bytes: &[u8], key: Option<&SlotKey>) -> (Outcome, Option<Found>) {
        let sealed = match Sealed::parse(bytes) {
            Ok(sealed) => sealed,
            Err(Error::Damaged { .. }) => return (Outcome::Damaged, Some(Found::WithoutKey)),
            Err(Error::TooNew { version }) => {
                assert_eq!(Some(version), self.version, "{}", self.name);
                return (Outcome::TooNew, None);
            }
            Err(error) => panic!("{}: {error}", self.name),
        };
        if let Some(expected) = &self.public {
            assert_eq!(&public(&sealed.head), expected, "{}", self.name);
        }
        if sealed.head.is_blank() {
            return (Outcome::Blank, None);
        }
        let key = key.unwrap_or_else(|| panic!("{}: no key to go on with", self.name));
        let dek = match key.dek(&sealed) {
            Ok(dek) => dek,
            Err(outcome) => return (outcome, None),
        };
        match sealed.open(&dek) {
            Ok(content) => {
                assert_eq!(Some(entries(&content)), self.entries, "{}", self.name);
                (Outcome::Opens, None)
            }
            Err(Error::Damaged { .. }) => (Outcome::Damaged, Some(Found::WithKey)),
            Err(error) => panic!("{}: {error}", self.name),
        }
    }
}

impl SlotKey {
    /// For a file that has other derived keys, or none.
    pub(super) fn without_results(&self) -> Self {
        Self { kek: None, dek: None, ..self.clone() }
    }

    /// The DEK that the slot yields to this key, the expected results being checked on the way;
    /// or the outcome when it yields none.
    pub(super) fn dek(&self, sealed: &Sealed<'_>) -> Result<Key, Outcome> {
        let slot = &sealed.head.slots[self.slot];
        let recovery = self.recovery();
        let takes_passcode = matches!(slot.header.kind, SlotKind::Passcode { .. });
        // As the engine does it: nothing is derived from a part of what the slot takes.
        if takes_passcode && self.passcode.is_none()
            || slot.header.place().is_some() && self.material.is_none()
            || slot.is_recovery() && recovery.is_none()
        {
            return Err(Outcome::NotMySlot);
        }
        let stretched = self.stretched(&slot.header.kind);
        let material = self.material.as_ref().map(|hex| hex.bytes());
        let material = material.map(|bytes| Key::from_slice(&bytes).unwrap());
        let shared = match &slot.header.kind {
            SlotKind::Recovery(params) => {
                recovery.map(|recovery| recovery.private_key().agree(&params.ephemeral))
            }
            _ => None,
        };
        let ikm: Vec<&Key> = stretched.iter().chain(&material).chain(&shared).collect();
        let kek = slot.header.derive_kek(sealed.head.header.vault, &ikm);
        if let Some(expected) = &self.kek {
            assert_eq!(expected.bytes(), kek.expose());
        }
        let dek = slot.unwrap(&kek).ok_or(Outcome::WrongKey)?;
        if let Some(expected) = &self.dek {
            assert_eq!(expected.bytes(), dek.expose());
        }
        Ok(dek)
    }

    fn recovery(&self) -> Option<Recovery> {
        let code = self.code.clone().map(|code| Recovery::Code(RecoveryCode::parse(code).unwrap()));
        let private = self.private_key.as_ref().map(|hex| {
            let private = Key::from_slice(&hex.bytes()).unwrap();
            Recovery::Key(RecoveryPrivateKey::new(private).unwrap())
        });
        code.or(private)
    }

    fn stretched(&self, kind: &SlotKind) -> Option<Key> {
        let passcode = Passcode::new(self.passcode.clone()?).unwrap();
        match kind {
            SlotKind::Passcode { params, .. } => {
                Some(argon2id(passcode.expose(), &params.salt, params.costs).unwrap())
            }
            _ => panic!("a passcode for a slot that takes none"),
        }
    }
}

fn entries(content: &Content) -> Vec<EntryText> {
    let texts = content.entries().map(|entry| EntryText {
        name: entry.name.to_owned(),
        json: (entry.kind == ValueKind::Json)
            .then(|| String::from_utf8(entry.value.to_vec()).unwrap()),
        bytes: (entry.kind == ValueKind::Bytes).then(|| entry.value.into()),
    });
    texts.collect()
}

fn public(head: &Head) -> Public {
    Public {
        version: head.version(),
        vault: head.header.vault.0.as_slice().into(),
        epoch: head.header.epoch,
        empty: head.header.empty,
        config: head.header.config.clone(),
        weakened_to: head.header.standing.present,
        protection_changes: head.header.standing.history.clone(),
        slots: head.slots.iter().map(public_slot).collect(),
    }
}

fn public_slot(slot: &Slot) -> PublicSlot {
    let recovery = match &slot.header.kind {
        SlotKind::Recovery(params) => Some(params),
        _ => None,
    };
    let (kind, place, params) = match &slot.header.kind {
        SlotKind::Recovery(params) => (params.keeper.slot_kind(), None, None),
        SlotKind::Blank => ("blank", None, None),
        SlotKind::DeviceStore(place) => ("device-store", Some(place), None),
        SlotKind::UserVerification(place) => ("user-verification", Some(place), None),
        SlotKind::Passcode { params, device } => ("passcode", device.as_ref(), Some(params)),
    };
    PublicSlot {
        id: slot.header.id.0.as_slice().into(),
        kind: kind.to_owned(),
        provider: place.map(|place| place.provider.clone()),
        handle: place.map(|place| place.handle.as_slice().into()),
        argon2: params.map(|params| PublicCosts {
            memory_kib: params.costs.memory_kib,
            passes: params.costs.passes,
            lanes: params.costs.lanes,
            salt: params.salt.as_slice().into(),
        }),
        ephemeral_key: recovery.map(|it| it.ephemeral.as_bytes().as_slice().into()),
        recovery_key: recovery.map(|it| it.public.as_bytes().as_slice().into()),
    }
}
