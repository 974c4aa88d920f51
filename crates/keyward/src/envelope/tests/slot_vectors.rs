//! What can be wrong with the slots. Everything else about these files is right: the checksum, and
//! the seal over the wrong slots.

use std::sync::LazyLock;

use super::doc::{Case, Doc, bytes, int, text, uint};
use super::fixed;
use super::parts::Parts;
use super::recipe::{Recipe, Way, blank, device_store, passcode, place};
use super::vector::Vector;
use crate::config::{Config, VaultType};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = counts();
    all.extend(fields());
    all.extend(costs());
    all.extend(encodings());
    all
}

/// Two slots: a passcode with a device secret, and the device store.
static BASE: LazyLock<Parts> = LazyLock::new(|| {
    let device = place("secret-service", b"handle-0");
    let ways = [passcode(Some(device)), device_store()];
    Parts::of(&Recipe::new("slots").ways(ways).make())
});

fn damaged(name: &str, what: &str, edit: impl FnOnce(Doc) -> Doc) -> Vector {
    Vector::damaged(name, what, &BASE.clone().slots(edit).bytes())
}

fn counts() -> Vec<Vector> {
    let sixteen: Vec<Way> =
        (0..16).map(|n| Way::DeviceStore(place("secret-service", &[n]))).collect();
    let sixteen = Parts::of(&Recipe::new("slots-17").ways(sixteen).make());
    let another = Recipe::new("slots, another").make();
    let another = Doc(Parts::of(&another).recipients).raw("0");
    let fresh = blank("slots, blank", Config::new("b", VaultType::InMemory));
    let blank_slot = Doc(Parts::of(&fresh).recipients).raw("0");
    let empty = Parts::of(&Recipe::new("slots, empty").entries([]).make());
    vec![
        damaged("slots-none", "No slots.", |_| Doc(vec![0x80])),
        Vector::damaged(
            "slots-17",
            "One slot more than there may be.",
            &sixteen.slots(|doc| doc.push("", &another)).bytes(),
        ),
        damaged("slots-count-too-large", "A count of slots that the file cannot hold.", |doc| {
            Doc([&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &doc.0[1..]].concat())
        }),
        damaged("slots-id-twice", "Two slots with one id.", |doc| {
            let id = doc.raw("0/1/4");
            doc.set("1/1/4", &id)
        }),
        damaged("slots-same-twice", "One slot twice.", |doc| {
            let slot = doc.raw("0");
            doc.set("1", &slot)
        }),
        Vector::damaged(
            "slots-blank-beside-another",
            "A blank slot beside another, in a vault without entries.",
            &empty.slots(|doc| doc.push("", &blank_slot)).bytes(),
        ),
        Vector::damaged(
            "slots-blank-twice",
            "Two blank slots.",
            &Parts::of(&fresh)
                .slots(|doc| {
                    let other = Doc(blank_slot.clone());
                    let other = other.set("1/4", &bytes(&fixed::<16>("other id")));
                    doc.push("", &other.0)
                })
                .bytes(),
        ),
    ]
}

fn fields() -> Vec<Vector> {
    let extra = [int(-70_015), uint(0)].concat();
    let place_pairs = [int(-70_012), text("p"), int(-70_013), bytes(b"")];
    let cases: [Case<'_>; 36] = [
        ("slot-kind-4", "A kind that this version does not have.", &|doc| {
            doc.set("1/1/-70011", &uint(4))
        }),
        ("slot-kind-text", "A kind that is text.", &|doc| doc.set("1/1/-70011", &text("passcode"))),
        ("slot-kind-missing", "No kind.", &|doc| doc.remove("1/1/-70011")),
        ("slot-kind-0-with-place", "A blank slot with a provider.", &|doc| {
            doc.set("1/1/-70011", &uint(0))
        }),
        ("slot-kind-1-with-costs", "A device's slot with Argon2id costs.", &|doc| {
            doc.set("0/1/-70011", &uint(1))
        }),
        ("slot-kind-3-without-costs", "A passcode's slot without Argon2id costs.", &|doc| {
            doc.set("1/1/-70011", &uint(3))
        }),
        ("slot-alg-a128kw", "Another algorithm: A128KW.", &|doc| doc.set("1/1/1", &int(-3))),
        ("slot-alg-ecdh", "Another algorithm: ECDH-ES+A256KW.", &|doc| doc.set("1/1/1", &int(-31))),
        ("slot-alg-direct", "Another algorithm: direct.", &|doc| doc.set("1/1/1", &int(-6))),
        ("slot-alg-missing", "No algorithm.", &|doc| doc.remove("1/1/1")),
        ("slot-alg-repeated", "The algorithm twice: duplicate keys.", &|doc| doc.repeat("1/1/1")),
        ("slot-kid-15-bytes", "An id of 15 bytes.", &|doc| {
            doc.set("1/1/4", &bytes(&fixed::<15>("id")))
        }),
        ("slot-kid-17-bytes", "An id of 17 bytes.", &|doc| {
            doc.set("1/1/4", &bytes(&fixed::<17>("id")))
        }),
        ("slot-kid-missing", "No id.", &|doc| doc.remove("1/1/4")),
        ("slot-provider-empty", "A provider without a name.", &|doc| {
            doc.set("1/1/-70012", &text(""))
        }),
        ("slot-provider-65-bytes", "A provider's name of 65 bytes.", &|doc| {
            doc.set("1/1/-70012", &text(&"p".repeat(65)))
        }),
        ("slot-provider-not-utf-8", "A provider's name that is not UTF-8.", &|doc| {
            doc.set("1/1/-70012", &[0x61, 0x80])
        }),
        ("slot-provider-missing", "A handle without a provider.", &|doc| doc.remove("1/1/-70012")),
        ("slot-provider-repeated", "The provider twice.", &|doc| doc.repeat("1/1/-70012")),
        ("slot-handle-4097-bytes", "A handle of 4,097 bytes.", &|doc| {
            doc.set("1/1/-70013", &bytes(&[0; 4097]))
        }),
        ("slot-handle-text", "A handle that is text.", &|doc| {
            doc.set("1/1/-70013", &text("handle"))
        }),
        ("slot-handle-missing", "A provider without a handle.", &|doc| doc.remove("1/1/-70013")),
        ("slot-place-behind-costs", "Provider and handle behind the costs.", &|doc| {
            let doc = doc.remove("0/1/-70012").remove("0/1/-70013");
            doc.push("0/1", &place_pairs[..2].concat()).push("0/1", &place_pairs[2..].concat())
        }),
        ("slot-extra", "A pair that is not listed.", &|doc| doc.push("1/1", &extra)),
        (
            "slot-extra-in-place-of-costs",
            "A pair that is not listed in the place of the costs.",
            &|doc| doc.remove("0/1/-70014").push("0/1", &extra),
        ),
        ("slot-protected-map", "A protected header in a slot.", &|doc| {
            doc.set("1/0", &bytes(&[0xa0]))
        }),
        ("slot-protected-null", "Null in the place of a slot's protected header.", &|doc| {
            doc.set("1/0", &[0xf6])
        }),
        ("slot-wrapped-39-bytes", "A wrapped key of 39 bytes.", &|doc| {
            doc.set("1/2", &bytes(&fixed::<39>("wrapped")))
        }),
        ("slot-wrapped-41-bytes", "A wrapped key of 41 bytes.", &|doc| {
            doc.set("1/2", &bytes(&fixed::<41>("wrapped")))
        }),
        ("slot-wrapped-null", "No wrapped key.", &|doc| doc.set("1/2", &[0xf6])),
        ("slot-array-of-2", "A slot without a wrapped key.", &|doc| doc.remove("1/2")),
        ("slot-array-of-4", "A slot with recipients of its own.", &|doc| doc.push("1", &[0x80])),
        ("slot-salt-15-bytes", "A salt of 15 bytes.", &|doc| {
            doc.set("0/1/-70014/3", &bytes(&fixed::<15>("salt")))
        }),
        ("slot-salt-17-bytes", "A salt of 17 bytes.", &|doc| {
            doc.set("0/1/-70014/3", &bytes(&fixed::<17>("salt")))
        }),
        ("slot-argon2-array-of-3", "Costs without a salt.", &|doc| doc.remove("0/1/-70014/3")),
        ("slot-argon2-array-of-5", "Costs with something more.", &|doc| {
            doc.push("0/1/-70014", &uint(19))
        }),
    ];
    cases.map(|(name, what, edit)| damaged(name, what, edit)).into()
}

fn costs() -> Vec<Vector> {
    let cases: [(&str, usize, u64); 11] = [
        ("memory-below-minimum", 0, 19_455),
        ("memory-0", 0, 0),
        ("memory-above-cap", 0, 1_048_577),
        ("memory-32-bits", 0, u32::MAX as u64),
        ("memory-64-bits", 0, u64::MAX),
        ("memory-2-to-the-32-and-some", 0, (1 << 32) + 19_456),
        ("passes-below-minimum", 1, 1),
        ("passes-above-cap", 1, 17),
        ("passes-32-bits", 1, u32::MAX as u64),
        ("lanes-0", 2, 0),
        ("lanes-above-cap", 2, 5),
    ];
    let vectors = cases.map(|(name, place, value)| {
        let what = format!("Argon2id costs outside their bounds: {value} in place {place}.");
        let path = format!("0/1/-70014/{place}");
        damaged(&format!("costs-{name}"), &what, |doc| doc.set(&path, &uint(value)))
    });
    vectors.into()
}

fn encodings() -> Vec<Vector> {
    let mut all = Vec::new();
    let items = [
        ("", "recipients"),
        ("0", "array"),
        ("0/0", "protected"),
        ("0/1", "header"),
        ("0/1/1", "alg"),
        ("0/1/4", "kid"),
        ("0/1/-70011", "kind"),
        ("0/1/-70012", "provider"),
        ("0/1/-70013", "handle"),
        ("0/1/-70014", "argon2"),
        ("0/1/-70014/0", "memory"),
        ("0/1/-70014/3", "salt"),
        ("0/2", "wrapped"),
    ];
    for (path, name) in items {
        let long = format!("encoding-slot-{name}-long-head");
        let what = "A head that is longer than it need be.";
        all.push(damaged(&long, what, |doc| doc.longer(path)));
        if !matches!(name, "alg" | "kind" | "memory") {
            let indefinite = format!("encoding-slot-{name}-indefinite");
            let what = "An indefinite length.";
            all.push(damaged(&indefinite, what, |doc| doc.indefinite(path)));
        }
    }
    let orders = [
        ("0/1/1", "0/1/4", "alg"),
        ("0/1/-70012", "0/1/-70013", "provider"),
        ("0/1/-70013", "0/1/-70014", "handle"),
    ];
    for (path, next, name) in orders {
        let name = format!("encoding-slot-{name}-order");
        let what = "A pair exchanged with the next one.";
        all.push(damaged(&name, what, |doc| doc.exchange(path, next)));
    }
    let what = "A label whose head is longer than it need be.";
    let name = "encoding-slot-kind-label-long-head";
    all.push(damaged(name, what, |doc| doc.longer_key("0/1/-70011")));
    all
}
