//! Cells in IndexedDB: what a `Vault` in a browser keeps its sealed bytes in.

use std::rc::Rc;

use async_trait::async_trait;
use futures_core::stream::LocalBoxStream;
use futures_util::StreamExt;
use futures_util::future::try_join;
use js_sys::Uint8Array;
use keyward::store::MAX_STORED_LEN;
use keyward::{Cells, Revision, Store, StoreError, Stored, Stores, Swap};
use wasm_bindgen::prelude::*;

use crate::database::{CONTENTS, Database, REVISIONS};
use crate::random;
use crate::tabs::{Tabs, Topic};
use crate::trouble::Trouble;

/// Cells in this origin's database `keyward`, shared by all its pages. A swap is one transaction
/// with strict durability: it is on the disk when it is done.
#[derive(Clone)]
pub struct IndexedDb {
    database: Database,
    tabs: Tabs,
}

impl IndexedDb {
    /// Looks at nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Database::new(), Tabs::new())
    }

    pub(crate) fn with(database: Database, tabs: Tabs) -> Self {
        Self { database, tabs }
    }

    fn cell(&self, kind: &str, key: &str) -> Rc<dyn Store> {
        let (database, tabs) = (self.database.clone(), self.tabs.clone());
        Rc::new(Cell { database, tabs, name: [kind, key].concat() })
    }
}

impl Default for IndexedDb {
    fn default() -> Self {
        Self::new()
    }
}

impl Stores for IndexedDb {
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        Ok(Cells { vault: self.cell("vault:", key), attempts: self.cell("attempts:", key) })
    }
}

struct Cell {
    database: Database,
    tabs: Tabs,
    name: String,
}

#[async_trait(?Send)]
impl Store for Cell {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        let read = self.database.read(&[REVISIONS, CONTENTS], async |transaction| {
            let revision = transaction.get(REVISIONS, &self.name);
            try_join(revision, transaction.get(CONTENTS, &self.name)).await
        });
        let (revision, content) = read.await.map_err(Trouble::in_store)?;
        if revision.is_undefined() && content.is_undefined() {
            return Ok(None);
        }
        let revision = as_revision(&revision).ok_or(StoreError::NotAFile)?;
        let content: Uint8Array = content.dyn_into().map_err(|_| StoreError::NotAFile)?;
        if content.length() as usize > MAX_STORED_LEN {
            return Err(StoreError::TooLarge);
        }
        Ok(Some(Stored { bytes: content.to_vec(), revision }))
    }

    async fn holds(&self, revision: Revision) -> Result<bool, StoreError> {
        let read = self
            .database
            .read(&[REVISIONS], async |transaction| transaction.get(REVISIONS, &self.name).await);
        let present = read.await.map_err(Trouble::in_store)?;
        Ok(as_revision(&present) == Some(revision))
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        let next = new.map(|bytes| (random::revision(), Uint8Array::from(bytes)));
        let written = self.database.write(&[REVISIONS, CONTENTS], async |transaction| {
            let present = transaction.get(REVISIONS, &self.name).await?;
            // What is no revision was never seen by anyone, so that nobody can expect it.
            if as_revision(&present) != expected || present.is_undefined() != expected.is_none() {
                return Ok(Swap::Conflict);
            }
            if let Some((revision, bytes)) = &next {
                let number = JsValue::from_f64(revision.0 as f64);
                transaction.put(REVISIONS, &self.name, &number)?;
                transaction.put(CONTENTS, &self.name, bytes)?;
            } else {
                let name = JsValue::from_str(&self.name);
                transaction.delete(REVISIONS, &name)?;
                transaction.delete(CONTENTS, &name)?;
            }
            Ok(Swap::Done(next.as_ref().map(|(revision, _)| *revision)))
        });
        let swapped = written.await.map_err(Trouble::in_store)?;
        if swapped != Swap::Conflict {
            self.tabs.tell(Topic::Changed, &self.name);
        }
        Ok(swapped)
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        self.tabs.hear(Topic::Changed, Some(&self.name)).map(drop).boxed_local()
    }
}

/// Revisions are random and below 2^53, which is what a number of JavaScript holds: a cell that was
/// emptied and filled again, or a database that was deleted and made again, does not repeat one.
fn as_revision(value: &JsValue) -> Option<Revision> {
    value.as_f64().map(|number| Revision(number as u64))
}
