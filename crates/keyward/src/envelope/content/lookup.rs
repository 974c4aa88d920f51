//! Finding an entry by its name in one step, however many entries there are.

use std::hash::{BuildHasher, RandomState};

/// A hash table of numbers of entries. It holds no names: whoever asks compares.
pub(super) struct Lookup {
    seed: u64,
    /// Numbers, each at the first place from its name's hash on that was free.
    slots: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl Lookup {
    /// The table of entries with these names, numbered in this order.
    pub(super) fn of<'a>(names: impl ExactSizeIterator<Item = &'a [u8]>) -> Self {
        let mut lookup = Self {
            seed: RandomState::new().hash_one(0),
            // At most half full, so that a search soon meets a free place.
            slots: vec![FREE; (2 * names.len()).next_power_of_two()],
        };
        for (number, name) in (0..FREE).zip(names) {
            let mut place = lookup.first_place(name);
            while lookup.slots[place] != FREE {
                place = lookup.next_place(place);
            }
            lookup.slots[place] = number;
        }
        lookup
    }

    /// The number of the entry called `name`; `is` says whether a number is that entry's.
    pub(super) fn find(&self, name: &[u8], is: impl Fn(usize) -> bool) -> Option<usize> {
        let mut place = self.first_place(name);
        loop {
            match self.slots[place] {
                FREE => return None,
                number if is(number as usize) => return Some(number as usize),
                _ => place = self.next_place(place),
            }
        }
    }

    fn first_place(&self, name: &[u8]) -> usize {
        hash(self.seed, name) as usize & (self.slots.len() - 1)
    }

    fn next_place(&self, place: usize) -> usize {
        (place + 1) & (self.slots.len() - 1)
    }
}

/// Folds products of eight bytes at a time into a random seed. Nothing stronger is needed: whoever
/// could guess the seed and choose the names would make searches slow, and no more.
fn hash(seed: u64, name: &[u8]) -> u64 {
    // The golden ratio's digits: odd, and as many ones as zeros.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |hash: u64, word: u64| {
        let product = u128::from(hash ^ word) * u128::from(FACTOR);
        (product >> 64) as u64 ^ product as u64
    };
    let (words, rest) = name.as_chunks();
    let hash = words
        .iter()
        .fold(seed, |hash, word| fold(hash, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    // The length too, because the rest has been filled up with zeros.
    fold(fold(hash, u64::from_le_bytes(last)), name.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        for count in [0, 1, 2, 3, 100, 1_000] {
            let names: Vec<Vec<u8>> = (0..count)
                .map(|number: u32| number.to_string().into())
                .collect();
            let lookup = Lookup::of(names.iter().map(Vec::as_slice));
            for (number, name) in names.iter().enumerate() {
                assert_eq!(lookup.find(name, |n| names[n] == *name), Some(number));
            }
            assert_eq!(lookup.find(b"other", |n| names[n] == b"other"), None);
        }
    }
}
