//! The sealed file against its vectors, its specification, itself, and another implementation.
#![allow(clippy::unwrap_used)]

mod content_vectors;
mod corpus;
mod damage_vectors;
mod doc;
mod example;
mod exchange_vectors;
mod fallback_vectors;
mod field_names;
mod files;
mod good_vectors;
mod header_vectors;
mod message;
mod notation;
mod outer_vectors;
mod parts;
mod peer;
mod properties;
mod recipe;
mod recovery_vectors;
mod slot_vectors;
mod spec;
mod vector;
mod version_vectors;

use std::path::PathBuf;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use vector::Vector;

/// Every vector, by the name of its file.
fn all_vectors() -> &'static [Vector] {
    static ALL: OnceLock<Vec<Vector>> = OnceLock::new();
    ALL.get_or_init(make_vectors)
}

fn make_vectors() -> Vec<Vector> {
    [
        good_vectors::vectors(),
        damage_vectors::vectors(),
        exchange_vectors::vectors(),
        outer_vectors::vectors(),
        version_vectors::vectors(),
        header_vectors::vectors(),
        fallback_vectors::vectors(),
        slot_vectors::vectors(),
        recovery_vectors::vectors(),
        content_vectors::vectors(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Bytes that look random and are the same in every run.
fn fixed<const N: usize>(label: &str) -> [u8; N] {
    let blocks = (0_u8..).flat_map(|n| Sha256::digest([label.as_bytes(), &[n]].concat()));
    let bytes: Vec<u8> = blocks.take(N).collect();
    bytes.try_into().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2) && text.is_ascii(), "hexadecimal");
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// A place in the repository.
fn repository(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", path].iter().collect()
}

/// Whether this run writes the vectors and the worked example instead of checking them.
fn writing() -> bool {
    std::env::var_os("KEYWARD_WRITE_VECTORS").is_some_and(|value| value == "1")
}
