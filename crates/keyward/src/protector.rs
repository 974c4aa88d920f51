//! The joint between the engine and whatever stands between a person and the DEK.

use std::fmt;

use async_trait::async_trait;

use crate::capabilities::{Obstacle, Readiness};
use crate::config::{Config, DeviceSecurity};
use crate::error::{Cause, Error, StoreError};
use crate::secret::Key;

/// A vault's random identity, 128 bits. A cleared and re-created vault has a new one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VaultId(pub [u8; 16]);

impl fmt::Display for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultId({self})")
    }
}

/// What a protector is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The device's own key store, which opens without asking.
    DeviceStore,
    /// The device's verification of the person, which asks.
    UserVerification,
}

/// What a thief can do with what was stolen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Theft {
    /// Open the vault: the key lies beside it.
    Opens,
    /// Guess, at the price of one key derivation a guess: as strong as the passcode, or as the
    /// password of the keyring that holds the key.
    Guessable,
    /// Nothing: the key is not in what was stolen.
    Sealed,
}

/// What a protector truthfully promises. Where a platform cannot say, the weaker answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assurance {
    /// The key cannot leave a piece of hardware.
    pub hardware_bound: bool,
    /// The key is released only when the device has verified the person, or the person has given
    /// a passcode; not merely asked whether somebody is there.
    pub user_verified: bool,
    /// The key is still there after a restart of the program and of the device.
    pub persistent: bool,
    /// Against whoever steals a copy of the sealed bytes alone.
    pub stolen_file: Theft,
    /// Against whoever steals everything on the disk, switched off.
    pub stolen_disk: Theft,
}

impl Assurance {
    /// Assurance with everything at its weakest; raise what holds.
    pub const NONE: Self = Self {
        hardware_bound: false,
        user_verified: false,
        persistent: false,
        stolen_file: Theft::Opens,
        stolen_disk: Theft::Opens,
    };

    /// What holds of both.
    pub(crate) fn weaker(self, other: Self) -> Self {
        Self {
            hardware_bound: self.hardware_bound && other.hardware_bound,
            user_verified: self.user_verified && other.user_verified,
            persistent: self.persistent && other.persistent,
            stolen_file: self.stolen_file.min(other.stolen_file),
            stolen_disk: self.stolen_disk.min(other.stolen_disk),
        }
    }
}

/// For which vault a protector makes or releases key material.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Request<'a> {
    /// The vault's identity.
    pub vault: VaultId,
    /// The vault's configuration: its key as a label for people, and the prompt's words.
    pub config: &'a Config,
}

impl<'a> Request<'a> {
    /// A request on behalf of one vault.
    #[must_use]
    pub fn new(vault: VaultId, config: &'a Config) -> Self {
        Self { vault, config }
    }

    /// What the device is to ask for.
    #[must_use]
    pub fn device_security(&self) -> DeviceSecurity {
        self.config.device_security
    }
}

/// What [`Protector::enroll`] made.
#[derive(Debug)]
pub struct Enrolled {
    /// What the protector needs to find the key again. Stored in the slot in the clear, but
    /// authenticated; at most [`crate::MAX_HANDLE_LEN`] bytes.
    pub handle: Vec<u8>,
    /// The key material from which the engine derives the slot's KEK.
    pub material: Key,
}

/// What a protector can say of a vault's key without asking anybody.
#[derive(Debug)]
#[non_exhaustive]
pub enum Probe {
    /// The key is there, and this is it: releasing it asks nobody.
    Released(Key),
    /// The key is there. Releasing it asks somebody.
    Present,
    /// It takes asking to know.
    CannotTell,
}

/// A platform's key store or verification of the person.
///
/// # For implementers
/// - `release` returns the same material that `enroll` returned for the same vault and handle.
/// - [`ProtectorError::Lost`] is for a store that answers, unlocked, that the key does not exist
///   or can never be used again, [`ProtectorError::Full`] for one that has no room for a new one.
///   Everything else that fails is [`ProtectorError::Unavailable`].
/// - Every call returns within a time of the implementer's own choosing: no prompt and no service
///   may hang a vault.
/// - `enroll` for a vault that already has a key in this protector returns that key again, where
///   the protector can; it never destroys one, because other copies of the vault may need it.
/// - `probe` and `readiness` never prompt, change nothing, and say only what they know.
/// - The material is uniformly random or the output of a pseudo-random function.
/// - Run the protector suite of `keyward-conformance`.
#[async_trait(?Send)]
pub trait Protector {
    /// What this protector is for.
    fn role(&self) -> Role;

    /// The name of its kind, as it stands in the slot for ever: 1 to 64 bytes, for example
    /// `secret-service`. A slot is only ever given to the protector whose name it bears.
    fn provider(&self) -> &'static str;

    /// Whether this stands in for a key store where the device has none: the key lies in an ordinary
    /// place, open to whoever can read it. A vault whose configuration has a
    /// [`fallback`](crate::Config::fallback) uses it only for
    /// [`Protection::KeyFile`](crate::Protection::KeyFile).
    fn is_ordinary(&self) -> bool {
        false
    }

    /// What this protector promises here.
    fn assurance(&self) -> Assurance;

    /// Makes key material for a vault and keeps it, durably.
    async fn enroll(&self, request: &Request<'_>) -> Result<Enrolled, ProtectorError>;

    /// Releases the key material again.
    async fn release(&self, request: &Request<'_>, handle: &[u8]) -> Result<Key, ProtectorError>;

    /// What can be said of the vault's key without asking anybody.
    ///
    /// # Errors
    /// As [`Protector::release`], but for the person's refusals: nobody is asked.
    async fn probe(&self, request: &Request<'_>, handle: &[u8]) -> Result<Probe, ProtectorError> {
        let _ = (request, handle);
        Ok(Probe::CannotTell)
    }

    /// Looks whether the vault's key is there, asking whoever has to be asked, for a person who says
    /// that it does not work. By default it is released and dropped; a platform that does not tell a
    /// refusal from a key that is gone looks in another way.
    ///
    /// # Errors
    /// As [`Protector::release`]: [`ProtectorError::Lost`] only when the key is gone.
    async fn check(&self, request: &Request<'_>, handle: &[u8]) -> Result<(), ProtectorError> {
        self.release(request, handle).await.map(drop)
    }

    /// Whether a key could be made here now, for a vault that asks the device for `wanted`, as far
    /// as can be said without asking anybody.
    ///
    /// # Errors
    /// What stands in the way.
    async fn readiness(&self, wanted: DeviceSecurity) -> Result<Readiness, Obstacle> {
        let _ = wanted;
        Ok(Readiness::CannotTell)
    }

    /// Forgets the vault's key material, because the vault is gone. Absent is success. Must not
    /// prompt. `handle` is empty when no present slot names this protector: it then forgets what
    /// it finds by the vault's identity alone.
    async fn forget(&self, request: &Request<'_>, handle: &[u8]) -> Result<(), ProtectorError>;
}

/// What a protector answers instead of a key.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProtectorError {
    /// Locked, not running, timed out, or answering nonsense: the key may well be there.
    #[error("not available now")]
    Unavailable(#[source] Cause),
    /// The store answers, unlocked, that there is no such key.
    #[error("the key is gone")]
    Lost,
    /// The person closed the prompt.
    #[error("dismissed")]
    Dismissed,
    /// The device did not recognise the person.
    #[error("not verified")]
    NotVerified,
    /// The device refuses further attempts for now.
    #[error("locked out")]
    LockedOut,
    /// This device has no such thing, or it is not set up.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// There is no room for the key; nothing has changed.
    #[error("no room for the key")]
    Full,
}

impl ProtectorError {
    /// The engine's error, when `protector` answered this.
    pub(crate) fn of(self, protector: &dyn Protector) -> Error {
        let provider = protector.provider().to_owned();
        match self {
            Self::Unavailable(cause) => Error::Unavailable { provider, cause },
            Self::Lost => Error::KeyLost { provider },
            Self::Dismissed => Error::Dismissed,
            Self::NotVerified => Error::NotVerified,
            Self::LockedOut => Error::LockedOut,
            Self::Unsupported(what) => Error::Unsupported { role: protector.role(), what },
            Self::Full => Error::Store(StoreError::Full),
        }
    }
}
