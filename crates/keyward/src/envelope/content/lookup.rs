//! Finding an entry by its name in one step, however many entries there are.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// A hash table of numbers of entries. Names are the app's own, so that a hash that resists
/// flooding only a little is enough, and a look-up is most of what a read costs.
/// It holds no names: whoever asks compares.
pub(super) struct Lookup {
    hasher: RandomState,
    numbers: HashTable<u32>,
}

impl Lookup {
    /// The table of entries with these names, numbered in this order.
    pub(super) fn of<'a>(names: impl ExactSizeIterator<Item = &'a [u8]>) -> Self {
        let hasher = RandomState::default();
        let mut numbers = HashTable::with_capacity(names.len());
        for (number, name) in (0..).zip(names) {
            let rehash = |_: &u32| unreachable!("the table has room for all from the start");
            numbers.insert_unique(hasher.hash_one(name), number, rehash);
        }
        Self { hasher, numbers }
    }

    /// The number of the entry called `name`; `is` says whether a number is that entry's.
    pub(super) fn find(&self, name: &[u8], is: impl Fn(usize) -> bool) -> Option<usize> {
        let found = self.numbers.find(self.hasher.hash_one(name), |number| is(*number as usize));
        found.map(|number| *number as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        for count in [0, 1, 2, 3, 100, 1_000] {
            let names: Vec<Vec<u8>> =
                (0..count).map(|number: u32| number.to_string().into()).collect();
            let lookup = Lookup::of(names.iter().map(Vec::as_slice));
            for (number, name) in names.iter().enumerate() {
                assert_eq!(lookup.find(name, |n| names[n] == *name), Some(number));
            }
            assert_eq!(lookup.find(b"other", |n| names[n] == b"other"), None);
        }
    }
}
