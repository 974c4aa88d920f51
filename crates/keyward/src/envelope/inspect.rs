//! What anyone may know of a sealed vault: everything but what needs a key.

use super::header::Header;
use super::{Head, Keeper, Place, RecoveryParams, Sealed, SlotKind};
use crate::config::Config;
use crate::crypto::Argon2Costs;
use crate::error::Error;
use crate::fallback::{Protection, ProtectionChange};
use crate::platform::Platform;
use crate::protector::{Assurance, Theft, VaultId};
use crate::recovery::RecoveryPublicKey;

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
    /// What protects the vault, where that is weaker than the configuration wants.
    pub weakened_to: Option<Protection>,
    /// When the protection was weakened or raised, from what to what: the latest 16 changes, the
    /// last one last. Empty while the configuration has no fallback.
    pub protection_changes: Vec<ProtectionChange>,
    /// The slots, in the order of the file.
    pub slots: Vec<SlotInfo>,
    /// The whole file, in bytes.
    pub sealed_len: usize,
    /// The padded content, in bytes: an upper bound of what the entries take.
    pub content_len: usize,
}

impl Inspection {
    /// What protects the entries: as much as the weakest of the slots promises, by what this
    /// platform's protectors say of themselves. A protector that is not among them promises
    /// nothing.
    #[must_use]
    pub fn assurance(&self, platform: &Platform) -> Assurance {
        weakest(self.slots.iter(), platform)
    }
}

/// How long a sealed vault and its parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lengths {
    pub(crate) sealed: usize,
    /// Of the padded content.
    pub(crate) content: usize,
}

/// The public part of a vault with this head.
pub(crate) fn inspection(head: Head, lengths: Lengths) -> Inspection {
    let version = head.version();
    let Header { vault, epoch, empty, config, standing } = head.header;
    Inspection {
        version,
        vault,
        epoch,
        empty,
        config,
        weakened_to: standing.present,
        protection_changes: standing.history,
        slots: head.slots.iter().map(|slot| info(&slot.header.kind)).collect(),
        sealed_len: lengths.sealed,
        content_len: lengths.content,
    }
}

/// What protects a vault's entries; see [`Inspection::assurance`].
pub(crate) fn assurance(head: &Head, platform: &Platform) -> Assurance {
    let slots: Vec<SlotInfo> = head.slots.iter().map(|slot| info(&slot.header.kind)).collect();
    weakest(slots.iter(), platform)
}

fn weakest<'a>(slots: impl Iterator<Item = &'a SlotInfo>, platform: &Platform) -> Assurance {
    slots.map(|slot| slot.assurance(platform)).reduce(Assurance::weaker).unwrap_or(Assurance::NONE)
}

/// The public part of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotInfo {
    /// `blank`, `device-store`, `user-verification`, `passcode`, `recovery-code` or `recovery-key`.
    pub kind: &'static str,
    /// The protector that holds the key material, where one does.
    pub provider: Option<String>,
    /// The costs of a guess, in a passcode slot.
    pub costs: Option<Argon2Costs>,
    recovery: Option<RecoveryParams>,
}

impl SlotInfo {
    /// The public key that a recovery slot is wrapped for, in slots of that kind.
    #[must_use]
    pub fn recovery_key(&self) -> Option<RecoveryPublicKey> {
        self.recovery.map(|recovery| recovery.public)
    }

    /// What the slot promises, by what this platform's protectors say of themselves.
    pub(crate) fn assurance(&self, platform: &Platform) -> Assurance {
        let device = self.provider.as_deref().map(|provider| {
            platform.provider(provider).map_or(Assurance::NONE, |protector| protector.assurance())
        });
        if let Some(recovery) = &self.recovery {
            recovery_assurance(recovery.keeper)
        } else if self.costs.is_some() {
            passcode_assurance(device)
        } else {
            device.unwrap_or(Assurance::NONE)
        }
    }
}

/// A code has 128 random bits and a key more: nobody guesses at them, and neither is on the device.
/// Whoever has it is let in, from hardware or not; a key asks no person.
fn recovery_assurance(keeper: Keeper) -> Assurance {
    Assurance {
        hardware_bound: false,
        user_verified: keeper == Keeper::Code,
        persistent: true,
        stolen_file: Theft::Sealed,
        stolen_disk: Theft::Sealed,
    }
}

fn passcode_assurance(device: Option<Assurance>) -> Assurance {
    let alone = Assurance {
        hardware_bound: false,
        user_verified: true,
        persistent: true,
        stolen_file: Theft::Guessable,
        stolen_disk: Theft::Guessable,
    };
    device.map_or(alone, |device| Assurance {
        hardware_bound: device.hardware_bound,
        stolen_file: alone.stolen_file.max(device.stolen_file),
        stolen_disk: alone.stolen_disk.max(device.stolen_disk),
        ..alone
    })
}

/// Reads the public part of a sealed vault.
///
/// # Errors
/// [`Error::Damaged`], [`Error::TooNew`].
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Error> {
    let sealed = Sealed::parse(bytes)?;
    let lengths = sealed.lengths();
    Ok(inspection(sealed.head, lengths))
}

fn info(kind: &SlotKind) -> SlotInfo {
    let bare = |kind| SlotInfo { kind, provider: None, costs: None, recovery: None };
    let at =
        |kind, place: &Place| SlotInfo { provider: Some(place.provider.clone()), ..bare(kind) };
    match kind {
        SlotKind::Blank => bare("blank"),
        SlotKind::DeviceStore(place) => at("device-store", place),
        SlotKind::UserVerification(place) => at("user-verification", place),
        SlotKind::Passcode { params, device } => {
            let slot = device.as_ref().map_or(bare("passcode"), |place| at("passcode", place));
            SlotInfo { costs: Some(params.costs), ..slot }
        }
        SlotKind::Recovery(params) => {
            SlotInfo { recovery: Some(**params), ..bare(params.keeper.slot_kind()) }
        }
    }
}
