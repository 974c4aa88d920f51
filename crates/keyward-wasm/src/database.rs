//! Keyward's IndexedDB database: opened when it is needed, opened again when the browser has closed
//! it, and every operation one transaction that ends within a time of our own.

mod request;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;
use web_sys::{
    DomException, Event, IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest, IdbTransaction,
};

use self::request::{Ended, Outcome};
use crate::js;
use crate::timer::within;
use crate::trouble::Trouble;

/// Sealed bytes by the names of their cells.
pub(crate) const CONTENTS: &str = "contents";
/// The revisions of those bytes, so that nobody has to read the bytes to compare.
pub(crate) const REVISIONS: &str = "revisions";
/// WebCrypto keys by the vaults that they belong to.
pub(crate) const KEYS: &str = "keys";
/// Which passkeys there are.
pub(crate) const PASSKEYS: &str = "passkeys";
/// Facts about this database.
pub(crate) const NOTES: &str = "notes";

/// Grows when the object stores change; a page with an older Keyward then finds the database
/// outdated and says so.
const VERSION: u32 = 1;
const OBJECT_STORES: [&str; 5] = [CONTENTS, REVISIONS, KEYS, PASSKEYS, NOTES];

/// How long the browser may take for opening the database, and for one transaction.
const PATIENCE: Duration = Duration::from_secs(20);

#[wasm_bindgen]
extern "C" {
    /// As `web-sys` has it, but with options, which it has only as unstable.
    #[wasm_bindgen(extends = IdbDatabase)]
    type Transactions;
    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &Transactions,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

/// The database. Clones share one connection.
#[derive(Clone)]
pub(crate) struct Database(Rc<RefCell<Option<Connection>>>);

#[derive(Clone)]
struct Connection(Rc<Open>);

struct Open {
    database: IdbDatabase,
    _closing: Closure<dyn FnMut(Event)>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.database.set_onversionchange(None);
        self.database.set_onclose(None);
        self.database.close();
    }
}

impl Database {
    pub(crate) fn new() -> Self {
        Self(Rc::default())
    }

    /// Whether this is a place with such databases at all.
    pub(crate) fn is_supported() -> bool {
        js::global("indexedDB").is_object()
    }

    /// Runs `work` in one transaction that only reads.
    pub(crate) async fn read<T>(
        &self,
        stores: &[&str],
        work: impl AsyncFnOnce(&Transaction) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let transaction = self.begin(stores, "readonly").await?;
        match within(PATIENCE, work(&transaction)).await {
            Some(result) => result,
            None => Err(Trouble::late("IndexedDB")),
        }
    }

    /// Runs `work` in one transaction, and returns when what it wrote is on the disk. If it fails,
    /// nothing was written. `work` must ask for all that it writes without waiting in between, so
    /// that dropping it leaves nothing half-written.
    pub(crate) async fn write<T>(
        &self,
        stores: &[&str],
        work: impl AsyncFnOnce(&Transaction) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let transaction = self.begin(stores, "readwrite").await?;
        let written = async {
            let result = work(&transaction).await;
            transaction.ended().await?;
            result
        };
        match within(PATIENCE, written).await {
            Some(result) => result,
            None => {
                // Fails if it is on its way to the disk already. Whether it gets there is then for
                // the next reader to see.
                let _ = transaction.transaction.abort();
                Err(Trouble::late("IndexedDB"))
            }
        }
    }

    async fn begin(&self, stores: &[&str], mode: &str) -> Result<Transaction, Trouble> {
        let names: Array = stores.iter().map(|&name| JsValue::from(name)).collect();
        let options = js::object(&[("durability", "strict".into())]);
        let mut again = true;
        loop {
            let Connection(open) = self.connect().await?;
            let database: &Transactions = open.database.unchecked_ref();
            match database.transaction(&names, mode, &options) {
                Ok(transaction) => return Ok(Transaction::new(transaction)),
                // The browser has closed the database behind our back.
                Err(error) if again && Trouble::from(error.clone()).is("InvalidStateError") => {
                    self.0.take();
                    again = false;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn connect(&self) -> Result<Connection, Trouble> {
        if let Some(connection) = &*self.0.borrow() {
            return Ok(connection.clone());
        }
        let opened = within(PATIENCE, open()).await;
        let database = opened.ok_or_else(|| Trouble::late("opening IndexedDB"))??;
        // Another call may have been faster.
        let present = self.0.borrow().clone();
        if let Some(connection) = present {
            database.close();
            return Ok(connection);
        }
        let shared = Rc::downgrade(&self.0);
        let closing = Closure::<dyn FnMut(Event)>::new(move |_: Event| {
            // Another page wants a newer version, or the person has deleted the site's data.
            // Whoever comes next opens it anew, or learns that it is too new.
            if let Some(shared) = shared.upgrade() {
                let gone = shared.take();
                if let Some(Connection(open)) = &gone {
                    open.database.close();
                }
            }
        });
        database.set_onversionchange(Some(closing.as_ref().unchecked_ref()));
        database.set_onclose(Some(closing.as_ref().unchecked_ref()));
        let connection = Connection(Rc::new(Open { database, _closing: closing }));
        *self.0.borrow_mut() = Some(connection.clone());
        Ok(connection)
    }
}

async fn open() -> Result<IdbDatabase, Trouble> {
    let factory = js::global("indexedDB");
    if !factory.is_object() {
        return Err(Trouble::missing("IndexedDB"));
    }
    let factory: IdbFactory = factory.unchecked_into();
    let request: IdbOpenDbRequest = factory.open_with_u32("keyward", VERSION)?;
    let upgrade = Closure::<dyn FnMut(Event)>::new({
        let request = request.clone();
        move |_: Event| {
            // If one cannot be made, the upgrade is undone by the browser, and opening fails.
            if let Ok(database) = request.result() {
                let database: IdbDatabase = database.unchecked_into();
                for name in OBJECT_STORES {
                    let _ = database.create_object_store(name);
                }
            }
        }
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    let opened = Outcome::of(&request).await;
    request.set_onupgradeneeded(None);
    match opened {
        Ok(database) => Ok(database.unchecked_into()),
        Err(trouble) if trouble.is("VersionError") => {
            Err(Trouble::new("VersionError", "a newer Keyward has changed the database; reload"))
        }
        Err(trouble) => Err(trouble),
    }
}

/// One transaction.
pub(crate) struct Transaction {
    transaction: IdbTransaction,
    ended: Ended,
}

impl Transaction {
    fn new(transaction: IdbTransaction) -> Self {
        Self { ended: Ended::of(&transaction), transaction }
    }

    fn store(&self, name: &str) -> Result<IdbObjectStore, Trouble> {
        Ok(self.transaction.object_store(name)?)
    }

    /// The value under `key`; `undefined` where there is none.
    pub(crate) fn get(&self, store: &str, key: &str) -> impl Future<Output = Requested> + use<> {
        let request = self.store(store).and_then(|store| Ok(store.get(&key.into())?));
        async move { Outcome::of(&request?).await }
    }

    /// The keys that stand in `store`.
    pub(crate) fn keys(&self, store: &str) -> impl Future<Output = Requested> + use<> {
        let request = self.store(store).and_then(|store| Ok(store.get_all_keys()?));
        async move { Outcome::of(&request?).await }
    }

    /// The values that stand in `store`, in the order of their keys.
    pub(crate) fn values(&self, store: &str) -> impl Future<Output = Requested> + use<> {
        let request = self.store(store).and_then(|store| Ok(store.get_all()?));
        async move { Outcome::of(&request?).await }
    }

    /// Asks for `value` to be put under `key`.
    pub(crate) fn put(&self, store: &str, key: &str, value: &JsValue) -> Result<(), Trouble> {
        self.store(store)?.put_with_key(value, &key.into())?;
        Ok(())
    }

    /// Asks for what is under `key`, a key or a range of them, to be deleted.
    pub(crate) fn delete(&self, store: &str, key: &JsValue) -> Result<(), Trouble> {
        self.store(store)?.delete(key)?;
        Ok(())
    }

    async fn ended(&self) -> Result<(), Trouble> {
        if self.ended.completed().await {
            return Ok(());
        }
        let error: Option<DomException> = self.transaction.error();
        Err(match error {
            Some(error) => JsValue::from(error).into(),
            None => Trouble::new("AbortError", "the browser gave the transaction up"),
        })
    }
}

type Requested = Result<JsValue, Trouble>;
