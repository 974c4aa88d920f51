//! The vault, which is in JavaScript's hands.

use std::cell::RefCell;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::mpsc;
use js_sys::Promise;
use keyward::{Cause, Value};
use keyward_js::js;
use keyward_session::{Error, Keep, Signal, Signals};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A vault behind an object with `load`, `store`, `remove` and `isLocked`, which answer promises.
/// Values are their JSON texts; one that is no JSON is loaded as `false`.
pub(crate) struct JsVault {
    doors: JsValue,
    ears: Rc<Ears>,
}

/// Who listens to the vault.
#[derive(Default)]
pub(crate) struct Ears {
    listeners: RefCell<Vec<mpsc::UnboundedSender<Signal>>>,
    /// What the vault has last rejected with, for whoever gets the session's error.
    pub(crate) thrown: RefCell<JsValue>,
}

impl Ears {
    /// Passes on what the vault has told.
    pub(crate) fn tell(&self, signal: Signal) {
        self.listeners.borrow_mut().retain(|ear| ear.unbounded_send(signal).is_ok());
    }
}

impl JsVault {
    pub(crate) fn new(doors: JsValue, ears: Rc<Ears>) -> Self {
        Self { doors, ears }
    }

    async fn ask(&self, method: &str, arguments: &[&JsValue]) -> Result<JsValue, Error> {
        let answer = match js::call(&self.doors, method, arguments) {
            Ok(promise) => JsFuture::from(promise.unchecked_into::<Promise>()).await,
            Err(thrown) => Err(thrown),
        };
        answer.map_err(|thrown| {
            // Its own words may be of any length, and are kept as the object that they came in.
            let error = Cause::new(js::name(&thrown));
            *self.ears.thrown.borrow_mut() = thrown;
            Error::Keep(error)
        })
    }
}

#[async_trait(?Send)]
impl Keep for JsVault {
    async fn load(&self, name: &str) -> Result<Option<Value>, Error> {
        let value = self.ask("load", &[&name.into()]).await?;
        if !js::is_some(&value) {
            return Ok(None);
        }
        let text = value.as_string().ok_or(Error::Unreadable)?;
        Ok(Some(Value::json_text(text)?))
    }

    async fn store(&self, name: &str, value: Value) -> Result<(), Error> {
        let text = std::str::from_utf8(value.expose()).map_err(|_| Error::Unreadable)?;
        self.ask("store", &[&name.into(), &text.into()]).await.map(|_| ())
    }

    async fn remove(&self, name: &str) -> Result<(), Error> {
        self.ask("remove", &[&name.into()]).await.map(|_| ())
    }

    async fn is_locked(&self) -> Result<bool, Error> {
        Ok(self.ask("isLocked", &[]).await?.is_truthy())
    }

    fn signals(&self) -> Box<dyn Signals> {
        let (sender, receiver) = mpsc::unbounded();
        self.ears.listeners.borrow_mut().push(sender);
        Box::new(receiver)
    }
}
