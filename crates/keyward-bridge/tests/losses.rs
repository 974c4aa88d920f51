//! How a vault is, what the device can do, and recovery, through JSON.

#![allow(clippy::unwrap_used)]

mod support;

use base64ct::{Base64, Encoding};
use keyward::{Key, RecoveryPrivateKey};
use keyward_conformance::simulated_device::Answer;
use serde_json::{Value, json};
use support::{Desk, get, plain, set};

#[test]
fn health_and_capabilities_say_what_is_so() {
    let desk = Desk::new();
    let app = desk.start();
    let available = json!({ "state": "available" });
    let all = desk.ok(&app, plain("capabilities"));
    for vault_type in
        ["secureStorage", "systemPasscode", "biometrics", "both", "customPasscode", "inMemory"]
    {
        assert_eq!(all[vault_type], available, "{vault_type}");
    }
    desk.person.answer_with(Answer::LockedOut);
    let both = &desk.ok(&app, plain("capabilities"))["both"];
    assert_eq!((&both["state"], &both["obstacle"]), (&"unavailable".into(), &"locked-out".into()));
    desk.person.answer_with(Answer::Truthfully);

    let app = desk.app("DeviceSecurity");
    let empty = json!({
        "condition": "empty", "nextStep": "nothing", "recoverable": false, "registry": "works",
    });
    assert_eq!(desk.ok(&app, plain("health")), empty);
    desk.ok(&app, set("token", &json!("abc")));
    desk.ok(&app, plain("lock"));
    let health = desk.ok(&app, plain("health"));
    assert_eq!(
        (&health["condition"], &health["nextStep"], &health["keySeen"]),
        (&"locked".into(), &"unlock".into(), &true.into())
    );
    assert_eq!(desk.ok(&app, plain("checkKey")), Value::Null);
    desk.person.answer_with(Answer::Dismissed);
    desk.fails(&app, plain("checkKey"), 8, "Dismissed");
    desk.person.answer_with(Answer::Unavailable);
    let health = desk.ok(&app, plain("health"));
    assert_eq!(health["condition"], "key-unavailable");
    assert_eq!(
        (&health["nextStep"], &health["obstacle"]),
        (&"unlock-key-store".into(), &"locked".into())
    );
    assert!(health["provider"].is_string() && health["message"].is_string(), "{health}");
    desk.person.answer_with(Answer::Truthfully);
    desk.person.lose_keys();
    let health = desk.ok(&app, plain("health"));
    assert_eq!(
        (&health["condition"], &health["nextStep"]),
        (&"key-lost".into(), &"bring-back-key".into())
    );
    desk.fails(&app, plain("checkKey"), 4, "KeyLost");
}

#[test]
fn a_code_recovers_what_its_vault_has_lost() {
    let desk = Desk::new();
    let app = desk.app("DeviceSecurity");
    desk.ok(&app, set("token", &json!("abc")));
    let other = desk.ok(&app, plain("enrollRecovery"));
    let code = desk.ok(&app, plain("enrollRecovery"));
    desk.ok(&app, plain("lock"));
    desk.person.lose_keys();
    let health = desk.ok(&app, plain("health"));
    assert_eq!(
        (&health["condition"], &health["nextStep"]),
        (&"key-lost".into(), &"recover".into())
    );
    let recover = |code: &Value| json!({ "call": "recover", "with": { "code": code } });
    let refused = desk.fails(&app, recover(&other), 120, "WrongRecoveryCode");
    assert_eq!(refused["attemptsLeft"], 4);
    let typo = code.as_str().unwrap().replacen(|_| true, "*", 1);
    desk.fails(&app, recover(&typo.into()), 124, "InvalidRecoveryCode");
    let typed = code.as_str().unwrap().to_lowercase().replace('-', " ");
    assert_eq!(desk.ok(&app, recover(&typed.into())), Value::Null);
    assert_eq!(desk.ok(&app, get("token")), json!({ "json": "\"abc\"" }));
    desk.ok(&app, plain("lock"));
    desk.ok(&app, plain("unlock"));
    desk.ok(&app, plain("revokeRecovery"));
    desk.fails(&app, recover(&code), 122, "NoRecovery");
}

#[test]
fn a_key_recovers_a_vault_and_opens_a_copy() {
    let desk = Desk::new();
    let app = desk.app("SecureStorage");
    desk.ok(&app, set("token", &json!("abc")));
    let private = [7; Key::LEN];
    let public = RecoveryPrivateKey::new(Key::from_bytes(private)).unwrap().public_key();
    let public = Base64::encode_string(public.as_bytes());
    desk.ok(&app, json!({ "call": "enrollRecoveryKey", "publicKey": public }));
    let export = json!({ "call": "exportSealed", "copyFor": { "publicKey": public } });
    let copy = desk.ok(&app, export);
    desk.device.lose_keys();
    let app = desk.app("SecureStorage");
    let with = |private: [u8; Key::LEN]| json!({ "key": Base64::encode_string(&private) });
    let recover = |private| json!({ "call": "recover", "with": with(private) });
    desk.fails(&app, recover([8; Key::LEN]), 121, "WrongRecoveryKey");
    desk.fails(&app, recover([0; Key::LEN]), 125, "InvalidRecoveryKey");
    desk.ok(&app, recover(private));
    assert_eq!(desk.ok(&app, get("token")), json!({ "json": "\"abc\"" }));

    let elsewhere = Desk::new();
    let app = elsewhere.app("SecureStorage");
    let import = |private| json!({ "call": "importSealed", "sealed": copy, "with": with(private) });
    elsewhere.fails(&app, import([8; Key::LEN]), 6, "SealedCopyWrongRecovery");
    elsewhere.ok(&app, import(private));
    assert_eq!(elsewhere.ok(&app, get("token")), json!({ "json": "\"abc\"" }));
}
