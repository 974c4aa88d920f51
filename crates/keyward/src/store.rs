//! The compare-and-swap cell that holds a vault's sealed bytes, and the one that lives in memory.

mod memory;

use std::rc::Rc;

use async_trait::async_trait;
use futures_core::stream::LocalBoxStream;

use crate::error::StoreError;

pub use memory::{MemoryCell, MemoryStores};

/// The most bytes that a cell may hold; a larger one is refused before it is read.
pub const MAX_STORED_LEN: usize = crate::MAX_CONTENT_LEN + crate::MAX_CONTENT_LEN / 8 + (1 << 20);

/// Names one content of one cell, as one [`Store`] object has seen it. Two equal revisions from
/// the same object mean the same bytes; revisions of different objects say nothing to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision(pub u64);

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their revision, to hand to [`Store::swap`].
    pub revision: Revision,
}

/// How a swap ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The new content is in place and durable. `None` when the cell is now empty.
    Done(Option<Revision>),
    /// The cell does not hold what was expected; it is unchanged. Load it and decide again.
    Conflict,
}

/// A cell that holds one vault's sealed bytes, or nothing.
///
/// # For implementers
/// - `swap` is atomic: whoever reads the cell, in any process and after a crash at any instant,
///   finds the old content or the new, whole. It returns only when the new content is durable.
/// - `swap` compares and replaces under one lock, so that of two swaps expecting the same
///   revision, at most one is done.
/// - On an error the cell holds what it held. The one exception is a replacement that was done but
///   whose durability could not be confirmed: then it holds the new content, whole, and this object
///   answers [`Swap::Conflict`] until it loads again.
/// - Nothing is ever deleted or replaced except by `swap`.
/// - Run the store suite of `keyward-conformance`.
#[async_trait(?Send)]
pub trait Store {
    /// What the cell holds now; `None` when it is empty.
    async fn load(&self) -> Result<Option<Stored>, StoreError>;

    /// [`Store::load`] for who only needs the first and the last `ends` bytes: those between may be
    /// zeros. For stores that can bring them for less than the whole.
    async fn load_ends(&self, ends: usize) -> Result<Option<Stored>, StoreError> {
        let _ = ends;
        self.load().await
    }

    /// Whether the cell still holds the content of `revision`. For stores that can tell this for less
    /// than loading it again.
    async fn holds(&self, revision: Revision) -> Result<bool, StoreError> {
        let stored = self.load().await?;
        Ok(stored.is_some_and(|stored| stored.revision == revision))
    }

    /// Replaces the content, or empties the cell (`new` is `None`), if it still holds `expected`
    /// (`None`: if it is empty).
    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError>;

    /// [`Store::swap`] for a content that is yet to be made, for stores that can look at what they
    /// hold meanwhile. `make` is called once at most; if it gives up by answering `None`, nothing
    /// changes, and this answers [`Swap::Conflict`].
    async fn swap_with(
        &self,
        expected: Option<Revision>,
        make: &mut dyn FnMut() -> Option<Vec<u8>>,
    ) -> Result<Swap, StoreError> {
        match make() {
            Some(new) => self.swap(expected, Some(&new)).await,
            None => Ok(Swap::Conflict),
        }
    }

    /// Yields when the content may have been changed by someone else than this object. May yield
    /// too often, never too seldom; ends when it can watch no longer.
    fn watch(&self) -> LocalBoxStream<'static, ()>;
}

/// The two cells of one vault.
#[derive(Clone)]
pub struct Cells {
    /// The sealed bytes.
    pub vault: Rc<dyn Store>,
    /// The count of failed passcode attempts, which cannot be sealed; a few bytes. It is a cell of
    /// its own so that a wrong guess never rewrites the vault.
    pub attempts: Rc<dyn Store>,
}

/// Where the vaults of one app live, by their keys.
pub trait Stores {
    /// The cells of the vault called `key`, without touching what they hold.
    ///
    /// # Errors
    /// When there is no place for such a vault.
    fn open(&self, key: &str) -> Result<Cells, StoreError>;
}
