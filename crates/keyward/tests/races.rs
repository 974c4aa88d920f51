//! Two programs at the same vault at the same moment, and a person who is slow to answer.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::{Arc, Mutex};

use keyward::{PasscodeRequest, VaultType};
use support::{Desk, Program, config, name, passcode};

/// Two programs that have opened one CustomPasscode vault with the passcode "1234".
fn two_open(desk: &Desk) -> (Program, Program) {
    let (one, two) =
        (desk.start_with(VaultType::CustomPasscode), desk.start_with(VaultType::CustomPasscode));
    one.answers_with("1234");
    two.answers_with("1234");
    desk.run(async {
        one.vault.set("token", "abc").await.unwrap();
        two.vault.unlock().await.unwrap();
    });
    desk.settle();
    one.take_events();
    two.take_events();
    (one, two)
}

#[test]
fn what_another_adds_at_the_same_moment_is_not_overwritten() {
    let desk = Desk::new();
    let (one, two) = two_open(&desk);
    let value = |n: u32| keyward::Value::json(&n).unwrap();
    // Both know the same entries; the second to be stored finds what the first has added.
    let first = one.vault.add_many([("a", value(1)), ("token", value(1))]);
    let second = two.vault.add_many([("b", value(2)), ("a", value(2))]);
    assert_eq!(desk.run(first).unwrap(), ["token"]);
    assert_eq!(desk.run(second).unwrap(), ["a"]);
    let third = desk.start_with(VaultType::CustomPasscode);
    third.answers_with("1234");
    for (name, n) in [("a", 1), ("b", 2)] {
        assert_eq!(desk.run(third.vault.get(name)).unwrap(), Some(n));
    }
    assert_eq!(desk.run(third.vault.get::<String>("token")).unwrap().as_deref(), Some("abc"));
}

/// Keeps a program's requests for a passcode until the test answers them.
fn keeps_requests(program: &Program) -> Arc<Mutex<Vec<PasscodeRequest>>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = Arc::clone(&kept);
    program.vault.on_passcode_requested(move |request| keeper.lock().unwrap().push(request));
    kept
}

#[test]
fn a_changed_passcode_keeps_the_settings_that_another_has_just_changed() {
    let desk = Desk::new();
    let (one, two) = two_open(&desk);
    let mut stricter = config(VaultType::CustomPasscode);
    stricter.max_failed_attempts = 3;
    let (configured, changed) =
        (one.vault.update_config(stricter), two.vault.set_passcode(passcode("5678")));
    desk.run(configured).unwrap();
    desk.run(changed).unwrap();
    let stored = keyward::inspect(&desk.stored().unwrap()).unwrap();
    assert_eq!(stored.config.max_failed_attempts, 3);
    assert_eq!(two.vault.config().unwrap().max_failed_attempts, 3);
}

#[test]
fn of_two_changed_passcodes_none_is_said_to_hold_that_does_not() {
    let desk = Desk::new();
    let (one, two) = two_open(&desk);
    let asked = two.answers_with("5678");
    let (first, second) =
        (one.vault.set_passcode(passcode("5678")), two.vault.set_passcode(passcode("9999")));
    desk.run(first).unwrap();
    // The other's passcode is in force by now, so that is what the second has to be opened with.
    desk.run(second).unwrap();
    assert_eq!(*asked.lock().unwrap(), ["Unlock"]);
    let third = desk.start_with(VaultType::CustomPasscode);
    third.answers_with("9999");
    let token = desk.run(third.vault.get::<String>("token"));
    assert_eq!(token.unwrap().as_deref(), Some("abc"));
}

#[test]
fn a_new_passcode_that_could_not_be_set_is_an_error_and_no_guess() {
    let desk = Desk::new();
    let (one, two) = two_open(&desk);
    two.answers_with("");
    let (first, second) =
        (one.vault.set_passcode(passcode("5678")), two.vault.set_passcode(passcode("9999")));
    desk.run(first).unwrap();
    assert_eq!(name(&desk.run(second).unwrap_err()), "Dismissed");
    // Nor is it tried later.
    let asked = two.answers_with("5678");
    desk.run(two.vault.unlock()).unwrap();
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn a_passcode_chosen_for_a_new_vault_is_no_guess_at_the_one_that_another_chose_first() {
    let desk = Desk::new();
    let (one, two) =
        (desk.start_with(VaultType::CustomPasscode), desk.start_with(VaultType::CustomPasscode));
    one.answers_with("1234");
    let requests = keeps_requests(&two);
    let mut second = two.vault.set("b", &2);
    assert!(desk.peek(&mut second).is_none());
    desk.run(one.vault.set("a", &1)).unwrap();
    requests.lock().unwrap().pop().unwrap().answer(passcode("9999"));
    assert!(desk.peek(&mut second).is_none(), "it asks for the passcode that is in force");
    requests.lock().unwrap().pop().unwrap().answer(passcode("1234"));
    desk.run(second).unwrap();
    assert_eq!(desk.run(two.vault.keys()).unwrap(), ["a", "b"]);
}

#[test]
fn a_passcode_handed_over_for_a_new_vault_is_no_guess_either() {
    let desk = Desk::new();
    let (one, two) =
        (desk.start_with(VaultType::CustomPasscode), desk.start_with(VaultType::CustomPasscode));
    desk.run(two.vault.set_passcode(passcode("9999"))).unwrap();
    one.answers_with("1234");
    desk.run(one.vault.set("a", &1)).unwrap();
    desk.settle();
    let asked = two.answers_with("1234");
    assert_eq!(desk.run(two.vault.get::<u8>("a")).unwrap(), Some(1));
    assert_eq!(*asked.lock().unwrap(), ["Unlock"]);
}

#[test]
fn the_right_passcode_is_right_though_it_was_changed_while_it_was_being_typed() {
    let desk = Desk::new();
    let one = desk.start();
    one.answers_with("1234");
    let mut strict = config(VaultType::CustomPasscode);
    strict.max_failed_attempts = 1;
    strict.clear_after_too_many_failed_attempts = true;
    desk.run(async {
        one.vault.initialize(strict).await.unwrap();
        one.vault.set("token", "abc").await.unwrap();
    });
    let two = desk.start_with(VaultType::CustomPasscode);
    let requests = keeps_requests(&two);
    let mut token = two.vault.get::<String>("token");
    assert!(desk.peek(&mut token).is_none());
    desk.run(one.vault.set_passcode(passcode("5678"))).unwrap();
    requests.lock().unwrap().pop().unwrap().answer(passcode("5678"));
    assert_eq!(desk.run(token).unwrap().as_deref(), Some("abc"));
    assert!(requests.lock().unwrap().is_empty(), "nobody is asked twice");
}

#[test]
fn a_wrong_guess_at_a_vault_that_is_gone_clears_no_other() {
    let desk = Desk::new();
    let one = desk.start();
    one.answers_with("1234");
    let mut strict = config(VaultType::CustomPasscode);
    strict.max_failed_attempts = 1;
    strict.clear_after_too_many_failed_attempts = true;
    desk.run(async {
        one.vault.initialize(strict).await.unwrap();
        one.vault.set("token", "abc").await.unwrap();
    });
    let two = desk.start_with(VaultType::CustomPasscode);
    let requests = keeps_requests(&two);
    let mut token = two.vault.get::<String>("token");
    assert!(desk.peek(&mut token).is_none());
    desk.run(async {
        one.vault.clear().await.unwrap();
        one.vault.update_config(config(VaultType::SecureStorage)).await.unwrap();
        one.vault.set("token", "def").await.unwrap();
    });
    requests.lock().unwrap().pop().unwrap().answer(passcode("0000"));
    assert_eq!(desk.run(token).unwrap().as_deref(), Some("def"));
    assert!(desk.stored().is_some());
}

#[test]
fn what_is_blank_asks_nobody_and_so_is_not_locked() {
    let desk = Desk::new();
    let (one, two) =
        (desk.start_with(VaultType::CustomPasscode), desk.start_with(VaultType::CustomPasscode));
    let mut other = config(VaultType::CustomPasscode);
    other.max_failed_attempts = 9;
    desk.run(one.vault.update_config(other)).unwrap();
    desk.settle();
    assert_eq!(two.vault.config().unwrap().max_failed_attempts, 9);
    assert!(!desk.run(two.vault.is_locked()).unwrap(), "another changed a setting");
    let (one, two) = two_open(&desk);
    desk.run(one.vault.clear()).unwrap();
    desk.settle();
    assert_eq!(two.take_events(), ["Locked(Cleared)", "Changed"]);
    assert!(!desk.run(two.vault.is_locked()).unwrap(), "another cleared the vault");
}
