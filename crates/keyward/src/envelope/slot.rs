//! A slot: one wrapped copy of the DEK and the public parameters of its protector, as a COSE
//! recipient. SPEC.md, section "Slots".

use super::cbor::{DAMAGED, Reader, Writer};
use super::recovery::{self, Keeper, RecoveryParams};
use crate::crypto::{self, Argon2Costs, WRAPPED_LEN};
use crate::error::Error;
use crate::protector::VaultId;
use crate::recovery::{RecoveryPrivateKey, RecoveryPublicKey};
use crate::secret::Key;

pub(super) const ALG: i64 = 1;
pub(super) const KID: i64 = 4;
pub(super) const KIND: i64 = -70_011;
const PROVIDER: i64 = -70_012;
const HANDLE: i64 = -70_013;
const ARGON2: i64 = -70_014;

pub(super) const A256KW: i64 = -5;
pub(super) const KEK_CONTEXT: &str = "Keyward KEK";

/// The most slots that a vault may have.
pub(crate) const MAX_SLOTS: u64 = 16;
pub(super) const MAX_PROVIDER_LEN: usize = 64;
pub(super) const SALT_LEN: usize = 16;

/// Names a slot within its vault: random, 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SlotId(pub(crate) [u8; 16]);

impl SlotId {
    pub(crate) fn generate() -> Result<Self, Error> {
        Ok(Self(crypto::random()?))
    }
}

/// Where a protector keeps the key material: which one, and how it finds it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) provider: String,
    pub(crate) handle: Vec<u8>,
}

/// How a passcode becomes key material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PasscodeParams {
    pub(crate) costs: Argon2Costs,
    pub(crate) salt: [u8; SALT_LEN],
}

impl PasscodeParams {
    pub(crate) fn generate(costs: Argon2Costs) -> Result<Self, Error> {
        Ok(Self { costs, salt: crypto::random()? })
    }
}

/// What releases a slot's KEK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SlotKind {
    /// Nothing: the key was never kept. The vault has no entries by definition.
    Blank,
    /// The device's key store.
    DeviceStore(Place),
    /// The device's verification of the person.
    UserVerification(Place),
    /// A passcode, and a device secret too where the device has a store.
    Passcode { params: PasscodeParams, device: Option<Place> },
    /// A recovery code, or the private key to a public one.
    Recovery(Box<RecoveryParams>),
}

impl SlotKind {
    /// The lowest format version that has slots of this kind.
    pub(super) fn lowest_version(&self) -> u64 {
        match self {
            Self::Blank
            | Self::DeviceStore(_)
            | Self::UserVerification(_)
            | Self::Passcode { .. } => 1,
            Self::Recovery(_) => 2,
        }
    }
}

/// A slot's public part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SlotHeader {
    pub(crate) id: SlotId,
    pub(crate) kind: SlotKind,
}

impl SlotHeader {
    pub(crate) fn new(kind: SlotKind) -> Result<Self, Error> {
        Ok(Self { id: SlotId::generate()?, kind })
    }

    /// Where a protector keeps the slot's key material, if one does.
    pub(crate) fn place(&self) -> Option<&Place> {
        match &self.kind {
            SlotKind::DeviceStore(place) | SlotKind::UserVerification(place) => Some(place),
            SlotKind::Passcode { device, .. } => device.as_ref(),
            SlotKind::Blank | SlotKind::Recovery(_) => None,
        }
    }

    /// The slot's KEK. Every public parameter goes into the derivation, so that a changed
    /// parameter or a slot moved to another vault gives another key.
    pub(crate) fn derive_kek(&self, vault: VaultId, material: &[&Key]) -> Key {
        let mut info = Vec::with_capacity(128);
        let mut w = Writer(&mut info);
        w.array(3);
        w.text(KEK_CONTEXT);
        w.bytes(&vault.0);
        w.bytes(&self.encode());
        if let SlotKind::Recovery(_) = self.kind {
            info = recovery::kdf_context(&info);
        }
        crypto::hkdf_sha256(material, &info)
    }

    /// Wraps `dek` under `kek`.
    pub(crate) fn wrap(self, kek: &Key, dek: &Key) -> Slot {
        Slot { wrapped: crypto::wrap(kek, dek), header: self }
    }

    /// What the recipient's protected header holds: the algorithm, where it is one that has such a
    /// header.
    fn protected(&self) -> &'static [u8] {
        match self.kind {
            SlotKind::Recovery(_) => &recovery::PROTECTED,
            _ => &[],
        }
    }

    /// The recipient's unprotected map.
    fn encode(&self) -> Vec<u8> {
        let (kind, place, params) = match &self.kind {
            SlotKind::Recovery(params) => return params.encode(self.id),
            SlotKind::Blank => (0, None, None),
            SlotKind::DeviceStore(place) => (1, Some(place), None),
            SlotKind::UserVerification(place) => (2, Some(place), None),
            SlotKind::Passcode { params, device } => (3, device.as_ref(), Some(params)),
        };
        let mut bytes = Vec::with_capacity(96);
        let mut w = Writer(&mut bytes);
        w.map(3 + 2 * usize::from(place.is_some()) + usize::from(params.is_some()));
        w.int(ALG);
        w.int(A256KW);
        w.int(KID);
        w.bytes(&self.id.0);
        w.int(KIND);
        w.uint(kind);
        if let Some(place) = place {
            w.int(PROVIDER);
            w.text(&place.provider);
            w.int(HANDLE);
            w.bytes(&place.handle);
        }
        if let Some(PasscodeParams { costs, salt }) = params {
            w.int(ARGON2);
            w.array(4);
            w.uint(costs.memory_kib.into());
            w.uint(costs.passes.into());
            w.uint(costs.lanes.into());
            w.bytes(salt);
        }
        bytes
    }

    fn decode(protected: &[u8], r: &mut Reader<'_>) -> Result<Self, Error> {
        if protected == recovery::PROTECTED {
            let (id, params) = RecoveryParams::decode(r)?;
            return Ok(Self { id, kind: SlotKind::Recovery(Box::new(params)) });
        }
        let pairs = r.map()?;
        if !protected.is_empty() {
            return Err(DAMAGED);
        }
        r.label(ALG)?;
        if r.int()? != A256KW {
            return Err(DAMAGED);
        }
        r.label(KID)?;
        let id = SlotId(r.byte_array()?);
        r.label(KIND)?;
        let kind = match (r.uint()?, pairs) {
            (0, 3) => SlotKind::Blank,
            (1, 5) => SlotKind::DeviceStore(Place::decode(r)?),
            (2, 5) => SlotKind::UserVerification(Place::decode(r)?),
            (3, 4) => SlotKind::Passcode { device: None, params: PasscodeParams::decode(r)? },
            (3, 6) => SlotKind::Passcode {
                device: Some(Place::decode(r)?),
                params: PasscodeParams::decode(r)?,
            },
            _ => return Err(DAMAGED),
        };
        Ok(Self { id, kind })
    }
}

impl Place {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Error> {
        r.label(PROVIDER)?;
        let provider = r.text()?.to_owned();
        r.label(HANDLE)?;
        let handle = r.bytes()?.to_vec();
        if !(1..=MAX_PROVIDER_LEN).contains(&provider.len()) || handle.len() > crate::MAX_HANDLE_LEN
        {
            return Err(DAMAGED);
        }
        Ok(Self { provider, handle })
    }
}

impl PasscodeParams {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Error> {
        r.label(ARGON2)?;
        if r.array()? != 4 {
            return Err(DAMAGED);
        }
        let mut cost = || u32::try_from(r.uint()?).map_err(|_| DAMAGED);
        let costs = Argon2Costs { memory_kib: cost()?, passes: cost()?, lanes: cost()? };
        if !costs.is_acceptable() {
            return Err(Error::Damaged { what: "the passcode slot's costs" });
        }
        Ok(Self { costs, salt: r.byte_array()? })
    }
}

/// A slot with its wrapped DEK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) header: SlotHeader,
    wrapped: [u8; WRAPPED_LEN],
}

impl Slot {
    /// The slot of a vault whose key is not kept.
    pub(crate) fn blank(vault: VaultId) -> Result<Self, Error> {
        let header = SlotHeader::new(SlotKind::Blank)?;
        let kek = header.derive_kek(vault, &[&Key::generate()?]);
        Ok(header.wrap(&kek, &Key::generate()?))
    }

    /// `dek`, wrapped for whoever has the private key to `public`. Each time with a fresh key of the
    /// other side, so that no KEK is used twice.
    pub(crate) fn recovery(
        id: SlotId,
        keeper: Keeper,
        public: RecoveryPublicKey,
        vault: VaultId,
        dek: &Key,
    ) -> Result<Self, Error> {
        let ephemeral = RecoveryPrivateKey::generate()?;
        Ok(Self::recovery_with(ephemeral, id, keeper, public, vault, dek))
    }

    /// [`Slot::recovery`], for test vectors.
    pub(super) fn recovery_with(
        ephemeral: RecoveryPrivateKey,
        id: SlotId,
        keeper: Keeper,
        public: RecoveryPublicKey,
        vault: VaultId,
        dek: &Key,
    ) -> Self {
        let params = RecoveryParams { keeper, public, ephemeral: ephemeral.public_key() };
        let header = SlotHeader { id, kind: SlotKind::Recovery(Box::new(params)) };
        let kek = header.derive_kek(vault, &[&ephemeral.agree(&public)]);
        header.wrap(&kek, dek)
    }

    /// Whether a recovery code or key opens it, and nothing else.
    pub(crate) fn is_recovery(&self) -> bool {
        matches!(self.header.kind, SlotKind::Recovery(_))
    }

    /// The DEK, or `None` when `kek` is not this slot's.
    pub(crate) fn unwrap(&self, kek: &Key) -> Option<Key> {
        crypto::unwrap(kek, &self.wrapped)
    }
}

/// The recipients array.
pub(super) fn encode_slots(slots: &[Slot]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(160 * slots.len());
    Writer(&mut bytes).array(slots.len());
    for slot in slots {
        Writer(&mut bytes).array(3);
        Writer(&mut bytes).bytes(slot.header.protected());
        bytes.extend_from_slice(&slot.header.encode());
        Writer(&mut bytes).bytes(&slot.wrapped);
    }
    bytes
}

pub(super) fn decode_slots(r: &mut Reader<'_>) -> Result<Vec<Slot>, Error> {
    let count = r.array()?;
    if !(1..=MAX_SLOTS).contains(&count) {
        return Err(DAMAGED);
    }
    let mut slots: Vec<Slot> = Vec::new();
    for _ in 0..count {
        if r.array()? != 3 {
            return Err(DAMAGED);
        }
        let protected = r.bytes()?;
        let slot = Slot { header: SlotHeader::decode(protected, r)?, wrapped: r.byte_array()? };
        if slots.iter().any(|other| other.header.id == slot.header.id) {
            return Err(DAMAGED);
        }
        slots.push(slot);
    }
    Ok(slots)
}

/// The labels of a slot by the names that SPEC.md gives them.
#[cfg(test)]
pub(super) const LABELS: [(i64, &str); 8] = [
    (ALG, "alg"),
    (KID, "kid"),
    (recovery::EPHEMERAL, "ephemeral key"),
    (KIND, "kind"),
    (PROVIDER, "provider"),
    (HANDLE, "handle"),
    (ARGON2, "argon2"),
    (recovery::RECOVERY_KEY, "recovery key"),
];
