//! A JSON object, whose members keep their texts.

use std::fmt;

use keyward::Value;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// All members, also those that come twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

pub(super) fn read(text: &str) -> Result<Vec<(String, Value)>, String> {
    // The reader's own words may quote the text.
    let Members(members) = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("it is not one JSON object (line {line}, column {column})")
    })?;
    let names = || members.iter().map(|(name, _)| name.as_str());
    if members.len() == 2 && ["keyward", "entries"].iter().all(|name| names().any(|it| it == *name))
    {
        return Err("it is an export of Keyward, which `keyward import` reads".to_owned());
    }
    let entry = |(name, json): (String, &RawValue)| {
        let value = super::value(&name, Value::json_text(json.get()))?;
        Ok((name, value))
    };
    members.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_their_texts() {
        let text =
            r#" {"b": "caf\u00e9", "a\n": {"n": [1.50, 12345678901234567890123]}, "": null} "#;
        let entries = read(text).expect("an object");
        let texts: Vec<_> = entries
            .iter()
            .map(|(name, value)| (name.as_str(), str::from_utf8(value.expose()).expect("text")))
            .collect();
        let expected = [
            ("b", r#""caf\u00e9""#),
            ("a\n", r#"{"n": [1.50, 12345678901234567890123]}"#),
            ("", "null"),
        ];
        assert_eq!(texts, expected);
        assert!(read("{}").expect("an object").is_empty());
    }
}
