#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn json(name: &str, text: &str) -> (String, Value) {
    (name.to_owned(), Value::json_text(text).unwrap())
}

fn bytes(name: &str, bytes: &[u8]) -> (String, Value) {
    (name.to_owned(), Value::bytes(bytes).unwrap())
}

#[test]
fn the_document_of_the_specification() {
    let entries = [json("name", r#"{"any":"JSON value"}"#), bytes("other", b"hello")];
    let text = write(&entries).unwrap();
    let expected = r#"{"keyward":1,"entries":{"name":{"json":{"any":"JSON value"}},"other":{"bytes":"aGVsbG8="}}}"#;
    assert_eq!(text.expose(), expected.as_bytes());
    assert_eq!(parse(text.expose()).unwrap(), entries);
    let empty = write(&[]).unwrap();
    assert_eq!(empty.expose(), br#"{"keyward":1,"entries":{}}"#);
    assert!(parse(empty.expose()).unwrap().is_empty());
}

#[test]
fn json_keeps_its_text_and_names_their_characters() {
    let text = r#" { "entries" : { "A\ud83d\udd10\n\/\"" : { "json" : [1.50, 6.02E+23, "\u00e9" ]  },
        "deep" : {"json":1e400} } , "keyward" : 1 }
    "#;
    let entries = parse(text.as_bytes()).unwrap();
    assert_eq!(
        entries,
        [json("A🔐\n/\"", r#"[1.50, 6.02E+23, "\u00e9" ]"#), json("deep", "1e400")]
    );
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let text = format!(r#"{{"keyward":1,"entries":{{"deep":{{"json":{deep}}}}}}}"#);
    assert_eq!(parse(text.as_bytes()).unwrap(), [json("deep", &deep)]);
}

#[test]
fn what_is_not_an_export_is_refused_without_quoting_it() {
    let with = |entries: &str| format!(r#"{{"keyward":1,"entries":{{{entries}}}}}"#);
    let long_name = "n".repeat(crate::MAX_NAME_LEN + 1);
    let texts = [
        String::new(),
        "hunter2".to_owned(),
        "[1,{}]".to_owned(),
        r#"{"entries":{"hunter2":{"json":1}}}"#.to_owned(),
        r#"{"keyward":1}"#.to_owned(),
        r#"{"keyward":2,"entries":{}}"#.to_owned(),
        r#"{"keyward":1.0,"entries":{}}"#.to_owned(),
        r#"{"keyward":"1","entries":{}}"#.to_owned(),
        r#"{"keyward":1,"entries":[]}"#.to_owned(),
        r#"{"keyward":1,"entries":null}"#.to_owned(),
        r#"{"keyward":1,"entries":{},"hunter2":1}"#.to_owned(),
        r#"{"keyward":1,"keyward":1,"entries":{}}"#.to_owned(),
        r#"{"keyward":1,"entries":{},"entries":{}}"#.to_owned(),
        r#"{"keyward":1,"entries":{}} {}"#.to_owned(),
        "\u{feff}".to_owned() + r#"{"keyward":1,"entries":{}}"#,
        with(r#""hunter2":1"#),
        with(r#""hunter2":{}"#),
        with(r#""hunter2":["json"]"#),
        with(r#""hunter2":{"json":1,"json":1}"#),
        with(r#""hunter2":{"json":1,"bytes":""}"#),
        with(r#""hunter2":{"text":"hunter2"}"#),
        with(r#""hunter2":{"json":hunter2}"#),
        with(r#""hunter2":{"bytes":1}"#),
        with(r#""hunter2":{"bytes":"hunter2"}"#),
        with(r#""hunter2":{"bytes":"aGVsbG8"}"#),
        with(r#""hunter2":{"bytes":"aGVsbG9="}"#),
        with(r#""hunter2":{"bytes":"aGVs bG8="}"#),
        with(r#""hunter2":{"bytes":"aGVs_G8="}"#),
        with(r#""hunter2":{"json":1},"hunter2":{"json":2}"#),
        with(r#""hunter2":{"json":1},"\u0068unter2":{"json":2}"#),
        with(r#""hunter2\ud800":{"json":1}"#),
        with(r#""hunter2\ud800\u0041":{"json":1}"#),
        with(r#""hunter2\udc00\ud800":{"json":1}"#),
        with(r#""hunter2\q":{"json":1}"#),
        with(&format!(r#""{long_name}":{{"json":1}}"#)),
    ];
    for text in texts {
        let error = parse(text.as_bytes()).expect_err(&text);
        assert!(matches!(error, Error::Invalid(_)), "{text}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    assert!(parse(&[0xff]).is_err());
}

#[test]
fn values_up_to_their_bound_and_no_further() {
    for len in [0, 1, 2, 3, CHUNK - 1, CHUNK, CHUNK + 1, crate::MAX_VALUE_LEN] {
        let entries = [bytes("b", &vec![0xa5; len])];
        let text = write(&entries).unwrap();
        assert_eq!(parse(text.expose()).unwrap(), entries, "{len}");
    }
    for over in 1..5 {
        let base64 = Base64::encode_string(&vec![0; crate::MAX_VALUE_LEN + over]);
        let text = format!(r#"{{"keyward":1,"entries":{{"b":{{"bytes":"{base64}"}}}}}}"#);
        let error = parse(text.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::Invalid(Invalid::ValueTooLarge)));
    }
}

#[test]
fn the_writer_refuses_what_it_could_not_read() {
    let twice = [json("a", "1"), json("a", "2")];
    assert!(matches!(write(&twice), Err(Error::Invalid(Invalid::Export(_)))));
    let long = [json(&"n".repeat(crate::MAX_NAME_LEN + 1), "1")];
    assert!(matches!(write(&long), Err(Error::Invalid(Invalid::NameTooLong))));
    // A vault of another program may say that this is JSON.
    for text in [&br#"1},"b":{"json":2"#[..], b"", b"\"\xff\""] {
        let entry = crate::entry::Entry { name: "", value: text, kind: ValueKind::Json };
        let entries = [("a".to_owned(), entry.to_value())];
        assert!(matches!(write(&entries), Err(Error::Invalid(Invalid::NotJson))));
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        names in prop::collection::btree_set(any::<String>(), 0..10),
        contents in prop::collection::vec(any::<Vec<u8>>(), 10),
    ) {
        let values = contents.into_iter().enumerate().map(|(place, content)| {
            if place % 2 == 0 {
                Value::bytes(content).unwrap()
            } else {
                Value::json(&String::from_utf8_lossy(&content)).unwrap()
            }
        });
        let entries: Vec<_> = names.into_iter().zip(values).collect();
        let text = write(&entries).unwrap();
        prop_assert_eq!(parse(text.expose()).unwrap(), entries);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(text.expose()).is_ok());
    }

    #[test]
    fn any_text_is_refused_or_read(text in any::<Vec<u8>>()) {
        let _ = parse(&text);
    }

    #[test]
    fn any_change_is_refused_or_read(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let entries = [json("a\n", r#"{"b":[1,"\u00e9"]}"#), bytes("c", b"hello")];
        let mut text = write(&entries).unwrap().expose().to_vec();
        let at = at.index(text.len());
        text[at] = value;
        if let Ok(entries) = parse(&text) {
            let again = write(&entries).unwrap();
            prop_assert_eq!(parse(again.expose()).unwrap(), entries);
        }
    }
}
