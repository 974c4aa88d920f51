//! Stores with somebody in front of their vaults, for what happens while a program looks.

use std::rc::Rc;

use async_trait::async_trait;
use futures_core::stream::LocalBoxStream;
use keyward::{Cells, Registry, Revision, Store, StoreError, Stored, Stores, Swap};

/// What somebody does when a program looks at what is stored. By default nothing.
#[async_trait(?Send)]
pub trait Watch {
    /// Before the look, which waits for it.
    async fn before_look(&self) {}

    /// After the cell was loaded, and before the program has what it loaded.
    fn after_load(&self) {}

    /// What becomes of a content of which only the ends are asked for.
    fn show_ends(&self, _stored: &mut Stored, _ends: usize) {}
}

/// Stores, or a registry, that are watched.
#[derive(Clone)]
pub struct Watched {
    stores: Rc<dyn Stores>,
    by: Rc<dyn Watch>,
}

struct WatchedCell {
    cell: Rc<dyn Store>,
    by: Rc<dyn Watch>,
}

impl Watched {
    pub fn new(stores: impl Stores + 'static, by: Rc<impl Watch + 'static>) -> Self {
        Self { stores: Rc::new(stores), by }
    }
}

impl Stores for Watched {
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        let Cells { vault, attempts } = self.stores.open(key)?;
        let by = Rc::clone(&self.by);
        Ok(Cells { vault: Rc::new(WatchedCell { cell: vault, by }), attempts })
    }
}

impl Registry for Watched {
    fn cell(&self, key: &str) -> Result<Rc<dyn Store>, StoreError> {
        Ok(self.open(key)?.vault)
    }
}

#[async_trait(?Send)]
impl Store for WatchedCell {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        self.by.before_look().await;
        let loaded = self.cell.load().await;
        self.by.after_load();
        loaded
    }

    async fn load_ends(&self, ends: usize) -> Result<Option<Stored>, StoreError> {
        let mut loaded = self.load().await;
        if let Ok(Some(stored)) = &mut loaded {
            self.by.show_ends(stored, ends);
        }
        loaded
    }

    async fn holds(&self, revision: Revision) -> Result<bool, StoreError> {
        self.by.before_look().await;
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
