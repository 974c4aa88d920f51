//! Secrets in JSON. JSON readers keep copies of the strings that they resolve escapes in, and quote
//! what they do not like. Here the reader only says whether a text is JSON, and what stands where is
//! found without it.

use serde::de::IgnoredAny;
use zeroize::Zeroizing;

/// The text of one JSON value, which has been checked. For bindings that get secrets in JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Checks that a text is one JSON value, with or without white space around it. Takes any depth.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        serde_json::from_slice::<IgnoredAny>(text.as_bytes()).ok()?;
        Some(Self(text.trim_ascii()))
    }

    /// The value as it stands in the text.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.0
    }

    /// The names and values of an object's members; `None` if it is no object.
    #[must_use]
    pub fn object(self) -> Option<Vec<(Self, Self)>> {
        let parts = self.parts('{', '}')?;
        Some(parts.chunks_exact(2).map(|member| (member[0], member[1])).collect())
    }

    /// The elements of an array; `None` if it is no array.
    #[must_use]
    pub fn array(self) -> Option<Vec<Self>> {
        self.parts('[', ']')
    }

    /// A string without its quotation marks, if it has no escapes; `None` if it is no string or has
    /// some.
    #[must_use]
    pub fn plain_string(self) -> Option<&'a str> {
        let text = self.0.strip_prefix('"')?.strip_suffix('"')?;
        (!text.contains('\\')).then_some(text)
    }

    /// The text that a string stands for; `None` if it is no string, or if one of its escapes stands
    /// for no character.
    ///
    /// It is written into one buffer, which does not grow and is wiped when it is dropped.
    #[must_use]
    pub fn string(self) -> Option<Zeroizing<String>> {
        let mut rest = self.0.strip_prefix('"')?.strip_suffix('"')?;
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

    /// What stands between two brackets. The text is known to be JSON, so that commas and colons
    /// say nothing more.
    fn parts(self, open: char, close: char) -> Option<Vec<Self>> {
        let mut rest = self.0.strip_prefix(open)?.strip_suffix(close)?;
        let mut parts = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', '\n', '\r', '\t', ',', ':']);
            if rest.is_empty() {
                return Some(parts);
            }
            let (part, after) = rest.split_at_checked(value_len(rest.as_bytes()))?;
            parts.push(Self(part));
            rest = after;
        }
    }
}

/// How long the value is that the text begins with.
fn value_len(text: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at += string_len(&text[at..]),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            // Before the end of a number or a word, or between the parts of what is nested.
            _ => {
                at += 1;
                let ends = |next: &u8| b" \n\r\t,:]}".contains(next);
                if depth > 0 || !text.get(at).is_none_or(ends) {
                    continue;
                }
            }
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

/// How long the string is that the text begins with, quotation marks included.
fn string_len(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
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
    use proptest::prelude::*;
    use serde_json::Value;

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
            let json = Json::read(raw).expect("JSON");
            assert_eq!(json.string().as_deref(), Some(&expected), "{raw}");
            let plain = (!raw.contains('\\')).then_some(expected.as_str());
            assert_eq!(json.plain_string(), plain, "{raw}");
        }
    }

    #[test]
    fn what_is_no_text_is_none() {
        let strings = [r#""\ud83d""#, r#""\udd11""#, r#""\ud83d\u0041""#, r#""\ud83dx""#];
        for raw in ["1", "null", "[]", "{}"].into_iter().chain(strings) {
            assert!(Json::read(raw).expect("JSON").string().is_none(), "{raw}");
        }
    }

    #[test]
    fn what_is_no_json_does_not_read() {
        for text in ["", " ", "\"", "{", "{a:1}", "[1,]", "{} x", "[] x", "1 2", r#""\u00""#] {
            assert!(Json::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn objects_and_arrays_come_in_their_parts() {
        let texts = |parts: Vec<Json<'static>>| parts.into_iter().map(Json::text).collect();
        let object = Json::read(
            r#" {"a" : [1, {}], "\u0061":"x]\"}",
            "a":null,"b":-1.5e3} "#,
        );
        let members = object.expect("JSON").object().expect("an object");
        let names: Vec<&str> = texts(members.iter().map(|(name, _)| *name).collect());
        let values: Vec<&str> = texts(members.iter().map(|(_, value)| *value).collect());
        assert_eq!(names, [r#""a""#, r#""\u0061""#, r#""a""#, r#""b""#]);
        assert_eq!(values, ["[1, {}]", r#""x]\"}""#, "null", "-1.5e3"]);
        let array = Json::read(r#"[1.50 ,{"a":[[]]}, true,"\\" ]"#).expect("JSON").array();
        let elements: Vec<&str> = texts(array.expect("an array"));
        assert_eq!(elements, ["1.50", r#"{"a":[[]]}"#, "true", r#""\\""#]);
        for text in ["1", "null", "\"{}\"", "\"[]\""] {
            let json = Json::read(text).expect("JSON");
            assert!(json.object().is_none() && json.array().is_none(), "{text}");
        }
        assert!(Json::read("{}").expect("JSON").array().is_none());
        assert!(Json::read("[]").expect("JSON").object().is_none());
    }

    /// What the parts of a value come to, put together again.
    fn rebuilt(json: Json<'_>) -> Value {
        if let Some(members) = json.object() {
            let name = |name: Json<'_>| name.string().expect("a name").to_string();
            members.into_iter().map(|(it, value)| (name(it), rebuilt(value))).collect()
        } else if let Some(elements) = json.array() {
            elements.into_iter().map(rebuilt).collect()
        } else if let Some(text) = json.string() {
            Value::from(text.as_str())
        } else {
            serde_json::from_str(json.text()).expect("a number or a word")
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\\[\\]{}\",:\\\\ ]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::vec((any::<String>(), inner), 0..5)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn parts_make_the_whole(value in values(), pretty: bool) {
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert_eq!(rebuilt(Json::read(&text).expect("JSON")), value);
        }
    }
}
