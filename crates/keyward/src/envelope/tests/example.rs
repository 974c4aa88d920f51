//! The worked example of SPEC.md, written from a vault.

use std::fmt::Write;

use super::super::{Sealed, SlotKind, enc_structure};
use super::doc::Doc;
use super::hex;
use super::notation;
use super::parts::{Parts, padded};
use super::recipe::{Made, Recipe, json, passcode, place, raw};
use crate::config::{Config, VaultType};
use crate::crypto::{self, argon2id};
use crate::secret::Key;

pub(super) fn vault() -> Made {
    let mut config = Config::new("bank", VaultType::CustomPasscode);
    config.lock_after_backgrounded = Some(std::time::Duration::from_secs(60));
    config.clear_after_too_many_failed_attempts = true;
    config.prompt.insert("title".to_owned(), "Unlock".to_owned());
    let mut recipe = Recipe::new("worked example").config(config);
    recipe.epoch = 3;
    let entries =
        [json("session", r#"{"access":"a1b2","expires":1760000000}"#), raw("key", &[0, 1, 2, 3])];
    let device = place("secret-service", b"item 1");
    recipe.entries(entries).ways([passcode(Some(device))]).make()
}

fn long(text: &mut String, title: &str, bytes: &[u8]) {
    let lines = bytes.chunks(32).map(hex).collect::<Vec<_>>().join("\n");
    let len = bytes.len();
    write!(text, "{title} ({len} bytes):\n\n```hex\n{lines}\n```\n\n").unwrap();
}

fn diagnostic(text: &mut String, notation: &str) {
    write!(text, "```cbor-diag\n{notation}\n```\n\n").unwrap();
}

/// The section, from what a person brings to the whole file.
pub(super) fn text() -> String {
    let made = vault();
    let bytes = made.bytes();
    let file = Doc(bytes.clone());
    let sealed = Sealed::parse(&bytes).unwrap();
    let slot = &sealed.head.slots[0].header;
    let SlotKind::Passcode { params, .. } = &slot.kind else {
        panic!("the example has a passcode");
    };
    let typed = made.keys[0].passcode.clone().unwrap();
    let stretched = argon2id(typed.as_bytes(), &params.salt, params.costs).unwrap();
    let material = made.keys[0].material.as_ref().unwrap().bytes();
    let material = Key::from_slice(&material).unwrap();
    let kek = slot.derive_kek(sealed.head.header.vault, &[&stretched, &material]);
    let parts = Parts::of(&made);
    let mut info = vec![0x83];
    info.extend(super::doc::text("Keyward KEK"));
    info.extend(super::doc::bytes(&sealed.head.header.vault.0));
    info.extend(super::doc::bytes(&file.raw("^/3/0/1")));
    let aad = enc_structure(&parts.protected, &parts.recipients);

    let mut t = String::new();
    let values: [(&str, String); 5] = [
        ("passcode", format!("`{typed}`")),
        ("material", format!("`{}`", hex(material.expose()))),
        ("vault id", format!("`{}`", hex(&sealed.head.header.vault.0))),
        ("DEK", format!("`{}`", hex(made.dek.expose()))),
        ("IV", format!("`{}`", hex(&made.nonce))),
    ];
    t.push_str("| Given | |\n| --- | --- |\n");
    for (name, value) in values {
        writeln!(t, "| {name} | {value} |").unwrap();
    }
    t.push('\n');
    long(&mut t, "The slot header", &file.raw("^/3/0/1"));
    diagnostic(&mut t, &notation::item(&file.raw("^/3/0/1"), notation::SLOT));
    long(&mut t, "`stretched`, from the passcode", stretched.expose());
    let ikm = [stretched.expose(), material.expose()].concat();
    long(&mut t, "IKM, `stretched || material`", &ikm);
    long(&mut t, "`info`", &info);
    long(&mut t, "KEK", kek.expose());
    long(&mut t, "`wrapped`", &file.string("^/3/0/2"));
    long(&mut t, "The protected header", &parts.protected);
    diagnostic(&mut t, &notation::item(&parts.protected, notation::HEADER));
    long(&mut t, "`Enc_structure`, the associated data", &aad);
    long(&mut t, "The checksum, its SHA-256", &crypto::sha256(&aad));
    let map = made.content.map();
    long(&mut t, "The content map", map);
    diagnostic(&mut t, &notation::item(map, notation::NONE));
    let len = padded(map).len();
    let zeros = len - map.len();
    write!(t, "{zeros} zero bytes follow, so that the plain text has {len} bytes.\n\n").unwrap();
    long(&mut t, "The ciphertext with its tag", &file.string("^/2"));
    long(&mut t, "The file", &bytes);
    diagnostic(&mut t, &notation::file(&file));
    t
}
