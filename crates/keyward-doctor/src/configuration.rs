//! Configuration files as values: JSON as programs take it, JSON5, and TOML.

use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::Value;

/// What the file at `path` holds; `None` if it does not read as what its name says.
pub(crate) fn value(path: &str, text: &str) -> Option<Value> {
    // Some editors write a mark of the byte order, which most programs pass over.
    let text = text.trim_start_matches('\u{feff}');
    if path.ends_with(".toml") {
        return toml::from_str(text).ok();
    }
    // Which program takes comments, and which all of JSON5, is theirs to say: here, nothing follows
    // from it. Nesting has a limit in both readers.
    let lenient = ParseOptions { allow_missing_commas: false, ..ParseOptions::default() };
    parse_to_serde_value::<Value>(text, &lenient).ok().filter(|value| !value.is_null())
}

/// What the file at `path` is to be, as people call it.
pub(crate) fn format(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("toml") => "TOML",
        Some("json5") => "JSON5",
        _ => "JSON",
    }
}

/// Where a member of that name is written: the first time that the name stands for itself, and not in
/// a line that is a comment. 0 where it is not found.
pub(crate) fn place(text: &str, name: &str) -> usize {
    let part_of_name = |it: char| it.is_alphanumeric() || ['_', '-', '$'].contains(&it);
    let mut places = text.match_indices(name).filter(|(at, _)| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        let line = before[before.rfind('\n').map_or(0, |end| end + 1)..].trim_start();
        let alone = !before.ends_with(part_of_name)
            && !after.starts_with(|it| part_of_name(it) || it == '.');
        alone && !line.starts_with('#') && !line.starts_with("//")
    });
    places.next().map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_read_as_what_its_name_says() {
        let json5 = "\u{feff}// it's\n{ a: 'b \\\n c', /* d */ e: .5, 'f': [0x1F,], }";
        assert_eq!(value("a.json5", json5), Some(json!({ "a": "b  c", "e": 0.5, "f": [31] })));
        assert_eq!(value("a.toml", "[a]\nb = 'c' # d"), Some(json!({ "a": { "b": "c" } })));
        assert_eq!(value("a.json", "{\"a\": 1, // b\n}"), Some(json!({ "a": 1 })));
        for (path, text) in [("a.json", ""), ("a.json", "[a]\nb = 1"), ("a.toml", "{\"a\": 1}")] {
            assert_eq!(value(path, text), None, "{path}: {text}");
        }
        assert_eq!(["x.toml", "x.json5", "x.json"].map(format), ["TOML", "JSON5", "JSON"]);
    }

    #[test]
    fn nothing_is_too_deep() {
        for (path, piece) in
            [("a.json", "["), ("a.json5", "{a:"), ("a.toml", "a=["), ("a.toml", "[")]
        {
            assert_eq!(value(path, &piece.repeat(1 << 18)), None, "{path}: {piece}");
        }
        for (before, piece, after) in [("a=", "[", ""), ("", "a.", "a=1"), ("[", "a.", "a]")] {
            let text = format!("{before}{}{after}", piece.repeat(1 << 18));
            assert_eq!(value("a.toml", &text), None, "{piece}{after}");
        }
    }

    #[test]
    fn a_name_is_found_where_it_stands_for_itself() {
        let text = "# csp\n// csp\n{ 'csp-x': 1, xcsp: 2, \"csp\" : 3 }";
        assert_eq!(place(text, "csp"), text.rfind("csp").expect("there"));
        assert_eq!(place("[app.security]", "security"), 5);
        assert_eq!(place("other", "csp"), 0);
    }
}
