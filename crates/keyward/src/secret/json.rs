//! Secrets in JSON.

use zeroize::Zeroizing;

/// The text that a JSON string stands for, where `raw` is that string as it stands in a document
/// that has been read as JSON, quotation marks and all. `None` if it is no string, or if one of its
/// escapes stands for no character.
///
/// JSON readers keep copies of the strings that they resolve escapes in. This one writes into one
/// buffer, which does not grow and is wiped when it is dropped.
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
