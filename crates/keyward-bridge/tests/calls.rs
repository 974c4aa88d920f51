//! Every call, through JSON.

#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::{ALL_TYPES, Desk, config, get, passcode, plain, set};

#[test]
fn every_call_of_an_app_in_every_type() {
    for vault_type in ALL_TYPES {
        let desk = Desk::new();
        let app = desk.start();
        let initialize = json!({ "call": "initialize", "config": config(vault_type) });
        assert_eq!(desk.ok(&app, initialize), config(vault_type));
        if vault_type == "CustomPasscode" {
            assert_eq!(desk.ok(&app, passcode("1234")), Value::Null);
        }
        let ok = |call| desk.ok(&app, call);
        assert_eq!(ok(plain("isEmpty")), true);
        assert_eq!(ok(plain("doesVaultExist")), false);
        let entries = json!([
            { "name": "bytes", "value": { "bytes": "AP8H" } },
            { "name": "to\"ken 🔑\n", "value": { "json": " {\"a\": [1.50, \"\\u00e9\\\"\"]}" } },
        ]);
        assert_eq!(ok(json!({ "call": "setValues", "entries": entries })), Value::Null);
        let more = json!([
            { "name": "bytes", "value": { "json": "0" } },
            { "name": "added", "value": { "json": "1" } },
        ]);
        assert_eq!(ok(json!({ "call": "addValues", "entries": more })), json!(["bytes"]));
        assert_eq!(ok(get("added")), more[1]["value"]);
        assert_eq!(ok(json!({ "call": "removeValue", "name": "added" })), Value::Null);
        assert_eq!(ok(get("to\"ken 🔑\n")), entries[1]["value"]);
        assert_eq!(ok(get("bytes")), entries[0]["value"]);
        assert_eq!(ok(get("absent")), Value::Null);
        assert_eq!(ok(plain("getKeys")), json!(["bytes", "to\"ken 🔑\n"]));
        assert_eq!(ok(plain("exportVault")), entries);
        assert_eq!(ok(plain("isEmpty")), false);
        assert_eq!(ok(plain("doesVaultExist")), true);
        assert_eq!(ok(json!({ "call": "removeValue", "name": "bytes" })), Value::Null);
        assert_eq!(ok(plain("getKeys")), json!(["to\"ken 🔑\n"]));
        assert_eq!(ok(json!({ "call": "importVault", "entries": entries })), Value::Null);
        assert_eq!(ok(plain("exportVault")), entries);
        assert_eq!(ok(plain("unlock")), Value::Null);
        assert_eq!(ok(plain("enroll")), Value::Null);
        assert_eq!(ok(plain("isLocked")), false);
        assert_eq!(ok(plain("lock")), Value::Null);
        let asks = ["DeviceSecurity", "CustomPasscode"].contains(&vault_type);
        assert_eq!(ok(plain("isLocked")), asks);
        assert_eq!(ok(plain("isEmpty")), vault_type == "InMemory");
        assert_eq!(ok(plain("clear")), Value::Null);
        assert_eq!(ok(plain("isLocked")), false);
        assert_eq!(ok(plain("doesVaultExist")), false);
    }
}

#[test]
fn assurance_says_what_protects() {
    let desk = Desk::new();
    let app = desk.app("DeviceSecurity");
    let nothing = json!({
        "hardwareBound": false, "userVerified": false, "persistent": false,
        "stolenFile": "opens", "stolenDisk": "opens",
    });
    assert_eq!(desk.ok(&app, plain("assurance")), nothing);
    desk.ok(&app, set("a", &json!(1)));
    let verification = json!({
        "hardwareBound": true, "userVerified": true, "persistent": true,
        "stolenFile": "sealed", "stolenDisk": "sealed",
    });
    assert_eq!(desk.ok(&app, plain("assurance")), verification);
    let desk = Desk::new();
    let app = desk.app("CustomPasscode");
    desk.ok(&app, passcode("1234"));
    desk.ok(&app, set("a", &json!(1)));
    assert_eq!(desk.ok(&app, plain("assurance"))["stolenDisk"], "guessable");
}

#[test]
fn inspection_tells_what_may_be_known_without_a_key() {
    let desk = Desk::new();
    let app = desk.app("CustomPasscode");
    let blank = desk.ok(&app, plain("inspect"));
    assert_eq!(blank["phase"], "unlocked");
    assert_eq!(blank["stored"]["slots"][0]["kind"], "blank");
    assert_eq!(blank["stored"]["empty"], true);
    desk.ok(&app, passcode("1234"));
    desk.ok(&app, set("a", &json!(1)));
    desk.ok(&app, plain("lock"));
    let mut locked = desk.ok(&app, plain("inspect"));
    let vault_id = locked["stored"]["vaultId"].take();
    let vault_id = vault_id.as_str().unwrap();
    assert!(vault_id.len() == 32 && vault_id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let sealed_bytes = locked["stored"]["sealedBytes"].take();
    let stored = keyward::Stores::open(&desk.stores, "session").unwrap().vault;
    let stored = futures_executor::block_on(stored.load()).unwrap().unwrap();
    assert_eq!(sealed_bytes, stored.bytes.len());
    let slot = json!({
        "kind": "passcode", "provider": "simulated-store",
        "argon2": { "memoryKib": 19456, "passes": 2, "lanes": 1 },
        "assurance": {
            "hardwareBound": false, "userVerified": true, "persistent": true,
            "stolenFile": "sealed", "stolenDisk": "guessable",
        },
    });
    let expected = json!({
        "phase": "locked",
        "stored": {
            "version": 1, "vaultId": null, "epoch": 2, "empty": false, "sealedBytes": null,
            "slots": [slot], "weakenedTo": null, "protectionChanges": [],
        },
        "canBeRaised": null,
    });
    assert_eq!(locked, expected);
    desk.ok(&app, plain("clear"));
    let cleared = json!({ "phase": "unlocked", "stored": null, "canBeRaised": null });
    assert_eq!(desk.ok(&app, plain("inspect")), cleared);
}

#[test]
fn a_sealed_copy_goes_to_another_device() {
    let desk = Desk::new();
    let app = desk.app("DeviceSecurity");
    desk.ok(&app, set("token", &json!("abc")));
    let export =
        json!({ "call": "exportSealed", "copyFor": { "passphrase": "a long passphrase" } });
    let sealed = desk.ok(&app, export);

    let other = Desk::new();
    let app = other.app("SecureStorage");
    other.ok(&app, set("before", &json!(1)));
    let import = |sealed: &Value, passphrase: &str| json!({ "call": "importSealed", "sealed": sealed, "with": { "passphrase": passphrase } });
    other.fails(&app, import(&sealed, "another"), 6, "SealedCopyWrongPassphrase");
    other.fails(&app, import(&json!(""), "another"), 3, "SealedCopyDamaged");
    other.fails(&app, import(&json!("AAA"), "another"), 3, "InvalidMessage");
    other.fails(&app, import(&sealed, ""), 3, "InvalidPasscode");
    assert_eq!(other.ok(&app, plain("getKeys")), json!(["before"]));
    assert_eq!(other.ok(&app, import(&sealed, "a long passphrase")), Value::Null);
    assert_eq!(other.ok(&app, get("token")), json!({ "json": "\"abc\"" }));
    assert_eq!(other.ok(&app, plain("getKeys")), json!(["token"]));
}

#[test]
fn a_megabyte_goes_in_and_out() {
    let desk = Desk::new();
    let app = desk.app("SecureStorage");
    let text = "ä\"\\\n🔑x".repeat(100_000);
    desk.ok(&app, set("large", &json!(text)));
    let value = desk.ok(&app, get("large"));
    let read: String = serde_json::from_str(value["json"].as_str().unwrap()).unwrap();
    assert!(read == text);
}

#[test]
fn values_beyond_their_bounds_are_refused_and_told() {
    let desk = Desk::new();
    let app = desk.app("SecureStorage");
    let long = "x".repeat(1025);
    desk.fails(&app, set(&long, &json!(1)), 3, "InvalidNameTooLong");
    let large = "x".repeat(8 << 20);
    desk.fails(&app, set("a", &json!(large)), 3, "InvalidValueTooLarge");
    let base64 = "AAAA".repeat((8 << 20) / 3 + 1);
    let bytes = json!([{ "name": "a", "value": { "bytes": base64 } }]);
    let call = json!({ "call": "setValues", "entries": bytes });
    desk.fails(&app, call, 3, "InvalidValueTooLarge");
    let broken = json!([{ "name": "a", "value": { "json": "{" } }]);
    let call = json!({ "call": "importVault", "entries": broken });
    desk.fails(&app, call, 3, "InvalidNotJson");
    assert_eq!(desk.ok(&app, plain("isEmpty")), true);
}
