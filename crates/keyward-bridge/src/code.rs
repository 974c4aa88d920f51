//! From the engine's errors to the codes that apps know, which never change.

use std::time::Duration;

use keyward::{Error, Invalid, ProtectorError, Role, SealedCopyError, StoreError};

use crate::messages::ErrorMessage;
use crate::read::Unreadable;

/// Identity Vault's numbers, as far as they are used.
const UNKNOWN: u16 = 0;
const VAULT_UNAVAILABLE: u16 = 2;
const INVALID_ARGUMENTS: u16 = 3;
const INVALIDATED_CREDENTIAL: u16 = 4;
const SECURITY_NOT_AVAILABLE: u16 = 5;
const AUTH_FAILED: u16 = 6;
const TOO_MANY_FAILED_ATTEMPTS: u16 = 7;
const USER_CANCELED_INTERACTION: u16 = 8;
const MISSING_PASSCODE: u16 = 10;
const PASSCODE_NOT_ENABLED: u16 = 11;
/// Stands for a vault that has vanished, and for nothing else: what held the key and the entries is
/// not where it was. An entry that is absent is no error.
const KEY_NOT_FOUND: u16 = 12;
const BIOMETRICS_NOT_ENABLED: u16 = 13;
const ANDROID_BIOMETRICS_LOCKED_OUT: u16 = 17;
const IOS_BIOMETRICS_LOCKED_OUT: u16 = 18;

/// Ours.
const DAMAGED: u16 = 100;
const TOO_NEW: u16 = 101;
const STORAGE_FULL: u16 = 102;
const EPOCH_EXHAUSTED: u16 = 103;
const STOPPED: u16 = 104;
const WRONG_RECOVERY_CODE: u16 = 120;
const WRONG_RECOVERY_KEY: u16 = 121;
const NO_RECOVERY: u16 = 122;
const NOTHING_TO_RECOVER: u16 = 123;
const NOT_A_RECOVERY_CODE: u16 = 124;
const NOT_A_RECOVERY_KEY: u16 = 125;

/// What a call is answered with when the engine says `error`.
#[must_use]
pub fn error(error: &Error) -> ErrorMessage {
    let (code, kind) = code_and_kind(error);
    let (attempts_left, retry_after) = match error {
        Error::WrongPasscode { attempts_left } | Error::WrongRecoveryCode { attempts_left } => {
            (Some(*attempts_left), None)
        }
        Error::TooManyAttempts { retry_after } => (None, Some(millis(*retry_after))),
        _ => (None, None),
    };
    ErrorMessage { code, kind, message: with_causes(error), attempts_left, retry_after }
}

fn code_and_kind(error: &Error) -> (u16, &'static str) {
    match error {
        Error::Dismissed => (USER_CANCELED_INTERACTION, "Dismissed"),
        Error::NotVerified => (AUTH_FAILED, "NotVerified"),
        Error::LockedOut => (locked_out(std::env::consts::OS), "LockedOut"),
        Error::WrongPasscode { .. } => (AUTH_FAILED, "WrongPasscode"),
        Error::TooManyAttempts { .. } => (TOO_MANY_FAILED_ATTEMPTS, "TooManyAttempts"),
        Error::ClearedAfterTooManyAttempts => {
            (TOO_MANY_FAILED_ATTEMPTS, "ClearedAfterTooManyAttempts")
        }
        Error::WrongRecoveryCode { .. } => (WRONG_RECOVERY_CODE, "WrongRecoveryCode"),
        Error::WrongRecoveryKey => (WRONG_RECOVERY_KEY, "WrongRecoveryKey"),
        Error::NoRecovery => (NO_RECOVERY, "NoRecovery"),
        Error::NothingToRecover => (NOTHING_TO_RECOVER, "NothingToRecover"),
        Error::PasscodeRequired => (MISSING_PASSCODE, "PasscodeRequired"),
        Error::NotAPasscodeVault => (PASSCODE_NOT_ENABLED, "NotAPasscodeVault"),
        Error::Unavailable { .. } => (VAULT_UNAVAILABLE, "Unavailable"),
        Error::KeyLost { .. } => (INVALIDATED_CREDENTIAL, "KeyLost"),
        Error::Unsupported { role: Role::UserVerification, .. } => {
            (BIOMETRICS_NOT_ENABLED, "UnsupportedUserVerification")
        }
        Error::Unsupported { .. } => (SECURITY_NOT_AVAILABLE, "UnsupportedDeviceStore"),
        // Another time there may be memory for it.
        Error::NotHashed(_) => (VAULT_UNAVAILABLE, "NotHashed"),
        Error::Damaged { .. } => (DAMAGED, "Damaged"),
        Error::Vanished => (KEY_NOT_FOUND, "Vanished"),
        Error::TooNew { .. } => (TOO_NEW, "TooNew"),
        Error::SealedCopy(error) => sealed_copy(*error),
        Error::Store(error) => store(error),
        Error::Invalid(Invalid::RecoveryCode(_)) => (NOT_A_RECOVERY_CODE, "InvalidRecoveryCode"),
        Error::Invalid(Invalid::RecoveryKey) => (NOT_A_RECOVERY_KEY, "InvalidRecoveryKey"),
        Error::Invalid(error) => (INVALID_ARGUMENTS, invalid(*error)),
        Error::EpochExhausted => (EPOCH_EXHAUSTED, "EpochExhausted"),
        Error::NoEntropy => (UNKNOWN, "NoEntropy"),
        Error::Stopped => (STOPPED, "Stopped"),
        _ => (UNKNOWN, "Unknown"),
    }
}

fn locked_out(system: &str) -> u16 {
    match system {
        "android" => ANDROID_BIOMETRICS_LOCKED_OUT,
        "ios" => IOS_BIOMETRICS_LOCKED_OUT,
        _ => AUTH_FAILED,
    }
}

/// Not the codes of a vault that is damaged or too new: an app may clear one that is, and with this
/// one nothing is wrong.
fn sealed_copy(error: SealedCopyError) -> (u16, &'static str) {
    match error {
        SealedCopyError::WrongPassphrase => (AUTH_FAILED, "SealedCopyWrongPassphrase"),
        SealedCopyError::WrongRecovery => (AUTH_FAILED, "SealedCopyWrongRecovery"),
        SealedCopyError::NeedsMore => (INVALID_ARGUMENTS, "SealedCopyNeedsMore"),
        SealedCopyError::Damaged { .. } => (INVALID_ARGUMENTS, "SealedCopyDamaged"),
        SealedCopyError::TooNew { .. } => (INVALID_ARGUMENTS, "SealedCopyTooNew"),
        _ => (UNKNOWN, "Unknown"),
    }
}

fn store(error: &StoreError) -> (u16, &'static str) {
    match error {
        StoreError::Full => (STORAGE_FULL, "StoreFull"),
        StoreError::TooNew => (TOO_NEW, "StoreTooNew"),
        StoreError::Denied(_) => (VAULT_UNAVAILABLE, "StoreDenied"),
        StoreError::Gone(_) => (VAULT_UNAVAILABLE, "StoreGone"),
        StoreError::NotAFile => (VAULT_UNAVAILABLE, "StoreNotAFile"),
        StoreError::KeyTooLong => (VAULT_UNAVAILABLE, "StoreKeyTooLong"),
        StoreError::Busy => (VAULT_UNAVAILABLE, "StoreBusy"),
        StoreError::TooLarge => (VAULT_UNAVAILABLE, "StoreTooLarge"),
        StoreError::Io(_) => (VAULT_UNAVAILABLE, "StoreIo"),
        _ => (VAULT_UNAVAILABLE, "Store"),
    }
}

fn invalid(error: Invalid) -> &'static str {
    match error {
        Invalid::NameTooLong => "InvalidNameTooLong",
        Invalid::ValueTooLarge => "InvalidValueTooLarge",
        Invalid::ContentTooLarge => "InvalidContentTooLarge",
        Invalid::NotJson => "InvalidNotJson",
        Invalid::WrongType => "InvalidWrongType",
        Invalid::Passcode => "InvalidPasscode",
        Invalid::TooManySlots => "InvalidTooManySlots",
        Invalid::Argon2 => "InvalidArgon2",
        Invalid::Config(_) => "InvalidConfig",
        Invalid::Export(_) => "InvalidExport",
        _ => "Invalid",
    }
}

/// What a message that is no call is answered with.
pub(crate) fn unreadable(error: Unreadable) -> ErrorMessage {
    bad_message(INVALID_ARGUMENTS, error)
}

/// What a message that is no question about the device is answered with.
pub(crate) fn unreadable_question(error: Unreadable) -> ErrorMessage {
    bad_message(1, error)
}

fn bad_message(code: u16, Unreadable(what): Unreadable) -> ErrorMessage {
    let message = ["the call does not read: ", what].concat();
    ErrorMessage { code, kind: "InvalidMessage", message, attempts_left: None, retry_after: None }
}

/// What a question about the device is answered with when a protector says `error`: the numbers are
/// those of Identity Vault's `DeviceErrorCodes`.
#[must_use]
pub fn device_error(error: &ProtectorError) -> ErrorMessage {
    let (code, kind) = match error {
        ProtectorError::Dismissed => (2, "Dismissed"),
        ProtectorError::Unavailable(_) => (3, "Unavailable"),
        ProtectorError::Lost => (3, "KeyLost"),
        ProtectorError::Full => (3, "StoreFull"),
        ProtectorError::NotVerified => (4, "NotVerified"),
        ProtectorError::LockedOut => (5, "LockedOut"),
        ProtectorError::Unsupported(_) => (6, "UnsupportedUserVerification"),
        _ => (0, "Unknown"),
    };
    let message = with_causes(error);
    ErrorMessage { code, kind, message, attempts_left: None, retry_after: None }
}

/// An error with what is underneath it; none of them carries a secret.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    message
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_out_has_the_code_of_its_system() {
        assert_eq!(locked_out("android"), 17);
        assert_eq!(locked_out("ios"), 18);
        assert_eq!(locked_out("linux"), 6);
        // A browser.
        assert_eq!(locked_out(""), 6);
    }
}
