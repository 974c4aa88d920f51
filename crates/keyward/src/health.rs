//! How a vault is, told exactly, and what is safe to do next.

use std::fmt;
use std::time::Duration;

use crate::capabilities::Obstacle;
use crate::error::{Cause, Error, StoreError};
use crate::fallback::Protection;
use crate::protector::VaultId;
use crate::registry::RegistryState;

/// How a vault is: [`Vault::health`](crate::Vault::health).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Health {
    /// The one state that the vault is in.
    pub condition: Condition,
    /// Set when what is stored is older than what this device has seen. Such a vault is used as any
    /// other: see [`Older`].
    pub older: Option<Older>,
    /// Whether a recovery code or key opens what is stored, whatever becomes of its protector. (As far
    /// as can be seen without one.)
    pub recoverable: bool,
    /// Of a vault that something weaker than wanted protects: the best protection that its app would
    /// rather have and that the device can hold now. It is taken at the next unlock where nobody has
    /// to be asked for it, and else by [`Vault::raise`](crate::Vault::raise). `None` too while the
    /// device cannot say.
    pub can_be_raised: Option<Protection>,
    /// How long the next passcode has to wait, because there were too many wrong ones; `None` while one
    /// is taken at once. Recovery codes wait by a count of their own.
    pub retry_after: Option<Duration>,
    /// Whether this device's memory of the vault could be asked. While it could not,
    /// [`Condition::Empty`] may be a loss, and `older` may be missing.
    pub registry: RegistryState,
}

impl Health {
    /// What is safe to do next.
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        match &self.condition {
            Condition::Intact | Condition::Empty | Condition::Locked { .. }
                if self.older.is_some() =>
            {
                NextStep::ChooseCopy
            }
            Condition::Locked { .. } if self.retry_after.is_some() => NextStep::Retry,
            Condition::KeyLost { .. } if self.recoverable => NextStep::Recover,
            condition => condition.next_step(),
        }
    }
}

/// The state that a vault is in. No two states share a variant, and none of them looks like the
/// absence of an entry.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Condition {
    /// The seal was verified just now, on the bytes that are stored, and nobody had to be asked.
    /// (A vault in memory: it has entries.)
    Intact,
    /// There are no entries, and as far as the registry knows there were none that are missing.
    Empty,
    /// Somebody has to be asked before the seal can be verified. As far as can be seen without
    /// that, nothing is wrong.
    Locked {
        /// Whether the device could say, without asking, that the key is there. Many cannot: a
        /// passkey, for example, may have been deleted.
        key_seen: bool,
    },
    /// The key store or the verification is locked or out of reach. Nothing is lost.
    KeyUnavailable {
        /// The protector that holds the key.
        provider: String,
        /// What stands in the way, as far as it says.
        obstacle: Option<Obstacle>,
        /// What it answered.
        cause: Cause,
    },
    /// The protector answers, unlocked, that the key is gone. The sealed bytes are untouched.
    KeyLost {
        /// The protector that held the key.
        provider: String,
    },
    /// The stored bytes are not what Keyward wrote, or their seal does not verify. They are kept.
    Damaged {
        /// The first thing found wrong.
        what: &'static str,
    },
    /// This device has seen the vault with entries here, nobody has cleared it, and the bytes are
    /// gone.
    Vanished,
    /// A newer Keyward wrote the vault.
    TooNew {
        /// The format version found.
        version: u64,
    },
    /// The place that keeps the bytes could not be read, so that nothing is known of the vault.
    StoreFailed(StoreError),
}

impl Condition {
    /// Its name, which never changes: `intact`, `empty`, `locked`, `key-unavailable`, `key-lost`,
    /// `damaged`, `vanished`, `too-new` or `store-failed`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Empty => "empty",
            Self::Locked { .. } => "locked",
            Self::KeyUnavailable { .. } => "key-unavailable",
            Self::KeyLost { .. } => "key-lost",
            Self::Damaged { .. } => "damaged",
            Self::Vanished => "vanished",
            Self::TooNew { .. } => "too-new",
            Self::StoreFailed(_) => "store-failed",
        }
    }

    /// What is safe to do next.
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        match self {
            Self::Intact | Self::Empty => NextStep::Nothing,
            Self::Locked { .. } => NextStep::Unlock,
            Self::KeyUnavailable { obstacle, .. } => match obstacle {
                Some(Obstacle::Locked) => NextStep::UnlockKeyStore,
                Some(Obstacle::NoKeyStore | Obstacle::NotSetUp | Obstacle::NotHere) => {
                    NextStep::BringKeyStore
                }
                _ => NextStep::Retry,
            },
            Self::KeyLost { .. } => NextStep::BringBackKey,
            Self::Damaged { .. } => NextStep::RestoreCopy,
            Self::Vanished => NextStep::FindBytes,
            Self::TooNew { .. } | Self::StoreFailed(StoreError::TooNew) => NextStep::UpdateProgram,
            Self::StoreFailed(StoreError::Busy) => NextStep::Retry,
            Self::StoreFailed(_) => NextStep::MendPlace,
        }
    }

    /// The state that an error from reading stored bytes stands for.
    pub(crate) fn of_reading(error: Error) -> Self {
        match error {
            Error::Damaged { what } => Self::Damaged { what },
            Error::TooNew { version } => Self::TooNew { version },
            Error::Store(error) => Self::StoreFailed(error),
            other => Self::StoreFailed(StoreError::Io(Cause::new(other))),
        }
    }
}

/// What is stored is older than what this device has seen of the vault: a copy was put back, or
/// another vault's file. Operations go on, because whoever put it back may have meant to, and
/// refusing would keep from them what they have; but it is told.
///
/// It counts as older until a change of the protection, made on this device, becomes the newest
/// that has been seen; or until the newer bytes are back, or the vault is cleared. Only changes of
/// the configuration or of the protection grow the epoch: an older copy of the same epoch is not
/// recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Older {
    /// The vault that is stored.
    pub stored_vault: VaultId,
    /// Its epoch.
    pub stored_epoch: u64,
    /// The vault that this device has seen.
    pub seen_vault: VaultId,
    /// The highest epoch that it has seen of it.
    pub seen_epoch: u64,
}

/// What is safe to do next. None of these loses anything by itself; where clearing is named, it is
/// what gives the data up for good, and comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NextStep {
    /// The vault can be used as it is.
    Nothing,
    /// Unlock it.
    Unlock,
    /// Wait a little and try again.
    Retry,
    /// Unlock the key store, then try again.
    UnlockKeyStore,
    /// Start, install or name the key store that holds the key, then try again.
    BringKeyStore,
    /// Recover it with its recovery code or key.
    Recover,
    /// Restore what held the key, or give the data up and clear.
    BringBackKey,
    /// Put back a copy of the file, or give the data up and clear.
    RestoreCopy,
    /// Look for where the bytes have gone, or give the data up and clear.
    FindBytes,
    /// Update this program.
    UpdateProgram,
    /// Mend the place that keeps the bytes, as its error says.
    MendPlace,
    /// Decide which copy is to stay.
    ChooseCopy,
}

impl NextStep {
    /// Its name, which never changes, in lower case with hyphens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Unlock => "unlock",
            Self::Retry => "retry",
            Self::UnlockKeyStore => "unlock-key-store",
            Self::BringKeyStore => "bring-key-store",
            Self::Recover => "recover",
            Self::BringBackKey => "bring-back-key",
            Self::RestoreCopy => "restore-copy",
            Self::FindBytes => "find-bytes",
            Self::UpdateProgram => "update-program",
            Self::MendPlace => "mend-place",
            Self::ChooseCopy => "choose-copy",
        }
    }

    /// The same in a plain sentence, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "Nothing needs to be done.",
            Self::Unlock => "Unlock the vault; nothing is lost.",
            Self::Retry => "Wait a little and try again; nothing is lost.",
            Self::UnlockKeyStore => "Unlock the key store and try again; nothing is lost.",
            Self::BringKeyStore => {
                "Start the key store that holds the key, or name it, and try again; nothing is lost."
            }
            Self::Recover => {
                "Recover the vault with its recovery code or key; nothing is lost. Clear it only if \
                 nobody has one."
            }
            Self::BringBackKey => {
                "Restore the key store that held the key. If that cannot be done, the entries cannot \
                 be read any more: clear the vault to begin anew."
            }
            Self::RestoreCopy => {
                "Put a copy of the vault's file in its place. If there is none, clear the vault to \
                 begin anew."
            }
            Self::FindBytes => {
                "Look for where the vault has gone: a disk that is not mounted, a folder that was \
                 moved, a backup. Put it back in its place, or clear the vault to begin anew."
            }
            Self::UpdateProgram => "Update this program; the vault is fine.",
            Self::MendPlace => "Mend the place that keeps the vault, as the error says.",
            Self::ChooseCopy => {
                "An older copy is in the vault's place. Put the newer one back if there is one, or \
                 go on with this one."
            }
        }
    }
}

impl fmt::Display for NextStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}
