//! Secrets in JSON. JSON readers keep copies of the strings that they resolve escapes in, and quote
//! what they do not like. Here the reader only says what stands where.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// The members of a JSON object, names and values as they stand in the text. `None` if it is no
/// JSON, or no object.
#[must_use]
pub fn json_object(text: &str) -> Option<Vec<(&str, &str)>> {
    serde_json::from_str(text).ok().map(|Members(members)| members)
}

/// The elements of a JSON array, as they stand in the text. `None` if it is no JSON, or no array.
#[must_use]
pub fn json_array(text: &str) -> Option<Vec<&str>> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(elements.into_iter().map(RawValue::get).collect())
}

struct Members<'a>(Vec<(&'a str, &'a str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    members.push((name.get(), value.get()));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// The text that a JSON string stands for, where `raw` is that string as it stands in a document
/// that has been read as JSON, quotation marks and all. `None` if it is no string, or if one of its
/// escapes stands for no character.
///
/// It is written into one buffer, which does not grow and is wiped when it is dropped.
#[must_use]
pub fn json_string(raw: &str) -> Option<Zeroizing<String>> {
    let mut rest = raw.strip_prefix('"')?.strip_suffix('"')?;
    // No text is longer without its escapes.
    let mut text = Zeroizing::new(String::with_capacity(rest.len()));
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut chars = escaped.chars();
        text.push(match chars.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (character, after) = unicode(chars.as_str())?;
                rest = after;
                text.push(character);
                continue;
            }
            itself => itself,
        });
        rest = chars.as_str();
    }
    text.push_str(rest);
    Some(text)
}

/// The character that begins with the four digits at the front, and what follows it. `None` for
/// half of a surrogate pair.
fn unicode(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| u32::from_str_radix(text.get(..4)?, 16).ok();
    let (first, rest) = (unit(text)?, text.get(4..)?);
    if let Some(character) = char::from_u32(first) {
        return Some((character, rest));
    }
    let second = unit(rest.strip_prefix("\\u")?)?;
    let mut pair = char::decode_utf16([first as u16, second as u16]);
    let character = pair.next()?.ok()?;
    Some((character, rest.get(6..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_as_a_json_reader_does() {
        for raw in [
            r#""""#,
            r#""plain é 🔑""#,
            r#""\"\\\/\b\f\n\r\t""#,
            r#""\u0041\u00e9\ud83d\udd11\u0000""#,
            r#""ends with \\""#,
        ] {
            let expected: String = serde_json::from_str(raw).expect("JSON");
            assert_eq!(json_string(raw).as_deref(), Some(&expected), "{raw}");
        }
    }

    #[test]
    fn objects_and_arrays_come_in_their_parts() {
        let text = r#" {"a" : [1, {}], "\u0061":"x", "a":null} "#;
        let expected = [(r#""a""#, "[1, {}]"), (r#""\u0061""#, r#""x""#), (r#""a""#, "null")];
        assert_eq!(json_object(text).as_deref(), Some(&expected[..]));
        assert_eq!(json_array(" [1.50 , {\"a\":1}] "), Some(vec!["1.50", "{\"a\":1}"]));
        for text in ["", "1", "null", "{", "{a:1}", "[1,]", "{} x", "[] x", "\"{}\""] {
            assert!(json_object(text).is_none() && json_array(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_no_text_is_none() {
        for raw in [
            "",
            "\"",
            "1",
            "null",
            "[]",
            r#""\ud83d""#,
            r#""\udd11""#,
            r#""\ud83d\u0041""#,
            r#""\ud83dx""#,
            r#""\u00""#,
        ] {
            assert_eq!(json_string(raw), None, "{raw}");
        }
    }
}
