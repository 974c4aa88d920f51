//! A device that cannot do what was wanted, as an app in another language sees it.

#![allow(clippy::unwrap_used)]

mod support;

use keyward_conformance::simulated_device::Answer;
use serde_json::{Value, json};
use support::{Desk, plain, set};

fn wish(fallback: &Value) -> Value {
    json!({
        "key": "session",
        "type": "DeviceSecurity",
        "deviceSecurityType": "Biometrics",
        "fallback": fallback,
    })
}

fn initialize(config: &Value) -> Value {
    json!({ "call": "initialize", "config": config })
}

#[test]
fn what_is_weakened_and_raised_is_told_and_can_be_asked_for() {
    let desk = Desk::new();
    desk.clock.set_wall(1_767_225_600_000);
    desk.person.answer_with(Answer::Unsupported);
    let app = desk.start();
    desk.ok(&app, initialize(&wish(&json!(["SecureStorage"]))));
    app.take_log();
    desk.ok(&app, set("token", &json!("abc")));
    let told = json!({ "notice": "protectionWeakened", "wanted": "Biometrics", "present": "SecureStorage" });
    assert_eq!(app.take_log(), [told]);

    let app = desk.start();
    desk.person.answer_with(Answer::Truthfully);
    desk.ok(&app, initialize(&wish(&json!([]))));
    app.take_log();
    assert_eq!(desk.ok(&app, plain("health"))["canBeRaised"], "Biometrics");
    desk.ok(&app, plain("unlock"));
    let told = json!({ "notice": "protectionCanBeRaised", "present": "SecureStorage", "to": "Biometrics" });
    assert_eq!(app.take_log(), [told]);
    let inspection = desk.ok(&app, plain("inspect"));
    assert_eq!(inspection["canBeRaised"], "Biometrics");
    assert_eq!(inspection["stored"]["weakenedTo"], "SecureStorage");
    let weakened = json!({
        "turn": "weakened", "from": "Biometrics", "to": "SecureStorage", "at": 1_767_225_600_000_u64,
    });
    assert_eq!(inspection["stored"]["protectionChanges"], json!([weakened]));

    assert_eq!(desk.ok(&app, plain("raise")), true);
    let told = json!({ "notice": "protectionRaised", "from": "SecureStorage", "to": "Biometrics" });
    assert_eq!(app.take_log(), [told]);
    assert_eq!(desk.ok(&app, plain("raise")), false, "it is as wanted");
    let inspection = desk.ok(&app, plain("inspect"));
    assert_eq!(inspection["canBeRaised"], Value::Null);
    assert_eq!(desk.ok(&app, plain("health")).get("canBeRaised"), None);
    assert_eq!(inspection["stored"]["weakenedTo"], Value::Null);
    assert_eq!(inspection["stored"]["protectionChanges"][1]["turn"], "raised");
}

#[test]
fn a_list_that_was_given_empty_comes_back_empty_and_null_means_none() {
    let desk = Desk::new();
    let app = desk.start();
    assert_eq!(desk.ok(&app, initialize(&wish(&json!([])))), wish(&json!([])));
    let update = json!({ "call": "updateConfig", "config": wish(&Value::Null) });
    assert_eq!(desk.ok(&app, update).get("fallback"), None);
}

#[test]
fn a_list_of_nonsense_is_an_error() {
    let desk = Desk::new();
    let app = desk.app("SecureStorage");
    for list in [json!("SecureStorage"), json!(["Faces"]), json!([{}]), json!([1]), json!({})] {
        let update = json!({ "call": "updateConfig", "config": wish(&list) });
        desk.fails(&app, update, 3, "InvalidMessage");
    }
    for list in [json!(["PasscodeAlone"]), json!(["KeyFile", "KeyFile"])] {
        let update = json!({ "call": "updateConfig", "config": wish(&list) });
        desk.fails(&app, update, 3, "InvalidConfig");
    }
}
