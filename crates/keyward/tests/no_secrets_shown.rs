//! Nothing that can be printed shows a secret: not an error, not an event, not a `Debug`.

#![allow(clippy::unwrap_used)]

mod support;

use futures_util::{FutureExt, StreamExt};
use keyward::{
    CopyFor, CopyKey, Enrolled, Error, Invalid, Key, Passcode, Probe, Recovery, RecoveryCode,
    RecoveryPrivateKey, SecretBytes, Value, Vault, VaultType, export,
};
use keyward_conformance::simulated_device::Answer;
use support::{Desk, config, passcode};

/// Parts that stand for a name, a value and a passcode, in any form in which they might be shown.
const SECRETS: [&str; 3] = [NAME, VALUE, PASSCODE];
const NAME: &str = "Xn4meX";
const VALUE: &str = "Xv4lueX";
const PASSCODE: &str = "Xp4ssX";

fn assert_shows_nothing(shown: &str) {
    for secret in SECRETS {
        let bytes = format!("{:?}", secret.as_bytes());
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let inner = bytes.trim_matches(['[', ']']);
        for form in [secret, inner, &hex] {
            assert!(!shown.contains(form), "{shown}");
        }
    }
}

/// Everything that an error can print, down to its last source.
fn everything(error: &Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        shown += &format!(" {error} {error:?}");
        source = error.source();
    }
    shown
}

#[test]
fn debug_of_every_type_that_holds_a_secret_is_redacted() {
    let key = || Key::from_slice(format!("{VALUE:<32}").as_bytes()).unwrap();
    assert_shows_nothing(&format!("{:?}", key()));
    assert_shows_nothing(&format!("{:?}", Enrolled { handle: Vec::new(), material: key() }));
    assert_shows_nothing(&format!("{:#?}", SecretBytes::from(VALUE.as_bytes())));
    assert_shows_nothing(&format!("{:?}", Probe::Released(key())));
    assert_shows_nothing(&format!("{:?}", Passcode::new(PASSCODE).unwrap()));
    assert_shows_nothing(&format!("{:?}", CopyFor::Passphrase(passcode(PASSCODE))));
    assert_shows_nothing(&format!("{:?}", CopyKey::Passphrase(passcode(PASSCODE))));
    assert_shows_nothing(&format!("{:?}", Value::json(VALUE).unwrap()));
    assert_shows_nothing(&format!("{:?}", Value::bytes(VALUE.as_bytes()).unwrap()));
}

/// Calls everything with secrets as arguments, and prints what fails.
fn call_everything(desk: &Desk, vault: &Vault) -> String {
    let mut shown = String::new();
    let mut note =
        |error: Option<Error>| shown += &error.as_ref().map_or(String::new(), everything);
    let value = || Value::json(VALUE).unwrap();
    note(desk.run(vault.set(NAME, VALUE)).err());
    note(desk.run(vault.get::<u32>(NAME)).err());
    note(desk.run(vault.value(NAME)).err());
    note(desk.run(vault.set_many([(NAME.repeat(1000), value())])).err());
    note(desk.run(vault.set_bytes(NAME, &VALUE.repeat(2 << 20).into_bytes())).err());
    note(desk.run(vault.import([(NAME, value())])).err());
    note(desk.run(vault.export()).err());
    note(desk.run(vault.keys()).err());
    note(desk.run(vault.remove(NAME)).err());
    note(desk.run(vault.set_passcode(passcode(PASSCODE))).err());
    let copy = desk.run(vault.export_sealed(passcode(PASSCODE)));
    if let Ok(copy) = &copy {
        let import = |passphrase| vault.import_sealed(copy.clone(), passcode(passphrase));
        note(desk.run(import("Xp4ssX wrong")).err());
        note(desk.run(import(PASSCODE)).err());
    }
    note(copy.err());
    note(desk.run(vault.import_sealed(PASSCODE.into(), passcode(PASSCODE))).err());
    assert_shows_nothing(&format!("{:?}", desk.run(vault.inspect())));
    note(desk.run(vault.unlock()).err());
    note(desk.run(vault.lock()).err());
    shown
}

#[test]
fn errors_and_events_show_no_secret_whatever_fails() {
    let answers = [
        Answer::Truthfully,
        Answer::Dismissed,
        Answer::NotVerified,
        Answer::LockedOut,
        Answer::Unavailable,
        Answer::Unsupported,
    ];
    let mut failed = 0;
    for vault_type in support::ALL_TYPES {
        for answer in answers {
            let desk = Desk::new();
            let program = desk.start_with(vault_type);
            let mut events = program.vault.events();
            program.answers_with(PASSCODE);
            desk.run(program.vault.set(NAME, VALUE)).unwrap();
            desk.device.answer_with(answer);
            desk.person.answer_with(answer);
            for guess in [PASSCODE, "Xp4ssX wrong", ""] {
                program.answers_with(guess);
                desk.run(program.vault.lock()).unwrap();
                let shown = call_everything(&desk, &program.vault);
                failed += usize::from(!shown.is_empty());
                assert_shows_nothing(&shown);
            }
            while let Some(Some(event)) = events.next().now_or_never() {
                assert_shows_nothing(&format!("{event:?}"));
            }
        }
    }
    assert!(failed > 40, "only {failed} rounds had an error to look at");
}

#[test]
fn damage_shows_nothing_of_what_is_damaged() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.run(program.vault.set(NAME, VALUE)).unwrap();
    let sealed = desk.stored().unwrap();
    for at in (0..sealed.len()).step_by(7) {
        desk.damage(|bytes| bytes[at] ^= 0x20);
        let other = desk.start();
        let initialized = desk.run(other.vault.initialize(config(VaultType::SecureStorage)));
        let read = desk.run(other.vault.get::<String>(NAME));
        for error in [initialized.err(), read.err()].into_iter().flatten() {
            assert_shows_nothing(&everything(&error));
        }
        desk.damage(|bytes| bytes[at] ^= 0x20);
    }
}

#[test]
fn an_export_that_does_not_read_is_not_quoted() {
    let documents = [
        format!("{{\"keyward\":1,\"entries\":{{\"{NAME}\":{{\"json\":{VALUE}}}}}}}"),
        format!("{{\"keyward\":1,\"entries\":{{\"{NAME}\":{{\"bytes\":\"{VALUE}!\"}}}}}}"),
        format!("{{\"keyward\":1,\"{NAME}\":\"{VALUE}\"}}"),
        format!("{VALUE} {NAME}"),
    ];
    for document in documents {
        let error = export::parse(document.as_bytes()).unwrap_err();
        assert!(
            matches!(error, Error::Invalid(Invalid::Export(_) | Invalid::NotJson)),
            "{error:?}"
        );
        assert_shows_nothing(&everything(&error));
    }
}

#[test]
fn recovery_shows_neither_code_nor_key() {
    let private =
        || RecoveryPrivateKey::new(Key::from_bytes(*b"Xprivate recovery key of 32 byte")).unwrap();
    let code = RecoveryCode::generate().unwrap();
    let typo = code.expose().replacen(|symbol: char| symbol != 'Z', "Z", 1);
    let assert_hidden = |shown: &str| {
        for group in code.expose().split('-').chain(typo.split('-')) {
            assert!(!shown.contains(group), "{shown}");
        }
        for form in ["Xprivate", "5870726976617465", "88, 112, 114"] {
            assert!(!shown.contains(form), "{shown}");
        }
    };
    let recoveries = || [Recovery::Code(code.clone()), Recovery::Key(private())];
    assert_hidden(&format!("{:?} {:?} {:?}", code, private(), recoveries()));
    let keys = recoveries().map(CopyKey::Recovery);
    assert_hidden(&format!("{keys:?} {:?}", CopyFor::Recovery(code.public_key())));
    assert_hidden(&everything(&RecoveryCode::parse(typo.clone()).unwrap_err()));

    let mut failed = 0;
    for answer in [Answer::Truthfully, Answer::Dismissed, Answer::Unavailable, Answer::Unsupported]
    {
        for enrolled in [false, true] {
            let desk = Desk::new();
            let program = desk.start_with(VaultType::DeviceSecurity);
            let mut events = program.vault.events();
            desk.run(program.vault.set(NAME, VALUE)).unwrap();
            let copy = desk.run(program.vault.export_sealed(private().public_key())).unwrap();
            if enrolled {
                desk.run(program.vault.enroll_recovery()).unwrap();
                desk.run(program.vault.enroll_recovery_key(private().public_key())).unwrap();
            }
            desk.person.answer_with(answer);
            desk.run(program.vault.lock()).unwrap();
            for recovery in recoveries() {
                let recovered = desk.run(program.vault.recover(recovery.clone()));
                let imported = desk.run(program.vault.import_sealed(copy.clone(), recovery));
                for error in [recovered.err(), imported.err()].into_iter().flatten() {
                    failed += 1;
                    assert_hidden(&everything(&error));
                    assert_shows_nothing(&everything(&error));
                }
            }
            assert_hidden(&format!("{:?}", desk.run(program.vault.inspect())));
            while let Some(Some(event)) = events.next().now_or_never() {
                assert_hidden(&format!("{event:?}"));
            }
        }
    }
    assert!(failed > 10, "only {failed} errors to look at");
}
