//! How a request or a transaction of IndexedDB ends, told by its events. Promises would come to the
//! same some turns later, of which each write would wait for a dozen.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_channel::oneshot;
use futures_util::FutureExt;
use wasm_bindgen::prelude::*;

use crate::js;

/// The handlers of a request and of a transaction: for when it is done, and for when it has failed.
pub(super) const OF_REQUEST: Handlers = ["onsuccess", "onerror"];
pub(super) const OF_TRANSACTION: Handlers = ["oncomplete", "onabort"];

type Handlers = [&'static str; 2];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Failed,
    /// It has not ended in time.
    Late,
}

/// Waits for an outcome, with the target's only handlers. They are taken away when nobody waits any
/// more; a target that has told its outcome does not call them again.
pub(super) struct Waiting<'a> {
    target: &'a JsValue,
    handlers: Handlers,
    timer: JsValue,
    outcome: oneshot::Receiver<Outcome>,
    told: bool,
    _hear: Closure<dyn FnMut(JsValue)>,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(target: &'a JsValue, handlers: Handlers, limit_ms: i32) -> Self {
        let (tell, outcome) = oneshot::channel();
        let tell = Cell::new(Some(tell));
        let hear = Closure::new(move |event: JsValue| {
            // A timer brings no event.
            let outcome = match js::get(&event, "type").as_string() {
                None => Outcome::Late,
                Some(name) if handlers[0].ends_with(&name) => Outcome::Done,
                Some(_) => Outcome::Failed,
            };
            if let Some(tell) = tell.take() {
                let _ = tell.send(outcome);
            }
        });
        for handler in handlers {
            js::set(target, handler, hear.as_ref());
        }
        let timer = js::call(&js::global(), "setTimeout", &[hear.as_ref(), &limit_ms.into()]);
        Self {
            target,
            handlers,
            timer: timer.unwrap_or_default(),
            outcome,
            told: false,
            _hear: hear,
        }
    }
}

impl Future for Waiting<'_> {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        self.outcome.poll_unpin(context).map(|told| {
            let outcome = told.unwrap_or(Outcome::Late);
            self.told = outcome != Outcome::Late;
            outcome
        })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.told {
            for handler in self.handlers {
                js::set(self.target, handler, &JsValue::NULL);
            }
        }
        let _ = js::call(&js::global(), "clearTimeout", &[&self.timer]);
    }
}
