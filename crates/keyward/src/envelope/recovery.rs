//! The parts of a slot that a recovery code or a private key opens: COSE's ECDH-ES+A256KW (RFC 9053,
//! section 6.4) over P-256. SPEC.md, sections "Slots" and "Recovery".

use super::cbor::{DAMAGED, Reader, Writer};
use super::slot::{A256KW, KID, KIND, SlotId};
use crate::error::Error;
use crate::recovery::RecoveryPublicKey;
use crate::secret::Key;

pub(super) const EPHEMERAL: i64 = -1;
pub(super) const RECOVERY_KEY: i64 = -70_015;

/// The protected header of such a recipient, `{1: -31}`.
pub(super) const PROTECTED: [u8; 4] = [0xa1, 0x01, 0x38, 0x1e];

// COSE_Key (RFC 9053, section 7.1.1).
const KEY_TYPE: i64 = 1;
const EC2: i64 = 2;
const CURVE: i64 = -1;
const P256: i64 = 1;
const X: i64 = -2;
const Y: i64 = -3;
const COORDINATE_LEN: usize = 32;

/// Who has what opens the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeper {
    /// A person, who keeps a code.
    Code,
    /// An app or its organisation, which holds a private key.
    Key,
}

impl Keeper {
    /// The number of the slot's kind, and its name.
    const fn kind(self) -> (u64, &'static str) {
        match self {
            Self::Code => (4, "recovery-code"),
            Self::Key => (5, "recovery-key"),
        }
    }

    /// The name of the slot's kind.
    pub(crate) fn slot_kind(self) -> &'static str {
        self.kind().1
    }
}

/// For whom a recovery slot is wrapped, and this once with which key of the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecoveryParams {
    pub(crate) keeper: Keeper,
    pub(crate) public: RecoveryPublicKey,
    pub(crate) ephemeral: RecoveryPublicKey,
}

impl RecoveryParams {
    /// The recipient's unprotected map.
    pub(super) fn encode(&self, id: SlotId) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(208);
        let mut w = Writer(&mut bytes);
        w.map(4);
        w.int(KID);
        w.bytes(&id.0);
        w.int(EPHEMERAL);
        encode_key(&self.ephemeral, &mut w);
        w.int(KIND);
        w.uint(self.keeper.kind().0);
        w.int(RECOVERY_KEY);
        encode_key(&self.public, &mut w);
        bytes
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> Result<(SlotId, Self), Error> {
        let four = r.map()? == 4;
        r.label(KID)?;
        let id = SlotId(r.byte_array()?);
        r.label(EPHEMERAL)?;
        let ephemeral = decode_key(r)?;
        r.label(KIND)?;
        let kind = r.uint()?;
        let mut keepers = [Keeper::Code, Keeper::Key].into_iter();
        let keeper = keepers.find(|keeper| keeper.kind().0 == kind).ok_or(DAMAGED)?;
        r.label(RECOVERY_KEY)?;
        let public = decode_key(r)?;
        if four { Ok((id, Self { keeper, public, ephemeral })) } else { Err(DAMAGED) }
    }
}

fn encode_key(key: &RecoveryPublicKey, w: &mut Writer<'_>) {
    let (x, y) = key.as_bytes()[1..].split_at(COORDINATE_LEN);
    w.map(4);
    w.int(KEY_TYPE);
    w.int(EC2);
    w.int(CURVE);
    w.int(P256);
    w.int(X);
    w.bytes(x);
    w.int(Y);
    w.bytes(y);
}

/// A point of the curve: what is not one could make the KEK known, or tell of the private key.
fn decode_key(r: &mut Reader<'_>) -> Result<RecoveryPublicKey, Error> {
    let four = r.map()? == 4;
    r.label(KEY_TYPE)?;
    let ec2 = r.int()? == EC2;
    r.label(CURVE)?;
    let p256 = r.int()? == P256;
    r.label(X)?;
    let x: [u8; COORDINATE_LEN] = r.byte_array()?;
    r.label(Y)?;
    let y: [u8; COORDINATE_LEN] = r.byte_array()?;
    if !(four && ec2 && p256) {
        return Err(DAMAGED);
    }
    let mut point = [4; RecoveryPublicKey::LEN];
    point[1..=COORDINATE_LEN].copy_from_slice(&x);
    point[1 + COORDINATE_LEN..].copy_from_slice(&y);
    RecoveryPublicKey::new(point).map_err(|_| Error::Damaged { what: "a recovery slot's key" })
}

/// COSE_KDF_Context (RFC 9053, section 5.2). No party has an identity or a nonce; what else the key
/// is bound to is the same as in other slots.
pub(super) fn kdf_context(other: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32 + other.len());
    let mut w = Writer(&mut bytes);
    w.array(4);
    w.int(A256KW);
    for _party in ["U", "V"] {
        w.array(3);
        w.null();
        w.null();
        w.null();
    }
    w.array(3);
    w.uint(8 * Key::LEN as u64);
    w.bytes(&PROTECTED);
    w.bytes(other);
    bytes
}
