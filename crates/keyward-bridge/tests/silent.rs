//! A session that asks nobody: the vault of a browser's tab.

#![allow(clippy::unwrap_used)]

mod support;

use keyward::VaultType;
use serde_json::{Value, json};
use support::{ALL_TYPES, Desk, config, get, passcode, plain, set};

#[test]
fn every_type_locks_and_tells_of_it_as_it_would_and_asks_nobody() {
    for vault_type in ALL_TYPES {
        let desk = Desk::new();
        let app = desk.silent(vault_type);
        desk.ok(&app, plain("passcodeHandlerRegistered"));
        desk.ok(&app, set("token", &json!("abc")));
        assert!(app.take_log().is_empty());
        desk.ok(&app, plain("lock"));
        let asks = ["DeviceSecurity", "CustomPasscode"].contains(&vault_type);
        assert_eq!(desk.ok(&app, plain("isLocked")), asks);
        let token = desk.ok(&app, get("token"));
        assert_eq!(token.is_null(), vault_type == "InMemory");
        let told: &[&str] = match vault_type {
            "SecureStorage" => &[],
            "InMemory" => &["locked"],
            _ => &["locked", "unlocked"],
        };
        assert_eq!(app.take_names(), told, "{vault_type}");
        assert_eq!(desk.person.prompts_shown(), 0);
    }
}

#[test]
fn the_type_that_the_app_asked_for_comes_back_from_the_stored_bytes_too() {
    let desk = Desk::new();
    let given = [
        config("CustomPasscode"),
        json!({ "key": "session", "type": "CustomPasscode", "deviceSecurityType": "None" }),
        json!({ "key": "session", "type": "CustomPasscode", "deviceSecurityType": "Biometrics" }),
        config("DeviceSecurity"),
        config("InMemory"),
        config("SecureStorage"),
    ];
    let app = desk.silent("SecureStorage");
    for given in given {
        assert_eq!(desk.ok(&app, json!({ "call": "updateConfig", "config": given })), given);
        let again = desk.silent("SecureStorage");
        let initialize = json!({ "call": "initialize", "config": config("InMemory") });
        assert_eq!(desk.ok(&again, initialize), given);
        assert_ne!(again.vault.config().unwrap().vault_type, VaultType::CustomPasscode);
        desk.ok(&app, set("token", &json!("abc")));
        assert_eq!(desk.ok(&app, get("token"))["json"], "\"abc\"");
    }
}

#[test]
fn passcodes_are_accepted_and_not_used() {
    let desk = Desk::new();
    let app = desk.silent("CustomPasscode");
    for text in ["1234", "", "5678"] {
        assert_eq!(desk.ok(&app, passcode(text)), Value::Null);
    }
    desk.ok(&app, set("token", &json!("abc")));
    desk.ok(&app, plain("lock"));
    desk.ok(&app, passcode("9999"));
    assert_eq!(desk.ok(&app, get("token"))["json"], "\"abc\"");
    for vault_type in ["SecureStorage", "DeviceSecurity", "InMemory"] {
        let desk = Desk::new();
        let app = desk.silent(vault_type);
        desk.fails(&app, passcode("1234"), 11, "NotAPasscodeVault");
    }
}
