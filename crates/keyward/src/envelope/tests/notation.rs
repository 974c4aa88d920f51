//! CBOR in diagnostic notation (RFC 8949, section 8, with `<<...>>` for CBOR inside a byte string),
//! with the names of integer keys as comments.

use coset::cbor::Value;

use super::doc::Doc;
use super::hex;

pub(super) type Names = &'static [(i128, &'static str)];

pub(super) const NONE: Names = &[];
pub(super) const HEADER: Names = &[
    (1, "alg"),
    (16, "typ"),
    (-70_001, "version"),
    (-70_002, "vault id"),
    (-70_003, "epoch"),
    (-70_004, "empty"),
    (-70_005, "config"),
];
const CONFIG: Names = &[
    (1, "type"),
    (2, "device security"),
    (3, "lock after backgrounded"),
    (4, "unlock on load"),
    (5, "clear after too many failed attempts"),
    (6, "limit of failed attempts"),
    (7, "key"),
    (8, "prompt"),
];
const UNPROTECTED: Names = &[(5, "IV"), (-70_021, "checksum")];
pub(super) const SLOT: Names = &[
    (1, "alg"),
    (4, "kid"),
    (-70_011, "kind"),
    (-70_012, "provider"),
    (-70_013, "handle"),
    (-70_014, "argon2"),
];

fn value(bytes: &[u8]) -> Value {
    coset::cbor::from_reader(bytes).unwrap()
}

pub(super) fn item(bytes: &[u8], names: Names) -> String {
    show(&value(bytes), names, 0)
}

/// A whole sealed file.
pub(super) fn file(file: &Doc) -> String {
    let header = show(&value(&file.string("^/0")), HEADER, 2);
    let unprotected = show(&value(&file.raw("^/1")), UNPROTECTED, 1);
    let ciphertext = show(&value(&file.raw("^/2")), NONE, 1);
    let slot = show(&value(&file.raw("^/3/0/1")), SLOT, 3);
    let wrapped = show(&value(&file.raw("^/3/0/2")), NONE, 3);
    format!(
        "96([\n  <<\n    {header}\n  >>,\n  {unprotected},\n  {ciphertext},\n  [\n    [\n      \
         h'',\n      {slot},\n      {wrapped}\n    ]\n  ]\n])"
    )
}

fn show(value: &Value, names: Names, depth: usize) -> String {
    let indent = "  ".repeat(depth + 1);
    let close = "  ".repeat(depth);
    match value {
        Value::Integer(number) => i128::from(*number).to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Bytes(bytes) => format!("h'{}'", hex(bytes)),
        Value::Text(text) => format!("{text:?}"),
        Value::Tag(tag, inner) => format!("{tag}({})", show(inner, NONE, depth)),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| show(item, NONE, depth)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(pairs) => {
            let lines = pairs.iter().map(|(key, value)| {
                let key_text = show(key, NONE, depth);
                let number = key.as_integer().map(i128::from);
                let name = names.iter().find(|(label, _)| Some(*label) == number);
                let comment = name.map_or(String::new(), |(_, name)| format!("/ {name} / "));
                let below = if number == Some(-70_005) { CONFIG } else { NONE };
                let value = show(value, below, depth + 1);
                format!("{indent}{comment}{key_text}: {value}")
            });
            let lines: Vec<_> = lines.collect();
            format!("{{\n{}\n{close}}}", lines.join(",\n"))
        }
        other => panic!("the format has no {other:?}"),
    }
}
