//! Reading scripts without understanding them: comments and the insides of texts are set aside, so
//! that what is found is code. Any input gives an answer.

/// The text with comments blanked out, and with the insides of string literals too if `literals`
/// says so; every byte that is left is where it was, and every line break too.
pub(crate) fn without_comments(text: &str, literals: bool) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'/')) if !after_colon(&bytes, at) => end_of_line(&bytes, at),
            (b'/', Some(b'*')) => find(&bytes, at + 2, b"*/"),
            (b'<', Some(b'!')) if bytes[at..].starts_with(b"<!--") => find(&bytes, at + 4, b"-->"),
            (quote @ (b'"' | b'\'' | b'`'), _) => {
                let end = literal_end(&bytes, at, quote);
                if literals {
                    let closed = end > at + 1 && bytes[end - 1] == quote;
                    blank(&mut bytes[at + 1..if closed { end - 1 } else { end }]);
                }
                at = end;
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        blank(&mut bytes[at..end]);
        at = end;
    }
    String::from_utf8(bytes).expect("what is blanked begins and ends beside ASCII")
}

/// The text of a page with its comments blanked out; every byte that is left is where it was.
pub(crate) fn without_page_comments(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut from = 0;
    while let Some(at) = text[from..].find("<!--").map(|at| from + at) {
        from = find(&bytes, at + 4, b"-->");
        blank(&mut bytes[at..from]);
    }
    String::from_utf8(bytes).expect("what is blanked begins and ends beside ASCII")
}

/// The literal that is the value of `name` behind `from`, with the place where it begins: what
/// stands between quotes after `name: ` or `"name": `. The text has no comments.
pub(crate) fn literal_of<'a>(text: &'a str, name: &str) -> Option<(usize, &'a str)> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find(name) {
        let at = from + found;
        from = at + name.len();
        let before = text[..at].chars().next_back();
        if before.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == '$') {
            continue;
        }
        let rest = text[from..].trim_start_matches(['"', '\'']).trim_start();
        let Some(value) = rest.strip_prefix(':') else { continue };
        let value = value.trim_start();
        let Some(quote) = value.chars().next().filter(|it| ['"', '\'', '`'].contains(it)) else {
            continue;
        };
        let inside = &value[1..];
        if let Some(end) = inside.find(quote) {
            return Some((at, &inside[..end]));
        }
    }
    None
}

/// The line, from 1, in which the byte `at` is.
pub(crate) fn line(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// How the text ends its lines: what is added to it ends them in the same way.
pub(crate) fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// What stands between the bracket that opens at `at` and its own closing one.
pub(crate) fn bracketed(text: &str, at: usize) -> Option<&str> {
    let mut depth = 0_usize;
    for (place, byte) in text.as_bytes().iter().enumerate().skip(at) {
        match byte {
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return text.get(at + 1..place);
                }
            }
            _ => {}
        }
    }
    None
}

/// `http://` is no comment.
fn after_colon(bytes: &[u8], at: usize) -> bool {
    at > 0 && bytes[at - 1] == b':'
}

fn end_of_line(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |len| from + len)
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let found = rest.windows(what.len()).position(|window| window == what);
    found.map_or(bytes.len(), |len| from + len + what.len())
}

/// Behind the literal that begins at `at`. One that no quote ends, ends with its line.
fn literal_end(bytes: &[u8], at: usize, quote: u8) -> usize {
    let mut place = at + 1;
    while place < bytes.len() {
        match bytes[place] {
            b'\\' => place += 1,
            b'\n' if quote != b'`' => return place,
            byte if byte == quote => return place + 1,
            _ => {}
        }
        place += 1;
    }
    bytes.len()
}

fn blank(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn comments_go_and_everything_else_stays_in_its_place() {
        let text = "a // b\n'c // d' /* e\n*/ f <!-- g --> h http://i";
        let left = without_comments(text, false);
        assert_eq!(left, "a     \n'c // d'     \n   f            h http://i");
        assert_eq!(without_page_comments("a<!-- é -->b<!--c"), "a           b     ");
        assert_eq!(without_comments("f('é', \"\\\"x\")", true), "f('  ', \"   \")");
    }

    #[test]
    fn a_literal_is_found_by_its_name() {
        assert_eq!(literal_of("{ \"key\": 'a' }", "key"), Some((3, "a")));
        assert_eq!(literal_of("monkey: 'b', key : \"c\"", "key"), Some((13, "c")));
        assert_eq!(literal_of("key: other", "key"), None);
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer(text in any::<String>(), at in 0_usize..64) {
            let left = without_comments(&text, true);
            prop_assert_eq!(left.len(), text.len());
            prop_assert_eq!(without_page_comments(&text).len(), text.len());
            prop_assert_eq!(left.matches('\n').count(), text.matches('\n').count());
            let _ = (literal_of(&text, "key"), bracketed(&text, at), line(&text, at));
        }
    }
}
