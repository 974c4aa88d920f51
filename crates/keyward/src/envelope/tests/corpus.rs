//! The vectors, and a few codes and records, as seeds for the fuzz targets, and the fuzz targets'
//! checks on every seed.
//! `KEYWARD_WRITE_CORPUS=FOLDER` writes them; see fuzz/README.md.

use std::fs;
use std::path::Path;

use super::super::cbor::Reader;
use super::super::{Mark, Record, Sealed, encode_record, fuzzing};
use super::vector::{Found, Outcome, Vector};
use crate::{RecoveryCode, Value, VaultId, crypto, export};

/// Larger seeds only make the fuzzer slow.
const MAX_SEED: usize = 8192;

struct Seed {
    target: &'static str,
    name: String,
    bytes: Vec<u8>,
}

fn seeds(vector: &Vector) -> Vec<Seed> {
    let file = vector.sealed.as_ref().unwrap().bytes();
    let mut seeds = Vec::new();
    let mut add = |target, part: &str, bytes: &[u8]| {
        let name = format!("{}{part}", vector.name);
        let bytes = bytes.to_vec();
        seeds.push(Seed { target, name, bytes });
    };
    let mut r = Reader::new(&file);
    if let Ok(protected) = super::super::outer(&mut r) {
        add("head", "-header", protected);
        let recipients = r.skip(8).and_then(|()| r.skip(8)).map(|()| r.rest());
        add("head", "-slots", recipients.unwrap_or_default());
    }
    let with_key = vector.found == Some(Found::WithKey) || vector.expect == Outcome::Opens;
    // One key is enough, and material is quicker than a passcode.
    let key = vector.keys.iter().find(|key| key.passcode.is_none());
    if let (true, Some(key)) = (with_key, key) {
        let sealed = Sealed::parse(&file).unwrap();
        if let Ok(dek) = key.dek(&sealed) {
            let (under, tag) = sealed.ciphertext.split_last_chunk().unwrap();
            let mut text = vec![0; under.len()];
            if crypto::open(&dek, sealed.nonce, &sealed.aad, under, &mut text, *tag).is_some() {
                add("content", "", &text);
            }
        }
    }
    if let Some(entries) = vector.values() {
        add("export", "", export::write(&entries).unwrap().expose());
    }
    add("sealed", "", &file);
    seeds.retain(|seed| seed.bytes.len() <= MAX_SEED);
    seeds
}

/// Of what is no part of a sealed file.
fn more_seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for at in 0..4_u8 {
        let mut add = |target, bytes: &[u8]| {
            seeds.push(Seed { target, name: at.to_string(), bytes: bytes.to_vec() });
        };
        let code = RecoveryCode::from_seed([at << 6 | at; 16]);
        add("code", code.expose().as_bytes());
        let mark = match at {
            0 => Mark::None,
            1 => Mark::Clearing,
            _ => Mark::OlderTold,
        };
        let (vault, epoch) = (VaultId([at; 16]), 1 << (at * 20));
        add("record", &encode_record(&Record { vault, epoch, entries: at != 1, mark }));
    }
    seeds
}

#[test]
fn the_fuzz_targets_take_their_seeds() {
    let folder = std::env::var_os("KEYWARD_WRITE_CORPUS");
    let mut targets = std::collections::BTreeSet::new();
    for seed in super::all_vectors().iter().flat_map(seeds).chain(more_seeds()) {
        targets.insert(seed.target);
        match seed.target {
            "sealed" => fuzzing::sealed(&seed.bytes),
            "head" => fuzzing::head(&seed.bytes),
            "content" => fuzzing::content(&seed.bytes),
            "code" => fuzzing::recovery_code(&seed.bytes),
            "record" => fuzzing::record(&seed.bytes),
            _ => {
                let entries: Vec<(String, Value)> = export::parse(&seed.bytes).unwrap();
                assert_eq!(export::write(&entries).unwrap().expose(), seed.bytes);
            }
        }
        if let Some(folder) = &folder {
            let folder = Path::new(folder).join(seed.target);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(&seed.name), &seed.bytes).unwrap();
        }
    }
    assert_eq!(targets.len(), 6, "every target has seeds: {targets:?}");
}
