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

use database::{CELLS, REVISION};

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

/// The name of the bytes in a content; that of its revision is [`REVISION`].
const BYTES: &str = "bytes";

/// One cell. Its content is the value at `[name, kind]`: an object with the bytes and a revision, by
/// which an index finds it, so that a look at the index tells whether that content is still there.
/// No two contents ever had the same revision.
struct Cell {
    database: Rc<Database>,
    key: JsValue,
    kind: u8,
    bell: Bell,
}

impl Cell {
    fn new(database: &Rc<Database>, key: &str, kind: u8) -> Self {
        let bell = Bell::new([database.name(), ["/", "#"][usize::from(kind)], key].concat());
        let key = js::list(&[&key.into(), &kind.into()]).into();
        Self { database: Rc::clone(database), key, kind, bell }
    }
}

#[async_trait(?Send)]
impl Store for Cell {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        let transaction = self.database.begin(CELLS, Access::Read).await?;
        let found = transaction.ask("get", &[&self.key]).await?;
        let Some(revision) = js::get(&found, REVISION).as_f64() else {
            return Ok(None);
        };
        let bytes: Uint8Array = js::get(&found, BYTES).unchecked_into();
        if bytes.length() as usize > MAX_STORED_LEN {
            return Err(StoreError::TooLarge);
        }
        Ok(Some(Stored { bytes: bytes.to_vec(), revision: Revision(revision as u64) }))
    }

    async fn holds(&self, revision: Revision) -> Result<bool, StoreError> {
        let transaction = self.database.begin(CELLS, Access::Read).await?;
        let key = transaction.look_up(REVISION, &js_number(revision))?;
        Ok(js::is_some(&transaction.answer(&key).await?))
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        match new {
            Some(new) => self.replace(expected, Some(&mut || Some(self.copied(new)))).await,
            None => self.replace(expected, None).await,
        }
    }

    async fn swap_with(
        &self,
        expected: Option<Revision>,
        make: &mut dyn FnMut() -> Option<Vec<u8>>,
    ) -> Result<Swap, StoreError> {
        self.replace(expected, Some(&mut || Some(self.copied(&make()?)))).await
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        self.bell.listen()
    }
}

/// Makes the bytes of a new content, or gives up.
type Make<'a> = &'a mut dyn FnMut() -> Option<Uint8Array>;

impl Cell {
    /// Replaces the content by what `make` makes; without one, takes it away.
    async fn replace(
        &self,
        expected: Option<Revision>,
        make: Option<Make<'_>>,
    ) -> Result<Swap, StoreError> {
        let transaction = self.database.begin(CELLS, Access::Write).await?;
        // All of it is asked in one turn, which spares a way to the browser's process and back, and
        // the old content is replaced where it is, which costs a message less than taking it away.
        // The browser looks while the new content is made. None of it stays unless the first answer
        // is what was expected: the transaction cannot end by itself before that answer has been
        // looked at.
        let found = match expected {
            Some(revision) => transaction.look_up(REVISION, &js_number(revision))?,
            None => transaction.request("getKey", &[&self.key])?,
        };
        let mut next = None;
        if let Some(make) = make {
            let Some(bytes) = make() else { return Ok(Swap::Conflict) };
            let revision = random_revision()?;
            let value = js::object(&[(REVISION, &js_number(revision)), (BYTES, &bytes)]);
            transaction.put(&value, &self.key)?;
            next = Some(revision);
        } else if expected.is_some() {
            transaction.request("delete", &[&self.key])?;
        }
        match transaction.commit_if(&found, expected.is_some()).await? {
            true => {
                self.bell.ring_later();
                Ok(Swap::Done(next))
            }
            false => Ok(Swap::Conflict),
        }
    }

    fn copied(&self, bytes: &[u8]) -> Uint8Array {
        if self.kind == VAULT {
            ask_for_persistence(bytes);
        }
        Uint8Array::from(bytes)
    }
}

/// A revision has 53 bits, which are a number of JavaScript's.
fn js_number(revision: Revision) -> JsValue {
    (revision.0 as f64).into()
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
