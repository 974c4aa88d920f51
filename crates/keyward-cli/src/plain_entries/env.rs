//! Lines as in a `.env` file.
//!
//! There is no standard for them, and programs differ in what they make of quotes, `#`, `$` and
//! backslashes. Since the file is deleted afterwards, a value that is read in another way than it was
//! meant would be lost. So two libraries read the file, and only what both read alike is taken.

use keyward::Value;

use super::quoted;

/// Added as the last variable, because one of the libraries ends without a word at what it cannot
/// read.
const LAST: &str = "KEYWARD_LAST_LINE";

pub(super) fn read(text: &str) -> Result<Vec<(String, Value)>, String> {
    // Both libraries drop it.
    if let Some(line) = text.lines().position(|line| line.trim_end().ends_with('\\')) {
        return Err(format!(
            "its line {} ends with a backslash, which programs read in different ways. Put the value \
             between single quotes",
            line + 1
        ));
    }
    // One of the two finds another character in place of `$`, and so no variables to replace.
    let stand_in = ('\u{e000}'..='\u{f8ff}')
        .find(|sign| !text.contains(*sign))
        .ok_or("it has every character of Unicode's private use")?;
    let marked = text.replace('$', &stand_in.to_string());
    let other = dotenv::from_read(format!("{marked}\n{LAST}=end\n").as_bytes());
    let other = other.map_err(|_| "it does not read")?;
    let mut others = other.iter();
    let mut entries: Vec<(String, Value)> = Vec::new();
    for parsed in dotenvy::from_read_iter(text.as_bytes()) {
        let Ok((name, value)) = parsed else {
            return Err(unreadable(&entries));
        };
        match others.next() {
            Some((same_name, same_value)) if same_name == name => {
                if same_value.replace(stand_in, "$") != value {
                    return Err(ambiguous(&name));
                }
            }
            Some((other_name, _)) if other_name != LAST => return Err(ambiguous(other_name)),
            _ => return Err(ambiguous(&name)),
        }
        let value = super::value(&name, Value::json(&value))?;
        entries.push((name, value));
    }
    match others.next() {
        Some((LAST, _)) => Ok(entries),
        Some((name, _)) => Err(ambiguous(name)),
        None => Err(unreadable(&entries)),
    }
}

fn ambiguous(name: &str) -> String {
    format!(
        "programs read the value of {} in different ways, because of quotes, `#`, `$` or a backslash in \
         it or before it. Put it between single quotes as it is meant",
        quoted(name)
    )
}

fn unreadable(before: &[(String, Value)]) -> String {
    let what = match before.last() {
        Some((name, _)) => format!("what comes after {} does not read", quoted(name)),
        None => "its first variable does not read".to_owned(),
    };
    format!(
        "{what}. Put a value with spaces or signs in it between single quotes, and remarks on lines of \
         their own"
    )
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str) -> Result<Vec<(String, String)>, String> {
        let entries = read(text)?.into_iter();
        Ok(entries.map(|(name, value)| (name, value.parse().expect("a string"))).collect())
    }

    #[test]
    fn what_both_read_alike_is_taken() {
        let text = "# a comment, don't read it\n\
            \n\
            A=abc\r\n\
            export B = 'with # and $HOME and \\ and \"quotes\"' # it's a remark\n\
            C=\"two\\nlines\"\n\
            D=\"-----BEGIN KEY-----\nMC4CAQAw\n-----END KEY-----\"\n\
            E=\n\
            F='{\"json\": [1, \"x\"]}'\n\
            G=https://user@example.com/?a=b&c=d\n\
            H=naïve-鍵";
        let expected = [
            ("A", "abc"),
            ("B", "with # and $HOME and \\ and \"quotes\""),
            ("C", "two\nlines"),
            ("D", "-----BEGIN KEY-----\nMC4CAQAw\n-----END KEY-----"),
            ("E", ""),
            ("F", "{\"json\": [1, \"x\"]}"),
            ("G", "https://user@example.com/?a=b&c=d"),
            ("H", "naïve-鍵"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(texts(text).expect("reads"), expected);
        assert!(texts("").expect("reads").is_empty());
        assert!(texts("# nothing\n\n").expect("reads").is_empty());
    }

    #[test]
    fn what_programs_read_in_different_ways_is_refused() {
        for text in [
            "A=pa$$word",
            "A=5$",
            "A=${HOME}",
            "A=\"$HOME\"",
            "A=a\\$b",
            "A=a#b",
            "A=C:\\new",
            "A=\"C:\\temp\"",
            "A=\"say \\\"hi\\\"\"",
            "A=two words",
            "A=s\\ ix",
            "A=abc\\",
            "A=abc\\  \nB=1",
            "A='abc\\'\nB='x'\nC='y'",
            "A='open",
            "A=\"open\nB=1",
            "A=`back`",
            "A.B=1",
            "A=1\nno assignment",
            "A='x' y",
            "2A=1",
            // One of the libraries takes the apostrophes for quotes, and the lines between for one.
            "A=b  # don't\nB=c\nC=d  # it's",
            "A=b  # don't\n!\nC=d  # it's",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    /// A file with these values between single quotes, and what is in it.
    fn quoted_lines(values: &[String]) -> (String, Vec<(String, String)>) {
        let entries = values.iter().enumerate().map(|(n, value)| (format!("V{n}"), value.clone()));
        let lines = values.iter().enumerate().map(|(n, value)| format!("V{n}='{value}'\n"));
        (lines.collect(), entries.collect())
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[A-C='\"\\\\$# \n{}]*") {
            let _ = read(&text);
        }

        #[test]
        fn plain_text_between_single_quotes_is_taken_as_it_is(
            values in vec("[ -&(-\\[\\]-~é鍵\n]{0,12}", 0..5),
        ) {
            let (text, entries) = quoted_lines(&values);
            prop_assert_eq!(texts(&text), Ok(entries));
        }

        #[test]
        fn any_text_between_single_quotes_is_taken_as_it_is_or_refused(
            values in vec("[^']{0,6}|[\\\\\"#$ \r\n]{0,6}", 0..5),
        ) {
            let (text, entries) = quoted_lines(&values);
            if let Ok(read) = texts(&text) {
                prop_assert_eq!(read, entries);
            }
        }
    }
}
