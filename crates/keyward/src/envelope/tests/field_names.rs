//! What the items of a sealed file are called in the names of vectors.

const FILE: [(&str, &str); 9] = [
    ("", "tag"),
    ("^", "array"),
    ("^/0", "protected"),
    ("^/1", "unprotected"),
    ("^/1/5", "iv"),
    ("^/1/-70021", "checksum"),
    ("^/2", "ciphertext"),
    ("^/3", "recipients"),
    ("header", "header"),
];
const HEADER: [(&str, &str); 7] = [
    ("1", "alg"),
    ("16", "typ"),
    ("-70001", "version"),
    ("-70002", "vault-id"),
    ("-70003", "epoch"),
    ("-70004", "empty"),
    ("-70005", "config"),
];
const CONFIG: [(&str, &str); 8] = [
    ("1", "type"),
    ("2", "device-security"),
    ("3", "lock-after"),
    ("4", "unlock-on-load"),
    ("5", "clear-after"),
    ("6", "max-failed"),
    ("7", "key"),
    ("8", "prompt"),
];
const SLOT: [(&str, &str); 14] = [
    ("", "array"),
    ("/0", "protected"),
    ("/1", "header"),
    ("/1/1", "alg"),
    ("/1/4", "kid"),
    ("/1/-70011", "kind"),
    ("/1/-70012", "provider"),
    ("/1/-70013", "handle"),
    ("/1/-70014", "argon2"),
    ("/1/-70014/0", "memory"),
    ("/1/-70014/1", "passes"),
    ("/1/-70014/2", "lanes"),
    ("/1/-70014/3", "salt"),
    ("/2", "wrapped"),
];

/// The name of the item at `path`. The protected header's map is at `header`; the first slot is
/// the passcode's, the second the device's.
pub(super) fn name(path: &str) -> String {
    let found = |names: &[(&str, &str)], path: &str| {
        let found = names.iter().find(|(place, _)| *place == path);
        found.unwrap_or_else(|| panic!("{path:?} has a name")).1.to_owned()
    };
    if let Some(text) = path.strip_prefix("header/-70005/8/") {
        let text = if text.is_empty() { "empty" } else { text };
        format!("config-prompt-{text}")
    } else if let Some(path) = path.strip_prefix("header/-70005/") {
        format!("config-{}", found(&CONFIG, path))
    } else if let Some(path) = path.strip_prefix("header/") {
        format!("header-{}", found(&HEADER, path))
    } else if let Some(path) = path.strip_prefix("^/3/0") {
        format!("passcode-slot-{}", found(&SLOT, path))
    } else if let Some(path) = path.strip_prefix("^/3/1") {
        format!("device-slot-{}", found(&SLOT, path))
    } else {
        found(&FILE, path)
    }
}
