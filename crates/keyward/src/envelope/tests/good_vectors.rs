//! Files that open, and files that are blank.

use std::time::Duration;

use super::super::SlotKind;
use super::super::content::{Content, TAG_JSON, padded_len};
use super::doc::{Doc, bytes, tagged};
use super::parts::padded;
use super::recipe::{Recipe, Way, blank, content, device_store, json, passcode, place, raw};
use super::vector::Vector;
use crate::config::{Config, DeviceSecurity, VaultType};
use crate::crypto::{Argon2Costs, MAX_ARGON2_LANES, MAX_ARGON2_MEMORY_KIB, MAX_ARGON2_PASSES};
use crate::secret::Guarded;

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = slots();
    all.extend(configurations());
    all.extend(entries());
    all.extend(paddings());
    all
}

fn opens(name: &str, description: &str, recipe: &Recipe) -> Vector {
    Vector::opens(name, description, &recipe.make())
}

/// A vault that a passcode with a device secret opens, for use here and in whole files.
pub(super) fn passcode_with_device(seed: &str) -> Recipe {
    Recipe::new(seed)
        .config(Config::new("example", VaultType::CustomPasscode))
        .ways([passcode(Some(place("secret-service", b"handle-1")))])
}

/// A vault with every field of the configuration at work.
pub(super) fn full_config() -> Config {
    let mut config = Config::new("Tresor Zürich 🔐", VaultType::DeviceSecurity);
    config.device_security = DeviceSecurity::Both;
    config.lock_after_backgrounded = Some(Duration::from_millis(90_000));
    config.unlock_on_load = true;
    config.clear_after_too_many_failed_attempts = true;
    config.max_failed_attempts = 1000;
    for (name, text) in [
        ("title", "Unlock"),
        ("cancel", "Not now"),
        ("a", ""),
        ("", "the empty name"),
        ("subtitle", "Entsperren, déverrouiller, 開ける"),
    ] {
        config.prompt.insert(name.to_owned(), text.to_owned());
    }
    config
}

/// A vault whose entries are one of each kind.
pub(super) fn every_value(seed: &str) -> Recipe {
    Recipe::new(seed).entries([
        json("null", "null"),
        json("true", "true"),
        json("false", "false"),
        json("integer", "-0"),
        json("big integer", "123456789012345678901234567890"),
        json("fraction", "1.50"),
        json("exponent", "6.02E+23"),
        json("string", r#""quote \" slash \/ \u00e9 é 🔐""#),
        json("empty string", r#""""#),
        json("array", "[ 1, [2], {} ]"),
        json("object", r#"{"b":1,"a":2,"a":3}"#),
        json("white space", " \t\r\n {\n  \"a\" : 1\n}\n"),
        raw("no bytes", b""),
        raw("bytes", &(0..=255).collect::<Vec<u8>>()),
        raw("bytes that look like JSON", b"{}"),
        raw("bytes that look like CBOR", &[0xd9, 0x01, 0x06, 0x41, 0x30]),
    ])
}

fn slots() -> Vec<Vector> {
    let device = || Some(place("secret-service", b"handle-1"));
    let user = || Way::UserVerification(place("webauthn-prf", &[0xa5; 64]));
    let at_default = Way::Passcode {
        passcode: "correct horse battery staple".to_owned(),
        costs: Argon2Costs::DEFAULT,
        device: None,
    };
    let long_passcode = Way::Passcode {
        passcode: "пароль 🔑 e\u{301}".repeat(40),
        costs: Argon2Costs { lanes: 4, ..Argon2Costs::MINIMUM },
        device: None,
    };
    let passcode_vault =
        |seed: &str| Recipe::new(seed).config(Config::new("example", VaultType::CustomPasscode));
    let limits = [
        Way::DeviceStore(place("p", b"")),
        Way::DeviceStore(place(&"p".repeat(64), &[0x5a; 4096])),
    ];
    let sixteen: Vec<Way> =
        (0..16).map(|n| Way::DeviceStore(place("secret-service", &[n]))).collect();
    let every = [user(), passcode(None), device_store(), passcode(device()), device_store()];
    vec![
        opens(
            "opens-device-store",
            "One slot of the device's key store.",
            &Recipe::new("device-store"),
        ),
        opens(
            "opens-user-verification",
            "One slot that the device releases when it has verified a person.",
            &Recipe::new("user-verification").ways([user()]),
        ),
        opens(
            "opens-passcode-with-device-secret",
            "A passcode, combined with a device secret.",
            &passcode_with_device("passcode-with-device"),
        ),
        opens(
            "opens-passcode-alone",
            "A passcode without a device secret.",
            &passcode_vault("passcode-alone").ways([passcode(None)]),
        ),
        opens(
            "opens-passcode-default-costs",
            "A passcode at the default Argon2id costs: 64 MiB, 3 passes, 1 lane.",
            &passcode_vault("passcode-default-costs").ways([at_default]),
        ),
        opens(
            "opens-passcode-unicode-four-lanes",
            "A long passcode that is not ASCII and not normalised, stretched in four lanes.",
            &passcode_vault("passcode-unicode").ways([long_passcode]),
        ),
        opens(
            "opens-several-slots",
            "Five slots of every kind; each opens the vault.",
            &Recipe::new("several-slots").ways(every),
        ),
        opens(
            "opens-sixteen-slots",
            "As many slots as there may be.",
            &Recipe::new("sixteen-slots").ways(sixteen),
        ),
        opens(
            "opens-slot-limits",
            "The shortest and the longest provider and handle.",
            &Recipe::new("slot-limits").ways(limits),
        ),
        highest_costs(),
    ]
}

/// The costs are read, and nobody pays them.
fn highest_costs() -> Vector {
    let ways = [passcode(None), device_store()];
    let mut made = Recipe::new("highest-costs").ways(ways).make();
    if let SlotKind::Passcode { params, .. } = &mut made.head.slots[0].header.kind {
        params.costs = Argon2Costs {
            memory_kib: MAX_ARGON2_MEMORY_KIB,
            passes: MAX_ARGON2_PASSES,
            lanes: MAX_ARGON2_LANES,
        };
    }
    made.keys.remove(0);
    let what = "The highest Argon2id costs that are accepted, in the first slot. The vault is \
                opened by the second: no passcode opens the first, because making it would have \
                cost as much as opening it.";
    Vector::opens("opens-highest-costs", what, &made)
}

fn configurations() -> Vec<Vector> {
    let mut limits = Config::new("k".repeat(1024), VaultType::DeviceSecurity);
    limits.device_security = DeviceSecurity::SystemPasscode;
    limits.lock_after_backgrounded = Some(crate::config::MAX_LOCK_AFTER);
    limits.max_failed_attempts = 1;
    for n in 0..32 {
        let name = format!("{n:02}{}", "n".repeat(62));
        limits.prompt.insert(name, "t".repeat(1024));
    }
    let mut at_once = Config::new("k", VaultType::DeviceSecurity);
    at_once.device_security = DeviceSecurity::Biometrics;
    at_once.lock_after_backgrounded = Some(Duration::ZERO);
    let epoch = |seed: &str, epoch| Recipe { epoch, ..Recipe::new(seed) };
    let last_epoch = epoch("last-epoch", u64::MAX)
        .config(Config::new("example", VaultType::CustomPasscode))
        .ways([passcode(None)]);
    let mut blank_config = Config::new("fresh", VaultType::CustomPasscode);
    blank_config.max_failed_attempts = 7;
    let config = |seed: &str, config| Recipe::new(seed).config(config);
    vec![
        opens(
            "opens-config-every-field",
            "Every field of the configuration, with prompt texts whose order is by length.",
            &config("config-every-field", full_config()),
        ),
        opens(
            "opens-config-limits",
            "Every field of the configuration as large as it may be.",
            &config("config-limits", limits),
        ),
        opens(
            "opens-config-lock-at-once",
            "Lock after backgrounded is 0, which is not the same as absent.",
            &config("config-lock-at-once", at_once),
        ),
        opens(
            "opens-last-epoch",
            "An epoch that needs all 64 bits: this vault's slots and configuration cannot change.",
            &last_epoch,
        ),
        opens(
            "opens-epoch-0",
            "Epoch 0, which a writer has no reason to write and a reader takes.",
            &epoch("epoch-0", 0),
        ),
        Vector::blank(
            "blank-custom-passcode",
            "A vault that was created and has no passcode yet.",
            &blank("blank", blank_config),
        ),
        Vector::blank(
            "blank-in-memory",
            "A vault that keeps its entries in memory only.",
            &blank("blank-in-memory", Config::new("m", VaultType::InMemory)),
        ),
    ]
}

fn entries() -> Vec<Vector> {
    let names = [
        raw("", b"the empty name"),
        raw("\u{0}", b"U+0000"),
        raw("b", b"a shorter name comes first"),
        raw("aa", b"whatever its letters"),
        raw("é", b"composed"),
        raw("e\u{301}", b"decomposed: another name"),
        raw("\u{ffff}\u{10ffff}", b"not characters, but text"),
        raw(&"n".repeat(23), b"the longest name with a head of one byte"),
        raw(&"n".repeat(24), b"two bytes"),
        raw(&"n".repeat(255), b"two bytes"),
        raw(&"n".repeat(256), b"three bytes"),
        raw(&"\u{1f510}".repeat(256), b"1,024 bytes"),
    ];
    let many: Vec<_> =
        (0..300).map(|n| json(&format!("entry {n}"), &format!(r#"{{"n":{n}}}"#))).collect();
    let lengths = [23, 24, 255, 256, 65_535, 65_536];
    let lengths = lengths.map(|len| raw(&format!("{len} bytes"), &vec![0x55; len]));
    vec![
        opens(
            "opens-empty",
            "A vault with a key and without entries.",
            &Recipe::new("empty").entries([]),
        ),
        opens(
            "opens-every-value",
            "Every JSON type, its text kept as it is, and bytes.",
            &every_value("every-value"),
        ),
        json_that_does_not_read(),
        opens(
            "opens-names",
            "Names from 0 to 1,024 bytes, in the order of their encodings.",
            &Recipe::new("names").entries(names),
        ),
        opens(
            "opens-many-entries",
            "300 entries: the map's head has three bytes.",
            &Recipe::new("many-entries").entries(many),
        ),
        opens(
            "opens-value-lengths",
            "Values on both sides of every length of a head.",
            &Recipe::new("value-lengths").entries(lengths),
        ),
    ]
}

/// Text under the JSON tag that is no JSON, from a writer with a fault.
fn json_that_does_not_read() -> Vector {
    let texts = ["", "{", "1 2", "\u{feff}1", "1\u{0}"];
    let names = ["a", "b", "c", "d", "e"];
    let mut made =
        Recipe::new("json-that-does-not-read").entries(names.map(|name| json(name, "null"))).make();
    let mut map = Doc(made.content.map().to_vec());
    for (name, text) in names.iter().zip(texts) {
        map = map.set(name, &tagged(TAG_JSON, &bytes(text.as_bytes())));
    }
    made.content = Content::decode(Guarded::new(padded(&map.0).into())).unwrap();
    let what = "Text that does not read as JSON under the tag for JSON: nothing, half a value, two \
                values, a byte order mark, a zero byte. The file opens; the entries are wrong.";
    Vector::opens("opens-json-that-does-not-read", what, &made)
}

/// Contents whose maps are just below, at, and just above a padded length.
fn paddings() -> Vec<Vector> {
    let one = [255, 256, 257, 272, 273, 511, 512, 513, 544, 545, 65_536, 65_537];
    let vectors = one.map(|len| {
        let recipe = Recipe::new(&format!("padding-{len}")).entries([filler(len)]);
        let made = recipe.make();
        assert_eq!(made.content.map().len(), len);
        let padded = padded_len(len);
        Vector::opens(
            &format!("opens-padding-{len}"),
            &format!("A content map of {len} bytes, padded to {padded}."),
            &made,
        )
    });
    vectors.into()
}

/// One entry that makes a content map of `len` bytes.
fn filler(len: usize) -> (String, crate::Value) {
    let entry = |value: usize| raw("filler", &vec![b'.'; value]);
    let fits = |value: &usize| content(&[entry(*value)]).map().len() == len;
    entry((0..len).rev().find(fits).expect("there is such a length"))
}
