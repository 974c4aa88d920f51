//! Hashing takes its time: what happens meanwhile counts.

#![allow(clippy::unwrap_used)]

mod support;

use keyward::{Error, Role, VaultType};
use keyward_conformance::simulated_device::Answer;
use keyward_conformance::simulated_hashing::{Hashing, SimulatedHashing};
use support::{Desk, Program, config, name, passcode};

/// A program with a locked vault whose passcode is "1234", and that many guesses to the limit, at
/// which it is cleared.
fn locked(desk: &Desk, max_failed_attempts: u32) -> Program {
    let program = desk.start();
    program.answers_with("1234");
    let mut config = config(VaultType::CustomPasscode);
    config.max_failed_attempts = max_failed_attempts;
    config.clear_after_too_many_failed_attempts = true;
    desk.run(async {
        program.vault.initialize(config).await.unwrap();
        program.vault.set("token", "abc").await.unwrap();
        program.vault.lock().await.unwrap();
    });
    program.take_events();
    program
}

#[test]
fn a_lock_during_the_hash_ends_with_a_locked_vault() {
    let desk = Desk::new();
    let program = locked(&desk, 5);
    desk.hashing.go_on(Hashing::Held);
    let mut unlocked = program.vault.unlock();
    assert!(desk.peek(&mut unlocked).is_none());
    let locked = program.vault.lock();
    desk.hashing.go_on(Hashing::Works);
    desk.run(unlocked).unwrap();
    desk.run(locked).unwrap();
    assert!(desk.run(program.vault.is_locked()).unwrap());
    let events = ["PasscodeRequested(Unlock)", "Unlocked", "Locked(Requested)"];
    assert_eq!(program.take_events(), events);
}

#[test]
fn an_app_that_leaves_during_the_hash_and_stays_away_finds_it_locked() {
    let desk = Desk::new();
    let program = locked(&desk, 5);
    program.answers_with("1234");
    let mut soon = program.vault.config().unwrap();
    soon.lock_after_backgrounded = Some(std::time::Duration::ZERO);
    desk.run(program.vault.update_config(soon)).unwrap();
    desk.run(program.vault.lock()).unwrap();
    program.take_events();
    desk.hashing.go_on(Hashing::Held);
    let mut unlocked = program.vault.unlock();
    assert!(desk.peek(&mut unlocked).is_none());
    program.vault.background();
    desk.pass(60_000);
    desk.hashing.go_on(Hashing::Works);
    desk.run(unlocked).unwrap();
    desk.pass(1_000);
    let events = ["PasscodeRequested(Unlock)", "Unlocked", "Locked(Timeout)"];
    assert_eq!(program.take_events(), events);
}

#[test]
fn a_vault_that_locks_while_its_new_passcode_is_hashed_keeps_the_old_one() {
    let desk = Desk::new();
    let program = locked(&desk, 5);
    let mut soon = program.vault.config().unwrap();
    soon.lock_after_backgrounded = Some(std::time::Duration::ZERO);
    desk.run(program.vault.update_config(soon)).unwrap();
    let asked = program.answers_with("");
    desk.hashing.go_on(Hashing::Held);
    let mut changed = program.vault.set_passcode(passcode("5678"));
    assert!(desk.peek(&mut changed).is_none());
    program.vault.background();
    desk.settle();
    assert!(program.take_events().contains(&"Locked(Timeout)".to_owned()));
    desk.hashing.go_on(Hashing::Works);
    assert_eq!(name(&desk.run(changed).unwrap_err()), "Dismissed");
    assert_eq!(*asked.lock().unwrap(), ["Unlock"], "for the passcode in force");
    program.answers_with("1234");
    let token = desk.run(program.vault.get::<String>("token"));
    assert_eq!(token.unwrap().as_deref(), Some("abc"));
}

#[test]
fn a_passcode_that_is_changed_during_the_hash_makes_no_right_guess_wrong() {
    let mut desk = Desk::new();
    let one = locked(&desk, 1);
    // The other program's is held, and not this one's.
    desk.hashing = SimulatedHashing::new();
    let two = desk.start_with(VaultType::CustomPasscode);
    desk.run(one.vault.unlock()).unwrap();
    let asked = two.answers_with("5678");
    desk.hashing.go_on(Hashing::Held);
    let mut token = two.vault.get::<String>("token");
    assert!(desk.peek(&mut token).is_none());
    desk.run(one.vault.set_passcode(passcode("5678"))).unwrap();
    desk.hashing.go_on(Hashing::Works);
    assert_eq!(desk.run(token).unwrap().as_deref(), Some("abc"));
    assert_eq!(asked.lock().unwrap().len(), 1, "nobody is asked twice");
}

#[test]
fn a_vault_that_is_cleared_during_the_hash_is_not_guessed_at() {
    let desk = Desk::new();
    let one = locked(&desk, 1);
    let two = desk.start_with(VaultType::CustomPasscode);
    two.answers_with("0000");
    desk.hashing.go_on(Hashing::Held);
    let mut token = two.vault.get::<String>("token");
    assert!(desk.peek(&mut token).is_none());
    desk.run(one.vault.clear()).unwrap();
    desk.hashing.go_on(Hashing::Works);
    assert_eq!(desk.run(token).unwrap(), None);
}

#[test]
fn a_hash_that_fails_is_no_guess_and_changes_nothing() {
    let desk = Desk::new();
    let program = locked(&desk, 1);
    let before = desk.stored();
    desk.hashing.go_on(Hashing::Fails);
    for _ in 0..3 {
        assert_eq!(name(&desk.run(program.vault.unlock()).unwrap_err()), "NotHashed");
    }
    assert_eq!(desk.stored(), before);
    desk.hashing.go_on(Hashing::Works);
    desk.run(program.vault.unlock()).unwrap();

    let before = desk.stored();
    desk.hashing.go_on(Hashing::Fails);
    let changed = desk.run(program.vault.set_passcode(passcode("5678")));
    assert_eq!(name(&changed.unwrap_err()), "NotHashed");
    assert_eq!(desk.stored(), before);
    desk.hashing.go_on(Hashing::Works);
    desk.run(program.vault.lock()).unwrap();
    desk.run(program.vault.unlock()).unwrap();
}

#[test]
fn a_kill_during_the_hash_is_no_guess() {
    let desk = Desk::new();
    let mut program = locked(&desk, 1);
    for _ in 0..3 {
        desk.hashing.go_on(Hashing::Held);
        let mut unlocked = program.vault.unlock();
        assert!(desk.peek(&mut unlocked).is_none());
        drop(program);
        desk.hashing.go_on(Hashing::Works);
        program = desk.start_with(VaultType::CustomPasscode);
        program.answers_with("1234");
    }
    desk.run(program.vault.unlock()).unwrap();
}

#[test]
fn what_a_device_lacks_is_told_by_its_role() {
    let desk = Desk::new();
    let role = |vault_type, role| {
        let program = desk.start_with(VaultType::InMemory);
        desk.run(program.vault.update_config(config(vault_type))).unwrap();
        let error = desk.run(program.vault.set("token", "abc")).unwrap_err();
        assert!(matches!(error, Error::Unsupported { role: of, .. } if of == role), "{error:?}");
    };
    desk.device.answer_with(Answer::Unsupported);
    desk.person.answer_with(Answer::Unsupported);
    role(VaultType::SecureStorage, Role::DeviceStore);
    role(VaultType::DeviceSecurity, Role::UserVerification);
}
