//! What `exportVault()` of an Identity Vault gives, saved as JSON: an object of texts, and in each text
//! the JSON of an entry.

use keyward::Value;
use zeroize::Zeroizing;

use super::{json, quoted};

pub(super) fn read(text: &str) -> Result<Vec<(String, Value)>, String> {
    let entry = |(name, text): (String, Value)| {
        let inner = text.parse::<String>().map_err(|_| {
            format!(
                "the value of {} is not a text, as in an export of Identity Vault",
                quoted(&name)
            )
        })?;
        let value = Value::json_text(inner);
        if matches!(value, Err(keyward::Error::Invalid(keyward::Invalid::NotJson))) {
            return Err(format!(
                "the text of {} is not JSON, as in an export of Identity Vault",
                quoted(&name)
            ));
        }
        let value = super::value(&name, value)?;
        Ok((name, value))
    };
    json::read(text)?.into_iter().map(entry).collect()
}

/// Whether these members of a JSON object could as well be such an export. Nothing in it says so: it is
/// told by texts alone, each of which is JSON, and one of which no number, `true`, `false` or `null`,
/// because those are ordinary texts, too.
pub(crate) fn may_be_an_export(entries: &[(String, Value)]) -> bool {
    let mut telling = false;
    let every = entries.iter().all(|(_, value)| {
        let Ok(text) = value.parse::<String>().map(Zeroizing::new) else { return false };
        telling |= text.trim_start().starts_with(['"', '{', '[']);
        serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok()
    });
    every && telling
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_what_they_say() {
        let entries = read(r#"{"token": "\"abc\"", "user": "{\"n\": 1.50}", "off": "null"}"#);
        let entries = entries.expect("an export");
        let texts: Vec<_> = entries
            .iter()
            .map(|(name, value)| (name.as_str(), str::from_utf8(value.expose()).expect("text")))
            .collect();
        assert_eq!(texts, [("token", "\"abc\""), ("user", "{\"n\": 1.50}"), ("off", "null")]);
    }

    #[test]
    fn an_export_is_suspected_where_all_is_json_and_something_is_no_ordinary_text() {
        for (text, suspected) in [
            (r#"{"token": "\"abc\"", "count": "3"}"#, true),
            (r#"{"user": "{\"name\": \"Ada\"}"}"#, true),
            (r#"{"list": " [1]"}"#, true),
            (r#"{"PORT": "8080", "DEBUG": "true"}"#, false),
            (r#"{"token": "\"abc\"", "count": 3}"#, false),
            (r#"{"token": "\"abc\"", "name": "Ada"}"#, false),
            (r#"{"token": "[abc"}"#, false),
            ("{}", false),
        ] {
            let entries = json::read(text).expect("an object");
            assert_eq!(may_be_an_export(&entries), suspected, "{text}");
        }
    }
}
