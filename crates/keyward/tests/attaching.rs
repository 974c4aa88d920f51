//! Before anybody is asked for a key, only the ends of what is stored are read.

#![allow(clippy::unwrap_used)]

mod support;

use std::rc::Rc;

use keyward::{Error, Stored, Value, VaultType};
use support::watched::{Watch, Watched};
use support::{Desk, config};

const TYPE: VaultType = VaultType::SecureStorage;

/// Brings nothing but the ends to whoever asks for these.
struct Hollows;

impl Watch for Hollows {
    fn show_ends(&self, stored: &mut Stored, ends: usize) {
        let last = stored.bytes.len().saturating_sub(ends);
        if let Some(between) = stored.bytes.get_mut(ends..last) {
            between.fill(0);
        }
    }
}

/// A desk with a vault of some hundred kilobytes.
fn filled() -> Desk {
    let desk = Desk::new();
    let program = desk.start_with(TYPE);
    let large = Value::bytes(vec![7; 500_000]).unwrap();
    desk.run(program.vault.set_many([("large", large)])).unwrap();
    desk.run(program.vault.set("token", "abc")).unwrap();
    drop(program);
    desk
}

#[test]
fn a_large_vault_of_which_only_the_ends_were_read_opens() {
    let desk = filled();
    let program = desk.start_on(Rc::new(Watched::new(desk.stores.clone(), Rc::new(Hollows))));
    desk.run(program.vault.initialize(config(TYPE))).unwrap();
    assert!(!desk.run(program.vault.is_empty()).unwrap());
    assert_eq!(desk.run(program.vault.get::<String>("token")).unwrap().as_deref(), Some("abc"));
    let large = desk.run(program.vault.value("large")).unwrap().unwrap();
    assert!(large.expose() == [7; 500_000]);
    desk.run(program.vault.set("token", "def")).unwrap();
    assert_eq!(desk.run(program.vault.health()).unwrap().condition.name(), "intact");
}

#[test]
fn damage_to_a_large_vault_is_told_wherever_it_is() {
    let whole = filled().stored().unwrap();
    // In the header, in the content, in the slots, and a byte too few or too many.
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let too_many = [&whole[..], b"0"].concat();
    let damaged = [
        (flipped(20), true),
        (flipped(whole.len() / 2), false),
        (flipped(whole.len() - 20), true),
        (whole[..whole.len() - 1].to_vec(), true),
        (too_many, true),
    ];
    for (bytes, at_once) in damaged {
        let desk = filled();
        desk.put(Some(&bytes));
        let program = desk.start_on(Rc::new(Watched::new(desk.stores.clone(), Rc::new(Hollows))));
        let initialized = desk.run(program.vault.initialize(config(TYPE)));
        assert_eq!(matches!(initialized, Err(Error::Damaged { .. })), at_once, "{initialized:?}");
        let read = desk.run(program.vault.get::<String>("token"));
        assert!(read.is_err(), "{read:?}");
        assert_eq!(desk.stored().as_ref(), Some(&bytes), "and left as it is");
    }
}
