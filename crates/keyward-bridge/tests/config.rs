//! Configurations: what an app passes comes back the same, persists, and changes in all directions.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use futures_executor::block_on;
use keyward::{DeviceSecurity, Protection, Stores, VaultType};
use keyward_conformance::simulated_device::Answer;
use serde_json::{Value, json};
use support::{ALL_TYPES, App, Desk, config, get, passcode, plain, set};

fn update(config: &Value) -> Value {
    json!({ "call": "updateConfig", "config": config })
}

fn initialize(config: &Value) -> Value {
    json!({ "call": "initialize", "config": config })
}

fn everything() -> Value {
    json!({
        "key": "session",
        "type": "CustomPasscode",
        "deviceSecurityType": "None",
        "lockAfterBackgrounded": 2000,
        "unlockVaultOnLoad": true,
        "shouldClearVaultAfterTooManyFailedAttempts": true,
        "customPasscodeInvalidUnlockAttempts": 7,
        "androidBiometricsPreferStrongVaultOrSystemPasscode": "SystemPasscode",
        "androidBiometricsPromptTitle": "a",
        "androidBiometricsPromptSubtitle": "b",
        "androidBiometricsPromptDescription": "c",
        "androidBiometricsNegativeButtonText": "d",
        "iosBiometricsLocalizedReason": "e",
        "iosBiometricsLocalizedCancelTitle": "f",
        "iosBiometricsLocalizedFallbackTitle": "g",
        "fallback": ["Both", "CustomPasscode", "KeyFile"],
    })
}

#[test]
fn every_member_reaches_the_engine_and_comes_back() {
    let desk = Desk::new();
    let app = desk.start();
    assert_eq!(desk.ok(&app, initialize(&everything())), everything());
    let engine = app.vault.config().unwrap();
    assert_eq!(engine.vault_type, VaultType::CustomPasscode);
    assert_eq!(engine.lock_after_backgrounded, Some(Duration::from_secs(2)));
    assert!(engine.unlock_on_load && engine.clear_after_too_many_failed_attempts);
    assert_eq!(engine.max_failed_attempts, 7);
    let listed = [Protection::Both, Protection::CustomPasscode, Protection::KeyFile];
    assert_eq!(engine.fallback, listed);
    assert_eq!(engine.prompt["iosBiometricsLocalizedReason"], "e");
    assert_eq!(engine.prompt["androidBiometricsPromptTitle"], "a");
}

#[test]
fn what_was_not_given_has_its_default_and_does_not_come_back() {
    let desk = Desk::new();
    let app = desk.app("SecureStorage");
    let engine = app.vault.config().unwrap();
    assert_eq!(engine, keyward::Config::new("session", VaultType::SecureStorage));
}

#[test]
fn what_was_given_comes_back_though_it_is_the_default() {
    for (member, value) in [
        ("deviceSecurityType", json!("None")),
        ("lockAfterBackgrounded", Value::Null),
        ("lockAfterBackgrounded", json!(0)),
        ("unlockVaultOnLoad", json!(false)),
        ("shouldClearVaultAfterTooManyFailedAttempts", json!(false)),
        ("customPasscodeInvalidUnlockAttempts", json!(5)),
        ("androidBiometricsPreferStrongVaultOrSystemPasscode", json!("StrongVault")),
        ("iosBiometricsLocalizedReason", json!("")),
    ] {
        let desk = Desk::new();
        let mut given = config("SecureStorage");
        given[member] = value;
        let app = desk.start();
        assert_eq!(desk.ok(&app, initialize(&given)), given);
        // From the stored bytes, too.
        let again = desk.start();
        assert_eq!(desk.ok(&again, initialize(&config("InMemory"))), given);
    }
}

#[test]
fn unknown_members_and_nulls_are_passed_over() {
    let desk = Desk::new();
    let mut given = config("SecureStorage");
    given["unlockVaultOnLoad"] = Value::Null;
    given["iosBiometricsLocalizedReason"] = Value::Null;
    given["somethingOfTheApps"] = json!({ "a": [1, "secret"] });
    let app = desk.start();
    let mut call = initialize(&given);
    call["also"] = json!([[], {}]);
    assert_eq!(desk.ok(&app, call), config("SecureStorage"));
}

#[test]
fn configurations_that_make_no_sense_are_refused() {
    let desk = Desk::new();
    let app = desk.start();
    let with = |member: &str, value: Value| {
        let mut config = config("SecureStorage");
        config[member] = value;
        config
    };
    for bad in [
        Value::Null,
        json!("SecureStorage"),
        json!({ "key": "session" }),
        json!({ "type": "SecureStorage" }),
        with("type", json!("Safe")),
        with("key", json!(7)),
        with("lockAfterBackgrounded", json!(-1)),
        with("lockAfterBackgrounded", json!(1.5)),
        with("lockAfterBackgrounded", json!("soon")),
        with("customPasscodeInvalidUnlockAttempts", json!(1e30)),
        with("iosBiometricsLocalizedReason", json!(7)),
    ] {
        desk.fails(&app, initialize(&bad), 3, "InvalidMessage");
    }
    for bad in [
        with("key", json!("")),
        with("type", json!("DeviceSecurity")),
        with("customPasscodeInvalidUnlockAttempts", json!(0)),
        with("lockAfterBackgrounded", json!(1e18 as u64)),
        with("iosBiometricsLocalizedReason", json!("x".repeat(1025))),
    ] {
        desk.fails(&app, initialize(&bad), 3, "InvalidConfig");
    }
    desk.ok(&app, initialize(&config("SecureStorage")));
    let mut other = config("SecureStorage");
    other["key"] = json!("other");
    desk.fails(&app, update(&other), 3, "InvalidConfig");
}

/// Lets an app into its vault, whatever the type asks for.
fn unlock(desk: &Desk, app: &App, vault_type: &str) {
    if vault_type == "CustomPasscode" {
        desk.ok(app, passcode("1234"));
    }
    desk.ok(app, plain("unlock"));
}

#[test]
fn the_type_changes_in_all_directions_with_the_entries_in_it() {
    for from in ALL_TYPES {
        for to in ALL_TYPES {
            let desk = Desk::new();
            let app = desk.app(from);
            unlock(&desk, &app, from);
            desk.ok(&app, set("token", &json!("abc")));
            if to == "CustomPasscode" && from != to {
                desk.ok(&app, plain("passcodeHandlerRegistered"));
                let mut changed = app.call(update(&config(to)));
                assert!(desk.peek(&mut changed).is_none(), "from {from}");
                desk.ok(&app, passcode("1234"));
                assert_eq!(desk.wait(changed)["ok"], config(to));
            } else {
                assert_eq!(desk.ok(&app, update(&config(to))), config(to));
            }
            if from == to {
                assert!(!app.take_names().contains(&"configChanged".to_owned()));
            } else {
                let told = json!({ "notice": "configChanged", "config": config(to) });
                assert!(app.take_log().contains(&told), "{from} to {to}");
            }
            assert_eq!(desk.ok(&app, get("token"))["json"], "\"abc\"", "{from} to {to}");
            // After a restart it is what it has become.
            let again = desk.start();
            assert_eq!(desk.ok(&again, initialize(&config(from))), config(to));
            unlock(&desk, &again, to);
            let token = desk.ok(&again, get("token"));
            assert_eq!(token.is_null(), to == "InMemory", "{from} to {to}");
        }
    }
}

#[test]
fn a_lost_key_is_left_without_a_prompt_and_cleared() {
    let desk = Desk::new();
    let app = desk.app("DeviceSecurity");
    desk.ok(&app, set("token", &json!("abc")));
    desk.ok(&app, plain("lock"));
    desk.person.lose_keys();
    desk.fails(&app, get("token"), 4, "KeyLost");
    let prompts = desk.person.prompts_shown();
    // Whether the device can say so unasked, or only the read has told it.
    desk.person.say_nothing_unasked();
    let to = config("SecureStorage");
    assert_eq!(desk.ok(&app, update(&to)), to);
    assert_eq!(desk.person.prompts_shown(), prompts);
    desk.ok(&app, plain("clear"));
    desk.ok(&app, set("token", &json!("def")));
    assert_eq!(desk.ok(&app, get("token"))["json"], "\"def\"");
}

/// As from a lost key, apps recover from a vault that has vanished.
#[test]
fn a_vanished_vault_is_left_without_a_prompt_and_cleared() {
    let desk = Desk::new();
    let app = desk.app("DeviceSecurity");
    desk.ok(&app, set("token", &json!("abc")));
    drop(app);
    let cell = desk.stores.open("session").unwrap().vault;
    block_on(async {
        let stored = cell.load().await.unwrap().unwrap();
        cell.swap(Some(stored.revision), None).await.unwrap();
    });

    let app = desk.start();
    let initialize = json!({ "call": "initialize", "config": config("DeviceSecurity") });
    desk.fails(&app, initialize, 12, "Vanished");
    desk.fails(&app, get("token"), 12, "Vanished");
    desk.fails(&app, set("token", &json!("def")), 12, "Vanished");
    desk.fails(&app, plain("isEmpty"), 12, "Vanished");
    let to = config("SecureStorage");
    assert_eq!(desk.ok(&app, update(&to)), to);
    assert_eq!(desk.person.prompts_shown(), 0);
    assert!(block_on(cell.load()).unwrap().is_none(), "nothing is written in its place");
    desk.ok(&app, plain("clear"));
    assert!(desk.ok(&app, get("token")).is_null());
    desk.ok(&app, set("token", &json!("def")));
    assert_eq!(desk.ok(&app, get("token"))["json"], "\"def\"");
}

#[test]
fn a_change_that_the_device_cannot_make_leaves_everything_as_it_was() {
    let desk = Desk::new();
    let app = desk.app("SecureStorage");
    desk.ok(&app, set("token", &json!("abc")));
    desk.person.answer_with(Answer::Unsupported);
    let to = config("DeviceSecurity");
    desk.fails(&app, update(&to), 13, "UnsupportedUserVerification");
    assert_eq!(app.vault.config().unwrap().vault_type, VaultType::SecureStorage);
    assert_eq!(desk.ok(&app, get("token"))["json"], "\"abc\"");
}

#[test]
fn a_vault_of_another_program_is_told_by_what_is_no_default() {
    let desk = Desk::new();
    let app = desk.start();
    let mut native = keyward::Config::new("session", VaultType::DeviceSecurity);
    native.device_security = DeviceSecurity::Biometrics;
    native.max_failed_attempts = 3;
    native.prompt.insert("title".to_owned(), "Unlock".to_owned());
    drop(app.vault.initialize(native));
    let expected = json!({
        "key": "session", "type": "DeviceSecurity", "deviceSecurityType": "Biometrics",
        "customPasscodeInvalidUnlockAttempts": 3,
    });
    assert_eq!(desk.ok(&app, initialize(&config("InMemory"))), expected);
}
