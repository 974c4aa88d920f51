//! Recovery slots: files that open with them, and what can be wrong with them. The wrong ones are
//! right in every other way, the checksum and the seal included.

use std::sync::LazyLock;

use super::super::Keeper;
use super::super::fuzzing::with_new_checksum;
use super::doc::{Case, Doc, bytes, int, text, uint};
use super::fixed;
use super::parts::Parts;
use super::recipe::{Made, Recipe, Way, device_store, passcode, place};
use super::vector::{SlotKey, Vector};
use crate::recovery::{Recovery, RecoveryCode};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = opening();
    all.extend(versions());
    all.extend(keys_of_the_curve());
    all.extend(fields());
    all.extend(encodings());
    all.extend(exchanges());
    all.extend(wrong_keys());
    all
}

const CODE: Way = Way::Recovery(Keeper::Code);
const KEY: Way = Way::Recovery(Keeper::Key);

/// The device's slot, a code's and a key's.
fn made() -> Made {
    Recipe::new("recovery").ways([device_store(), CODE, KEY]).make()
}

static BASE: LazyLock<Parts> = LazyLock::new(|| Parts::of(&made()));

fn damaged(name: &str, what: &str, edit: impl FnOnce(Doc) -> Doc) -> Vector {
    Vector::damaged(&format!("recovery-{name}"), what, &BASE.clone().slots(edit).bytes())
}

fn opening() -> Vec<Vector> {
    let opens = |name: &str, what: &str, ways: &[Way]| {
        let name = format!("opens-recovery-{name}");
        Vector::opens(&name, what, &Recipe::new(&name).ways(ways).make())
    };
    let device = || Some(place("secret-service", b"handle-1"));
    vec![
        opens(
            "code",
            "A slot of the device's key store and one of a recovery code.",
            &[device_store(), CODE],
        ),
        opens(
            "key",
            "A slot of the device's key store and one of a recovery key.",
            &[device_store(), KEY],
        ),
        opens(
            "code-and-keys",
            "A passcode's slot between a code's and two keys'.",
            &[CODE, passcode(device()), KEY, KEY],
        ),
        opens("alone", "A recovery key's slot alone: a sealed copy.", &[KEY]),
        opens(
            "sixteen",
            "As many slots as there may be, all but one of them of recovery keys.",
            &[&[device_store()][..], &vec![KEY; 15]].concat(),
        ),
    ]
}

fn versions() -> Vec<Vector> {
    let one = BASE.clone().header(|doc| doc.set("-70001", &uint(1))).bytes();
    let without = BASE.clone().slots(|doc| doc.remove("2").remove("1")).bytes();
    vec![
        Vector::damaged(
            "recovery-in-version-1",
            "Slots of kinds 4 and 5 in a file that says that it is of version 1.",
            &one,
        ),
        Vector::damaged(
            "recovery-removed-in-version-2",
            "Version 2, and no slot left that takes it.",
            &without,
        ),
    ]
}

/// The order of the field, which is above every coordinate.
const P: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

/// What is no public key, in the place of each of a slot's two.
fn keys_of_the_curve() -> Vec<Vector> {
    let zero = bytes(&[0; 32]);
    let off = |doc: &Doc, path: &str| {
        let mut coordinate = doc.string(path);
        coordinate[31] ^= 1;
        bytes(&coordinate)
    };
    let cases: [(&str, &str, &dyn Fn(Doc, &str) -> Doc); 13] = [
        ("off-curve", "a point that is not on the curve", &|doc, key| {
            let y = off(&doc, &format!("{key}/-3"));
            doc.set(&format!("{key}/-3"), &y)
        }),
        (
            "zero",
            "x and y of zero, which some take for the point at infinity; it is not on the curve",
            &|doc, key| doc.set(&format!("{key}/-2"), &zero).set(&format!("{key}/-3"), &zero),
        ),
        ("x-is-p", "an x that is the order of the field, and not below it", &|doc, key| {
            doc.set(&format!("{key}/-2"), &bytes(&P))
        }),
        ("x-31-bytes", "an x of 31 bytes", &|doc, key| {
            let x = doc.string(&format!("{key}/-2"));
            doc.set(&format!("{key}/-2"), &bytes(&x[1..]))
        }),
        ("x-33-bytes", "an x of 33 bytes", &|doc, key| {
            let x = [&[0], &doc.string(&format!("{key}/-2"))[..]].concat();
            doc.set(&format!("{key}/-2"), &bytes(&x))
        }),
        ("y-is-a-sign", "a compressed point, whose y is a boolean", &|doc, key| {
            doc.set(&format!("{key}/-3"), &[0xf5])
        }),
        ("y-missing", "no y", &|doc, key| doc.remove(&format!("{key}/-3"))),
        ("x-missing", "no x", &|doc, key| doc.remove(&format!("{key}/-2"))),
        ("okp", "the key type OKP", &|doc, key| doc.set(&format!("{key}/1"), &int(1))),
        ("p-384", "the curve P-384", &|doc, key| doc.set(&format!("{key}/-1"), &int(2))),
        ("extra", "a pair that is not listed", &|doc, key| {
            doc.push(key, &[int(-4), bytes(&[1; 32])].concat())
        }),
        ("text", "text", &|doc, key| doc.set(key, &text("key"))),
        ("missing", "nothing", &|doc, key| doc.remove(key)),
    ];
    let mut all = Vec::new();
    for (key, path) in [("ephemeral-key", "1/1/-1"), ("recovery-key", "2/1/-70015")] {
        for (name, what, edit) in &cases {
            let what = format!("In the place of a slot's {}: {what}.", key.replace('-', " "));
            all.push(damaged(&format!("{key}-{name}"), &what, |doc| edit(doc, path)));
        }
    }
    all
}

fn fields() -> Vec<Vector> {
    let protected = |algorithm: i64| bytes(&[&[0xa1, 0x01][..], &int(algorithm)].concat());
    let alg = [uint(1), int(-31)].concat();
    let cases: [Case<'_>; 17] = [
        ("alg-ecdh-es-a128kw", "Another algorithm: ECDH-ES+A128KW.", &|doc| {
            doc.set("1/0", &protected(-29))
        }),
        ("alg-ecdh-es-hkdf", "Another algorithm: ECDH-ES+HKDF-256.", &|doc| {
            doc.set("1/0", &protected(-25))
        }),
        ("alg-ecdh-ss-a256kw", "Another algorithm: ECDH-SS+A256KW.", &|doc| {
            doc.set("1/0", &protected(-34))
        }),
        ("alg-a256kw", "Another algorithm in the protected header: A256KW.", &|doc| {
            doc.set("1/0", &protected(-5))
        }),
        ("alg-unprotected", "The algorithm in the unprotected header.", &|doc| {
            doc.set("1/0", &bytes(&[])).push_front("1/1", &alg)
        }),
        ("alg-twice", "The algorithm in both headers.", &|doc| doc.push_front("1/1", &alg)),
        ("protected-empty", "No algorithm.", &|doc| doc.set("1/0", &bytes(&[]))),
        ("protected-more", "A protected header with something more.", &|doc| {
            doc.set("1/0", &bytes(&[&[0xa2, 0x01][..], &int(-31), &uint(4), &uint(0)].concat()))
        }),
        ("protected-long-head", "An algorithm whose head is longer than it need be.", &|doc| {
            doc.set("1/0", &bytes(&[0xa1, 0x01, 0x39, 0x00, 0x1e]))
        }),
        ("protected-of-a-device", "A device's slot with the algorithm of recovery.", &|doc| {
            doc.set("0/0", &protected(-31))
        }),
        ("kind-6", "A kind that there is not.", &|doc| doc.set("1/1/-70011", &uint(6))),
        ("kind-3", "A passcode's kind.", &|doc| doc.set("1/1/-70011", &uint(3))),
        ("kind-of-a-device", "A device's slot that says that it is a code's.", &|doc| {
            doc.set("0/1/-70011", &uint(4))
        }),
        ("kid-missing", "No id.", &|doc| doc.remove("1/1/4")),
        ("id-twice", "Two slots with one id.", &|doc| {
            let id = doc.raw("1/1/4");
            doc.set("2/1/4", &id)
        }),
        ("extra", "A pair that is not listed.", &|doc| {
            doc.push("1/1", &[int(-70_016), uint(0)].concat())
        }),
        ("wrapped-41-bytes", "A wrapped key of 41 bytes.", &|doc| {
            doc.set("1/2", &bytes(&fixed::<41>("wrapped")))
        }),
    ];
    cases.map(|(name, what, edit)| damaged(name, what, edit)).into()
}

fn encodings() -> Vec<Vector> {
    let mut all = Vec::new();
    let items = [
        ("1/0", "protected"),
        ("1/1/-1", "ephemeral-key"),
        ("1/1/-1/1", "key-type"),
        ("1/1/-1/-1", "curve"),
        ("1/1/-1/-2", "x"),
        ("1/1/-70015", "recovery-key"),
    ];
    for (path, name) in items {
        let what = "A head that is longer than it need be.";
        all.push(damaged(&format!("{name}-long-item-head"), what, |doc| doc.longer(path)));
    }
    let orders = [
        ("1/1/4", "1/1/-1", "kid"),
        ("1/1/-1", "1/1/-70011", "ephemeral-key"),
        ("1/1/-1/-1", "1/1/-1/-2", "curve"),
    ];
    for (path, next, name) in orders {
        let what = "A pair exchanged with the next one.";
        all.push(damaged(&format!("{name}-order"), what, |doc| doc.exchange(path, next)));
    }
    all
}

/// Parts exchanged by somebody who has no key, and the checksum computed again.
fn exchanges() -> Vec<Vector> {
    let made = made();
    let file = Doc(made.bytes());
    let other = Recipe::new("recovery, another vault").ways([device_store(), CODE, KEY]).make();
    let other_file = Doc(other.bytes());
    let (device, code, key) = (&made.keys[0], &made.keys[1], &made.keys[2]);
    let at = |slot: usize, key: &SlotKey| SlotKey { slot, ..key.clone() };
    let swap = |a: &str, b: &str| {
        let (first, second) = (file.raw(a), file.raw(b));
        file.clone().set(a, &second).set(b, &first)
    };
    let wrong = |name: &str, what: &str, file: Doc, key: &SlotKey| {
        let bytes = with_new_checksum(file.0).unwrap();
        Vector::wrong_key(&format!("forged-recovery-{name}"), what, &bytes, key)
    };
    let inside = |name: &str, what: &str, file: Doc, key: &SlotKey| {
        let bytes = with_new_checksum(file.0).unwrap();
        Vector::damaged_inside(&format!("forged-recovery-{name}"), what, &bytes, key)
    };
    let slots = swap("^/3/1", "^/3/2");
    let own = file.clone().set("^/3/1/1/-70015", &other_file.raw("^/3/1/1/-70015"));
    let grafted = file.clone().set("^/3/1", &other_file.raw("^/3/1"));
    let stale = Vector::damaged(
        "flipped-recovery-slots-swapped",
        "The slots of a code and of a key exchanged, and the old checksum.",
        &slots.0,
    );
    vec![
        stale,
        inside("slots-swapped", "The slots of a code and of a key exchanged.", slots, &at(2, code)),
        wrong(
            "wrapped-keys-swapped",
            "The wrapped keys of two recovery slots exchanged.",
            swap("^/3/1/2", "^/3/2/2"),
            code,
        ),
        wrong(
            "ephemeral-keys-swapped",
            "The ephemeral keys of two recovery slots exchanged.",
            swap("^/3/1/1/-1", "^/3/2/1/-1"),
            key,
        ),
        wrong(
            "recovery-keys-swapped",
            "The recovery keys of two slots exchanged: they are part of the KEK.",
            swap("^/3/1/1/-70015", "^/3/2/1/-70015"),
            code,
        ),
        wrong(
            "kind-changed",
            "A code's slot that says that it is a key's: the kind is part of the KEK.",
            file.clone().set("^/3/1/1/-70011", &uint(5)),
            &as_private_key(code),
        ),
        inside(
            "key-of-an-attacker",
            "A recovery key of somebody else's in a code's slot, so that a careless writer would \
             wrap the next DEK for it. Opened by the device's slot: the seal tells.",
            own,
            device,
        ),
        wrong(
            "slot-of-another-vault",
            "A code's slot of another vault, opened with that code. The vault's id is part of the \
             KEK.",
            grafted.clone(),
            &other.keys[1],
        ),
        inside(
            "slot-of-another-vault-other-slot",
            "A code's slot of another vault; opened by a slot that stayed.",
            grafted,
            key,
        ),
        inside(
            "slot-removed",
            "A recovery key's slot removed; opened by the code's.",
            file.clone().remove("^/3/2"),
            code,
        ),
    ]
}

/// The private key that a code stands for, as a reader has it who was given no code.
fn as_private_key(code: &SlotKey) -> SlotKey {
    let recovery = Recovery::Code(RecoveryCode::parse(code.code.clone().unwrap()).unwrap());
    let private_key = Some(recovery.private_key().expose().into());
    SlotKey { code: None, private_key, ..code.clone() }
}

/// A file without a fault, and keys with one.
fn wrong_keys() -> Vec<Vector> {
    let made = made();
    let file = made.bytes();
    let other = Recipe::new("recovery, another").ways([CODE, KEY]).make();
    let code = SlotKey { code: other.keys[0].code.clone(), ..made.keys[1].clone() };
    let key = SlotKey { private_key: other.keys[1].private_key.clone(), ..made.keys[2].clone() };
    let none = SlotKey { code: None, ..made.keys[1].clone() };
    vec![
        Vector::wrong_key("wrong-recovery-code", "Another vault's recovery code.", &file, &code),
        Vector::wrong_key("wrong-recovery-key", "Another private key.", &file, &key),
        Vector::not_my_slot(
            "not-my-slot-no-recovery-code",
            "A reader without the recovery code.",
            &made,
            &none,
        ),
    ]
}
