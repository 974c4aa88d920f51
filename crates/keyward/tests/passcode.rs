//! The passcode: counted before it is tried, limited, changed.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward::{Config, Error, NextStep, PasscodeRequest, Stores, VaultType};
use keyward_conformance::simulated_device::Answer;
use support::{Desk, Program, config, name, passcode};

fn stored(desk: &Desk, clear: bool) -> Program {
    let program = desk.start();
    program.answers_with("1234");
    let mut config = config(VaultType::CustomPasscode);
    config.clear_after_too_many_failed_attempts = clear;
    desk.run(async {
        program.vault.initialize(config).await.unwrap();
        program.vault.set("token", "abc").await.unwrap();
        program.vault.lock().await.unwrap();
    });
    program
}

fn guess(desk: &Desk, program: &Program, text: &str) -> Result<(), Error> {
    program.answers_with(text);
    desk.run(program.vault.unlock())
}

#[test]
fn a_new_vault_asks_for_a_passcode_with_its_first_entry() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::CustomPasscode);
    let asked = program.answers_with("1234");
    desk.run(program.vault.set("token", "abc")).unwrap();
    assert_eq!(*asked.lock().unwrap(), ["Set"]);
    desk.run(program.vault.lock()).unwrap();
    desk.run(program.vault.get::<String>("token")).unwrap();
    assert_eq!(*asked.lock().unwrap(), ["Set", "Unlock"]);
    let events =
        ["PasscodeRequested(Set)", "Locked(Requested)", "PasscodeRequested(Unlock)", "Unlocked"];
    assert_eq!(program.take_events(), events);
}

#[test]
fn a_vault_may_get_its_passcode_before_it_has_an_entry() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::CustomPasscode);
    assert!(matches!(desk.run(program.vault.enroll()), Err(Error::PasscodeRequired)));
    let asked = program.answers_with("1234");
    desk.run(async {
        program.vault.enroll().await.unwrap();
        program.vault.enroll().await.unwrap();
        assert!(program.vault.is_empty().await.unwrap());
        program.vault.lock().await.unwrap();
    });
    assert_eq!(*asked.lock().unwrap(), ["Set"]);
    assert!(matches!(guess(&desk, &program, "1235"), Err(Error::WrongPasscode { .. })));
    program.answers_with("1234");
    desk.run(program.vault.set("token", "abc")).unwrap();
}

#[test]
fn a_vault_that_cannot_get_its_key_now_stays_without_one() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.device.answer_with(Answer::Unavailable);
    assert!(matches!(desk.run(program.vault.enroll()), Err(Error::Unavailable { .. })));
    assert!(!desk.run(program.vault.exists()).unwrap());
    desk.device.answer_with(Answer::Truthfully);
    desk.run(program.vault.enroll()).unwrap();
    assert!(desk.run(program.vault.exists()).unwrap());
}

#[test]
fn a_passcode_may_be_set_before_anyone_asks() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::CustomPasscode);
    desk.run(async {
        program.vault.set_passcode(passcode("1234")).await.unwrap();
        program.vault.set("token", "abc").await.unwrap();
        program.vault.lock().await.unwrap();
        program.vault.set_passcode(passcode("1234")).await.unwrap();
        program.vault.unlock().await.unwrap();
        program.vault.lock().await.unwrap();
    });
    assert!(matches!(desk.run(program.vault.unlock()), Err(Error::PasscodeRequired)));
}

#[test]
fn a_passcode_handed_over_for_one_vault_is_not_used_for_another() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::CustomPasscode);
    desk.run(async {
        program.vault.set_passcode(passcode("1234")).await.unwrap();
        let other = Config::new("other", VaultType::CustomPasscode);
        program.vault.initialize(other).await.unwrap();
    });
    assert!(matches!(desk.run(program.vault.set("token", "abc")), Err(Error::PasscodeRequired)));
}

#[test]
fn only_a_passcode_vault_takes_one() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    let set = desk.run(program.vault.set_passcode(passcode("1234")));
    assert!(matches!(set, Err(Error::NotAPasscodeVault)));
}

/// What a look says of the next guess.
fn told(desk: &Desk, program: &Program) -> (Option<Duration>, NextStep) {
    let health = desk.run(program.vault.health()).unwrap();
    (health.retry_after, health.next_step())
}

#[test]
fn guesses_count_down_wait_and_start_again_after_the_right_one() {
    let desk = Desk::new();
    let program = stored(&desk, false);
    for left in [4, 3, 2, 1, 0] {
        let error = guess(&desk, &program, "9999").unwrap_err();
        assert!(matches!(error, Error::WrongPasscode { attempts_left } if attempts_left == left));
    }
    for delay in [30, 60, 120] {
        let asked = program.answers_with("1234");
        let error = desk.run(program.vault.unlock()).unwrap_err();
        let expected = Duration::from_secs(delay);
        assert!(matches!(error, Error::TooManyAttempts { retry_after } if retry_after == expected));
        assert!(asked.lock().unwrap().is_empty(), "nobody is asked in vain");
        assert_eq!(told(&desk, &program), (Some(expected), NextStep::Retry));
        desk.pass(delay * 1000 - 1);
        assert_eq!(told(&desk, &program), (Some(Duration::from_millis(1)), NextStep::Retry));
        desk.pass(1);
        assert_eq!(told(&desk, &program), (None, NextStep::Unlock));
        assert_eq!(name(&guess(&desk, &program, "9999").unwrap_err()), "WrongPasscode");
    }
    desk.pass(240_000);
    guess(&desk, &program, "1234").unwrap();
    desk.run(program.vault.lock()).unwrap();
    let error = guess(&desk, &program, "9999").unwrap_err();
    assert!(matches!(error, Error::WrongPasscode { attempts_left: 4 }), "{error:?}");
    guess(&desk, &program, "1234").unwrap();
    let token = desk.run(program.vault.get::<String>("token"));
    assert_eq!(token.unwrap().as_deref(), Some("abc"));
}

#[test]
fn the_count_survives_a_kill() {
    let desk = Desk::new();
    let mut program = stored(&desk, false);
    for left in [4, 3, 2] {
        let error = guess(&desk, &program, "9999").unwrap_err();
        assert!(matches!(error, Error::WrongPasscode { attempts_left } if attempts_left == left));
        drop(program);
        program = desk.start_with(VaultType::CustomPasscode);
    }
}

#[test]
fn at_the_limit_the_vault_is_cleared_if_it_is_to_be() {
    let desk = Desk::new();
    let program = stored(&desk, true);
    for _ in 0..4 {
        assert_eq!(name(&guess(&desk, &program, "9999").unwrap_err()), "WrongPasscode");
    }
    program.answers_with("9999");
    let vault = &program.vault;
    let waiting = [vault.get::<String>("token"), vault.get::<String>("token")];
    for read in waiting {
        assert_eq!(name(&desk.run(read).unwrap_err()), "ClearedAfterTooManyAttempts");
    }
    assert!(!desk.run(vault.exists()).unwrap());
    assert!(!desk.run(vault.is_locked()).unwrap(), "nothing is left that would ask");
    assert_eq!(desk.run(vault.get::<String>("token")).unwrap(), None);
}

#[test]
fn a_changed_passcode_is_the_only_one_that_opens() {
    let desk = Desk::new();
    let program = stored(&desk, false);
    guess(&desk, &program, "1234").unwrap();
    let before = desk.stored();
    desk.run(program.vault.set_passcode(passcode("5678"))).unwrap();
    let after = desk.stored();
    let epoch = |bytes: &Option<Vec<u8>>| keyward::inspect(bytes.as_ref().unwrap()).unwrap().epoch;
    assert_eq!(epoch(&after), epoch(&before) + 1);
    desk.run(program.vault.lock()).unwrap();
    assert_eq!(name(&guess(&desk, &program, "1234").unwrap_err()), "WrongPasscode");
    guess(&desk, &program, "5678").unwrap();
}

#[test]
fn a_stolen_file_without_its_device_is_not_open_to_guessing() {
    let desk = Desk::new();
    drop(stored(&desk, false));
    desk.device.lose_keys();
    let program = desk.start_with(VaultType::CustomPasscode);
    // Even the right passcode is of no use, and no guess is counted or asked for.
    let asked = program.answers_with("1234");
    assert_eq!(name(&desk.run(program.vault.unlock()).unwrap_err()), "KeyLost");
    assert!(asked.lock().unwrap().is_empty());
}

#[test]
fn a_device_store_that_is_only_unavailable_does_not_make_a_weaker_vault() {
    let desk = Desk::new();
    desk.device.answer_with(Answer::Unavailable);
    let program = desk.start_with(VaultType::CustomPasscode);
    let asked = program.answers_with("1234");
    assert_eq!(name(&desk.run(program.vault.set("a", &1)).unwrap_err()), "Unavailable");
    assert!(asked.lock().unwrap().is_empty());
    desk.device.answer_with(Answer::Unsupported);
    desk.run(program.vault.set("a", &1)).unwrap();
}

#[test]
fn a_device_store_that_does_not_run_does_not_make_a_bound_vault_weaker() {
    let desk = Desk::new();
    let program = stored(&desk, false);
    guess(&desk, &program, "1234").unwrap();
    desk.device.answer_with(Answer::Unsupported);
    let changed = desk.run(program.vault.set_passcode(passcode("5678")));
    assert_eq!(name(&changed.unwrap_err()), "Unavailable");
    desk.device.answer_with(Answer::Truthfully);
    desk.run(program.vault.lock()).unwrap();
    guess(&desk, &program, "1234").unwrap();
}

#[test]
fn a_damaged_slot_is_damage_and_no_wrong_passcode() {
    let desk = Desk::new();
    drop(stored(&desk, false));
    desk.damage(|bytes| *bytes.last_mut().unwrap() ^= 1);
    let program = desk.start();
    let initialized = desk.run(program.vault.initialize(config(VaultType::CustomPasscode)));
    assert_eq!(name(&initialized.unwrap_err()), "Damaged");
    assert_eq!(name(&guess(&desk, &program, "1234").unwrap_err()), "Damaged");
    assert_eq!(name(&desk.run(program.vault.set("a", &1)).unwrap_err()), "Damaged");
    let update = program.vault.update_config(config(VaultType::SecureStorage));
    assert_eq!(name(&desk.run(update).unwrap_err()), "Damaged");
    desk.damage(|bytes| *bytes.last_mut().unwrap() ^= 1);
    guess(&desk, &program, "1234").unwrap();
}

#[test]
fn without_the_device_secret_nothing_is_derived_from_a_passcode_and_nobody_is_asked() {
    let desk = Desk::without_protectors();
    let cells = desk.stores.open("example").unwrap();
    let sealed = support::vector("opens-passcode-with-device-secret");
    desk.run(cells.vault.swap(None, Some(&sealed))).unwrap();
    let program = desk.start();
    let asked = program.answers_with("2580");
    let config = Config::new("example", VaultType::CustomPasscode);
    desk.run(program.vault.initialize(config)).unwrap();
    let error = desk.run(program.vault.unlock()).unwrap_err();
    assert_eq!(name(&error), "Unsupported");
    assert!(asked.lock().unwrap().is_empty());
    assert!(desk.run(cells.attempts.load()).unwrap().is_none());
}

#[test]
fn a_delay_ends_though_the_wall_clock_was_ahead_when_it_began() {
    let desk = Desk::new();
    let program = stored(&desk, false);
    for _ in 0..5 {
        assert_eq!(name(&guess(&desk, &program, "9999").unwrap_err()), "WrongPasscode");
    }
    // It is put right, by years.
    desk.clock.set_wall(1_000_000_000_000);
    let error = guess(&desk, &program, "1234").unwrap_err();
    assert!(matches!(error, Error::TooManyAttempts { retry_after } if retry_after.as_secs() == 30));
    desk.pass(29_999);
    assert_eq!(name(&guess(&desk, &program, "1234").unwrap_err()), "TooManyAttempts");
    desk.pass(1);
    guess(&desk, &program, "1234").unwrap();
}

/// Keeps the requests for a passcode, which nobody answers.
fn keeps_requests(program: &Program) -> Arc<Mutex<Vec<PasscodeRequest>>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = Arc::clone(&kept);
    program.vault.on_passcode_requested(move |request| keeper.lock().unwrap().push(request));
    kept
}

#[test]
fn a_request_is_dismissed_by_its_number_only() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::CustomPasscode);
    let kept = keeps_requests(&program);
    let vault = &program.vault;
    assert!(!desk.run(vault.dismiss_passcode(None)).unwrap(), "there is none");
    for number in 1..4 {
        let mut set = vault.set("token", "abc");
        assert!(desk.peek(&mut set).is_none());
        assert_eq!(kept.lock().unwrap().last().unwrap().number(), number);
        for other in [0, number - 1, number + 1] {
            assert!(!desk.run(vault.dismiss_passcode(Some(other))).unwrap());
        }
        assert!(desk.peek(&mut set).is_none());
        assert!(desk.run(vault.dismiss_passcode(Some(number))).unwrap());
        assert_eq!(name(&desk.run(set).unwrap_err()), "Dismissed");
        assert!(!desk.run(vault.dismiss_passcode(Some(number))).unwrap());
    }
    let mut set = vault.set("token", "abc");
    assert!(desk.peek(&mut set).is_none());
    assert!(desk.run(vault.dismiss_passcode(None)).unwrap());
    assert_eq!(name(&desk.run(set).unwrap_err()), "Dismissed");
}

#[test]
fn a_dismissal_does_not_overtake_the_passcode_that_was_handed_over_before_it() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::CustomPasscode);
    let _kept = keeps_requests(&program);
    let mut set = program.vault.set("token", "abc");
    assert!(desk.peek(&mut set).is_none());
    let handed_over = program.vault.set_passcode(passcode("1234"));
    let dismissed = program.vault.dismiss_passcode(Some(1));
    desk.run(set).unwrap();
    desk.run(handed_over).unwrap();
    assert!(!desk.run(dismissed).unwrap());
}
