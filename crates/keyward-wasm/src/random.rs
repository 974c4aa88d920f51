//! Random numbers from the browser's generator.

use keyward::Revision;

/// Random bytes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("every browser has crypto.getRandomValues");
    bytes
}

/// A revision that no cell has had: a random number of 53 bits.
pub(crate) fn revision() -> Revision {
    Revision(u64::from_le_bytes(bytes()) >> 11)
}
