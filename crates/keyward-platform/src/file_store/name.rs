//! File names for vault keys: any key gives one name, and no two keys give names that any file
//! system takes for the same.

use keyward::StoreError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The longest file name that Linux, Darwin and the BSDs take, in bytes (`NAME_MAX`).
const NAME_MAX: usize = 255;

/// The longest ending that is put behind an encoded key.
const LONGEST_ENDING: usize = ".attempts.new".len();

/// The ending of the file that holds a vault's sealed bytes.
pub(super) const VAULT_ENDING: &str = ".keyward";
/// The ending of the file that holds the count of failed attempts.
pub(super) const ATTEMPTS_ENDING: &str = ".attempts";
/// The ending of the file that processes lock; it stays empty.
pub(super) const LOCK_ENDING: &str = ".lock";
/// The ending that the next content has, behind the cell's own name, until it is in place.
pub(super) const NEXT_ENDING: &str = ".new";

/// What stays as it is: lower-case letters, digits, hyphen and underscore, and dots further in.
///
/// Upper-case letters are encoded, because many file systems ignore case, and everything beyond
/// ASCII, because some file systems change its normalisation. What is left differs in more than
/// case whenever the keys differ.
const ENCODED: &AsciiSet = &upper_case(NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.'));

/// Adds the upper-case letters to the bytes that are encoded.
const fn upper_case(mut set: AsciiSet) -> AsciiSet {
    let mut letter = b'A';
    while letter <= b'Z' {
        set = set.add(letter);
        letter += 1;
    }
    set
}

/// The beginning of the names of a vault's files.
///
/// # Errors
/// [`StoreError::KeyTooLong`] when the names would be longer than file systems take: 242 bytes for
/// a key, with every byte that is encoded counting three times.
pub(super) fn encode(key: &str) -> Result<String, StoreError> {
    let mut name = utf8_percent_encode(key, ENCODED).to_string();
    // A leading dot would hide the file.
    if name.starts_with('.') {
        name.replace_range(..1, "%2E");
    }
    if name.len() + LONGEST_ENDING > NAME_MAX {
        return Err(StoreError::KeyTooLong);
    }
    Ok(name)
}

/// The key of the vault whose sealed bytes are in the file called `name`, or `None` when it is
/// another file.
pub(super) fn vault_key(name: &str) -> Option<String> {
    let encoded = name.strip_suffix(VAULT_ENDING)?;
    let key = percent_decode_str(encoded).decode_utf8().ok()?.into_owned();
    // Only the one name that `encode` gives belongs to a vault.
    (encode(&key).ok()? == encoded).then_some(key)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const KEYS: &[&str] = &[
        "",
        ".",
        "..",
        "...",
        "a",
        "A",
        "a.b",
        ".a",
        "a.",
        "a/b",
        "/",
        "\\",
        "%",
        "%41",
        "%2E",
        "%2e",
        "con",
        "a b",
        "\0",
        "\n",
        "é",
        "e\u{301}",
        "ß",
        "SS",
        "ss",
        "İ",
        "ı",
        "K",
        "\u{212a}",
        "k",
        "鍵",
        "🔑",
        "io.example.App",
        "a.keyward",
        "a.keyward.new",
        "a.lock",
        "~",
        "-rf",
        "a:b",
        "*",
    ];

    #[test]
    fn every_key_comes_back_from_its_name() {
        for key in KEYS {
            let name = encode(key).expect("short enough") + VAULT_ENDING;
            assert_eq!(vault_key(&name).as_deref(), Some(*key));
        }
    }

    #[test]
    fn names_are_plain_and_differ_in_more_than_case() {
        let mut seen = HashSet::new();
        for key in KEYS {
            let name = encode(key).expect("short enough");
            assert!(name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/'), "{name}");
            assert!(!name.starts_with('.'), "{name}");
            assert!(seen.insert(name.to_ascii_lowercase()), "{name}");
        }
    }

    #[test]
    fn ordinary_keys_stay_readable() {
        assert_eq!(encode("io.example.app_2-test").expect("short"), "io.example.app_2-test");
        assert_eq!(encode("My/vault").expect("short"), "%4Dy%2Fvault");
    }

    #[test]
    fn names_of_other_files_are_not_keys() {
        for name in [
            "a",
            "a.attempts",
            "a.keyward.new",
            "A.keyward",
            "%61.keyward",
            "%4d.keyward",
            "%ff.keyward",
        ] {
            assert_eq!(vault_key(name), None, "{name}");
        }
    }

    #[test]
    fn a_key_that_is_too_long_is_refused() {
        assert!(encode(&"a".repeat(242)).is_ok());
        assert!(matches!(encode(&"a".repeat(243)), Err(StoreError::KeyTooLong)));
        assert!(matches!(encode(&"鍵".repeat(27)), Err(StoreError::KeyTooLong)));
    }
}
