//! Cells in sessionStorage: what a `BrowserVault` keeps its sealed bytes in. They live as long as
//! the tab does, and belong to it alone.

use std::rc::Rc;

use async_trait::async_trait;
use base64ct::{Base64, Encoding};
use futures_core::stream::LocalBoxStream;
use futures_util::StreamExt;
use keyward::store::MAX_STORED_LEN;
use keyward::{Cells, Revision, Store, StoreError, Stored, Stores, Swap};
use web_sys::Storage;

use crate::random;
use crate::tabs::{Tabs, Topic};
use crate::trouble::Trouble;

/// Cells of this tab. Nothing can come between the steps of a swap, because a tab's pages run on
/// one thread.
#[derive(Clone)]
pub struct SessionStorage {
    /// For other handles in this tab; other tabs hear of it in vain, and do no harm by looking.
    tabs: Tabs,
}

impl SessionStorage {
    /// Looks at nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Tabs::new())
    }

    pub(crate) fn with(tabs: Tabs) -> Self {
        Self { tabs }
    }

    fn cell(&self, kind: &str, key: &str) -> Rc<dyn Store> {
        Rc::new(Cell { tabs: self.tabs.clone(), name: ["keyward:", kind, key].concat() })
    }
}

impl Default for SessionStorage {
    fn default() -> Self {
        Self::new()
    }
}

impl Stores for SessionStorage {
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        Ok(Cells { vault: self.cell("vault:", key), attempts: self.cell("attempts:", key) })
    }
}

/// The tab's storage.
pub(crate) fn storage() -> Result<Storage, Trouble> {
    let missing = || Trouble::missing("sessionStorage");
    web_sys::window().ok_or_else(missing)?.session_storage()?.ok_or_else(missing)
}

struct Cell {
    tabs: Tabs,
    name: String,
}

impl Cell {
    fn text(&self) -> Result<Option<String>, Trouble> {
        Ok(storage()?.get_item(&self.name)?)
    }

    fn put(&self, text: Option<&str>) -> Result<(), Trouble> {
        let storage = storage()?;
        match text {
            Some(text) => storage.set_item(&self.name, text)?,
            None => storage.remove_item(&self.name)?,
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Store for Cell {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        let Some(text) = self.text().map_err(Trouble::in_store)? else {
            return Ok(None);
        };
        if text.len() / 4 * 3 > MAX_STORED_LEN {
            return Err(StoreError::TooLarge);
        }
        let (revision, base64) = parts(&text).ok_or(StoreError::NotAFile)?;
        let bytes = Base64::decode_vec(base64).map_err(|_| StoreError::NotAFile)?;
        Ok(Some(Stored { bytes, revision }))
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        let present = self.text().map_err(Trouble::in_store)?;
        let revision = present.as_deref().and_then(parts).map(|(revision, _)| revision);
        if revision != expected || present.is_none() != expected.is_none() {
            return Ok(Swap::Conflict);
        }
        let next = new.map(|bytes| (random::revision(), Base64::encode_string(bytes)));
        let text =
            next.as_ref().map(|(revision, base64)| [&revision.0.to_string(), " ", base64].concat());
        self.put(text.as_deref()).map_err(Trouble::in_store)?;
        self.tabs.tell(Topic::Changed, &self.name);
        Ok(Swap::Done(next.map(|(revision, _)| revision)))
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        self.tabs.hear(Topic::Changed, Some(&self.name)).map(drop).boxed_local()
    }
}

/// A revision and base64, which is how a content stands in the storage.
fn parts(text: &str) -> Option<(Revision, &str)> {
    let (revision, base64) = text.split_once(' ')?;
    Some((Revision(revision.parse().ok()?), base64))
}
