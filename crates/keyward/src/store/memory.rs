//! Cells in memory: for vaults that need no persistence, and as the model that other stores are
//! compared with.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::mpsc;
use futures_core::stream::LocalBoxStream;
use futures_util::StreamExt;

use super::{Cells, Revision, Store, Stored, Stores, Swap};
use crate::error::StoreError;

#[derive(Default)]
struct Content {
    bytes: Option<Vec<u8>>,
    revision: u64,
    watchers: Vec<(u64, mpsc::UnboundedSender<()>)>,
    handles: u64,
}

/// One cell in memory. A clone from [`MemoryCell::another`] is a second handle on the same cell,
/// as a second process would have on a file.
pub struct MemoryCell {
    shared: Rc<RefCell<Content>>,
    handle: u64,
}

impl MemoryCell {
    /// An empty cell.
    #[must_use]
    pub fn new() -> Self {
        Self { shared: Rc::default(), handle: 0 }
    }

    /// Another handle on the same cell: it is told of this one's swaps, and the other way round.
    #[must_use]
    pub fn another(&self) -> Self {
        let mut content = self.shared.borrow_mut();
        content.handles += 1;
        Self { shared: Rc::clone(&self.shared), handle: content.handles }
    }
}

impl Default for MemoryCell {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait(?Send)]
impl Store for MemoryCell {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        let content = self.shared.borrow();
        let revision = Revision(content.revision);
        Ok(content.bytes.clone().map(|bytes| Stored { bytes, revision }))
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        let mut content = self.shared.borrow_mut();
        let present = content.bytes.as_ref().map(|_| Revision(content.revision));
        if present != expected {
            return Ok(Swap::Conflict);
        }
        content.bytes = new.map(<[u8]>::to_vec);
        content.revision += 1;
        content.watchers.retain(|(handle, watcher)| {
            *handle == self.handle || watcher.unbounded_send(()).is_ok()
        });
        Ok(Swap::Done(new.map(|_| Revision(content.revision))))
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        let (sender, receiver) = mpsc::unbounded();
        self.shared.borrow_mut().watchers.push((self.handle, sender));
        receiver.boxed_local()
    }
}

/// Cells in memory by vault key. Clones share the cells, as two processes share a folder.
#[derive(Clone, Default)]
pub struct MemoryStores(Rc<RefCell<HashMap<String, (MemoryCell, MemoryCell)>>>);

impl MemoryStores {
    /// Cells that live as long as the last clone of this.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Stores for MemoryStores {
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        let mut cells = self.0.borrow_mut();
        let (vault, attempts) = cells.entry(key.to_owned()).or_default();
        Ok(Cells { vault: Rc::new(vault.another()), attempts: Rc::new(attempts.another()) })
    }
}
