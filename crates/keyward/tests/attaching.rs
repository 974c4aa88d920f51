//! Before anybody is asked for a key, only the ends of what is stored are read.

#![allow(clippy::unwrap_used)]

mod support;

use std::rc::Rc;

use async_trait::async_trait;
use futures_core::stream::LocalBoxStream;
use keyward::{
    Cells, Error, MemoryStores, Revision, Store, StoreError, Stored, Stores, Swap, Value, VaultType,
};
use support::{Desk, config};

const TYPE: VaultType = VaultType::SecureStorage;

/// Stores that bring nothing but the ends to whoever asks for these.
#[derive(Clone)]
struct Hollow(MemoryStores);

struct HollowCell {
    cell: Rc<dyn Store>,
}

impl Stores for Hollow {
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        let Cells { vault, attempts } = self.0.open(key)?;
        Ok(Cells { vault: Rc::new(HollowCell { cell: vault }), attempts })
    }
}

#[async_trait(?Send)]
impl Store for HollowCell {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        self.cell.load().await
    }

    async fn load_ends(&self, ends: usize) -> Result<Option<Stored>, StoreError> {
        let mut stored = self.cell.load().await?;
        if let Some(stored) = &mut stored {
            let last = stored.bytes.len().saturating_sub(ends);
            if let Some(between) = stored.bytes.get_mut(ends..last) {
                between.fill(0);
            }
        }
        Ok(stored)
    }

    async fn holds(&self, revision: Revision) -> Result<bool, StoreError> {
        self.cell.holds(revision).await
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        self.cell.swap(expected, new).await
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        self.cell.watch()
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
    let program = desk.start_on(Rc::new(Hollow(desk.stores.clone())));
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
        let program = desk.start_on(Rc::new(Hollow(desk.stores.clone())));
        let initialized = desk.run(program.vault.initialize(config(TYPE)));
        assert_eq!(matches!(initialized, Err(Error::Damaged { .. })), at_once, "{initialized:?}");
        let read = desk.run(program.vault.get::<String>("token"));
        assert!(read.is_err(), "{read:?}");
        assert_eq!(desk.stored().as_ref(), Some(&bytes), "and left as it is");
    }
}
