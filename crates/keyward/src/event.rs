//! What a vault tells the app.

use crate::config::Config;
use crate::error::Error;
use crate::fallback::Protection;
use crate::health::Older;
use crate::registry::RegistryError;

/// Why a vault locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LockCause {
    /// The app asked for it.
    Requested,
    /// The app was in the background for as long as the configuration allows.
    Timeout,
    /// Another process changed how the vault is protected, so that it must be unlocked anew.
    ProtectionChanged,
    /// Another process cleared the vault.
    Cleared,
}

/// Why a passcode is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PasscodePurpose {
    /// A new passcode: the vault has none yet.
    Set,
    /// The passcode that opens the vault.
    Unlock,
}

/// Something that happened to a vault.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The vault locked: every key and every decrypted value has been wiped. Once per lock.
    Locked(LockCause),
    /// The vault can be read.
    Unlocked,
    /// The configuration is now this one.
    ConfigChanged(Config),
    /// An operation failed with this error.
    Failed(Error),
    /// A passcode is being asked for.
    PasscodeRequested(PasscodePurpose),
    /// Another process changed the entries.
    Changed,
    /// What is stored is older than what this device has seen. Told once; [`Vault::health`] goes on
    /// saying so.
    ///
    /// [`Vault::health`]: crate::Vault::health
    Older(Older),
    /// The registry could not be read or written. The operation went on without it.
    RegistryFailed(RegistryError),
    /// The device could not protect the vault as wanted, and something weaker that the app accepts
    /// was taken: see [`Config::fallback`].
    ProtectionWeakened {
        /// What the configuration wants.
        wanted: Protection,
        /// What protects the vault from now on.
        present: Protection,
    },
    /// The vault is protected better than before, because the device can now.
    ProtectionRaised {
        /// What protected it before.
        from: Protection,
        /// What protects it from now on.
        to: Protection,
    },
    /// The device could now protect the vault better, and somebody would have to be asked for it:
    /// [`Vault::raise`](crate::Vault::raise) does. Told at most once for each start.
    ProtectionCanBeRaised {
        /// What protects the vault now.
        present: Protection,
        /// The best that the device seems to have.
        to: Protection,
    },
}
