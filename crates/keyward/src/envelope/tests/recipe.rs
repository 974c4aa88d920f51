//! Vaults made to order, the same in every run.

use super::super::content::Content;
use super::super::{
    Head, Header, Keeper, PasscodeParams, Place, Slot, SlotHeader, SlotId, SlotKind,
    seal_with_nonce,
};
use super::fixed;
use super::vector::{Hex, SlotKey};
use crate::config::{Config, VaultType};
use crate::crypto::{Argon2Costs, argon2id};
use crate::entry::{Change, Name, Value};
use crate::fallback::Standing;
use crate::protector::VaultId;
use crate::recovery::{Recovery, RecoveryCode, RecoveryPrivateKey};
use crate::secret::Key;

/// A slot to be made.
#[derive(Clone)]
pub(super) enum Way {
    DeviceStore(Place),
    UserVerification(Place),
    Passcode {
        passcode: String,
        costs: Argon2Costs,
        device: Option<Place>,
    },
    /// A code or a key of the vault's own.
    Recovery(Keeper),
}

/// A vault to be made. `seed` decides everything that would be random.
#[derive(Clone)]
pub(super) struct Recipe {
    pub(super) seed: String,
    pub(super) config: Config,
    pub(super) standing: Standing,
    pub(super) epoch: u64,
    pub(super) ways: Vec<Way>,
    pub(super) entries: Vec<(String, Value)>,
}

/// A vault that was made, with what opens it.
pub(super) struct Made {
    pub(super) head: Head,
    pub(super) dek: Key,
    pub(super) content: Content,
    pub(super) nonce: [u8; 12],
    /// In the order of the slots.
    pub(super) keys: Vec<SlotKey>,
}

pub(super) fn place(provider: &str, handle: &[u8]) -> Place {
    Place { provider: provider.to_owned(), handle: handle.to_vec() }
}

pub(super) fn device_store() -> Way {
    Way::DeviceStore(place("secret-service", b"handle-1"))
}

pub(super) fn passcode(device: Option<Place>) -> Way {
    Way::Passcode { passcode: "2580".to_owned(), costs: Argon2Costs::MINIMUM, device }
}

pub(super) fn json(name: &str, text: &str) -> (String, Value) {
    (name.to_owned(), Value::json_text(text).unwrap())
}

pub(super) fn raw(name: &str, bytes: &[u8]) -> (String, Value) {
    (name.to_owned(), Value::bytes(bytes).unwrap())
}

impl Recipe {
    /// A vault with two entries, which the device store opens.
    pub(super) fn new(seed: &str) -> Self {
        let entries = vec![
            json("session", r#"{"access":"a1b2","refresh":"c3d4"}"#),
            raw("key", &[0x00, 0xff, 0x10, 0x80]),
        ];
        Self {
            seed: seed.to_owned(),
            config: Config::new("example", VaultType::SecureStorage),
            standing: Standing::default(),
            epoch: 1,
            ways: vec![device_store()],
            entries,
        }
    }

    pub(super) fn ways(mut self, ways: impl Into<Vec<Way>>) -> Self {
        self.ways = ways.into();
        self
    }

    pub(super) fn entries(mut self, entries: impl Into<Vec<(String, Value)>>) -> Self {
        self.entries = entries.into();
        self
    }

    pub(super) fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    pub(super) fn standing(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    fn fixed<const N: usize>(&self, label: &str) -> [u8; N] {
        fixed(&format!("{}: {label}", self.seed))
    }

    pub(super) fn make(&self) -> Made {
        let vault = VaultId(self.fixed("vault id"));
        let dek = Key::from_bytes(self.fixed("DEK"));
        let made = self.ways.iter().enumerate();
        let (slots, keys) = made.map(|(slot, way)| self.slot(slot, way, vault, &dek)).unzip();
        let header = Header {
            vault,
            epoch: self.epoch,
            empty: self.entries.is_empty(),
            config: self.config.clone(),
            standing: self.standing.clone(),
        };
        Made {
            head: Head { header, slots },
            content: content(&self.entries),
            nonce: self.fixed("nonce"),
            dek,
            keys,
        }
    }

    fn slot(&self, slot: usize, way: &Way, vault: VaultId, dek: &Key) -> (Slot, SlotKey) {
        if let Way::Recovery(keeper) = way {
            return self.recovery_slot(slot, *keeper, vault, dek);
        }
        let material: [u8; 32] = self.fixed(&format!("material {slot}"));
        let material = Key::from_bytes(material);
        let (kind, stretched) = match way {
            Way::DeviceStore(place) => (SlotKind::DeviceStore(place.clone()), None),
            Way::UserVerification(place) => (SlotKind::UserVerification(place.clone()), None),
            Way::Passcode { passcode, costs, device } => {
                let params =
                    PasscodeParams { costs: *costs, salt: self.fixed(&format!("salt {slot}")) };
                let stretched = argon2id(passcode.as_bytes(), &params.salt, params.costs);
                let device = device.clone();
                let kind = SlotKind::Passcode { params, device };
                (kind, Some((passcode.clone(), stretched.unwrap())))
            }
            Way::Recovery(_) => unreachable!("made above"),
        };
        let with_material = !matches!(kind, SlotKind::Passcode { device: None, .. });
        let id = SlotId(self.fixed(&format!("slot id {slot}")));
        let header = SlotHeader { id, kind };
        let mut ikm: Vec<&Key> = stretched.iter().map(|(_, key)| key).collect();
        if with_material {
            ikm.push(&material);
        }
        let kek = header.derive_kek(vault, &ikm);
        let key = SlotKey {
            slot,
            passcode: stretched.map(|(passcode, _)| passcode),
            material: with_material.then(|| Hex::from(material.expose())),
            code: None,
            private_key: None,
            kek: Some(Hex::from(kek.expose())),
            dek: Some(Hex::from(dek.expose())),
        };
        (header.wrap(&kek, dek), key)
    }

    fn recovery_slot(
        &self,
        slot: usize,
        keeper: Keeper,
        vault: VaultId,
        dek: &Key,
    ) -> (Slot, SlotKey) {
        let private = |label: &str| {
            let wide: [u8; 48] = self.fixed(&format!("{label} {slot}"));
            RecoveryPrivateKey::from_wide(&wide).unwrap()
        };
        let recovery = match keeper {
            Keeper::Code => {
                Recovery::Code(RecoveryCode::from_seed(self.fixed(&format!("code {slot}"))))
            }
            Keeper::Key => Recovery::Key(private("private key")),
        };
        let (ephemeral, own) = (private("ephemeral key"), recovery.private_key());
        let id = SlotId(self.fixed(&format!("slot id {slot}")));
        let shared = ephemeral.agree(&own.public_key());
        let made = Slot::recovery_with(ephemeral, id, keeper, own.public_key(), vault, dek);
        let key = SlotKey {
            slot,
            passcode: None,
            material: None,
            code: match &recovery {
                Recovery::Code(code) => Some(code.expose().to_owned()),
                Recovery::Key(_) => None,
            },
            private_key: match &recovery {
                Recovery::Code(_) => None,
                Recovery::Key(key) => Some(Hex::from(key.expose())),
            },
            kek: Some(Hex::from(made.header.derive_kek(vault, &[&shared]).expose())),
            dek: Some(Hex::from(dek.expose())),
        };
        (made, key)
    }
}

impl Made {
    pub(super) fn bytes(&self) -> Vec<u8> {
        seal_with_nonce(&self.head, &self.dek, &self.content, self.nonce)
    }
}

pub(super) fn content(entries: &[(String, Value)]) -> Content {
    let named = entries.iter();
    let named = named.map(|(name, value)| (Name::new(name).unwrap(), value.clone()));
    Content::empty().with(&Change::Replace(named.collect()), None).unwrap()
}

/// A vault without a key.
pub(super) fn blank(seed: &str, config: Config) -> Made {
    let recipe = Recipe::new(seed).ways([]).entries([]).config(config);
    let mut made = recipe.make();
    let header = SlotHeader { id: SlotId(recipe.fixed("slot id")), kind: SlotKind::Blank };
    let kek = Key::from_bytes(recipe.fixed("forgotten KEK"));
    let other = Key::from_bytes(recipe.fixed("another DEK"));
    made.head.slots = vec![header.wrap(&kek, &other)];
    made
}
