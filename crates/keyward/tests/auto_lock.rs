//! Locking when the app goes away.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward::VaultType;
use keyward_conformance::simulated_device::Answer;
use support::{Desk, Program, config};

fn open(desk: &Desk, vault_type: VaultType, lock_after: Option<u64>) -> Program {
    let program = desk.start();
    program.answers_with("1234");
    let mut config = config(vault_type);
    config.lock_after_backgrounded = lock_after.map(Duration::from_millis);
    desk.run(async {
        program.vault.initialize(config).await.unwrap();
        program.vault.set("token", "abc").await.unwrap();
    });
    program.take_events();
    program
}

#[test]
fn keys_go_when_the_time_is_up_though_the_app_never_comes_back() {
    for vault_type in [VaultType::DeviceSecurity, VaultType::CustomPasscode, VaultType::InMemory] {
        let desk = Desk::new();
        let program = open(&desk, vault_type, Some(2000));
        program.vault.background();
        desk.pass(1999);
        assert!(program.take_events().is_empty());
        desk.pass(1);
        assert_eq!(program.take_events(), ["Locked(Timeout)"]);
        desk.pass(100_000);
        program.vault.resume();
        desk.settle();
        assert!(program.take_events().is_empty(), "the event fires once");
    }
}

#[test]
fn coming_back_in_time_locks_nothing() {
    let desk = Desk::new();
    let program = open(&desk, VaultType::CustomPasscode, Some(2000));
    for _ in 0..3 {
        program.vault.background();
        desk.pass(1500);
        program.vault.resume();
        desk.pass(1500);
    }
    assert!(program.take_events().is_empty());
    assert!(!desk.run(program.vault.is_locked()).unwrap());
}

#[test]
fn at_zero_it_locks_at_once_and_when_absent_never() {
    let desk = Desk::new();
    let program = open(&desk, VaultType::CustomPasscode, Some(0));
    program.vault.background();
    desk.settle();
    assert_eq!(program.take_events(), ["Locked(Timeout)"]);

    let desk = Desk::new();
    let program = open(&desk, VaultType::CustomPasscode, None);
    program.vault.background();
    desk.pass(u64::from(u32::MAX));
    assert!(program.take_events().is_empty());

    let desk = Desk::new();
    let program = open(&desk, VaultType::SecureStorage, Some(0));
    program.vault.background();
    desk.pass(10_000);
    assert!(program.take_events().is_empty(), "secure storage cannot be locked");
}

#[test]
fn after_a_sleep_nothing_is_read_before_the_lock() {
    let desk = Desk::new();
    let program = open(&desk, VaultType::CustomPasscode, Some(2000));
    program.vault.background();
    // The device sleeps at once: time passes and nobody runs, not even to hear of it.
    desk.clock.advance(Duration::from_secs(3600));
    let mut read = program.vault.get::<String>("token");
    program.answers_with("");
    assert!(desk.peek(&mut read).unwrap().is_err(), "it had to be unlocked and was dismissed");
    assert_eq!(program.take_events()[0], "Locked(Timeout)");
}

#[test]
fn setting_the_wall_clock_back_gains_nothing() {
    let desk = Desk::new();
    let program = open(&desk, VaultType::CustomPasscode, Some(2000));
    program.vault.background();
    desk.pass(1000);
    desk.clock.set_wall(0);
    desk.pass(1000);
    assert_eq!(program.take_events(), ["Locked(Timeout)"]);
}

#[test]
fn a_background_event_of_our_own_prompt_locks_nothing() {
    let desk = Desk::new();
    let program = open(&desk, VaultType::DeviceSecurity, Some(0));
    desk.run(program.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Held);
    let mut unlocking = program.vault.unlock();
    assert!(desk.peek(&mut unlocking).is_none());
    program.vault.background();
    desk.pass(20_000);
    desk.person.answer_with(Answer::Truthfully);
    desk.settle();
    desk.pass(300);
    program.vault.resume();
    desk.pass(60_000);
    assert_eq!(program.take_events(), ["Locked(Requested)", "Unlocked"]);

    // But when the app stays away, that counts from the end of the prompt.
    desk.run(program.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Held);
    let mut unlocking = program.vault.unlock();
    assert!(desk.peek(&mut unlocking).is_none());
    program.vault.background();
    desk.person.answer_with(Answer::Truthfully);
    desk.settle();
    desk.pass(1000);
    let events = ["Locked(Requested)", "Unlocked", "Locked(Timeout)"];
    assert_eq!(program.take_events(), events);
}

#[test]
fn a_lock_during_a_prompt_to_enroll_leaves_nothing_half_done() {
    let desk = Desk::new();
    let program = open(&desk, VaultType::CustomPasscode, None);
    desk.person.answer_with(Answer::Held);
    let mut update = program.vault.update_config(config(VaultType::DeviceSecurity));
    let lock = program.vault.lock();
    assert!(desk.peek(&mut update).is_none());
    desk.person.answer_with(Answer::Truthfully);
    assert!(desk.run(update).is_ok());
    desk.run(lock).unwrap();
    assert!(desk.run(program.vault.is_locked()).unwrap());
    let token = desk.run(program.vault.get::<String>("token"));
    assert_eq!(token.unwrap().as_deref(), Some("abc"));
}

#[test]
fn the_time_runs_while_a_command_waits_for_a_person() {
    let desk = Desk::new();
    let program = desk.start();
    let mut settings = config(VaultType::DeviceSecurity);
    settings.lock_after_backgrounded = Some(Duration::from_secs(2));
    desk.run(async {
        program.vault.initialize(settings.clone()).await.unwrap();
        program.vault.set("token", "abc").await.unwrap();
    });
    program.take_events();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let keeper = Arc::clone(&requests);
    program.vault.on_passcode_requested(move |request| keeper.lock().unwrap().push(request));
    settings.vault_type = VaultType::CustomPasscode;
    desk.device.answer_with(Answer::Held);
    let mut changed = program.vault.update_config(settings);
    assert!(desk.peek(&mut changed).is_none());
    // The app leaves while the key store keeps it waiting, and is asked for a passcode then.
    program.vault.background();
    desk.settle();
    desk.device.answer_with(Answer::Truthfully);
    desk.settle();
    assert_eq!(program.take_events(), ["PasscodeRequested(Set)"]);
    desk.pass(2000);
    assert_eq!(program.take_events(), ["Locked(Timeout)"]);
}

#[test]
fn coming_back_in_time_counts_though_the_vault_was_busy_then() {
    let desk = Desk::new();
    let program = open(&desk, VaultType::CustomPasscode, Some(2000));
    program.vault.background();
    desk.device.answer_with(Answer::Held);
    let mut changed = program.vault.set_passcode(support::passcode("5678"));
    assert!(desk.peek(&mut changed).is_none());
    desk.pass(1900);
    program.vault.resume();
    desk.clock.advance(Duration::from_millis(200));
    desk.device.answer_with(Answer::Truthfully);
    desk.run(changed).unwrap();
    desk.settle();
    assert!(program.take_events().is_empty());
}
