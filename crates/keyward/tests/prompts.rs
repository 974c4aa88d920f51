//! At most one prompt at a time, shared by everyone who waits, a refusal included.

#![allow(clippy::unwrap_used)]

mod support;

use keyward::{Error, Passcode, Pending, VaultType};
use keyward_conformance::simulated_device::Answer;
use support::{Desk, Program, config, name};

/// A program with a locked vault that holds "token".
fn locked(desk: &Desk, vault_type: VaultType) -> Program {
    let program = desk.start_with(vault_type);
    program.answers_with("1234");
    desk.run(async {
        program.vault.set("token", "abc").await.unwrap();
        program.vault.lock().await.unwrap();
    });
    program.take_events();
    program
}

fn fifty_reads(program: &Program) -> Vec<Pending<Option<String>>> {
    (0..50).map(|_| program.vault.get("token")).collect()
}

#[test]
fn fifty_reads_share_one_prompt() {
    let desk = Desk::new();
    let program = locked(&desk, VaultType::DeviceSecurity);
    let before = desk.person.prompts_shown();
    for read in fifty_reads(&program) {
        assert_eq!(desk.run(read).unwrap().as_deref(), Some("abc"));
    }
    assert_eq!(desk.person.prompts_shown() - before, 1);
    assert_eq!(desk.person.most_prompts_open(), 1);
    assert_eq!(program.take_events(), ["Unlocked"]);
}

#[test]
fn fifty_reads_share_one_refusal() {
    for (answer, expected) in [
        (Answer::Dismissed, "Dismissed"),
        (Answer::NotVerified, "NotVerified"),
        (Answer::LockedOut, "LockedOut"),
        (Answer::Unavailable, "Unavailable"),
    ] {
        let desk = Desk::new();
        let program = locked(&desk, VaultType::DeviceSecurity);
        let before = desk.person.asked().len();
        desk.person.answer_with(answer);
        for read in fifty_reads(&program) {
            assert_eq!(name(&desk.run(read).unwrap_err()), expected);
        }
        assert_eq!(desk.person.asked().len() - before, 1, "nobody is asked twice");
        assert_eq!(program.take_events(), vec![format!("Failed({expected})"); 50]);
        desk.person.answer_with(Answer::Truthfully);
        let read = desk.run(program.vault.get::<String>("token"));
        assert_eq!(read.unwrap().as_deref(), Some("abc"), "nothing was lost");
    }
}

#[test]
fn fifty_reads_share_one_wrong_passcode() {
    let desk = Desk::new();
    let program = locked(&desk, VaultType::CustomPasscode);
    let asked = program.answers_with("9999");
    for read in fifty_reads(&program) {
        let error = desk.run(read).unwrap_err();
        assert!(matches!(error, Error::WrongPasscode { attempts_left: 4 }), "{error:?}");
    }
    assert_eq!(*asked.lock().unwrap(), ["Unlock"]);
}

#[test]
fn early_reads_share_the_refusal_of_the_unlock_on_load() {
    let desk = Desk::new();
    drop(locked(&desk, VaultType::DeviceSecurity));
    let program = desk.start();
    let mut on_load = config(VaultType::DeviceSecurity);
    on_load.unlock_on_load = true;
    desk.run(async {
        // The stored configuration counts, so it is changed first.
        program.vault.initialize(on_load.clone()).await.unwrap();
        program.vault.update_config(on_load.clone()).await.unwrap();
    });
    drop(program);

    let program = desk.start();
    let before = desk.person.asked().len();
    desk.person.answer_with(Answer::Dismissed);
    let reads = fifty_reads(&program);
    let initialized = program.vault.initialize(on_load);
    assert!(desk.run(initialized).is_ok(), "a refused unlock does not fail the initialisation");
    for read in reads {
        assert!(matches!(desk.run(read), Err(Error::Dismissed)));
    }
    assert_eq!(desk.person.asked().len() - before, 1);
}

#[test]
fn what_needs_no_key_is_answered_after_a_refusal() {
    let desk = Desk::new();
    let program = locked(&desk, VaultType::DeviceSecurity);
    desk.person.answer_with(Answer::Dismissed);
    let vault = &program.vault;
    let read = vault.get::<String>("token");
    let empty = vault.is_empty();
    let write = vault.set("token", "new");
    let locked = vault.is_locked();
    let cleared = vault.clear();
    let after = vault.get::<String>("token");
    assert!(matches!(desk.run(read), Err(Error::Dismissed)));
    assert!(!desk.run(empty).unwrap());
    assert!(matches!(desk.run(write), Err(Error::Dismissed)));
    assert!(desk.run(locked).unwrap());
    desk.run(cleared).unwrap();
    assert_eq!(desk.run(after).unwrap(), None, "behind the clear nobody needs a key");
}

#[test]
fn a_prompt_that_is_open_keeps_everyone_waiting() {
    let desk = Desk::new();
    let program = locked(&desk, VaultType::DeviceSecurity);
    desk.person.answer_with(Answer::Held);
    let mut reads = fifty_reads(&program);
    desk.settle();
    assert_eq!(desk.person.prompts_open(), 1);
    assert!(reads.iter_mut().all(|read| desk.peek(read).is_none()));
    desk.person.answer_with(Answer::Truthfully);
    for read in reads {
        assert_eq!(desk.run(read).unwrap().as_deref(), Some("abc"));
    }
}

#[test]
fn changing_the_type_while_locked_asks_once_and_shares_a_refusal() {
    let desk = Desk::new();
    let program = locked(&desk, VaultType::DeviceSecurity);
    desk.person.answer_with(Answer::Dismissed);
    let before = desk.person.asked().len();
    let read = program.vault.get::<String>("token");
    let update = program.vault.update_config(config(VaultType::SecureStorage));
    assert!(matches!(desk.run(read), Err(Error::Dismissed)));
    assert!(matches!(desk.run(update), Err(Error::Dismissed)));
    assert_eq!(desk.person.asked().len() - before, 1);
    assert_eq!(program.vault.config().unwrap().vault_type, VaultType::DeviceSecurity);
}

#[test]
fn enrolling_while_unlocked_does_not_prompt() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.run(async {
        program.vault.set("token", "abc").await.unwrap();
        program.vault.update_config(config(VaultType::DeviceSecurity)).await.unwrap();
        assert!(!program.vault.is_locked().await.unwrap());
        program.vault.set("token", "def").await.unwrap();
    });
    assert_eq!(desk.person.prompts_shown(), 0);
}

#[test]
fn locking_or_clearing_dismisses_an_open_passcode_request() {
    for clear in [false, true] {
        let desk = Desk::new();
        let program = locked(&desk, VaultType::CustomPasscode);
        let held = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let keep = std::sync::Arc::clone(&held);
        program.vault.on_passcode_requested(move |request| keep.lock().unwrap().push(request));
        let mut read = program.vault.get::<String>("token");
        assert!(desk.peek(&mut read).is_none());
        let end = if clear { program.vault.clear() } else { program.vault.lock() };
        desk.run(end).unwrap();
        assert!(matches!(desk.run(read), Err(Error::Dismissed)));
    }
}

#[test]
fn a_request_that_is_dropped_is_dismissed_and_the_first_answer_counts() {
    let desk = Desk::new();
    let program = locked(&desk, VaultType::CustomPasscode);
    program.vault.on_passcode_requested(drop);
    assert!(matches!(desk.run(program.vault.unlock()), Err(Error::Dismissed)));

    // The other way to answer: the passcode is set while it is being asked for.
    let vault = program.vault.clone();
    program.vault.on_passcode_requested(move |request| {
        drop(vault.set_passcode(Passcode::new("1234").unwrap()));
        std::mem::forget(request);
    });
    assert!(desk.run(program.vault.unlock()).is_ok());
}

#[test]
fn without_anyone_to_ask_a_passcode_is_required() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::CustomPasscode);
    assert!(matches!(desk.run(program.vault.set("a", &1)), Err(Error::PasscodeRequired)));
    assert!(matches!(desk.run(program.vault.get::<u32>("a")), Ok(None)), "an empty vault is open");
}
