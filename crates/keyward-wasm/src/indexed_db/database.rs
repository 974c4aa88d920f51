//! One database, and the page's one connection to it.

mod hot;
mod outcome;
mod upgrade;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use js_sys::Function;
use keyward::{Cause, StoreError};
use wasm_bindgen::prelude::*;

use crate::js;

use hot::Hot;
use outcome::{Kind, Outcome, Waiting};

/// The object store of the cells' contents.
pub(crate) const CELLS: &str = "cells";
/// The object store of the keys.
pub(crate) const KEYS: &str = "keys";
/// The index of [`CELLS`] by the property of this name.
pub(crate) const REVISION: &str = "revision";

/// The layout: the two object stores and the index, without anything in their keys or values that is
/// not said where they are used. A page with an older Keyward refuses what a newer one has made.
const VERSION: u8 = 2;

/// How long the browser may take for one step, in milliseconds. A second is long for a disk that
/// is busy; another page that keeps an older version open never ends.
const LIMIT_MS: i32 = 10_000;

/// An IndexedDB database. The connection is made when it is first needed, is kept, and is made
/// anew when the browser has closed it or another page has asked for it to be closed.
pub struct Database {
    name: String,
    limit_ms: i32,
    connection: RefCell<Option<JsValue>>,
    /// A request to open that has not been answered. It is kept after its time is up: when it is
    /// answered after all, whoever comes next takes the connection.
    opening: RefCell<Option<Opening>>,
    /// What is asked of every transaction.
    strict: OnceCell<JsValue>,
}

#[derive(Clone)]
struct Opening {
    request: JsValue,
    answered: JsValue,
}

/// What a transaction is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Database {
    /// The database of this page's vaults. Every call gives the same.
    #[must_use]
    pub fn of_page() -> Rc<Self> {
        thread_local! {
            static OF_PAGE: Rc<Database> = Database::new("keyward", LIMIT_MS);
        }
        OF_PAGE.with(Rc::clone)
    }

    /// A database of any name, with another limit for each step.
    #[must_use]
    pub fn new(name: &str, limit_ms: i32) -> Rc<Self> {
        Rc::new(Self {
            name: name.to_owned(),
            limit_ms,
            connection: RefCell::default(),
            opening: RefCell::default(),
            strict: OnceCell::new(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Begins a transaction on one object store. It ends by itself when nothing is asked of it
    /// any more.
    pub(crate) async fn begin(
        &self,
        store: &'static str,
        access: Access,
    ) -> Result<Transaction, StoreError> {
        let strict = || js::object(&[("durability", &"strict".into())]);
        let strict = self.strict.get_or_init(strict);
        let mode = if access == Access::Write { "readwrite" } else { "readonly" };
        let mut again = true;
        loop {
            let connection = self.connect().await?;
            let begun = connection.unchecked_ref::<Hot>().transaction(store, mode, strict);
            let error = match begun {
                Ok(transaction) => {
                    let store = transaction.unchecked_ref::<Hot>().object_store(store);
                    let store = store.map_err(|error| store_error(&error))?;
                    return Ok(Transaction {
                        transaction,
                        store,
                        limit_ms: self.limit_ms,
                        undecided: access == Access::Write,
                    });
                }
                Err(error) => error,
            };
            // The connection was closed: by the browser, or for another page's sake.
            self.connection.take();
            if !again || js::name(&error) != "InvalidStateError" {
                return Err(store_error(&error));
            }
            again = false;
        }
    }

    async fn connect(&self) -> Result<JsValue, StoreError> {
        if let Some(connection) = self.connection.borrow().as_ref() {
            return Ok(connection.clone());
        }
        let opening = self.opening()?;
        match js::within(self.limit_ms, &opening.answered).await {
            Ok(_) => {
                let connection = js::get(&opening.request, "result");
                self.opening.take();
                // Another page deletes the database or brings a newer layout: it waits for this.
                let close: Function = js::get(&connection, "close").unchecked_into();
                js::set(&connection, "onversionchange", &close.bind0(&connection));
                self.connection.replace(Some(connection.clone()));
                Ok(connection)
            }
            Err(late) if late.is_undefined() => Err(StoreError::Busy),
            Err(_) => {
                self.opening.take();
                Err(store_error(&js::get(&opening.request, "error")))
            }
        }
    }

    fn opening(&self) -> Result<Opening, StoreError> {
        let mut slot = self.opening.borrow_mut();
        if let Some(opening) = slot.as_ref() {
            return Ok(opening.clone());
        }
        let factory = js::get(&js::global(), "indexedDB");
        if !js::is_some(&factory) {
            return Err(StoreError::Denied(Cause::new("there is no IndexedDB here")));
        }
        let request = js::call(&factory, "open", &[&self.name.as_str().into(), &VERSION.into()])
            .map_err(|error| store_error(&error))?;
        let made = request.clone();
        let make = Closure::once_into_js(move |change| upgrade::lay_out(&made, &change));
        js::set(&request, "onupgradeneeded", &make);
        let answered = js::settled(&request, "onsuccess", "onerror");
        let opening = Opening { request, answered };
        *slot = Some(opening.clone());
        Ok(opening)
    }
}

/// A transaction on one object store.
pub(crate) struct Transaction {
    transaction: JsValue,
    store: JsValue,
    limit_ms: i32,
    /// It writes, and nobody has said yet that it is to be kept.
    undecided: bool,
}

impl Drop for Transaction {
    /// A browser keeps what nobody wants any more, unless it is told.
    fn drop(&mut self) {
        if self.undecided {
            self.abort();
        }
    }
}

impl Transaction {
    /// Makes a request, whose failure fails the transaction.
    pub(crate) fn request(
        &self,
        method: &str,
        arguments: &[&JsValue],
    ) -> Result<JsValue, StoreError> {
        self.made(js::call(&self.store, method, arguments))
    }

    /// Asks an index for the key of the value that has `value` as its property `index`.
    pub(crate) fn look_up(&self, index: &str, value: &JsValue) -> Result<JsValue, StoreError> {
        let index = self.store.unchecked_ref::<Hot>().index(index);
        self.made(index.and_then(|index| index.get_key(value)))
    }

    /// Puts a value in the place of what is there.
    pub(crate) fn put(&self, value: &JsValue, key: &JsValue) -> Result<JsValue, StoreError> {
        self.made(self.store.unchecked_ref::<Hot>().put(value, key))
    }

    fn made(&self, request: Result<JsValue, JsValue>) -> Result<JsValue, StoreError> {
        request.map_err(|error| {
            self.abort();
            store_error(&error)
        })
    }

    /// Makes a request and waits for its result.
    pub(crate) async fn ask(
        &self,
        method: &str,
        arguments: &[&JsValue],
    ) -> Result<JsValue, StoreError> {
        self.answer(&self.request(method, arguments)?).await
    }

    /// Waits for the result of a request. Until it has been looked at, the transaction goes on.
    pub(crate) async fn answer(&self, request: &JsValue) -> Result<JsValue, StoreError> {
        self.ended(request, Waiting::new(request, Kind::Request, self.limit_ms).await)?;
        Ok(js::get(request, "result"))
    }

    /// Keeps everything if the answer to `request` is there, or is not there, as `expected`, and waits
    /// until it is durable; false, and nothing is kept, if it is otherwise.
    pub(crate) async fn commit_if(
        mut self,
        request: &JsValue,
        expected: bool,
    ) -> Result<bool, StoreError> {
        let target = &self.transaction;
        let waiting = Waiting::new(target, Kind::Transaction, self.limit_ms);
        let outcome = waiting.keep_if(request, expected).await;
        if outcome == Outcome::Unexpected {
            return Ok(false);
        }
        self.undecided = false;
        self.ended(&self.transaction, outcome)?;
        Ok(true)
    }

    /// Keeps everything, and waits until it is durable.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.undecided = false;
        let target = &self.transaction;
        let kept = target.unchecked_ref::<Hot>().commit();
        kept.map_err(|_| store_error(&js::get(target, "error")))?;
        self.ended(target, Waiting::new(target, Kind::Transaction, self.limit_ms).await)
    }

    fn ended(&self, target: &JsValue, outcome: Outcome) -> Result<(), StoreError> {
        match outcome {
            Outcome::Done => Ok(()),
            Outcome::Failed | Outcome::Unexpected => Err(store_error(&js::get(target, "error"))),
            Outcome::Late => {
                self.abort();
                Err(StoreError::Busy)
            }
        }
    }

    fn abort(&self) {
        let _ = js::call(&self.transaction, "abort", &[]);
    }
}

pub(crate) fn store_error(error: &JsValue) -> StoreError {
    let cause = || Cause::new(js::describe(error));
    match js::name(error).as_str() {
        "QuotaExceededError" => StoreError::Full,
        "VersionError" => StoreError::TooNew,
        "SecurityError" | "NotAllowedError" | "InvalidStateError" => StoreError::Denied(cause()),
        _ => StoreError::Io(cause()),
    }
}
