//! Cells for where a page has no storage, such as server-side rendering: vaults that live in memory
//! work, and all others say why they do not.

use std::rc::Rc;

use async_trait::async_trait;
use futures_core::stream::LocalBoxStream;
use keyward::{
    Cause, Cells, MemoryCell, Revision, Store, StoreError, Stored, Stores, Swap, VaultType, inspect,
};

/// Cells that take the configuration of an InMemory vault, which is lost with the page like the
/// vault itself, and nothing else.
pub(crate) struct MemoryOnly;

impl Stores for MemoryOnly {
    fn open(&self, _key: &str) -> Result<Cells, StoreError> {
        let cell = || Rc::new(Cell(MemoryCell::new()));
        Ok(Cells { vault: cell(), attempts: cell() })
    }
}

struct Cell(MemoryCell);

#[async_trait(?Send)]
impl Store for Cell {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        self.0.load().await
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        let in_memory = |bytes| {
            inspect(bytes).is_ok_and(|found| found.config.vault_type == VaultType::InMemory)
        };
        if !new.is_none_or(in_memory) {
            return Err(StoreError::Denied(Cause::new("there is no IndexedDB here")));
        }
        self.0.swap(expected, new).await
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        self.0.watch()
    }
}
