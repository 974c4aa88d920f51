//! How apps hand passcodes over, in each of the forms that they have learned.

#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::{App, Desk, get, passcode, plain, set};

fn asking(desk: &Desk) -> App {
    let app = desk.app("CustomPasscode");
    desk.ok(&app, plain("passcodeHandlerRegistered"));
    app
}

/// An app with a locked vault whose passcode is "1234".
fn locked(desk: &Desk) -> App {
    let app = asking(desk);
    desk.ok(&app, passcode("1234"));
    desk.ok(&app, set("token", &json!("abc")));
    desk.ok(&app, plain("lock"));
    app.take_log();
    app
}

fn requested(request: u32, set: bool) -> Value {
    json!({
        "notice": "passcodeRequested", "request": request, "isPasscodeSetRequest": set,
    })
}

fn ended(request: u32) -> Value {
    json!({ "call": "passcodeHandlerEnded", "request": request })
}

#[test]
fn the_operation_that_needed_a_passcode_goes_on_once_it_is_there() {
    let desk = Desk::new();
    let app = asking(&desk);
    let mut stored = app.call(set("token", &json!("abc")));
    assert!(desk.peek(&mut stored).is_none());
    assert_eq!(app.take_log(), [requested(1, true)]);
    // `onComplete`, or a handler that awaits.
    desk.ok(&app, passcode("1234"));
    assert_eq!(desk.wait(stored), json!({ "ok": null }));
    desk.ok(&app, ended(1));

    desk.ok(&app, plain("lock"));
    app.take_log();
    let mut read = app.call(get("token"));
    assert!(desk.peek(&mut read).is_none());
    assert_eq!(app.take_log(), [requested(2, false)]);
    desk.ok(&app, passcode("1234"));
    assert_eq!(desk.wait(read)["ok"]["json"], "\"abc\"");
}

#[test]
fn a_handler_that_does_not_await_its_last_line_has_answered() {
    let desk = Desk::new();
    let app = locked(&desk);
    let mut read = app.call(get("token"));
    assert!(desk.peek(&mut read).is_none());
    let (handed_over, ended) = (app.call(passcode("1234")), app.call(ended(1)));
    assert_eq!(desk.wait(read)["ok"]["json"], "\"abc\"");
    assert_eq!(desk.wait(handed_over), json!({ "ok": null }));
    assert_eq!(desk.wait(ended), json!({ "ok": null }));
}

#[test]
fn a_handler_that_ends_without_a_passcode_dismisses() {
    let desk = Desk::new();
    let app = locked(&desk);
    let mut read = app.call(get("token"));
    assert!(desk.peek(&mut read).is_none());
    desk.ok(&app, ended(1));
    assert_eq!(desk.wait(read)["error"]["code"], 8);
    // One that ends late, when another is open, ends nothing.
    let mut read = app.call(get("token"));
    assert!(desk.peek(&mut read).is_none());
    desk.ok(&app, ended(1));
    assert!(desk.peek(&mut read).is_none());
    desk.ok(&app, passcode("1234"));
    assert_eq!(desk.wait(read)["ok"]["json"], "\"abc\"");
    desk.ok(&app, ended(2));
    desk.ok(&app, ended(7));
    assert_eq!(desk.ok(&app, plain("isLocked")), false);
}

#[test]
fn an_empty_passcode_dismisses_the_request_that_is_open() {
    let desk = Desk::new();
    let app = locked(&desk);
    let mut read = app.call(get("token"));
    assert!(desk.peek(&mut read).is_none());
    desk.ok(&app, passcode(""));
    let answer = desk.wait(read);
    assert_eq!(answer["error"]["code"], 8);
    assert_eq!(answer["error"]["kind"], "Dismissed");
    desk.fails(&app, passcode(""), 3, "InvalidPasscode");
    desk.fails(&app, passcode(&"x".repeat(1025)), 3, "InvalidPasscode");
}

#[test]
fn a_lock_dismisses_the_request_and_a_late_answer_is_kept_for_the_next_unlock() {
    let desk = Desk::new();
    let app = locked(&desk);
    let mut read = app.call(get("token"));
    assert!(desk.peek(&mut read).is_none());
    let locked = app.call(plain("lock"));
    let late = app.call(passcode("1234"));
    assert_eq!(desk.wait(read)["error"]["code"], 8);
    desk.wait(locked);
    assert_eq!(desk.wait(late), json!({ "ok": null }));
    assert_eq!(desk.ok(&app, plain("isLocked")), true);
    assert_eq!(desk.ok(&app, get("token"))["json"], "\"abc\"");
}

#[test]
fn a_wrong_passcode_says_how_many_are_left_and_the_last_one_clears() {
    let desk = Desk::new();
    let app = desk.start();
    let config = json!({
        "key": "session", "type": "CustomPasscode",
        "customPasscodeInvalidUnlockAttempts": 2,
        "shouldClearVaultAfterTooManyFailedAttempts": true,
    });
    desk.ok(&app, json!({ "call": "initialize", "config": config }));
    desk.ok(&app, passcode("1234"));
    desk.ok(&app, set("token", &json!("abc")));
    desk.ok(&app, plain("lock"));
    desk.ok(&app, passcode("9999"));
    let error = desk.fails(&app, plain("unlock"), 6, "WrongPasscode");
    assert_eq!(error["attemptsLeft"], 1);
    desk.ok(&app, passcode("9999"));
    desk.fails(&app, plain("unlock"), 7, "ClearedAfterTooManyAttempts");
    assert_eq!(desk.ok(&app, plain("doesVaultExist")), false);
}

#[test]
fn after_too_many_wrong_ones_the_next_has_to_wait() {
    let desk = Desk::new();
    let app = locked(&desk);
    for _ in 0..5 {
        desk.ok(&app, passcode("9999"));
        desk.fails(&app, plain("unlock"), 6, "WrongPasscode");
    }
    let error = desk.fails(&app, plain("unlock"), 7, "TooManyAttempts");
    assert_eq!(error["retryAfter"], 30_000);
    assert!(error.get("attemptsLeft").is_none());
}

#[test]
fn with_nobody_to_ask_a_passcode_is_missing() {
    let desk = Desk::new();
    let app = desk.app("CustomPasscode");
    desk.fails(&app, set("token", &json!("abc")), 10, "PasscodeRequired");
    assert_eq!(desk.ok(&app, plain("passcodeHandlerRegistered")), Value::Null);
    let mut stored = app.call(set("token", &json!("abc")));
    assert!(desk.peek(&mut stored).is_none());
    desk.ok(&app, passcode("1234"));
    assert_eq!(desk.wait(stored), json!({ "ok": null }));
}

#[test]
fn a_passcode_is_set_changed_and_refused_where_the_type_has_none() {
    let desk = Desk::new();
    let app = locked(&desk);
    desk.ok(&app, passcode("1234"));
    desk.ok(&app, plain("unlock"));
    desk.ok(&app, passcode("5678"));
    desk.ok(&app, plain("lock"));
    desk.ok(&app, passcode("1234"));
    desk.fails(&app, plain("unlock"), 6, "WrongPasscode");
    desk.ok(&app, passcode("5678"));
    desk.ok(&app, plain("unlock"));
    let app = Desk::new();
    let other = app.app("SecureStorage");
    app.fails(&other, passcode("1234"), 11, "NotAPasscodeVault");
}
