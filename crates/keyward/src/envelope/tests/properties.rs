//! What holds for any entries and any bytes.

use proptest::prelude::*;

use super::super::{Content, Sealed, fuzzing, inspect};
use super::damage_vectors;
use super::doc::Doc;
use super::parts::padded;
use super::recipe::{Made, Recipe, content};
use super::repository;
use super::vector::Vector;
use crate::entry::{Value, ValueKind};
use crate::error::Error;
use crate::secret::Guarded;

/// The bytes of a file, parsed and written again.
pub(super) fn written_again(bytes: &[u8]) -> Vec<u8> {
    fuzzing::written_again(&Sealed::parse(bytes).unwrap())
}

fn values() -> impl Strategy<Value = Value> {
    let bytes = prop::collection::vec(any::<u8>(), 0..600);
    let text = any::<String>();
    prop_oneof![
        bytes.prop_map(|bytes| Value::bytes(bytes).unwrap()),
        text.prop_map(|text| Value::json(&text).unwrap()),
        any::<i64>().prop_map(|number| Value::json(&number).unwrap()),
    ]
}

fn entries() -> impl Strategy<Value = Vec<(String, Value)>> {
    prop::collection::vec((".{0,40}", values()), 0..20)
}

/// The entries as the engine must give them back: of two with one name the later, in the order of
/// the encodings.
fn expected(entries: &[(String, Value)]) -> Vec<(String, ValueKind, Vec<u8>)> {
    let mut last = std::collections::BTreeMap::new();
    for (name, value) in entries {
        let place = (name.len(), name.clone());
        last.insert(place, (value.kind(), value.expose().to_vec()));
    }
    let flat = last.into_iter();
    flat.map(|((_, name), (kind, bytes))| (name, kind, bytes)).collect()
}

fn small() -> Made {
    Recipe::new("properties").make()
}

/// Nobody may make anything but the entries out of a file that was changed.
fn is_refused(bytes: &[u8], made: &Made) -> bool {
    match Sealed::parse(bytes) {
        Err(Error::Damaged { .. } | Error::TooNew { .. }) => true,
        Err(_) => false,
        Ok(sealed) => matches!(sealed.open(&made.dek), Err(Error::Damaged { .. })),
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens(entries in entries(), seed in "[a-z]{8}") {
        let made = Recipe::new(&seed).entries(entries.clone()).make();
        let bytes = made.bytes();
        let sealed = Sealed::parse(&bytes).unwrap();
        prop_assert_eq!(&sealed.head, &made.head);
        let opened = sealed.open(&made.dek).unwrap();
        let found: Vec<_> = opened
            .entries()
            .map(|entry| (entry.name.to_owned(), entry.kind, entry.value.to_vec()))
            .collect();
        prop_assert_eq!(found, expected(&entries));
        for (name, ..) in expected(&entries) {
            prop_assert!(opened.find(&name).is_some());
        }
        prop_assert_eq!(written_again(&bytes), bytes);
    }

    #[test]
    fn entries_do_not_depend_on_the_order_of_writing(entries in entries()) {
        let unique: Vec<_> = expected(&entries).into_iter().map(|(name, kind, bytes)| {
            let value = match kind {
                ValueKind::Bytes => Value::bytes(bytes).unwrap(),
                ValueKind::Json => Value::json_text(String::from_utf8(bytes).unwrap()).unwrap(),
            };
            (name, value)
        }).collect();
        let backwards: Vec<_> = unique.iter().rev().cloned().collect();
        let (forwards, backwards) = (content(&unique), content(&backwards));
        prop_assert_eq!(forwards.map(), backwards.map());
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Sealed::parse(&bytes).is_err());
        prop_assert!(inspect(&bytes).is_err());
    }

    /// Damage in several places at once, with the outer shape kept by a new checksum.
    #[test]
    fn any_forgery_is_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        from_passcode in any::<bool>(),
    ) {
        let made = if from_passcode { damage_vectors::base() } else { small() };
        let original = made.bytes();
        let mut bytes = original.clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let Some(forged) = fuzzing::with_new_checksum(bytes) else {
            return Ok(());
        };
        if forged == original {
            return Ok(());
        }
        if let Ok(sealed) = Sealed::parse(&forged) {
            prop_assert!(sealed.open(&made.dek).is_err());
            prop_assert_eq!(written_again(&forged), forged);
        }
    }

    #[test]
    fn what_parses_is_written_again_the_same(vector in 0_usize..4096, at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let all = sealed_vectors();
        let mut bytes = all[vector % all.len()].clone();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if Sealed::parse(&bytes).is_ok() {
            prop_assert_eq!(written_again(&bytes), bytes);
        }
    }
}

/// The sealed bytes of every vector of moderate size.
fn sealed_vectors() -> &'static [Vec<u8>] {
    static ALL: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let files = std::fs::read_dir(repository("testdata/vectors")).unwrap();
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        let read = |path: std::path::PathBuf| -> Vector {
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
        };
        let sealed = paths.into_iter().map(|path| read(path).sealed.unwrap());
        sealed.map(|hex| hex.bytes()).filter(|bytes| bytes.len() < 10_000).collect()
    })
}

#[test]
fn every_changed_byte_is_refused() {
    let made = damage_vectors::base();
    let original = made.bytes();
    for at in 0..original.len() {
        for mask in (0..8).map(|bit| 1 << bit).chain([0xff]) {
            let mut bytes = original.clone();
            bytes[at] ^= mask;
            assert!(is_refused(&bytes, &made), "byte {at} by {mask:#04x}");
        }
    }
}

#[test]
fn every_shorter_or_longer_file_is_refused() {
    let made = small();
    let original = made.bytes();
    for len in 0..original.len() {
        assert!(is_refused(&original[..len], &made), "{len} bytes");
        let removed = [&original[..len], &original[len + 1..]].concat();
        assert!(is_refused(&removed, &made), "without byte {len}");
        let doubled = [&original[..=len], &original[len..]].concat();
        assert!(is_refused(&doubled, &made), "byte {len} twice");
    }
    let longer = [&original[..], &[0]].concat();
    assert!(is_refused(&longer, &made));
}

#[test]
fn the_bound_of_the_content() {
    let values = |last: usize| -> Vec<u8> {
        let mut map = vec![0xb0];
        for name in b'a'..=b'p' {
            let len = if name == b'p' { last } else { crate::MAX_VALUE_LEN };
            map.extend([0x61, name, 0x5a]);
            map.extend((len as u32).to_be_bytes());
            map.resize(map.len() + len, 7);
        }
        map
    };
    let heads = 1 + 16 * 7;
    let last = crate::MAX_CONTENT_LEN - 15 * crate::MAX_VALUE_LEN - heads;
    let reads = |map: Vec<u8>| Content::decode(Guarded::new(padded(&map).into())).is_ok();
    let longest = values(last);
    assert_eq!(longest.len(), crate::MAX_CONTENT_LEN);
    assert!(reads(longest));
    assert!(!reads(values(last + 1)));
}

#[test]
fn bounds_that_no_vector_can_hold() {
    let with = |len: usize| {
        let value = super::doc::bytes(&vec![7; len]);
        super::parts::Parts::of(&small()).map(|doc: Doc| doc.set("key", &value))
    };
    let opens = |parts: super::parts::Parts| {
        let bytes = parts.bytes();
        Sealed::parse(&bytes).unwrap().open(&parts.dek).map(|_| ())
    };
    assert!(opens(with(crate::MAX_VALUE_LEN)).is_ok());
    assert!(opens(with(crate::MAX_VALUE_LEN + 1)).is_err());
    // The length comes before the version, whatever the version.
    let protected = [&[0xa1], &super::doc::int(-70_001)[..], &[3]].concat();
    let mut newer = [&[0xd8, 96, 0x84], &super::doc::bytes(&protected)[..]].concat();
    newer.resize(crate::store::MAX_STORED_LEN, 0);
    let parsed = Sealed::parse(&newer).err();
    assert!(matches!(parsed, Some(Error::TooNew { version: 3 })));
    newer.push(0);
    let parsed = Sealed::parse(&newer).err();
    assert!(matches!(parsed, Some(Error::Damaged { .. })));
}
