//! What kinds of vaults this device can hold now, and why not, told without asking anybody.

use std::fmt;

use crate::config::{DeviceSecurity, VaultType};
use crate::error::Cause;

/// What stands in the way of a protector's work, in words that all platforms share.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Obstacle {
    /// The device has no key store: on Linux, no Secret Service on the session's bus.
    NoKeyStore,
    /// The key store is there, but was never set up: no default keyring, no database opened.
    NotSetUp,
    /// The key store is locked. Using it would ask the person to unlock it.
    Locked,
    /// The device has nothing that verifies a person.
    NoVerification,
    /// The person has set no screen lock.
    NoScreenLock,
    /// No face or finger is enrolled.
    NoBiometrics,
    /// What verifies the person makes no keys: the browser or authenticator lacks WebAuthn's PRF.
    NoPrf,
    /// The browser keeps keys and passkeys from a page that was not served securely: over https, or
    /// from localhost.
    InsecurePage,
    /// The device refuses to look at the person for now, after too many failures.
    LockedOut,
    /// This program was not given the protector of that name.
    NotHere,
    /// It is there, and fails, or does not answer in time, or answers nonsense.
    Unreachable(Cause),
}

impl Obstacle {
    /// Its name, which never changes, in lower case with hyphens.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoKeyStore => "no-key-store",
            Self::NotSetUp => "not-set-up",
            Self::Locked => "locked",
            Self::NoVerification => "no-verification",
            Self::NoScreenLock => "no-screen-lock",
            Self::NoBiometrics => "no-biometrics",
            Self::NoPrf => "no-prf",
            Self::InsecurePage => "insecure-page",
            Self::LockedOut => "locked-out",
            Self::NotHere => "not-here",
            Self::Unreachable(_) => "unreachable",
        }
    }

    /// Whether the device lacks something, so that the next protector of the role is taken. The
    /// others pass: a protector that is only out of reach is not gone around.
    pub(crate) fn is_lack(&self) -> bool {
        match self {
            Self::NoKeyStore
            | Self::NoVerification
            | Self::NoScreenLock
            | Self::NoBiometrics
            | Self::NoPrf
            | Self::InsecurePage
            | Self::NotHere => true,
            Self::NotSetUp | Self::Locked | Self::LockedOut | Self::Unreachable(_) => false,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKeyStore => "the device has no key store that runs",
            Self::NotSetUp => "the device's key store has not been set up",
            Self::Locked => "the device's key store is locked",
            Self::NoVerification => "the device has nothing that verifies a person",
            Self::NoScreenLock => "no screen lock is set",
            Self::NoBiometrics => "no face or finger is enrolled",
            Self::NoPrf => "what verifies the person cannot make keys (no WebAuthn PRF)",
            Self::InsecurePage => "the page was not served securely (https, or localhost)",
            Self::LockedOut => "the device has locked out verification for now",
            Self::NotHere => "this program was not given the key store of that name",
            Self::Unreachable(cause) => return write!(f, "the key store does not answer: {cause}"),
        })
    }
}

/// What a protector can say of itself without asking anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Readiness {
    /// It would make a key now.
    Ready,
    /// It takes asking to know.
    CannotTell,
}

/// Whether a vault of one type could be made here now.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Capability {
    /// Yes.
    Available,
    /// The device cannot say without asking.
    CannotTell,
    /// No, because of this.
    Unavailable(Obstacle),
}

impl Capability {
    /// Its name, which never changes: `available`, `cannot-tell` or `unavailable`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::CannotTell => "cannot-tell",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// Why not, if not.
    #[must_use]
    pub fn obstacle(&self) -> Option<&Obstacle> {
        match self {
            Self::Unavailable(obstacle) => Some(obstacle),
            _ => None,
        }
    }
}

/// What kinds of vaults this device can hold now: [`Vault::capabilities`](crate::Vault::capabilities).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Capabilities {
    /// For SecureStorage vaults.
    pub secure_storage: Capability,
    /// For DeviceSecurity vaults, by what the device would ask for.
    pub system_passcode: Capability,
    /// As above.
    pub biometrics: Capability,
    /// As above.
    pub both: Capability,
    /// For CustomPasscode vaults. They are bound to the device's key store where there is one, and
    /// are not made without it while it is only locked or out of reach.
    pub custom_passcode: Capability,
    /// For vaults in memory.
    pub in_memory: Capability,
}

impl Capabilities {
    /// For one type and, of a DeviceSecurity vault, what the device would ask for.
    #[must_use]
    pub fn of(&self, vault_type: VaultType, wanted: DeviceSecurity) -> &Capability {
        match (vault_type, wanted) {
            (VaultType::SecureStorage, _) => &self.secure_storage,
            (VaultType::DeviceSecurity, DeviceSecurity::SystemPasscode) => &self.system_passcode,
            (VaultType::DeviceSecurity, DeviceSecurity::Biometrics) => &self.biometrics,
            (VaultType::DeviceSecurity, DeviceSecurity::Both | DeviceSecurity::None) => &self.both,
            (VaultType::CustomPasscode, _) => &self.custom_passcode,
            (VaultType::InMemory, _) => &self.in_memory,
        }
    }

    /// All of them, with the type and what the device would ask for.
    pub fn all(&self) -> impl Iterator<Item = (VaultType, DeviceSecurity, &Capability)> {
        [
            (VaultType::SecureStorage, DeviceSecurity::None),
            (VaultType::DeviceSecurity, DeviceSecurity::Biometrics),
            (VaultType::DeviceSecurity, DeviceSecurity::SystemPasscode),
            (VaultType::DeviceSecurity, DeviceSecurity::Both),
            (VaultType::CustomPasscode, DeviceSecurity::None),
            (VaultType::InMemory, DeviceSecurity::None),
        ]
        .into_iter()
        .map(|(vault_type, wanted)| (vault_type, wanted, self.of(vault_type, wanted)))
    }
}
