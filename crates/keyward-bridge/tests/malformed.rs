//! Messages that are none: an answer, a notice, and nothing of what was in them.

#![allow(clippy::unwrap_used)]

mod support;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::{App, Desk, plain, set};

const SECRET: &str = "Xs3cretX";

/// Sends a message that is no call.
fn refused(desk: &Desk, app: &App, message: &str) {
    app.take_log();
    let answer = desk.wait(app.send(message));
    let error = &answer["error"];
    assert_eq!(error["code"], 3, "{message}: {answer}");
    assert_eq!(app.take_log(), [json!({ "notice": "failed", "error": error })], "{message}");
    assert!(!answer.to_string().contains(SECRET), "{answer}");
}

#[test]
fn what_is_no_call_is_refused_and_not_quoted() {
    let desk = Desk::new();
    let app = desk.app("SecureStorage");
    let entry = |value: &str| {
        format!(r#"{{"call":"setValues","entries":[{{"name":"a","value":{value}}}]}}"#)
    };
    for message in [
        String::new(),
        SECRET.to_owned(),
        format!("\"{SECRET}\""),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "{\"call\":7}".to_owned(),
        format!(r#"{{"call":"{SECRET}"}}"#),
        // Names are not spelled in another way.
        r#"{"call":"l\u006fck"}"#.to_owned(),
        r#"{"call":"Lock"}"#.to_owned(),
        r#"{"call":"lock","call":"lock"}"#.to_owned(),
        r#"{"call":"lock"} x"#.to_owned(),
        r#"{"call":"lock""#.to_owned(),
        r#"{"call":"getValue"}"#.to_owned(),
        r#"{"call":"getValue","name":null}"#.to_owned(),
        r#"{"call":"getValue","name":7}"#.to_owned(),
        r#"{"call":"getValue","name":["a"]}"#.to_owned(),
        r#"{"call":"getValue","name":"\ud800"}"#.to_owned(),
        format!(r#"{{"call":"getValue","name":"{SECRET}"#),
        format!(r#"{{"call":"setValues","entries":"{SECRET}"}}"#),
        format!(r#"{{"call":"setValues","entries":["{SECRET}"]}}"#),
        r#"{"call":"setValues","entries":[{"name":"a"}]}"#.to_owned(),
        r#"{"call":"setValues"}"#.to_owned(),
        entry("{}"),
        entry("null"),
        entry(r#"{"json":"1","bytes":""}"#),
        entry(r#"{"json":1}"#),
        entry(&format!(r#"{{"json":"{SECRET}"}}"#)),
        entry(&format!(r#"{{"bytes":"{SECRET}!"}}"#)),
        entry(r#"{"bytes":"AA"}"#),
        entry(r#"{"bytes":"AB=="}"#),
        r#"{"call":"setCustomPasscode"}"#.to_owned(),
        r#"{"call":"setCustomPasscode","passcode":1234}"#.to_owned(),
        r#"{"call":"passcodeHandlerEnded"}"#.to_owned(),
        r#"{"call":"passcodeHandlerEnded","request":-1}"#.to_owned(),
        r#"{"call":"passcodeHandlerEnded","request":4294967296}"#.to_owned(),
        r#"{"call":"initialize"}"#.to_owned(),
        format!(r#"{{"call":"updateConfig","config":{{"key":"{SECRET}","type":"{SECRET}"}}}}"#),
        r#"{"call":"exportSealed"}"#.to_owned(),
        r#"{"call":"exportSealed","copyFor":{"passphrase":""}}"#.to_owned(),
        r#"{"call":"importSealed","with":{"passphrase":"a"}}"#.to_owned(),
        r#"{"call":"importSealed","sealed":"!","with":{"passphrase":"a"}}"#.to_owned(),
        r#"{"call":"recover"}"#.to_owned(),
        r#"{"call":"recover","with":{}}"#.to_owned(),
        r#"{"call":"recover","with":{"key":"!"}}"#.to_owned(),
        r#"{"call":"enrollRecoveryKey","publicKey":7}"#.to_owned(),
        "[".repeat(100_000),
        format!(r#"{{"call":"lock","deep":{}"#, "[".repeat(100_000)),
    ] {
        refused(&desk, &app, &message);
    }
    assert_eq!(desk.ok(&app, plain("isEmpty")), true);
}

#[test]
fn what_is_passed_over_may_be_nested_deeply() {
    let desk = Desk::new();
    let app = desk.app("SecureStorage");
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let message = format!(r#"{{"deep":{open}{close},"call":"isEmpty"}}"#);
    assert_eq!(desk.wait(app.send(&message)), json!({ "ok": true }));
    // In a value, too.
    desk.ok(
        &app,
        json!({ "call": "setValues", "entries": [
        { "name": "deep", "value": { "json": format!("{open}{close}") } },
    ] }),
    );
}

/// One message for each call, with which an app would go from the first to the last. They are the
/// seeds for the fuzz target: `KEYWARD_WRITE_CORPUS=FOLDER` writes them; see fuzz/README.md.
const SAMPLES: [&str; 26] = [
    r#"{"call":"initialize","config":{"key":"a","type":"SecureStorage","unlockVaultOnLoad":true}}"#,
    r#"{"call":"setValues","entries":[{"name":"a","value":{"json":"[1,\"\u00e9\"]"}},{"name":"b","value":{"bytes":"AP8="}}]}"#,
    r#"{"call":"getValue","name":"a"}"#,
    r#"{"call":"getValue","name":"b"}"#,
    r#"{"call":"removeValue","name":"a"}"#,
    r#"{"call":"getKeys"}"#,
    r#"{"call":"exportVault"}"#,
    r#"{"call":"importVault","entries":[{"name":"\ud83d\udd11","value":{"json":"null"}}]}"#,
    r#"{"call":"isEmpty"}"#,
    r#"{"call":"doesVaultExist"}"#,
    r#"{"call":"isLocked"}"#,
    r#"{"call":"enroll"}"#,
    r#"{"call":"assurance"}"#,
    r#"{"call":"inspect"}"#,
    r#"{"call":"exportSealed","copyFor":{"passphrase":"abc"}}"#,
    r#"{"call":"enrollRecoveryKey","publicKey":"BAAA"}"#,
    r#"{"call":"recover","with":{"code":"00000-00000-00000-00000-00000-00000"}}"#,
    r#"{"call":"recover","with":{"key":"AAAA"}}"#,
    r#"{"call":"updateConfig","config":{"key":"a","type":"DeviceSecurity","deviceSecurityType":"Both","lockAfterBackgrounded":null}}"#,
    r#"{"call":"lock"}"#,
    r#"{"call":"unlock"}"#,
    r#"{"call":"importSealed","sealed":"2GCE","with":{"passphrase":"abc"}}"#,
    r#"{"call":"clear"}"#,
    r#"{"call":"passcodeHandlerRegistered"}"#,
    r#"{"call":"passcodeHandlerEnded","request":1}"#,
    r#"{"call":"setCustomPasscode","passcode":"1234"}"#,
];

#[test]
fn every_call_has_a_seed_that_reads() {
    let desk = Desk::new();
    let app = desk.start();
    for sample in SAMPLES {
        let answer = desk.wait(app.send(sample));
        assert_ne!(answer["error"]["kind"], "InvalidMessage", "{sample}");
    }
    if let Some(folder) = std::env::var_os("KEYWARD_WRITE_CORPUS") {
        let folder = std::path::Path::new(&folder).join("call");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("all"), SAMPLES.join("\n")).unwrap();
        for (number, sample) in SAMPLES.iter().enumerate() {
            let lines = [SAMPLES[0], sample].join("\n");
            std::fs::write(folder.join(number.to_string()), lines).unwrap();
        }
    }
}

/// Calls with arguments of any kind, and texts that are nearly calls.
fn messages() -> impl Strategy<Value = String> {
    let calls = proptest::sample::select(vec![
        "initialize",
        "getValue",
        "setValues",
        "addValues",
        "removeValue",
        "getKeys",
        "exportVault",
        "importVault",
        "isEmpty",
        "doesVaultExist",
        "isLocked",
        "lock",
        "unlock",
        "enroll",
        "passcodeHandlerRegistered",
        "setCustomPasscode",
        "passcodeHandlerEnded",
        "updateConfig",
        "clear",
        "assurance",
        "inspect",
        "importSealed",
        "nonsense",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!("SecureStorage")),
        Just(json!("AAAA")),
        Just(json!({ "json": "1" })),
        Just(json!({ "key": "session", "type": "SecureStorage" })),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        let names = proptest::sample::select(vec!["name", "value", "json", "bytes", "key", "type"]);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((names, inner), 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    });
    let members = proptest::sample::select(vec![
        "config",
        "name",
        "entries",
        "passcode",
        "request",
        "sealed",
        "passphrase",
    ]);
    let members = proptest::collection::vec((members, value), 0..4);
    let call = (calls, members).prop_map(|(call, members)| {
        let mut message = json!({ "call": call });
        for (member, value) in members {
            message[member] = value;
        }
        message.to_string()
    });
    let cut = (call.clone(), any::<prop::sample::Index>(), any::<char>()).prop_map(
        |(mut text, at, character)| {
            let at = (0..=at.index(text.len())).rev().find(|at| text.is_char_boundary(*at));
            text.insert(at.unwrap_or(0), character);
            text
        },
    );
    prop_oneof![4 => call, 2 => cut, 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_message_has_an_answer(messages in proptest::collection::vec(messages(), 1..6)) {
        let desk = Desk::new();
        let app = desk.app("SecureStorage");
        for message in messages {
            let answer = desk.wait(app.send(&message));
            let members = answer.as_object().unwrap();
            prop_assert_eq!(members.len(), 1);
            prop_assert!(members.contains_key("ok") || members["error"]["code"].is_u64());
        }
        // The vault still works, whatever has been asked of it.
        desk.ok(&app, json!({ "call": "clear" }));
        desk.ok(&app, plain("isEmpty"));
        let _ = desk.ask(&app, set("a", &json!(1)));
    }
}
