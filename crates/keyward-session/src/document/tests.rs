#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn secrets() -> impl Strategy<Value = Secret> {
    any::<String>().prop_map(Secret::from)
}

fn documents() -> impl Strategy<Value = Document> {
    let tokens = (
        secrets(),
        proptest::option::of(secrets()),
        proptest::option::of(secrets()),
        proptest::option::of(0_u64..1 << 50),
        proptest::option::of(any::<String>()),
        proptest::option::of(secrets()),
    )
        .prop_map(|(access, refresh, id, lifetime, scope, fields)| Tokens {
            access,
            refresh,
            id,
            lifetime: lifetime.map(Duration::from_millis),
            scope,
            fields,
        });
    let failed = (any::<u32>(), any::<u64>(), any::<u64>(), any::<bool>(), any::<bool>()).prop_map(
        |(times, since, pause, patience, lost)| Failed { times, since, pause, patience, lost },
    );
    let late_key = proptest::option::of(secrets());
    let kept = (tokens, any::<u64>(), 0_u64..1 << 53, late_key, proptest::option::of(failed))
        .prop_map(|(tokens, since, session, late_key, failed)| Kept {
            tokens,
            since,
            session,
            late_key,
            failed,
        });
    let leaving = (proptest::option::of(secrets()), proptest::option::of(secrets()), any::<u64>())
        .prop_map(|(access, refresh, since)| Leaving { access, refresh, since });
    (proptest::option::of(kept), proptest::collection::vec(leaving, 0..3))
        .prop_map(|(kept, leavings)| Document { kept, leavings })
}

proptest! {
    #[test]
    fn what_is_written_is_read(document in documents()) {
        let value = document.write().unwrap();
        prop_assert_eq!(Document::read(Some(&value)).unwrap(), document);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Ok(value) = Value::json_text(text) {
            let _ = Document::read(Some(&value));
        }
    }

    #[test]
    fn half_a_document_is_refused(document in documents(), part in 0.0..1.0) {
        let value = document.write().unwrap();
        let text = std::str::from_utf8(value.expose()).unwrap();
        let mut end = (text.len() as f64 * part) as usize;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        prop_assert!(Json::read(&text[..end]).and_then(read).is_none());
    }
}

#[test]
fn what_is_none_of_ours_is_left_alone() {
    for text in [
        "[]",
        "{}",
        r#"{"version":2}"#,
        r#"{"version":"1"}"#,
        r#"{"version":1,"tokens":7}"#,
        r#"{"version":1,"tokens":{"refresh":"r","since":0,"session":0}}"#,
    ] {
        let value = Value::json_text(text).unwrap();
        assert!(matches!(Document::read(Some(&value)), Err(Error::Unreadable)), "{text}");
    }
    let bytes = Value::bytes(b"{\"version\":1}".to_vec()).unwrap();
    assert!(matches!(Document::read(Some(&bytes)), Err(Error::Unreadable)));
    assert_eq!(Document::read(None).unwrap(), Document::default());
}

#[test]
fn nothing_shows_a_token() {
    let tokens = Tokens::new("secret-a")
        .with_refresh("secret-r")
        .with_id("secret-i")
        .with_fields("\"secret-f\"");
    let late_key = Some("secret-k".into());
    let kept = Kept { tokens: tokens.clone(), since: 1, session: 2, late_key, failed: None };
    let document = Document { kept: Some(kept), leavings: vec![Leaving::of(&tokens, 3)] };
    let shown = format!("{document:?} {tokens:?} {:?}", document.write().unwrap());
    assert!(!shown.contains("secret-"), "{shown}");
}
