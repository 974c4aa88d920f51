//! How a request or a transaction of IndexedDB ends, told by its events. Promises would come to the
//! same some turns later, of which each write would wait for a dozen.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_channel::oneshot;
use futures_util::FutureExt;
use wasm_bindgen::prelude::*;

use super::hot::{Event, Hot, clear_timeout, set_timeout};

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Transaction,
}

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
    target: &'a Hot,
    kind: Kind,
    timer: JsValue,
    outcome: oneshot::Receiver<Outcome>,
    told: bool,
    hear: Closure<dyn FnMut(Event)>,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(target: &'a JsValue, kind: Kind, limit_ms: i32) -> Self {
        let (tell, outcome) = oneshot::channel();
        let tell = Cell::new(Some(tell));
        let hear = Closure::new(move |event: Event| {
            // A timer brings no event.
            let outcome = if event.is_undefined() {
                Outcome::Late
            } else {
                match event.name().as_str() {
                    "success" | "complete" => Outcome::Done,
                    _ => Outcome::Failed,
                }
            };
            if let Some(tell) = tell.take() {
                let _ = tell.send(outcome);
            }
        });
        let timer = set_timeout(hear.as_ref(), limit_ms);
        let target = target.unchecked_ref();
        let waiting = Self { target, kind, timer, outcome, told: false, hear };
        waiting.handle(waiting.hear.as_ref());
        waiting
    }

    fn handle(&self, handler: &JsValue) {
        match self.kind {
            Kind::Request => {
                self.target.set_onsuccess(handler);
                self.target.set_onerror(handler);
            }
            Kind::Transaction => {
                self.target.set_oncomplete(handler);
                self.target.set_onabort(handler);
            }
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
            self.handle(&JsValue::NULL);
        }
        clear_timeout(&self.timer);
    }
}
