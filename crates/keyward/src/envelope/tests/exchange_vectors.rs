//! Parts exchanged, within a file and between files, and keys that are not the right ones.

use super::super::fuzzing::with_new_checksum;
use super::damage_vectors::base;
use super::doc::{Doc, bytes};
use super::fixed;
use super::good_vectors::full_config;
use super::parts::Parts;
use super::recipe::{Made, Recipe, device_store, passcode};
use super::vector::{SlotKey, Vector};
use crate::secret::Key;

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = within_a_file();
    all.extend(between_vaults());
    all.extend(between_generations());
    all.extend(keys());
    all
}

/// With the old checksum, every exchange of slots is damage.
fn stale(name: &str, what: &str, file: &Doc) -> Vector {
    Vector::damaged(&format!("flipped-{name}"), what, &file.0)
}

/// With a new checksum, the slot does not yield.
fn wrong(name: &str, what: &str, file: Doc, key: &SlotKey) -> Vector {
    let bytes = with_new_checksum(file.0).unwrap();
    let what = format!("{what} The checksum was computed again.");
    Vector::wrong_key(&format!("forged-{name}"), &what, &bytes, key)
}

/// With a new checksum, the slot yields, and the seal does not.
fn inside(name: &str, what: &str, file: Doc, key: &SlotKey) -> Vector {
    let bytes = with_new_checksum(file.0).unwrap();
    let what = format!("{what} The checksum was computed again.");
    Vector::damaged_inside(&format!("forged-{name}"), &what, &bytes, key)
}

fn at(slot: usize, key: &SlotKey) -> SlotKey {
    let key = key.clone();
    SlotKey { slot, ..key }
}

fn within_a_file() -> Vec<Vector> {
    let made = base();
    let (passcode, device) = (&made.keys[0], &made.keys[1]);
    let file = Doc(made.bytes());
    let (slot0, slot1) = (file.raw("^/3/0"), file.raw("^/3/1"));
    let swapped = file.clone().set("^/3/0", &slot1).set("^/3/1", &slot0);
    let (wrapped0, wrapped1) = (file.raw("^/3/0/2"), file.raw("^/3/1/2"));
    let rewrapped = file.clone().set("^/3/0/2", &wrapped1);
    let rewrapped = rewrapped.set("^/3/1/2", &wrapped0);
    let fewer = file.clone().remove("^/3/0");
    let random = bytes(&fixed::<40>("a stranger's wrapped key"));
    let random = file.set("^/3/1/2", &random);

    let what = "The two slots exchanged.";
    let name = "slots-swapped";
    let mut all =
        vec![stale(name, what, &swapped), inside(name, what, swapped.clone(), &at(0, device))];
    let name = "slots-swapped-other-slot";
    all.push(inside(name, what, swapped, &at(1, passcode)));
    let what = "The wrapped keys of the two slots exchanged.";
    let name = "wrapped-keys-swapped";
    all.push(stale(name, what, &rewrapped));
    all.push(wrong(name, what, rewrapped, device));
    let what = "A slot removed.";
    let name = "slot-removed";
    all.push(stale(name, what, &fewer));
    all.push(inside(name, what, fewer, &at(0, device)));
    let what = "Random bytes as a wrapped key.";
    let name = "wrapped-key-random";
    all.push(stale(name, what, &random));
    all.push(wrong(name, what, random, device));
    all
}

fn between_vaults() -> Vec<Vector> {
    let made = base();
    let (passcode_key, device) = (&made.keys[0], &made.keys[1]);
    let file = Doc(made.bytes());
    let other = Recipe::new("damage, another vault").config(full_config());
    let other = other.ways([passcode(None), device_store()]).make();
    let other_file = Doc(other.bytes());
    let grafted = file.clone().set("^/3/1", &other_file.raw("^/3/1"));
    let all_grafted = file.clone().set("^/3", &other_file.raw("^/3"));
    let added = file.clone().push("^/3", &other_file.raw("^/3/0"));
    let headed = file.clone().set("^/0", &other_file.raw("^/0"));
    let content = file.set("^/2", &other_file.raw("^/2"));
    let content = content.set("^/1/5", &other_file.raw("^/1/5"));

    let what = "A slot of another vault in the place of one of this vault's; opened with that \
                other vault's material. The vault's id is part of the KEK.";
    let name = "slot-of-another-vault";
    let mut all =
        vec![stale(name, what, &grafted), wrong(name, what, grafted.clone(), &other.keys[1])];
    let what = "A slot of another vault in the place of one of this vault's; opened by the slot \
                that stayed.";
    let name = "slot-of-another-vault-other-slot";
    all.push(inside(name, what, grafted, passcode_key));
    let what = "All slots of another vault; opened with that vault's material.";
    let name = "all-slots-of-another-vault";
    all.push(stale(name, what, &all_grafted));
    all.push(wrong(name, what, all_grafted, &other.keys[1]));
    let what = "A slot of another vault added.";
    let name = "slot-added";
    all.push(stale(name, what, &added));
    all.push(inside(name, what, added, device));
    let what = "The protected header of another vault.";
    let name = "header-of-another-vault";
    all.push(stale(name, what, &headed));
    all.push(wrong(name, what, headed, device));
    let what = "Nonce and ciphertext of another vault.";
    let name = "content-of-another-vault";
    all.push(inside(name, what, content, device));
    all
}

/// A vault, and the same vault after a slot was revoked: another DEK, another epoch.
fn generations() -> (Made, Made) {
    let vault = Recipe::new("generations").ways([device_store(), passcode(None)]);
    let older = vault.make();
    let mut newer = vault.ways([device_store()]);
    newer.seed = "generations, after the change".to_owned();
    newer.epoch = 2;
    let mut made = newer.make();
    made.head.header.vault = older.head.header.vault;
    let header = made.head.slots[0].header.clone();
    let material = made.keys[0].material.as_ref().unwrap().bytes();
    let material = Key::from_slice(&material).unwrap();
    let kek = header.derive_kek(made.head.header.vault, &[&material]);
    made.head.slots = vec![header.wrap(&kek, &made.dek)];
    (older, made)
}

fn between_generations() -> Vec<Vector> {
    let (older, newer) = generations();
    let (older_file, file) = (Doc(older.bytes()), Doc(newer.bytes()));
    let revived = file.clone().set("^/3", &older_file.raw("^/3"));
    let headed = file.set("^/0", &older_file.raw("^/0"));
    let what = "The slots of an older copy of the same vault, one of them revoked since: the old \
                DEK comes out, and does not open the newer content.";
    let name = "revived-slots";
    let mut all = vec![stale(name, what, &revived), inside(name, what, revived, &older.keys[0])];
    let what = "The protected header of an older copy of the same vault.";
    let name = "older-header";
    all.push(stale(name, what, &headed));
    all.push(inside(name, what, headed, &newer.keys[0]));
    all
}

/// Files without a fault, and keys with one.
fn keys() -> Vec<Vector> {
    let made = base();
    let file = made.bytes();
    let (passcode, device) = (made.keys[0].clone(), made.keys[1].clone());
    let other_passcode = SlotKey { passcode: Some("2581".to_owned()), ..passcode.clone() };
    let other_secret = SlotKey { material: device.material.clone(), ..passcode.clone() };
    let without_secret = SlotKey { material: None, ..passcode.clone() };
    let without_passcode = SlotKey { passcode: None, ..passcode.clone() };
    let without_material = SlotKey { material: None, ..device.clone() };
    let other_material = SlotKey { material: passcode.material, ..device.clone() };
    let wrong = |name, what, key| Vector::wrong_key(name, what, &file, key);
    let not_mine = |name, what, key| Vector::not_my_slot(name, what, &made, key);
    let mut other = base();
    other.dek = Key::from_bytes(fixed("a DEK that no slot has"));
    vec![
        wrong("wrong-passcode", "A wrong passcode.", &other_passcode),
        wrong(
            "wrong-device-secret",
            "The right passcode, and a wrong device secret.",
            &other_secret,
        ),
        wrong("wrong-material", "Material of another slot.", &other_material),
        not_mine(
            "not-my-slot-passcode-alone",
            "The right passcode for a slot that has a device secret too: no KEK is derived \
             without the secret, and no attempt is counted.",
            &without_secret,
        ),
        not_mine(
            "not-my-slot-device-secret-alone",
            "The device secret of a passcode's slot, and no passcode.",
            &without_passcode,
        ),
        not_mine(
            "not-my-slot-no-material",
            "A reader without the protector that keeps the slot's material.",
            &without_material,
        ),
        Vector::damaged_inside(
            "content-sealed-by-another-key",
            "The slots wrap another DEK than the one that sealed the content.",
            &Parts::of(&other).bytes(),
            &device,
        ),
    ]
}
