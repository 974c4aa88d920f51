//! Truncated and flipped: what happens to bytes on a bad disk, and, with the checksum computed
//! again, in an attacker's hands.

use std::collections::BTreeSet;

use super::super::fuzzing::with_new_checksum;
use super::doc::{Doc, Item};
use super::field_names::name;
use super::good_vectors::full_config;
use super::recipe::{Made, Recipe, device_store, passcode, place};
use super::vector::Vector;

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = truncated();
    all.extend(flipped());
    all
}

/// Every field of the format is in this vault.
pub(super) fn base() -> Made {
    let mut config = full_config();
    config.prompt.retain(|name, _| name.len() < 6);
    let device = place("secret-service", b"handle-0");
    let ways = [passcode(Some(device)), device_store()];
    Recipe::new("damage").config(config).ways(ways).make()
}

/// The items of a file, those inside the protected header included.
fn all_items(file: &Doc) -> Vec<Item> {
    let protected = file.value("^/0");
    let inside = Doc(file.string("^/0")).items().into_iter().map(|item| Item {
        path: match item.path.as_str() {
            "" => "header".to_owned(),
            path => format!("header/{path}"),
        },
        start: item.start + protected.head_end,
        head_end: item.head_end + protected.head_end,
        end: item.end + protected.head_end,
        ..item
    });
    let mut items = file.items();
    items.extend(inside);
    items
}

fn truncated() -> Vec<Vector> {
    let file = Doc(base().bytes());
    let end = file.0.len();
    let tag_start = file.value("^/2").end - 16;
    let mut cuts = vec![
        ("tag-bytes".to_owned(), 1),
        ("authentication-tag".to_owned(), tag_start),
        ("last-byte".to_owned(), end - 1),
    ];
    for item in all_items(&file) {
        let name = name(&item.path);
        if item.key {
            cuts.push((format!("{name}-label"), item.start));
        } else {
            cuts.push((name, item.start));
        }
    }
    let mut seen = BTreeSet::new();
    cuts.retain(|(_, len)| seen.insert(*len));
    let vectors = cuts.into_iter().map(|(name, len)| {
        Vector::damaged(
            &format!("truncated-before-{name}"),
            &format!("The first {len} of {end} bytes."),
            &file.0[..len],
        )
    });
    vectors.collect()
}

/// What a flipped bit comes to once the checksum has been computed again.
enum Then {
    /// It does not read.
    Unread,
    /// The passcode's slot gives another KEK; the device's slot yields, and the seal does not.
    PasscodeKek,
    /// The other way round.
    DeviceKek,
    /// No slot yields.
    EveryKek,
    /// The slots yield, and the seal does not.
    Seal,
}

/// The expected outcome, from the field's name alone, so that the engine is held against this
/// table and not against itself.
fn consequence(name: &str) -> Then {
    match name {
        "header-vault-id" => Then::EveryKek,
        "header-epoch"
        | "header-empty"
        | "config-type"
        | "config-device-security"
        | "config-lock-after"
        | "config-unlock-on-load"
        | "config-clear-after"
        | "config-key"
        | "config-prompt-empty"
        | "config-prompt-title"
        | "config-prompt-a-label"
        | "config-prompt-title-label" => Then::Seal,
        "passcode-slot-kid"
        | "passcode-slot-provider"
        | "passcode-slot-handle"
        | "passcode-slot-memory"
        | "passcode-slot-passes"
        | "passcode-slot-lanes"
        | "passcode-slot-salt"
        | "passcode-slot-wrapped" => Then::PasscodeKek,
        "device-slot-kid"
        | "device-slot-provider"
        | "device-slot-handle"
        | "device-slot-wrapped" => Then::DeviceKek,
        _ => Then::Unread,
    }
}

fn flipped() -> Vec<Vector> {
    let made = base();
    let file = Doc(made.bytes());
    let mut all = Vec::new();
    for item in all_items(&file) {
        let name = name(&item.path);
        let is_container = matches!(file.0[item.start] >> 5, 4..=6);
        let is_string = matches!(file.0[item.start] >> 5, 2 | 3);
        let (first, last) = (item.start, item.end - 1);
        if item.key {
            structural(&mut all, &made, &format!("{name}-label"), last);
        } else {
            if is_container || is_string || first != last {
                structural(&mut all, &made, &format!("{name}-head"), first);
            }
            let has_body = !is_string || item.end > item.head_end;
            if has_body && !is_container && name != "protected" {
                // 1 lane becomes 3 rather than none, so that the slot still reads.
                let mask = if name.ends_with("-lanes") { 2 } else { 1 };
                field(&mut all, &made, &name, last, mask);
            }
        }
    }
    let ciphertext = file.value("^/2");
    let tag = file.value("").start + 1;
    structural(&mut all, &made, "tag-number", tag);
    structural(&mut all, &made, "passcode-slot-lanes-to-0", lanes(&file));
    field(&mut all, &made, "ciphertext-first", ciphertext.head_end, 1);
    field(&mut all, &made, "ciphertext-last", ciphertext.end - 17, 1);
    all.push(version_flipped(&file));
    all
}

fn lanes(file: &Doc) -> usize {
    file.value("^/3/0/1/-70014/2").start
}

fn version_flipped(file: &Doc) -> Vector {
    let inside = Doc(file.string("^/0")).value("-70001").start;
    let mut flipped = file.0.clone();
    flipped[file.value("^/0").head_end + inside] ^= 2;
    let what = "The version, changed from 1 to 3. It comes before everything else, the checksum \
                included, so this one flip looks like a newer version.";
    Vector::too_new("flipped-header-version-to-3", what, &flipped, 3)
}

/// A flip in a label or a head, with a new checksum where the file still has a place for one.
fn structural(all: &mut Vec<Vector>, made: &Made, name: &str, at: usize) {
    let mut flipped = made.bytes();
    flipped[at] ^= 1;
    let what = format!("Byte {at} of the file, changed by 0x01.");
    if let Some(bytes) = with_new_checksum(flipped.clone()) {
        forged(all, made, name, &what, &bytes);
    } else {
        let name = format!("flipped-{name}");
        all.push(Vector::damaged(&name, &what, &flipped));
    }
}

/// A flip in a value, with the old checksum and with a new one.
fn field(all: &mut Vec<Vector>, made: &Made, name: &str, at: usize, mask: u8) {
    let mut flipped = made.bytes();
    flipped[at] ^= mask;
    let what = format!("Byte {at} of the file, changed by {mask:#04x}.");
    let stale = format!("flipped-{name}");
    if name == "iv" || name.starts_with("ciphertext") {
        let what = format!("{what} The checksum does not cover it; the seal does.");
        let device = &made.keys[1];
        all.push(Vector::damaged_inside(&stale, &what, &flipped, device));
        return;
    }
    all.push(Vector::damaged(&stale, &what, &flipped));
    if name != "checksum" {
        let bytes = with_new_checksum(flipped).unwrap();
        forged(all, made, name, &what, &bytes);
    }
}

fn forged(all: &mut Vec<Vector>, made: &Made, name: &str, what: &str, bytes: &[u8]) {
    let what = format!("{what} The checksum was computed again.");
    let (passcode, device) = (&made.keys[0], &made.keys[1]);
    let then = consequence(name);
    let name = format!("forged-{name}");
    let other = format!("{name}-other-slot");
    let wrong = Vector::wrong_key;
    let inside = Vector::damaged_inside;
    match then {
        Then::Unread => all.push(Vector::damaged(&name, &what, bytes)),
        Then::Seal => all.push(inside(&name, &what, bytes, device)),
        Then::PasscodeKek => {
            all.push(wrong(&name, &what, bytes, passcode));
            all.push(inside(&other, &what, bytes, device));
        }
        Then::DeviceKek => {
            all.push(wrong(&name, &what, bytes, device));
            all.push(inside(&other, &what, bytes, passcode));
        }
        Then::EveryKek => {
            all.push(wrong(&name, &what, bytes, device));
            all.push(wrong(&other, &what, bytes, passcode));
        }
    }
}
