//! Codes and kinds, which never change: apps decide by them.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::time::Duration;

use keyward::{Cause, Error, Invalid, ProtectorError, Role, SealedCopyError, StoreError};
use keyward_bridge::messages::DeviceCall;
use keyward_bridge::{device_error, error};

fn cause() -> Cause {
    Cause::new("the cause")
}

/// Every error, by the path of its variant.
fn table() -> Vec<(&'static str, Error, u16, &'static str)> {
    let provider = || "a-store".to_owned();
    let what = || "a thing".to_owned();
    let unsupported = |role| Error::Unsupported { role, what: what() };
    let retry_after = Duration::from_millis(1500);
    vec![
        ("Error::Dismissed", Error::Dismissed, 8, "Dismissed"),
        ("Error::NotVerified", Error::NotVerified, 6, "NotVerified"),
        ("Error::LockedOut", Error::LockedOut, 6, "LockedOut"),
        ("Error::WrongPasscode", Error::WrongPasscode { attempts_left: 3 }, 6, "WrongPasscode"),
        ("Error::TooManyAttempts", Error::TooManyAttempts { retry_after }, 7, "TooManyAttempts"),
        (
            "Error::ClearedAfterTooManyAttempts",
            Error::ClearedAfterTooManyAttempts,
            7,
            "ClearedAfterTooManyAttempts",
        ),
        (
            "Error::WrongRecoveryCode",
            Error::WrongRecoveryCode { attempts_left: 3 },
            120,
            "WrongRecoveryCode",
        ),
        ("Error::WrongRecoveryKey", Error::WrongRecoveryKey, 121, "WrongRecoveryKey"),
        ("Error::NoRecovery", Error::NoRecovery, 122, "NoRecovery"),
        ("Error::NothingToRecover", Error::NothingToRecover, 123, "NothingToRecover"),
        (
            "Invalid::RecoveryCode",
            Invalid::RecoveryCode("there is a typo in it").into(),
            124,
            "InvalidRecoveryCode",
        ),
        ("Invalid::RecoveryKey", Invalid::RecoveryKey.into(), 125, "InvalidRecoveryKey"),
        ("Invalid::TooManySlots", Invalid::TooManySlots.into(), 3, "InvalidTooManySlots"),
        (
            "SealedCopyError::WrongRecovery",
            SealedCopyError::WrongRecovery.into(),
            6,
            "SealedCopyWrongRecovery",
        ),
        ("Error::PasscodeRequired", Error::PasscodeRequired, 10, "PasscodeRequired"),
        ("Error::NotAPasscodeVault", Error::NotAPasscodeVault, 11, "NotAPasscodeVault"),
        (
            "Error::Unavailable",
            Error::Unavailable { provider: provider(), cause: cause() },
            2,
            "Unavailable",
        ),
        ("Error::KeyLost", Error::KeyLost { provider: provider() }, 4, "KeyLost"),
        (
            "Error::Unsupported",
            unsupported(Role::UserVerification),
            13,
            "UnsupportedUserVerification",
        ),
        ("Error::Unsupported", unsupported(Role::DeviceStore), 5, "UnsupportedDeviceStore"),
        ("Error::NotHashed", Error::NotHashed(cause()), 2, "NotHashed"),
        ("Error::Damaged", Error::Damaged { what: "its seal" }, 100, "Damaged"),
        ("Error::Vanished", Error::Vanished, 12, "Vanished"),
        ("Error::TooNew", Error::TooNew { version: 2 }, 101, "TooNew"),
        (
            "SealedCopyError::WrongPassphrase",
            SealedCopyError::WrongPassphrase.into(),
            6,
            "SealedCopyWrongPassphrase",
        ),
        ("SealedCopyError::NeedsMore", SealedCopyError::NeedsMore.into(), 3, "SealedCopyNeedsMore"),
        (
            "SealedCopyError::Damaged",
            SealedCopyError::Damaged { what: "its seal" }.into(),
            3,
            "SealedCopyDamaged",
        ),
        (
            "SealedCopyError::TooNew",
            SealedCopyError::TooNew { version: 2 }.into(),
            3,
            "SealedCopyTooNew",
        ),
        ("StoreError::Full", StoreError::Full.into(), 102, "StoreFull"),
        ("StoreError::TooNew", StoreError::TooNew.into(), 101, "StoreTooNew"),
        ("StoreError::Denied", StoreError::Denied(cause()).into(), 2, "StoreDenied"),
        ("StoreError::Gone", StoreError::Gone(cause()).into(), 2, "StoreGone"),
        ("StoreError::NotAFile", StoreError::NotAFile.into(), 2, "StoreNotAFile"),
        ("StoreError::KeyTooLong", StoreError::KeyTooLong.into(), 2, "StoreKeyTooLong"),
        ("StoreError::Busy", StoreError::Busy.into(), 2, "StoreBusy"),
        ("StoreError::TooLarge", StoreError::TooLarge.into(), 2, "StoreTooLarge"),
        ("StoreError::Io", StoreError::Io(cause()).into(), 2, "StoreIo"),
        ("Invalid::NameTooLong", Invalid::NameTooLong.into(), 3, "InvalidNameTooLong"),
        ("Invalid::ValueTooLarge", Invalid::ValueTooLarge.into(), 3, "InvalidValueTooLarge"),
        ("Invalid::ContentTooLarge", Invalid::ContentTooLarge.into(), 3, "InvalidContentTooLarge"),
        ("Invalid::NotJson", Invalid::NotJson.into(), 3, "InvalidNotJson"),
        ("Invalid::WrongType", Invalid::WrongType.into(), 3, "InvalidWrongType"),
        ("Invalid::Passcode", Invalid::Passcode.into(), 3, "InvalidPasscode"),
        ("Invalid::Argon2", Invalid::Argon2.into(), 3, "InvalidArgon2"),
        ("Invalid::Config", Invalid::Config("the key").into(), 3, "InvalidConfig"),
        ("Invalid::Export", Invalid::Export("its form").into(), 3, "InvalidExport"),
        ("Error::EpochExhausted", Error::EpochExhausted, 103, "EpochExhausted"),
        ("Error::NoEntropy", Error::NoEntropy, 0, "NoEntropy"),
        ("Error::Stopped", Error::Stopped, 104, "Stopped"),
    ]
}

#[test]
fn every_error_has_its_code_and_its_kind() {
    for (variant, engine, code, kind) in table() {
        let message = error(&engine);
        assert_eq!((message.code, message.kind), (code, kind), "{variant}");
        assert!(message.message.starts_with(&engine.to_string()), "{}", message.message);
        let counted = ["Error::WrongPasscode", "Error::WrongRecoveryCode"].contains(&variant);
        let attempts = counted.then_some(3);
        assert_eq!(message.attempts_left, attempts);
        let wait = (variant == "Error::TooManyAttempts").then_some(1500);
        assert_eq!(message.retry_after, wait);
    }
    let kinds: HashSet<&str> = table().iter().map(|(.., kind)| *kind).collect();
    assert_eq!(kinds.len(), table().len(), "no two errors have one kind");
}

/// The engine's errors may grow, and its `match` elsewhere need not notice; this does.
#[test]
fn no_error_of_the_engine_is_missing_in_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../keyward/src/error.rs");
    let source = std::fs::read_to_string(path).unwrap();
    let mut variants = HashSet::new();
    let mut of = None;
    for line in source.lines() {
        if let Some(name) = line.strip_prefix("pub enum ") {
            of = name.strip_suffix(" {");
        } else if line == "}" {
            of = None;
        } else if let (Some(of), Some(variant)) = (of, line.strip_prefix("    "))
            && variant.starts_with(|first: char| first.is_ascii_uppercase())
        {
            let name = variant.split([' ', '(', '{', ',']).next().unwrap();
            variants.insert(format!("{of}::{name}"));
        }
    }
    for wrapper in ["Error::SealedCopy", "Error::Store", "Error::Invalid"] {
        assert!(variants.remove(wrapper), "{wrapper}");
    }
    let listed: HashSet<String> = table().iter().map(|(variant, ..)| (*variant).into()).collect();
    assert_eq!(listed, variants);
}

#[test]
fn a_message_tells_the_cause() {
    let error = error(&Error::Store(StoreError::Io(Cause::new("the disk is on fire"))));
    assert!(error.message.ends_with(": the disk is on fire"), "{}", error.message);
    assert_eq!(error.message.matches("could not be read").count(), 1, "{}", error.message);
}

#[test]
fn a_device_has_codes_of_its_own() {
    let table = [
        (ProtectorError::Dismissed, 2),
        (ProtectorError::Unavailable(cause()), 3),
        (ProtectorError::Lost, 3),
        (ProtectorError::NotVerified, 4),
        (ProtectorError::LockedOut, 5),
        (ProtectorError::Unsupported("biometrics".to_owned()), 6),
    ];
    for (error, code) in table {
        assert_eq!(device_error(&error).code, code, "{error:?}");
    }
}

#[test]
fn a_question_that_does_not_read_is_an_error_too() {
    let read = DeviceCall::read;
    assert!(matches!(read("{\"call\":\"hasSecureHardware\"}"), Ok(DeviceCall::HasSecureHardware)));
    let hide = r#"{"call":"setHideScreenOnBackground","enabled":true,"dim":false}"#;
    assert!(matches!(
        read(hide),
        Ok(DeviceCall::SetHideScreenOnBackground { enabled: true, dim: false })
    ));
    let prompt =
        r#"{"call":"showBiometricPrompt","config":{"iosBiometricsLocalizedReason":"why"}}"#;
    let Ok(DeviceCall::ShowBiometricPrompt { config }) = read(prompt) else { panic!("reads") };
    assert_eq!(config.ios_biometrics_localized_reason.as_deref(), Some("why"));
    for message in ["", "{}", r#"{"call":"lock"}"#, r#"{"call":"setHideScreenOnBackground"}"#] {
        let error = read(message).unwrap_err();
        assert_eq!((error.code, error.kind), (1, "InvalidMessage"));
    }
}
