//! Where a secret lies, as a slot's handle says it.

use std::collections::HashMap;

use keyward::VaultId;

/// The attribute's value that says whose items these are.
pub(super) const APPLICATION: &str = "keyward";
/// The layout of our items: 32 random bytes as the secret.
pub(super) const VERSION: &str = "1";

/// What a handle says: which item, and which collection it was put into.
///
/// The item, because two programs may have made two for the same vault where nothing kept them
/// apart, and each must find its own again. The collection, because a service that does not show
/// that collection (another service took over the bus, or a database is not open) cannot say that
/// the key is lost, however honestly it finds nothing.
///
/// Written as `1 <key id> <object path>`. Empty when nothing is known, which finds any item.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// 16 hexadecimal digits.
    pub(super) key_id: Option<String>,
    pub(super) collection: Option<String>,
}

impl Place {
    pub(super) fn handle(&self) -> Vec<u8> {
        match self {
            Self { key_id: Some(key_id), collection: Some(collection) } => {
                let handle = format!("1 {key_id} {collection}").into_bytes();
                // No keyring has such a name, but a service may say what it likes.
                if handle.len() <= keyward::MAX_HANDLE_LEN { handle } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    /// What is not understood counts as nothing known.
    pub(super) fn of_handle(handle: &[u8]) -> Self {
        let parse = || {
            let mut parts = std::str::from_utf8(handle).ok()?.splitn(3, ' ');
            let (version, key_id, collection) = (parts.next()?, parts.next()?, parts.next()?);
            (version == "1" && is_key_id(key_id)).then(|| Self {
                key_id: Some(key_id.to_owned()),
                collection: Some(collection.to_owned()),
            })
        };
        parse().unwrap_or_default()
    }
}

/// Whether this is what [`attributes`] writes as `key-id`.
pub(super) fn is_key_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The attributes to search for: all items of a vault, or the one with this key id.
pub(super) fn attributes(vault: VaultId, key_id: Option<&str>) -> HashMap<&'static str, String> {
    let mut attributes =
        HashMap::from([("application", APPLICATION.to_owned()), ("vault-id", vault.to_string())]);
    if let Some(key_id) = key_id {
        attributes.insert("key-id", key_id.to_owned());
    }
    attributes
}

/// What a person reads in their keyring's list.
pub(super) fn label(name: &str) -> String {
    let mut shown: String =
        name.chars().take(100).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if name.chars().nth(100).is_some() {
        shown.push('…');
    }
    format!("Keyward vault {shown} (key)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_says_what_it_was_given() {
        let place = Place {
            key_id: Some("0123456789abcdef".to_owned()),
            collection: Some("/org/freedesktop/secrets/collection/login".to_owned()),
        };
        assert_eq!(Place::of_handle(&place.handle()), place);
        for nonsense in [&b""[..], b"1", b"1 ", b"1 zz /x", b"2 0123456789abcdef /x", b"\xff\xfe"] {
            assert_eq!(Place::of_handle(nonsense), Place::default());
        }
    }

    #[test]
    fn a_label_is_short_and_has_no_control_characters() {
        assert_eq!(label("tokens"), "Keyward vault tokens (key)");
        let long = label(&"\0ü".repeat(500));
        assert!(long.len() < 500 && !long.contains('\0'));
    }
}
