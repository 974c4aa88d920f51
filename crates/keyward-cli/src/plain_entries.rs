//! Entries that lie in a file as plain text, to be moved into a vault.

mod env;
mod identity_vault;
mod json;

use std::collections::BTreeSet;
use std::path::Path;

use clap::ValueEnum;
use keyward::{MAX_NAME_LEN, Value};
use zeroize::Zeroizing;

pub(crate) use self::identity_vault::may_be_an_export;
use crate::output::escaped;

/// How the entries are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object: each member becomes an entry
    Json,
    /// An export of Identity Vault, saved as JSON: each member is a text that holds an entry's JSON
    IdentityVault,
    /// Lines as in a .env file: each variable becomes an entry with a text
    Env,
}

impl Format {
    /// What the file's name says.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        if name.ends_with(".json") {
            Some(Self::Json)
        } else if name.ends_with(".env") || name.starts_with(".env.") {
            Some(Self::Env)
        } else {
            None
        }
    }
}

/// Reads a file's entries, in their order.
///
/// # Errors
/// A sentence about the file that says why not, with names but without values.
pub(crate) fn read(format: Format, bytes: &[u8]) -> Result<Vec<(String, Value)>, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("it is not UTF-8 text (line {line})")
    })?;
    // Written by some editors, and not a part of the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let entries = match format {
        Format::Json => json::read(text)?,
        Format::IdentityVault => identity_vault::read(text)?,
        Format::Env => env::read(text)?,
    };
    let mut names = BTreeSet::new();
    for (name, _) in &entries {
        if name.len() > MAX_NAME_LEN {
            let start: String = name.chars().take(40).collect();
            return Err(format!(
                "the name that begins with {} has more than 1,024 bytes",
                quoted(&start)
            ));
        }
        if !names.insert(name) {
            return Err(format!("it has {} twice", quoted(name)));
        }
    }
    Ok(entries)
}

/// The value of an entry, or why it has none.
fn value(name: &str, made: Result<Value, keyward::Error>) -> Result<Value, String> {
    made.map_err(|error| match error {
        keyward::Error::Invalid(keyward::Invalid::ValueTooLarge) => {
            format!("the value of {} is larger than 8 MiB", quoted(name))
        }
        error => format!("the value of {} cannot be stored ({error})", quoted(name)),
    })
}

/// A name for messages.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", escaped(name))
}

/// Whether two values are the same. Strings may be written in two ways; of all other JSON the text
/// counts, because what is taken for the same is deleted, and numbers can be longer than any type.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    let string = |value: &Value| value.parse::<String>().ok().map(Zeroizing::new);
    one == other || matches!((string(one), string(other)), (Some(one), Some(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_name_says_what_it_is() {
        for (name, format) in [
            (".env", Some(Format::Env)),
            ("deploy/.env.local", Some(Format::Env)),
            ("production.env", Some(Format::Env)),
            ("secrets.json", Some(Format::Json)),
            (".env.json", Some(Format::Json)),
            ("secrets", None),
            ("environment", None),
        ] {
            assert_eq!(Format::of(Path::new(name)), format, "{name}");
        }
    }

    #[test]
    fn strings_are_compared_by_what_they_say_and_all_else_by_its_text() {
        let json = |text: &str| Value::json_text(text).expect("JSON");
        assert!(same(&json(r#""caf\u00e9""#), &json("\"café\"")));
        assert!(!same(&json("12345678901234567890123"), &json("12345678901234567890124")));
        assert!(!same(&json("1"), &json("\"1\"")));
        let bytes = Value::bytes(&b"\"a\""[..]).expect("short");
        assert!(!same(&bytes, &json("\"a\"")));
    }

    #[test]
    fn what_does_not_read_is_told_without_its_values() {
        let twice = "{\"a\":\"s3cret\",\"b\":1,\"a\":\"s3cret\"}";
        let long = format!("{{\"{}\":\"s3cret\"}}", "n".repeat(1025));
        let cases: [(Format, &[u8], &str); 11] = [
            (Format::Json, b"\"s3cret\"", "it is not one JSON object (line 1, column 8)"),
            (Format::Json, b"{\n\"a\":s3cret}", "it is not one JSON object (line 2, column 5)"),
            (Format::Json, b"{\"a\":1} s3cret", "it is not one JSON object (line 1, column 9)"),
            (Format::Json, twice.as_bytes(), "it has \"a\" twice"),
            (Format::Json, long.as_bytes(), "the name that begins with \"nnnnnnnnnnnnnnnnnnnnnnnn"),
            (Format::IdentityVault, b"{\"a\":[\"s3cret\"]}", "the value of \"a\" is not a text"),
            (Format::IdentityVault, b"{\"a\":\"s3cret\"}", "the text of \"a\" is not JSON"),
            (Format::Env, b"A=1\nA=s3cret", "it has \"A\" twice"),
            (Format::Env, b"A=1\n\xff=s3cret", "it is not UTF-8 text (line 2)"),
            (Format::Env, b"A=1\ns3cret", "what comes after \"A\" does not read"),
            (Format::Env, b"s3cret", "its first variable does not read"),
        ];
        for (format, text, message) in cases {
            let error = read(format, text).expect_err(message);
            assert!(error.starts_with(message), "{error} instead of {message}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
