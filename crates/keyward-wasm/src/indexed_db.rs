//! The store of pages: cells in an IndexedDB database.

mod database;

use std::cell::Cell as Flag;
use std::rc::Rc;

use async_trait::async_trait;
use futures_core::stream::LocalBoxStream;
use js_sys::Uint8Array;
use keyward::store::MAX_STORED_LEN;
use keyward::{Cells, Revision, Store, StoreError, Stored, Stores, Swap, inspect};
use wasm_bindgen::prelude::*;

use crate::bell::Bell;
use crate::js;
use crate::revision::random_revision;

pub use database::Database;
pub(crate) use database::{Access, KEYS, store_error};

use database::CELLS;

/// The vaults of an origin, in the database that is shared with the keys of
/// [`WebCrypto`](crate::web_crypto::WebCrypto).
pub struct IndexedDb(Rc<Database>);

impl IndexedDb {
    /// The cells in `database`.
    #[must_use]
    pub fn new(database: &Rc<Database>) -> Self {
        Self(Rc::clone(database))
    }
}

impl Stores for IndexedDb {
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        let cell = |kind| Rc::new(Cell::new(&self.0, key, kind));
        Ok(Cells { vault: cell(VAULT), attempts: cell(ATTEMPTS) })
    }
}

const VAULT: u8 = 0;
const ATTEMPTS: u8 = 1;

/// One cell. Its content is a value whose key is `[name, kind, revision]`, so that a look at the
/// key tells what is there, and no two contents ever had the same one.
struct Cell {
    database: Rc<Database>,
    name: JsValue,
    kind: u8,
    bell: Bell,
}

impl Cell {
    fn new(database: &Rc<Database>, key: &str, kind: u8) -> Self {
        let bell = Bell::new([database.name(), ["/", "#"][usize::from(kind)], key].concat());
        Self { database: Rc::clone(database), name: key.into(), kind, bell }
    }

    fn key(&self, last: &[&JsValue]) -> JsValue {
        let key = js::list(&[&self.name, &self.kind.into()]);
        last.iter().for_each(|last| {
            key.push(last);
        });
        key.into()
    }

    /// The keys that a content of this cell may have: an array is above every number.
    fn range(&self) -> Result<JsValue, StoreError> {
        let end = self.key(&[&js::list(&[])]);
        let ranges = js::get(&js::global(), "IDBKeyRange");
        js::call(&ranges, "bound", &[&self.key(&[]), &end]).map_err(|error| store_error(&error))
    }
}

#[async_trait(?Send)]
impl Store for Cell {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        let transaction = self.database.begin(CELLS, Access::Read).await?;
        let found = transaction.ask("openCursor", &[&self.range()?]).await?;
        let Some(revision) = revision_in(&js::get(&found, "key")) else {
            return Ok(None);
        };
        let bytes: Uint8Array = js::get(&found, "value").unchecked_into();
        if bytes.length() as usize > MAX_STORED_LEN {
            return Err(StoreError::TooLarge);
        }
        Ok(Some(Stored { bytes: bytes.to_vec(), revision }))
    }

    async fn holds(&self, revision: Revision) -> Result<bool, StoreError> {
        let transaction = self.database.begin(CELLS, Access::Read).await?;
        let key = transaction.ask("getKey", &[&self.range()?]).await?;
        Ok(revision_in(&key) == Some(revision))
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        let key = match expected {
            Some(revision) => self.key(&[&js_number(revision)]),
            None => self.range()?,
        };
        let next = new.is_some().then(random_revision).transpose()?;
        let transaction = self.database.begin(CELLS, Access::Write).await?;
        // All of it is asked in one turn, which spares a way to the browser's process and back.
        // None of it stays unless the first answer is what was expected: the transaction cannot end
        // by itself before that answer has been looked at.
        let found = transaction.request("getKey", &[&key])?;
        if expected.is_some() {
            transaction.request("delete", &[&key])?;
        }
        if let (Some(bytes), Some(next)) = (new, next) {
            if self.kind == VAULT {
                ask_for_persistence(bytes);
            }
            let key = self.key(&[&js_number(next)]);
            transaction.request("put", &[&Uint8Array::from(bytes), &key])?;
        }
        if js::is_some(&transaction.answer(&found).await?) != expected.is_some() {
            return Ok(Swap::Conflict);
        }
        transaction.commit().await?;
        self.bell.ring();
        Ok(Swap::Done(next))
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        self.bell.listen()
    }
}

/// A revision has 53 bits, which are a number of JavaScript's.
fn js_number(revision: Revision) -> JsValue {
    (revision.0 as f64).into()
}

fn revision_in(key: &JsValue) -> Option<Revision> {
    js::get(key, "2").as_f64().map(|revision| Revision(revision as u64))
}

/// Asks the browser, once a page, not to evict the origin's storage, when there is something to
/// lose. Some browsers ask the person, who may take their time: nothing waits for the answer.
fn ask_for_persistence(bytes: &[u8]) {
    thread_local! {
        static ASKED: Flag<bool> = const { Flag::new(false) };
    }
    if !ASKED.get() && inspect(bytes).is_ok_and(|vault| !vault.empty) {
        ASKED.set(true);
        let storage = js::global_path(&["navigator", "storage"]);
        if let Ok(answer) = js::call(&storage, "persist", &[]) {
            js::ignore(answer);
        }
    }
}
