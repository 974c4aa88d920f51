//! What anyone may know of a sealed vault: everything but what needs a key.

use super::{Sealed, SlotKind, header::FORMAT_VERSION};
use crate::config::Config;
use crate::crypto::{Argon2Costs, TAG_LEN};
use crate::error::Error;
use crate::protector::VaultId;

/// The public part of a sealed vault. Nothing here is authenticated until the vault is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The format version.
    pub version: u64,
    /// The vault's identity.
    pub vault: VaultId,
    /// Grows with every change of the configuration or the slots.
    pub epoch: u64,
    /// Whether the vault has no entries.
    pub empty: bool,
    /// The configuration.
    pub config: Config,
    /// The slots, in the order of the file.
    pub slots: Vec<SlotInfo>,
    /// The whole file, in bytes.
    pub sealed_len: usize,
    /// The padded content, in bytes: an upper bound of what the entries take.
    pub content_len: usize,
}

/// The public part of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotInfo {
    /// `blank`, `device-store`, `user-verification` or `passcode`.
    pub kind: &'static str,
    /// The protector that holds the key material, where one does.
    pub provider: Option<String>,
    /// The costs of a guess, in a passcode slot.
    pub costs: Option<Argon2Costs>,
}

/// Reads the public part of a sealed vault.
///
/// # Errors
/// [`Error::Damaged`], [`Error::TooNew`].
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Error> {
    let sealed = Sealed::parse(bytes)?;
    let header = sealed.head.header;
    let slots = sealed.head.slots.iter().map(|slot| info(&slot.header.kind)).collect();
    Ok(Inspection {
        version: FORMAT_VERSION,
        vault: header.vault,
        epoch: header.epoch,
        empty: header.empty,
        config: header.config,
        slots,
        sealed_len: bytes.len(),
        content_len: sealed.ciphertext.len() - TAG_LEN,
    })
}

fn info(kind: &SlotKind) -> SlotInfo {
    let (kind, place, costs) = match kind {
        SlotKind::Blank => ("blank", None, None),
        SlotKind::DeviceStore(place) => ("device-store", Some(place), None),
        SlotKind::UserVerification(place) => ("user-verification", Some(place), None),
        SlotKind::Passcode { params, device } => ("passcode", device.as_ref(), Some(params.costs)),
    };
    SlotInfo { kind, provider: place.map(|place| place.provider.clone()), costs }
}
