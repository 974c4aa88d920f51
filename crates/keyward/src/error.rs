//! What can go wrong, told apart by what the caller can do next. No error carries a secret, an
//! entry's name or an entry's value.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::protector::Role;

/// The error underneath, from the operating system or a key store. Cheap to clone, because
/// everyone who waited on the same unlock gets the same error.
#[derive(Clone)]
pub struct Cause(Arc<dyn std::error::Error + Send + Sync>);

impl Cause {
    /// Keeps `error` as the cause. Its text must not contain a secret.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Arc::from(error.into()))
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// Why an operation on a vault did not happen. Unless the variant says otherwise, nothing changed
/// and nothing was lost.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The person closed the prompt or gave no passcode. Ask again when they want to.
    #[error("the request was dismissed; the vault is unchanged")]
    Dismissed,
    /// The device looked at the person and did not recognise them.
    #[error("the device could not verify the person; the vault is unchanged")]
    NotVerified,
    /// The device refuses to look again for now (too many failed fingers or faces).
    #[error("the device has locked out verification for now; the vault is unchanged")]
    LockedOut,
    /// The passcode is wrong. `attempts_left` counts down to the configured limit; 0 means that
    /// the next guess has to wait.
    #[error("wrong passcode ({attempts_left} more before the limit); the vault is unchanged")]
    WrongPasscode {
        /// Guesses left before the limit.
        attempts_left: u32,
    },
    /// Too many wrong passcodes, or recovery codes: none is taken before `retry_after` has passed.
    #[error("too many failed attempts; try again in {} s. Nothing was lost", retry_after.as_secs().max(1))]
    TooManyAttempts {
        /// How long until a guess is taken again.
        retry_after: Duration,
    },
    /// Too many wrong passcodes, and the configuration asks for the vault to be cleared then:
    /// it is gone.
    #[error("too many wrong passcodes; the vault was cleared, as its configuration asks")]
    ClearedAfterTooManyAttempts,
    /// The recovery code reads as one, and is not this vault's. `attempts_left` counts down to the
    /// configured limit; 0 means that the next one has to wait. It never clears the vault.
    #[error(
        "not this vault's recovery code ({attempts_left} more before the limit); the vault is unchanged"
    )]
    WrongRecoveryCode {
        /// Tries left before the limit.
        attempts_left: u32,
    },
    /// The recovery key is none of this vault's.
    #[error("not this vault's recovery key; the vault is unchanged")]
    WrongRecoveryKey,
    /// The vault has no recovery slot of that kind: none was enrolled, or it was revoked.
    #[error("no such recovery is enrolled; the vault is unchanged")]
    NoRecovery,
    /// A vault in memory stores nothing that could be recovered.
    #[error("a vault in memory stores nothing that could be recovered")]
    NothingToRecover,
    /// A passcode is needed, and nobody is there to ask: set one, or register a handler.
    #[error("a passcode is needed, and the app has registered no way to ask for it")]
    PasscodeRequired,
    /// The vault is not of the type that this operation is for.
    #[error("the vault's type has no passcode")]
    NotAPasscodeVault,
    /// A key store is locked or cannot be reached. The key is still there: wait, unlock, retry.
    #[error("{provider} is not available now; nothing was lost. Unlock or start it and try again")]
    Unavailable {
        /// The key store.
        provider: String,
        /// What the key store said.
        #[source]
        cause: Cause,
    },
    /// A key store answered, unlocked, that the key is gone. The sealed bytes are untouched.
    #[error("{provider} no longer has this vault's key; the sealed bytes are kept as they are")]
    KeyLost {
        /// The key store.
        provider: String,
    },
    /// This device cannot do what was asked.
    #[error("not supported on this device: {what}")]
    Unsupported {
        /// Which kind of protector it would take.
        role: Role,
        /// What is missing.
        what: String,
    },
    /// The passcode could not be hashed: no memory for it, or the place where it is done failed.
    /// No guess was counted.
    #[error("the passcode could not be hashed; nothing was changed. Free memory and try again")]
    NotHashed(#[source] Cause),
    /// The sealed bytes are not what Keyward wrote. They are kept as they are.
    #[error("the vault is damaged ({what}); its bytes are kept as they are")]
    Damaged {
        /// The first thing found wrong.
        what: &'static str,
    },
    /// This device has seen the vault with entries here, nobody has cleared it, and its bytes are
    /// gone. Nothing is written in their place before [`Vault::clear`](crate::Vault::clear).
    #[error(
        "the vault was here and its bytes have vanished; nothing was written in their place. Put \
         them back, or clear the vault to begin anew"
    )]
    Vanished,
    /// A newer Keyward wrote this vault. It is kept as it is.
    #[error("the vault has format version {version}, newer than this program reads; update it")]
    TooNew {
        /// The format version found.
        version: u64,
    },
    /// A sealed copy could not be imported. The vault and the copy are unchanged.
    #[error(transparent)]
    SealedCopy(#[from] SealedCopyError),
    /// The place that keeps the sealed bytes failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The caller's mistake.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The configuration and the slots have changed as often as the format can count. The entries
    /// are readable and can still be changed; export them, clear the vault and import them.
    #[error(
        "the vault's epoch cannot grow any more; the vault is unchanged. Clear it to begin anew"
    )]
    EpochExhausted,
    /// The platform gave no random numbers.
    #[error("the platform gave no random numbers")]
    NoEntropy,
    /// The vault's driver has ended, so nothing can be done with this handle any more.
    #[error("the vault's driver has ended")]
    Stopped,
}

impl Error {
    /// Whether a person (or a limit on what a person may do) refused, so that asking again at once
    /// would only annoy.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Dismissed
                | Self::NotVerified
                | Self::LockedOut
                | Self::WrongPasscode { .. }
                | Self::WrongRecoveryCode { .. }
                | Self::TooManyAttempts { .. }
                | Self::ClearedAfterTooManyAttempts
                | Self::PasscodeRequired
        )
    }
}

/// What a store could not do. The bytes that were there are still there.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No space left. Free some and try again.
    #[error("no space left to write the vault; the earlier contents are intact")]
    Full,
    /// The place may not be written to, or not read.
    #[error("no permission to use the vault's place; it is unchanged")]
    Denied(#[source] Cause),
    /// The place itself has gone (a folder removed, a disk taken out).
    #[error("the place that holds the vault has vanished")]
    Gone(#[source] Cause),
    /// Something else stands where the vault should be: a link, a folder, a device.
    #[error("what stands in the vault's place is not a plain file; it was not touched")]
    NotAFile,
    /// The vault's key is longer than the names that this place can hold.
    #[error("the vault's key is too long for this place; choose a shorter one")]
    KeyTooLong,
    /// Another process kept the cell busy for too long.
    #[error("another process keeps the vault busy; try again")]
    Busy,
    /// More bytes than a vault may have.
    #[error("the vault's file is larger than a vault can be; it was not read")]
    TooLarge,
    /// A newer Keyward made the place that holds the vault.
    #[error("a newer Keyward made the vault's place; update this program")]
    TooNew,
    /// Anything else that the platform said.
    #[error("the vault could not be read or written; its bytes are unchanged")]
    Io(#[source] Cause),
}

/// Why a sealed copy could not be imported. Nothing is wrong with the vault itself, and no attempt
/// at its own passcode was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealedCopyError {
    /// The passphrase is not the copy's.
    #[error("the passphrase does not open the copy; the vault is unchanged")]
    WrongPassphrase,
    /// The recovery code or key is not the copy's.
    #[error("the recovery code or key does not open the copy; the vault is unchanged")]
    WrongRecovery,
    /// The copy takes something else: a key in a device, for instance, or a passphrase where a
    /// recovery code was given.
    #[error("the copy does not open with that alone; the vault is unchanged")]
    NeedsMore,
    /// The bytes are not what Keyward wrote.
    #[error("the copy is damaged ({what}); the vault is unchanged")]
    Damaged {
        /// The first thing found wrong.
        what: &'static str,
    },
    /// A newer Keyward wrote the copy.
    #[error(
        "the copy has format version {version}, newer than this program reads; the vault is \
         unchanged. Update this program"
    )]
    TooNew {
        /// The format version found.
        version: u64,
    },
}

/// The caller's mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// See [`crate::MAX_NAME_LEN`].
    #[error("an entry's name may have at most 1,024 bytes")]
    NameTooLong,
    /// See [`crate::MAX_VALUE_LEN`].
    #[error("an entry's value may have at most 8 MiB")]
    ValueTooLarge,
    /// See [`crate::MAX_CONTENT_LEN`].
    #[error("all entries together may have at most 128 MiB")]
    ContentTooLarge,
    /// The text is not one JSON value, or the Rust value has no JSON form.
    #[error("the value is not JSON")]
    NotJson,
    /// The entry holds another kind of value than the caller asked for.
    #[error("the entry holds a value of another type")]
    WrongType,
    /// See [`crate::Passcode`].
    #[error("a passcode has 1 to 1,024 bytes")]
    Passcode,
    /// Not a recovery code as [`crate::RecoveryCode`] describes it, so nothing was tried with it; the
    /// text says what is wrong.
    #[error("that is not a recovery code: {0}")]
    RecoveryCode(&'static str),
    /// Not a key of the curve P-256; see [`crate::RecoveryPublicKey`] and
    /// [`crate::RecoveryPrivateKey`].
    #[error("that is not a key of the curve P-256")]
    RecoveryKey,
    /// See [`crate::Vault::enroll_recovery_key`].
    #[error("a vault has room for no more recovery keys")]
    TooManySlots,
    /// See [`crate::argon2id`].
    #[error("Argon2id's costs or salt are out of bounds")]
    Argon2,
    /// A configuration that makes no sense; the text says which part.
    #[error("the configuration is not valid: {0}")]
    Config(&'static str),
    /// An export document that does not read; the text says which part.
    #[error("the export does not read: {0}")]
    Export(&'static str),
}
