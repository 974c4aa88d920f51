//! The order of calls, of notices, and of both.

#![allow(clippy::unwrap_used)]

mod support;

use std::cell::RefCell;
use std::rc::Rc;

use keyward_bridge::Session;
use keyward_conformance::simulated_device::Answer;
use serde_json::{Value, json};
use support::{Desk, config, get, plain, set};

#[test]
fn calls_take_effect_in_their_order_though_nobody_awaits() {
    let desk = Desk::new();
    let app = desk.start();
    // Before the initialisation, too.
    let early = app.call(get("n"));
    for number in 0..100 {
        drop(app.call(set("n", &json!(number))));
    }
    let seen = app.call(get("n"));
    drop(app.call(json!({ "call": "removeValue", "name": "n" })));
    let gone = app.call(get("n"));
    drop(app.call(json!({ "call": "initialize", "config": config("SecureStorage") })));
    assert_eq!(desk.wait(early), json!({ "ok": null }));
    assert_eq!(desk.wait(seen), json!({ "ok": { "json": "99" } }));
    assert_eq!(desk.wait(gone), json!({ "ok": null }));
}

#[test]
fn an_open_vault_answers_a_read_at_once() {
    let desk = Desk::new();
    let app = desk.app("SecureStorage");
    desk.ok(&app, set("token", &json!("abc")));
    for call in [get("token"), get("absent"), plain("getKeys"), plain("exportVault")] {
        assert!(app.call(call).is_ready());
    }
    let written = app.call(set("token", &json!("def")));
    let read = app.call(get("token"));
    assert!(!read.is_ready(), "a call is before it");
    assert_eq!(desk.wait(read), json!({ "ok": { "json": "\"def\"" } }));
    desk.wait(written);
}

#[test]
fn fifty_reads_are_one_prompt_and_share_its_outcome() {
    let desk = Desk::new();
    let app = desk.app("DeviceSecurity");
    desk.ok(&app, set("token", &json!("abc")));
    for (answer, code) in [(Answer::Truthfully, None), (Answer::Dismissed, Some(8))] {
        desk.ok(&app, plain("lock"));
        let before = desk.person.prompts_shown();
        desk.person.answer_with(Answer::Held);
        let reads: Vec<_> = (0..50).map(|_| app.call(get("token"))).collect();
        desk.settle();
        desk.person.answer_with(answer);
        for read in reads {
            let answer = desk.wait(read);
            match code {
                None => assert_eq!(answer["ok"]["json"], "\"abc\""),
                Some(code) => assert_eq!(answer["error"]["code"], code),
            }
        }
        assert_eq!(desk.person.prompts_shown(), before + 1);
        desk.person.answer_with(Answer::Truthfully);
    }
}

/// Each call's answer, with what must have been told before it.
#[test]
fn a_calls_notices_come_before_its_answer() {
    let desk = Desk::new();
    let app = desk.app("DeviceSecurity");
    desk.ok(&app, set("token", &json!("abc")));
    app.take_log();
    let names = |call: Value| {
        app.log_answer(&desk, call);
        desk.settle();
        app.take_names()
    };
    assert_eq!(names(plain("lock")), ["locked", "answer"]);
    assert_eq!(names(get("token")), ["unlocked", "answer"]);
    assert_eq!(names(plain("lock")), ["locked", "answer"]);
    desk.person.answer_with(Answer::NotVerified);
    assert_eq!(names(plain("unlock")), ["failed", "answer"]);
    desk.person.answer_with(Answer::Truthfully);
    let mut other = config("SecureStorage");
    other["unlockVaultOnLoad"] = json!(true);
    let update = json!({ "call": "updateConfig", "config": other });
    assert_eq!(names(update), ["unlocked", "configChanged", "answer"]);
    // Those that never reach the vault.
    assert_eq!(names(plain("nonsense")), ["failed", "answer"]);
    assert_eq!(names(set(&"x".repeat(2000), &json!(1))), ["failed", "answer"]);
}

#[test]
fn what_happens_by_itself_is_told_without_a_call() {
    let desk = Desk::new();
    let app = desk.start();
    let mut soon = config("DeviceSecurity");
    soon["lockAfterBackgrounded"] = json!(2000);
    desk.ok(&app, json!({ "call": "initialize", "config": soon }));
    desk.ok(&app, set("token", &json!("abc")));
    app.take_log();
    app.vault.background();
    desk.pass(1_999);
    assert!(app.take_log().is_empty());
    desk.pass(1);
    assert_eq!(app.take_log(), [json!({ "notice": "locked", "cause": "timeout" })]);
    app.vault.resume();
    desk.settle();
    assert!(app.take_log().is_empty());
}

#[test]
fn what_another_program_does_is_told() {
    let desk = Desk::new();
    let (one, two) = (desk.app("SecureStorage"), desk.app("SecureStorage"));
    desk.ok(&one, set("token", &json!("abc")));
    desk.ok(&two, plain("unlock"));
    desk.settle();
    two.take_log();
    desk.ok(&one, set("token", &json!("def")));
    desk.settle();
    assert_eq!(two.take_log(), [json!({ "notice": "changed" })]);
    desk.ok(&one, json!({ "call": "updateConfig", "config": config("DeviceSecurity") }));
    desk.settle();
    let changed = json!({ "notice": "configChanged", "config": config("DeviceSecurity") });
    assert!(two.take_log().contains(&changed));
    desk.ok(&two, plain("unlock"));
    two.take_log();
    desk.ok(&one, plain("clear"));
    desk.settle();
    let cleared = json!({ "notice": "locked", "cause": "cleared" });
    assert_eq!(two.take_log(), [cleared, json!({ "notice": "changed" })]);
}

#[test]
fn who_is_told_may_call() {
    let desk = Desk::new();
    let app = desk.app("SecureStorage");
    let session: Rc<RefCell<Option<Session>>> = Rc::default();
    let (weak, heard) = (Rc::downgrade(&session), Rc::new(RefCell::new(0)));
    let count = Rc::clone(&heard);
    let caller = Session::new(app.vault.clone(), move |_| {
        *count.borrow_mut() += 1;
        if let Some(session) = weak.upgrade()
            && *count.borrow() < 3
        {
            let session = session.borrow();
            drop(session.as_ref().unwrap().call("no call".to_owned()));
        }
    });
    *session.borrow_mut() = Some(caller);
    drop(session.borrow().as_ref().unwrap().call("no call".to_owned()));
    assert_eq!(*heard.borrow(), 3);
}

#[test]
fn a_session_that_is_dropped_ends_its_driver_even_while_a_passcode_is_asked_for() {
    let desk = Desk::new();
    let app = desk.app("CustomPasscode");
    desk.ok(&app, plain("passcodeHandlerRegistered"));
    let first = app.call(set("a", &json!(1)));
    let second = app.call(set("b", &json!(2)));
    desk.settle();
    assert_eq!(app.take_names(), ["passcodeRequested"]);
    let support::App { session, vault, .. } = app;
    drop(session);
    assert_eq!(desk.wait(first)["error"]["code"], 8);
    assert_eq!(desk.wait(second)["error"]["code"], 8);
    let mut events = vault.events();
    drop(vault);
    desk.settle();
    assert!(events.next_now().is_none());
    assert!(futures_executor::block_on(futures_util::StreamExt::next(&mut events)).is_none());
}
