//! What can be wrong with the protected header and the configuration in it. Everything else about
//! these files is right: the checksum, and the seal over the wrong header.

use super::doc::{Case, Doc, bytes, int, tagged, text, uint};
use super::fixed;
use super::good_vectors::full_config;
use super::parts::Parts;
use super::recipe::{Recipe, blank};
use super::vector::Vector;
use crate::config::{Config, VaultType};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = fields();
    all.extend(configs());
    all.extend(encodings());
    all.extend(empty_flags());
    all
}

pub(super) fn base() -> Parts {
    Parts::of(&Recipe::new("header").config(full_config()).make())
}

fn edited(edit: impl FnOnce(Doc) -> Doc) -> Vec<u8> {
    base().header(edit).bytes()
}

fn damaged(name: &str, what: &str, edit: impl FnOnce(Doc) -> Doc) -> Vector {
    Vector::damaged(name, what, &edited(edit))
}

fn fields() -> Vec<Vector> {
    let bad: [Case<'_>; 17] = [
        ("header-alg-aes-gcm", "Another algorithm: A256GCM.", &|doc| doc.set("1", &uint(3))),
        ("header-alg-missing", "No algorithm.", &|doc| doc.remove("1")),
        ("header-alg-repeated", "The algorithm twice.", &|doc| doc.repeat("1")),
        ("header-typ-other", "Another type.", &|doc| doc.set("16", &text("application/cose"))),
        ("header-typ-missing", "No type.", &|doc| doc.remove("16")),
        ("header-crit-added", "A label of COSE that this profile does not have.", &|doc| {
            doc.push("", &[uint(2), vec![0x81, 1]].concat())
        }),
        ("header-extra", "A label of nobody, in its right place.", &|doc| {
            doc.push("", &[int(-70_006), uint(0)].concat())
        }),
        ("header-vault-id-15-bytes", "A vault id of 15 bytes.", &|doc| {
            doc.set("-70002", &bytes(&fixed::<15>("id")))
        }),
        ("header-vault-id-17-bytes", "A vault id of 17 bytes.", &|doc| {
            doc.set("-70002", &bytes(&fixed::<17>("id")))
        }),
        ("header-vault-id-repeated", "The vault id twice.", &|doc| doc.repeat("-70002")),
        ("header-epoch-negative", "An epoch below zero.", &|doc| doc.set("-70003", &int(-1))),
        ("header-epoch-bignum", "An epoch beyond 64 bits, as a bignum.", &|doc| {
            doc.set("-70003", &tagged(2, &bytes(&[1, 0, 0, 0, 0, 0, 0, 0, 0])))
        }),
        ("header-empty-number", "A number for whether the vault is empty.", &|doc| {
            doc.set("-70004", &uint(0))
        }),
        ("header-empty-null", "Null for whether the vault is empty.", &|doc| {
            doc.set("-70004", &[0xf6])
        }),
        ("header-config-missing", "No configuration.", &|doc| doc.remove("-70005")),
        ("header-trailing-zero", "A byte behind the header's map.", &|doc| {
            Doc([&doc.0[..], &[0]].concat())
        }),
        ("header-array", "An array in the place of the header's map.", &|_| Doc(vec![0x80])),
    ];
    bad.map(|(name, what, edit)| damaged(name, what, edit)).into()
}

fn configs() -> Vec<Vector> {
    let with = |pairs: usize| {
        let mut config = Config::new("prompts", VaultType::SecureStorage);
        for n in 0..pairs {
            config.prompt.insert(format!("{n:02}"), String::new());
        }
        config
    };
    let prompt = |name: &str, value: &str| [text(name), text(value)].concat();
    let bad: [Case<'_>; 26] = [
        ("config-type-4", "A type that is not listed.", &|doc| doc.set("-70005/1", &uint(4))),
        ("config-type-negative", "A type below zero.", &|doc| doc.set("-70005/1", &int(-1))),
        ("config-device-security-4", "A device security that is not listed.", &|doc| {
            doc.set("-70005/2", &uint(4))
        }),
        (
            "config-device-security-none",
            "A DeviceSecurity vault for which the device asks nothing.",
            &|doc| doc.set("-70005/2", &uint(0)),
        ),
        ("config-lock-after-too-long", "A millisecond more than ten years.", &|doc| {
            doc.set("-70005/3", &uint(316_224_000_001))
        }),
        ("config-lock-after-max", "As many milliseconds as 64 bits have.", &|doc| {
            doc.set("-70005/3", &uint(u64::MAX))
        }),
        ("config-lock-after-null", "Null for never.", &|doc| doc.set("-70005/3", &[0xf6])),
        ("config-lock-after-float", "Milliseconds as a floating-point number.", &|doc| {
            doc.set("-70005/3", &[0xf9, 0x3c, 0])
        }),
        ("config-unlock-on-load-number", "A number for a boolean.", &|doc| {
            doc.set("-70005/4", &uint(1))
        }),
        ("config-max-failed-0", "No failed attempts allowed.", &|doc| {
            doc.set("-70005/6", &uint(0))
        }),
        ("config-max-failed-1001", "More failed attempts than may be configured.", &|doc| {
            doc.set("-70005/6", &uint(1001))
        }),
        ("config-max-failed-2-to-the-32", "A limit that is 1 in 32 bits.", &|doc| {
            doc.set("-70005/6", &uint((1 << 32) + 1))
        }),
        ("config-key-empty", "No name.", &|doc| doc.set("-70005/7", &text(""))),
        ("config-key-too-long", "A name of 1,025 bytes.", &|doc| {
            doc.set("-70005/7", &text(&"k".repeat(1025)))
        }),
        ("config-key-bytes", "A name that is a byte string.", &|doc| {
            doc.set("-70005/7", &bytes(b"key"))
        }),
        ("config-key-not-utf-8", "A name that is not UTF-8.", &|doc| {
            doc.set("-70005/7", &[0x62, 0xc3, 0x28])
        }),
        ("config-key-surrogate", "A name with a surrogate, in UTF-8's scheme.", &|doc| {
            doc.set("-70005/7", &[0x63, 0xed, 0xa0, 0x80])
        }),
        ("config-key-missing", "No name, not even an empty one.", &|doc| doc.remove("-70005/7")),
        ("config-key-repeated", "The name twice: duplicate keys in the configuration.", &|doc| {
            doc.repeat("-70005/7")
        }),
        ("config-count-too-small", "A count that is one less than the pairs.", &|doc| {
            let mut config = doc.raw("-70005");
            config[0] -= 1;
            doc.set("-70005", &config)
        }),
        ("config-extra", "A ninth pair.", &|doc| doc.push("-70005", &[uint(9), uint(0)].concat())),
        ("config-prompt-name-too-long", "The name of a prompt text of 65 bytes.", &|doc| {
            doc.push("-70005/8", &prompt(&"n".repeat(65), ""))
        }),
        ("config-prompt-text-too-long", "A prompt text of 1,025 bytes.", &|doc| {
            doc.set("-70005/8/title", &text(&"t".repeat(1025)))
        }),
        ("config-prompt-text-bytes", "A prompt text that is a byte string.", &|doc| {
            doc.set("-70005/8/title", &bytes(b"Unlock"))
        }),
        ("config-prompt-repeated", "A prompt text twice: duplicate keys.", &|doc| {
            doc.repeat("-70005/8/title")
        }),
        (
            "config-prompt-order",
            "Prompt texts in the order of their letters, not of their encodings.",
            &|doc| doc.exchange("-70005/8/title", "-70005/8/cancel"),
        ),
    ];
    let mut all: Vec<_> = bad.map(|(name, what, edit)| damaged(name, what, edit)).into();
    let full = Parts::of(&Recipe::new("prompts").config(with(32)).make());
    let one_more = full.header(|doc| doc.push("-70005/8", &prompt("32", "")));
    let what = "33 prompt texts.";
    all.push(Vector::damaged("config-prompt-33", what, &one_more.bytes()));
    all
}

fn encodings() -> Vec<Vector> {
    let mut all = Vec::new();
    let items = [
        ("", "map"),
        ("1", "alg"),
        ("16", "typ"),
        ("-70002", "vault-id"),
        ("-70003", "epoch"),
        ("-70005", "config"),
        ("-70005/1", "config-type"),
        ("-70005/3", "config-lock-after"),
        ("-70005/7", "config-key"),
        ("-70005/8", "config-prompt"),
        ("-70005/8/title", "config-prompt-text"),
    ];
    for (path, name) in items {
        let long = format!("encoding-header-{name}-long-head");
        let what = "A head that is longer than it need be.";
        all.push(damaged(&long, what, |doc| doc.longer(path)));
        if !matches!(name, "alg" | "epoch" | "config-type" | "config-lock-after") {
            let indefinite = format!("encoding-header-{name}-indefinite");
            let what = "An indefinite length.";
            all.push(damaged(&indefinite, what, |doc| doc.indefinite(path)));
        }
    }
    let keys = [
        ("1", "alg"),
        ("-70001", "version"),
        ("-70005/1", "config-type"),
        ("-70005/8/title", "config-prompt-name"),
    ];
    for (path, name) in keys {
        let name = format!("encoding-header-{name}-key-long-head");
        let what = "A key whose head is longer than it need be.";
        all.push(damaged(&name, what, |doc| doc.longer_key(path)));
    }
    let orders = [
        ("1", "16", "alg"),
        ("16", "-70001", "typ"),
        ("-70002", "-70003", "vault-id"),
        ("-70005/1", "-70005/2", "config-type"),
        ("-70005/7", "-70005/8", "config-key"),
    ];
    for (path, next, name) in orders {
        let name = format!("encoding-header-{name}-order");
        let what = "A pair exchanged with the next one.";
        all.push(damaged(&name, what, |doc| doc.exchange(path, next)));
    }
    all
}

fn empty_flags() -> Vec<Vector> {
    let full = Recipe::new("empty-flag").make();
    let empty = Recipe::new("empty-flag").entries([]).make();
    let flag = |made, value: u8| Parts::of(made).header(|doc| doc.set("-70004", &[value]));
    let fresh = blank("empty-flag", Config::new("b", VaultType::CustomPasscode));
    vec![
        Vector::damaged_inside(
            "empty-flag-true-with-entries",
            "The header says that there are no entries, and there are.",
            &flag(&full, 0xf5).bytes(),
            &full.keys[0],
        ),
        Vector::damaged_inside(
            "empty-flag-false-without-entries",
            "The header says that there are entries, and there are none.",
            &flag(&empty, 0xf4).bytes(),
            &empty.keys[0],
        ),
        Vector::damaged(
            "empty-flag-false-blank-slot",
            "A blank slot in a vault whose header says that there are entries.",
            &flag(&fresh, 0xf4).bytes(),
        ),
    ]
}
