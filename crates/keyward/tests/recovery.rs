//! Recovery codes and keys: enrolled without asking, kept through every change, and a way in when the
//! protector is gone.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward::{
    Error, Invalid, Key, NextStep, PasscodePurpose, PasscodeRequest, Recovery, RecoveryCode,
    RecoveryPrivateKey, SealedCopyError, Value, VaultType, inspect,
};
use keyward_conformance::simulated_device::Answer;
use support::{Desk, Program, config, name, passcode};

/// The types that have anything to recover.
const TYPES: [VaultType; 3] =
    [VaultType::SecureStorage, VaultType::DeviceSecurity, VaultType::CustomPasscode];

fn kinds(desk: &Desk) -> Vec<&'static str> {
    inspect(&desk.stored().unwrap()).unwrap().slots.iter().map(|slot| slot.kind).collect()
}

fn version(desk: &Desk) -> u64 {
    inspect(&desk.stored().unwrap()).unwrap().version
}

/// What a person does with a code: writes it down, and types it somewhere else.
fn typed(code: &RecoveryCode) -> Recovery {
    let written = code.expose().to_lowercase().replace('-', " ");
    Recovery::Code(RecoveryCode::parse(written).unwrap())
}

fn private(n: u8) -> RecoveryPrivateKey {
    RecoveryPrivateKey::new(Key::from_bytes([n; 32])).unwrap()
}

/// A vault with an entry and a recovery code, and nobody who is there to be asked.
fn enrolled(desk: &Desk, vault_type: VaultType) -> (Program, RecoveryCode) {
    let program = desk.start_with(vault_type);
    program.answers_with("1234");
    desk.run(program.vault.set("token", "abc")).unwrap();
    let code = desk.run(program.vault.enroll_recovery()).unwrap();
    (program, code)
}

fn recover(desk: &Desk, program: &Program, code: &RecoveryCode) -> Result<(), Error> {
    desk.run(program.vault.recover(typed(code)))
}

fn token(desk: &Desk, program: &Program) -> Result<Option<String>, Error> {
    desk.run(program.vault.get("token"))
}

#[test]
fn enrolling_asks_nobody_while_the_vault_is_open() {
    for vault_type in TYPES {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        let asked = program.answers_with("1234");
        desk.run(program.vault.set("token", "abc")).unwrap();
        let before = (desk.device.asked().len(), desk.person.asked().len());
        let epoch = inspect(&desk.stored().unwrap()).unwrap().epoch;
        desk.run(async {
            program.vault.enroll_recovery().await.unwrap();
            program.vault.enroll_recovery_key(private(1).public_key()).await.unwrap();
            program.vault.revoke_recovery().await.unwrap();
        });
        assert_eq!((desk.device.asked().len(), desk.person.asked().len()), before);
        let passcodes = usize::from(vault_type == VaultType::CustomPasscode);
        assert_eq!(asked.lock().unwrap().len(), passcodes);
        assert_eq!(inspect(&desk.stored().unwrap()).unwrap().epoch, epoch + 3);
        // The protector's slot opens the vault as before.
        drop(program);
        let program = desk.start_with(vault_type);
        program.answers_with("1234");
        assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
    }
}

#[test]
fn a_file_is_of_version_2_only_while_it_has_a_recovery_slot() {
    let desk = Desk::new();
    let (program, _) = enrolled(&desk, VaultType::SecureStorage);
    assert_eq!((version(&desk), kinds(&desk)), (2, vec!["device-store", "recovery-code"]));
    desk.run(program.vault.revoke_recovery()).unwrap();
    assert_eq!((version(&desk), kinds(&desk)), (1, vec!["device-store"]));
}

#[test]
fn a_code_opens_every_vault_whose_protector_is_gone() {
    for vault_type in TYPES {
        let desk = Desk::new();
        let (program, code) = enrolled(&desk, vault_type);
        drop(program);
        desk.device.lose_keys();
        desk.person.lose_keys();
        let program = desk.start_with(vault_type);
        program.answers_with("1234");
        assert_eq!(name(&token(&desk, &program).unwrap_err()), "KeyLost");
        let health = desk.run(program.vault.health()).unwrap();
        assert!(health.recoverable);
        // A passcode's slot is not opened without the passcode, but its secret's absence is seen.
        assert_eq!(health.condition.name(), "key-lost", "{vault_type:?}");
        assert_eq!(health.next_step(), NextStep::Recover);
        let lost = desk.stored();
        let asked = program.answers_with("5678");
        program.take_events();

        recover(&desk, &program, &code).unwrap();

        let passcodes = usize::from(vault_type == VaultType::CustomPasscode);
        assert_eq!(asked.lock().unwrap().len(), passcodes, "asked for the new passcode alone");
        assert_ne!(desk.stored(), lost);
        assert!(!desk.run(program.vault.is_locked()).unwrap());
        assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
        let unlocked = program.take_events().contains(&"Unlocked".to_owned());
        assert_eq!(unlocked, vault_type != VaultType::SecureStorage);

        // The protector is the vault's again, and the code as good as before.
        drop(program);
        let program = desk.start_with(vault_type);
        program.answers_with("5678");
        assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
        drop(program);
        desk.device.lose_keys();
        desk.person.lose_keys();
        let program = desk.start_with(vault_type);
        program.answers_with("5678");
        recover(&desk, &program, &code).unwrap();
        assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
    }
}

#[test]
fn a_forgotten_passcode_is_replaced() {
    let desk = Desk::new();
    let (program, code) = enrolled(&desk, VaultType::CustomPasscode);
    desk.run(program.vault.lock()).unwrap();
    program.answers_with("0000");
    for _ in 0..5 {
        assert_eq!(name(&desk.run(program.vault.unlock()).unwrap_err()), "WrongPasscode");
    }
    assert_eq!(name(&desk.run(program.vault.unlock()).unwrap_err()), "TooManyAttempts");
    program.answers_with("5678");
    recover(&desk, &program, &code).unwrap();
    assert_eq!(desk.device.keys(), 1, "the device has forgotten what it kept for the old passcode");
    desk.run(program.vault.lock()).unwrap();
    // The count begins anew, and the old passcode is wrong.
    program.answers_with("1234");
    let error = desk.run(program.vault.unlock()).unwrap_err();
    assert!(matches!(error, Error::WrongPasscode { attempts_left: 4 }), "{error:?}");
    program.answers_with("5678");
    assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
}

#[test]
fn recovery_lives_through_every_change() {
    for from in TYPES {
        for with_entry in [true, false] {
            let desk = Desk::new();
            let (program, code) = enrolled(&desk, from);
            desk.run(program.vault.enroll_recovery_key(private(1).public_key())).unwrap();
            if !with_entry {
                desk.run(program.vault.remove("token")).unwrap();
            }
            for to in [TYPES[1], TYPES[2], TYPES[0], from] {
                desk.run(program.vault.update_config(config(to))).unwrap();
                if to == VaultType::CustomPasscode {
                    desk.run(program.vault.set_passcode(passcode("9999"))).unwrap();
                    program.answers_with("9999");
                }
                desk.run(program.vault.lock()).unwrap();
            }
            assert_eq!(kinds(&desk)[1..], ["recovery-code", "recovery-key"]);
            desk.device.lose_keys();
            desk.person.lose_keys();
            for recovery in [typed(&code), Recovery::Key(private(1))] {
                let program = desk.start_with(from);
                program.answers_with("1234");
                desk.run(program.vault.recover(recovery)).unwrap();
                let expected = with_entry.then_some("abc");
                assert_eq!(token(&desk, &program).unwrap().as_deref(), expected);
            }
        }
    }
}

#[test]
fn an_empty_vault_is_given_its_key_first() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::CustomPasscode);
    let asked = program.answers_with("1234");
    let code = desk.run(program.vault.enroll_recovery()).unwrap();
    assert_eq!(*asked.lock().unwrap(), ["Set"]);
    assert_eq!(kinds(&desk), ["passcode", "recovery-code"]);
    desk.run(program.vault.lock()).unwrap();
    program.answers_with("5678");
    recover(&desk, &program, &code).unwrap();
    assert!(desk.run(program.vault.is_empty()).unwrap());
}

#[test]
fn there_is_nothing_to_recover_in_memory_nor_where_nothing_was_enrolled() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::InMemory);
    let code = RecoveryCode::generate().unwrap();
    let error = desk.run(program.vault.enroll_recovery()).unwrap_err();
    assert_eq!(name(&error), "NothingToRecover");
    assert_eq!(name(&recover(&desk, &program, &code).unwrap_err()), "NothingToRecover");

    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    assert_eq!(name(&recover(&desk, &program, &code).unwrap_err()), "NoRecovery");
    desk.run(program.vault.set("token", "abc")).unwrap();
    let before = desk.stored();
    desk.run(program.vault.revoke_recovery()).unwrap();
    assert_eq!(desk.stored(), before, "nothing to revoke");
    assert_eq!(name(&recover(&desk, &program, &code).unwrap_err()), "NoRecovery");
    desk.run(program.vault.enroll_recovery_key(private(1).public_key())).unwrap();
    assert_eq!(name(&recover(&desk, &program, &code).unwrap_err()), "NoRecovery");
    desk.run(program.vault.update_config(config(VaultType::InMemory))).unwrap();
    assert_eq!(kinds(&desk), ["blank"]);
}

#[test]
fn a_wrong_code_is_counted_and_delayed_and_never_clears() {
    let desk = Desk::new();
    let program = desk.start();
    program.answers_with("1234");
    let mut config = config(VaultType::CustomPasscode);
    config.clear_after_too_many_failed_attempts = true;
    let code = desk.run(async {
        program.vault.initialize(config).await.unwrap();
        program.vault.set("token", "abc").await.unwrap();
        let code = program.vault.enroll_recovery().await.unwrap();
        program.vault.lock().await.unwrap();
        code
    });
    let before = desk.stored();
    let other = RecoveryCode::generate().unwrap();
    for left in (0..5).rev() {
        // Also across restarts of the program.
        let program = desk.start_with(VaultType::CustomPasscode);
        let error = recover(&desk, &program, &other).unwrap_err();
        let expected =
            matches!(error, Error::WrongRecoveryCode { attempts_left } if attempts_left == left);
        assert!(expected, "{error:?}");
    }
    let error = recover(&desk, &program, &code).unwrap_err();
    let Error::TooManyAttempts { retry_after } = error else { panic!("{error:?}") };
    assert_eq!(retry_after, Duration::from_secs(30));
    assert_eq!(desk.stored(), before);

    // A passcode has its own count: this one is the first that was wrong, and clears nothing.
    program.answers_with("0000");
    let error = desk.run(program.vault.unlock()).unwrap_err();
    assert!(matches!(error, Error::WrongPasscode { attempts_left: 4 }), "{error:?}");
    assert_eq!(desk.stored(), before);

    desk.clock.advance(Duration::from_secs(30));
    let error = recover(&desk, &program, &other).unwrap_err();
    assert!(matches!(error, Error::WrongRecoveryCode { attempts_left: 0 }), "{error:?}");
    assert_eq!(desk.stored(), before);
    desk.clock.advance(Duration::from_secs(60));
    program.answers_with("1234");
    recover(&desk, &program, &code).unwrap();
    assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
}

#[test]
fn a_code_is_replaced_and_revoked() {
    let desk = Desk::new();
    let (program, first) = enrolled(&desk, VaultType::SecureStorage);
    let second = desk.run(program.vault.enroll_recovery()).unwrap();
    assert_eq!(kinds(&desk), ["device-store", "recovery-code"]);
    assert_eq!(name(&recover(&desk, &program, &first).unwrap_err()), "WrongRecoveryCode");
    recover(&desk, &program, &second).unwrap();
    desk.run(program.vault.revoke_recovery()).unwrap();
    assert_eq!(name(&recover(&desk, &program, &second).unwrap_err()), "NoRecovery");
}

#[test]
fn several_organisations_may_hold_a_key() {
    let desk = Desk::new();
    let (program, _) = enrolled(&desk, VaultType::SecureStorage);
    desk.run(async {
        for n in 1..=14 {
            program.vault.enroll_recovery_key(private(n).public_key()).await.unwrap();
        }
        // The same one again is no other.
        program.vault.enroll_recovery_key(private(3).public_key()).await.unwrap();
    });
    assert_eq!(kinds(&desk).len(), 16);
    let more = desk.run(program.vault.enroll_recovery_key(private(15).public_key()));
    assert!(matches!(more, Err(Error::Invalid(Invalid::TooManySlots))), "{more:?}");
    let wrong = desk.run(program.vault.recover(Recovery::Key(private(15))));
    assert_eq!(name(&wrong.unwrap_err()), "WrongRecoveryKey");
    desk.device.lose_keys();
    drop(program);
    for n in [1, 14] {
        let program = desk.start_with(VaultType::SecureStorage);
        desk.run(program.vault.recover(Recovery::Key(private(n)))).unwrap();
        assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
    }
}

#[test]
fn on_a_device_that_cannot_protect_it_the_vault_is_open_and_as_it_was() {
    let desk = Desk::new();
    let (program, code) = enrolled(&desk, VaultType::DeviceSecurity);
    drop(program);
    desk.person.lose_keys();
    desk.person.answer_with(Answer::Unsupported);
    let before = desk.stored();
    let program = desk.start_with(VaultType::DeviceSecurity);
    program.answers_with("1234");
    assert_eq!(name(&recover(&desk, &program, &code).unwrap_err()), "Unsupported");
    assert_eq!(desk.stored(), before);
    assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
    // Changes are kept, and so is the way in.
    desk.run(program.vault.set("more", &1)).unwrap();
    desk.run(program.vault.lock()).unwrap();
    assert_eq!(name(&token(&desk, &program).unwrap_err()), "Unsupported");
    assert_eq!(name(&recover(&desk, &program, &code).unwrap_err()), "Unsupported");
    // Another protection, which this device has, ends it.
    desk.run(program.vault.update_config(config(VaultType::CustomPasscode))).unwrap();
    assert_eq!(kinds(&desk), ["passcode", "recovery-code"]);
    desk.run(program.vault.lock()).unwrap();
    assert_eq!(desk.run(program.vault.get::<u32>("more")).unwrap(), Some(1));
    recover(&desk, &program, &code).unwrap();
}

#[test]
fn what_was_opened_by_recovery_alone_gets_a_protector_with_its_next_change() {
    let desk = Desk::new();
    let (program, code) = enrolled(&desk, VaultType::SecureStorage);
    desk.device.lose_keys();
    desk.device.answer_with(Answer::Unavailable);
    drop(program);
    let program = desk.start_with(VaultType::SecureStorage);
    assert_eq!(name(&recover(&desk, &program, &code).unwrap_err()), "Unavailable");
    let before = desk.stored();
    let error = desk.run(program.vault.enroll_recovery()).unwrap_err();
    assert_eq!(name(&error), "Unavailable");
    assert_eq!(desk.stored(), before);
    desk.device.answer_with(Answer::Truthfully);
    let next = desk.run(program.vault.enroll_recovery()).unwrap();
    drop(program);
    let program = desk.start_with(VaultType::SecureStorage);
    assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
    recover(&desk, &program, &next).unwrap();
}

#[test]
fn after_update_config_with_a_lost_key_recovery_does_as_that_said() {
    let desk = Desk::new();
    let (program, code) = enrolled(&desk, VaultType::DeviceSecurity);
    desk.person.lose_keys();
    desk.run(program.vault.lock()).unwrap();
    assert_eq!(name(&token(&desk, &program).unwrap_err()), "KeyLost");
    desk.run(program.vault.update_config(config(VaultType::SecureStorage))).unwrap();
    recover(&desk, &program, &code).unwrap();
    assert_eq!(kinds(&desk), ["device-store", "recovery-code"]);
    drop(program);
    let program = desk.start_with(VaultType::DeviceSecurity);
    assert_eq!(program.vault.config().unwrap().vault_type, VaultType::SecureStorage);
    assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
}

#[test]
fn a_lock_while_the_protector_is_enrolled_stays_a_lock() {
    let desk = Desk::new();
    let (program, code) = enrolled(&desk, VaultType::CustomPasscode);
    let mut config = config(VaultType::CustomPasscode);
    config.lock_after_backgrounded = Some(Duration::ZERO);
    desk.run(program.vault.update_config(config)).unwrap();
    desk.run(program.vault.lock()).unwrap();
    let before = desk.stored();
    let open = Arc::new(Mutex::new(None));
    let request = Arc::clone(&open);
    program.vault.on_passcode_requested(move |it| *request.lock().unwrap() = Some(it));
    let mut recovering = program.vault.recover(typed(&code));
    assert!(desk.peek(&mut recovering).is_none());
    program.vault.background();
    desk.settle();
    program.vault.resume();
    let request: PasscodeRequest = open.lock().unwrap().take().unwrap();
    assert_eq!(request.purpose(), PasscodePurpose::Set);
    request.answer(passcode("5678"));
    assert_eq!(name(&desk.run(recovering).unwrap_err()), "Dismissed");
    assert!(desk.run(program.vault.is_locked()).unwrap());
    assert_eq!(desk.stored(), before);
    program.answers_with("1234");
    assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
}

#[test]
fn other_programs_follow() {
    let desk = Desk::new();
    let (one, code) = enrolled(&desk, VaultType::DeviceSecurity);
    let two = desk.start_with(VaultType::DeviceSecurity);
    desk.run(two.vault.unlock()).unwrap();
    let prompts = desk.person.prompts_shown();
    desk.run(one.vault.enroll_recovery_key(private(1).public_key())).unwrap();
    desk.settle();
    assert!(!desk.run(two.vault.is_locked()).unwrap(), "its protector's slot is the same");
    desk.run(two.vault.set("more", &1)).unwrap();
    desk.run(one.vault.set("most", &2)).unwrap();
    assert_eq!(desk.person.prompts_shown(), prompts);
    recover(&desk, &two, &code).unwrap();
    desk.settle();
    assert_eq!(desk.run(one.vault.get::<u32>("more")).unwrap(), Some(1));
    assert_eq!(desk.run(two.vault.get::<u32>("most")).unwrap(), Some(2));
}

#[test]
fn a_sealed_copy_is_made_for_a_key_or_a_code() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    let code = RecoveryCode::generate().unwrap();
    let entries = [("token", Value::json("abc").unwrap())];
    desk.run(program.vault.set_many(entries)).unwrap();
    let copies =
        [(private(1).public_key(), Recovery::Key(private(1))), (code.public_key(), typed(&code))];
    for (public, recovery) in copies {
        let copy = desk.run(program.vault.export_sealed(public)).unwrap();
        let elsewhere = Desk::without_protectors();
        let other = elsewhere.start_with(VaultType::CustomPasscode);
        other.answers_with("1234");
        let import = |key| elsewhere.run(other.vault.import_sealed(copy.clone(), key));
        let refused = |result: Result<(), Error>| match result {
            Err(Error::SealedCopy(error)) => error,
            other => panic!("{other:?}"),
        };
        let wrong = keyward::CopyKey::Recovery(Recovery::Key(private(2)));
        assert_eq!(refused(import(wrong)), SealedCopyError::WrongRecovery);
        assert_eq!(refused(import(passcode("1234").into())), SealedCopyError::NeedsMore);
        import(recovery.into()).unwrap();
        assert_eq!(token(&elsewhere, &other).unwrap().as_deref(), Some("abc"));
    }
    let by_passphrase = desk.run(program.vault.export_sealed(passcode("a long one"))).unwrap();
    let refused = desk.run(program.vault.import_sealed(by_passphrase, typed(&code)));
    assert!(matches!(refused, Err(Error::SealedCopy(SealedCopyError::NeedsMore))));
}

#[test]
fn a_vaults_own_file_is_moved_with_its_code() {
    let desk = Desk::new();
    let (_program, code) = enrolled(&desk, VaultType::DeviceSecurity);
    let file = desk.stored().unwrap();
    let elsewhere = Desk::without_protectors();
    let other = elsewhere.start_with(VaultType::CustomPasscode);
    other.answers_with("1234");
    elsewhere.run(other.vault.import_sealed(file, typed(&code))).unwrap();
    assert_eq!(token(&elsewhere, &other).unwrap().as_deref(), Some("abc"));
}

#[test]
fn what_a_recovery_slot_promises() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::DeviceSecurity);
    desk.run(program.vault.set("token", "abc")).unwrap();
    let alone = desk.run(program.vault.assurance()).unwrap();
    desk.run(program.vault.enroll_recovery()).unwrap();
    let with_code = desk.run(program.vault.assurance()).unwrap();
    desk.run(program.vault.enroll_recovery_key(private(1).public_key())).unwrap();
    let with_key = desk.run(program.vault.assurance()).unwrap();
    assert!(alone.hardware_bound && alone.user_verified);
    assert!(!with_code.hardware_bound && with_code.user_verified);
    assert!(!with_key.hardware_bound && !with_key.user_verified);
    assert_eq!(with_key.stolen_file, alone.stolen_file);
    assert_eq!(with_key.stolen_disk, alone.stolen_disk);
    let stored = desk.run(program.vault.inspect()).unwrap().stored.unwrap();
    assert_eq!(stored.slots[2].recovery_key(), Some(private(1).public_key()));
}

#[test]
fn a_copy_for_recovery_alone_in_the_vaults_place_is_recovered() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.run(program.vault.set("token", "abc")).unwrap();
    let copy = desk.run(program.vault.export_sealed(private(1).public_key())).unwrap();
    drop(program);
    desk.damage(|bytes| *bytes = copy.clone());
    let program = desk.start_with(VaultType::SecureStorage);
    program.answers_with("1234");
    assert_eq!(name(&token(&desk, &program).unwrap_err()), "Unsupported");
    desk.run(program.vault.recover(Recovery::Key(private(1)))).unwrap();
    assert_eq!(token(&desk, &program).unwrap().as_deref(), Some("abc"));
}

#[test]
fn only_points_of_the_curve_are_keys() {
    let mut point = *private(1).public_key().as_bytes();
    point[64] ^= 1;
    let refused = keyward::RecoveryPublicKey::new(point);
    assert!(matches!(refused, Err(Error::Invalid(Invalid::RecoveryKey))));
    let refused = RecoveryPrivateKey::new(Key::from_bytes([0xff; 32]));
    assert!(matches!(refused, Err(Error::Invalid(Invalid::RecoveryKey))));
}
