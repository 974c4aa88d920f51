//! Stores that hold what is there and start nothing new.

use std::rc::Rc;

use async_trait::async_trait;
use futures_core::stream::LocalBoxStream;
use keyward::{Cause, Cells, Revision, Store, StoreError, Stored, Stores, Swap};

/// The vaults in `stores`, none of which can be created.
pub(super) fn existing_only(stores: Rc<dyn Stores>) -> Rc<dyn Stores> {
    Rc::new(Existing(stores))
}

struct Existing(Rc<dyn Stores>);

impl Stores for Existing {
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        let Cells { vault, attempts } = self.0.open(key)?;
        // Attempts are counted in a cell that is empty at first.
        Ok(Cells { vault: Rc::new(ExistingCell(vault)), attempts })
    }
}

struct ExistingCell(Rc<dyn Store>);

#[async_trait(?Send)]
impl Store for ExistingCell {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        self.0.load().await
    }

    async fn load_ends(&self, ends: usize) -> Result<Option<Stored>, StoreError> {
        self.0.load_ends(ends).await
    }

    async fn holds(&self, revision: Revision) -> Result<bool, StoreError> {
        self.0.holds(revision).await
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        if expected.is_none() && new.is_some() {
            return Err(StoreError::Gone(Cause::new("there is no such vault")));
        }
        self.0.swap(expected, new).await
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        self.0.watch()
    }
}

#[cfg(test)]
mod tests {
    use keyward::MemoryStores;

    use super::*;

    /// A vault that nobody should load whole.
    struct Large;

    #[async_trait(?Send)]
    impl Store for Large {
        async fn load(&self) -> Result<Option<Stored>, StoreError> {
            panic!("it was loaded");
        }

        async fn load_ends(&self, ends: usize) -> Result<Option<Stored>, StoreError> {
            Ok(Some(Stored { bytes: vec![0; 2 * ends], revision: Revision(1) }))
        }

        async fn holds(&self, revision: Revision) -> Result<bool, StoreError> {
            Ok(revision == Revision(1))
        }

        async fn swap(&self, _: Option<Revision>, _: Option<&[u8]>) -> Result<Swap, StoreError> {
            Ok(Swap::Conflict)
        }

        fn watch(&self) -> LocalBoxStream<'static, ()> {
            Box::pin(futures_util::stream::empty())
        }
    }

    #[test]
    fn what_the_store_can_tell_without_loading_the_vault_it_still_tells() {
        futures_executor::block_on(async {
            let existing = ExistingCell(Rc::new(Large));
            let ends = existing.load_ends(8).await.expect("loads").expect("there");
            assert_eq!(ends.bytes.len(), 16);
            assert!(existing.holds(ends.revision).await.expect("says"));
            assert!(!existing.holds(Revision(2)).await.expect("says"));
        });
    }

    #[test]
    fn a_vault_is_changed_and_cleared_but_never_created() {
        futures_executor::block_on(async {
            let stores = MemoryStores::new();
            let existing = existing_only(Rc::new(stores.clone())).open("a").expect("a place").vault;
            assert!(matches!(existing.swap(None, Some(b"1")).await, Err(StoreError::Gone(_))));
            let plain = stores.open("a").expect("a place").vault;
            plain.swap(None, Some(b"1")).await.expect("created");
            let found = existing.load().await.expect("loads").expect("there").revision;
            let changed = existing.swap(Some(found), Some(b"2")).await.expect("changed");
            let Swap::Done(changed) = changed else { panic!("the revision is current") };
            assert_eq!(existing.swap(changed, None).await.expect("cleared"), Swap::Done(None));
            assert!(matches!(existing.swap(None, Some(b"1")).await, Err(StoreError::Gone(_))));
        });
    }
}
