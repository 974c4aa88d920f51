//! How a request or a transaction of IndexedDB ends, told by its events. Promises would come to the
//! same some turns later, of which each write would wait for a dozen.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_channel::oneshot;
use futures_util::FutureExt;
use wasm_bindgen::prelude::*;

use super::hot::{Hot, clear_timeout, set_timeout};
use crate::js;

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
    /// The answer that decides is not the expected one. The transaction has not ended.
    Unexpected,
}

/// Waits for an outcome, with the only handlers of what is waited for. They are taken away when nobody
/// waits any more; what has told its outcome does not call them again.
pub(super) struct Waiting<'a> {
    target: &'a Hot,
    kind: Kind,
    timer: JsValue,
    teller: Teller,
    outcome: oneshot::Receiver<Outcome>,
    told: bool,
    done: Closure<dyn FnMut(JsValue)>,
    failed: Closure<dyn FnMut()>,
    decision: Option<(&'a Hot, Closure<dyn FnMut()>)>,
}

/// The first to tell is heard.
#[derive(Clone)]
struct Teller(Rc<Cell<Option<oneshot::Sender<Outcome>>>>);

impl Teller {
    fn tell(&self, outcome: Outcome) {
        if let Some(tell) = self.0.take() {
            let _ = tell.send(outcome);
        }
    }
}

impl<'a> Waiting<'a> {
    pub(super) fn new(target: &'a JsValue, kind: Kind, limit_ms: i32) -> Self {
        let (tell, outcome) = oneshot::channel();
        let teller = Teller(Rc::new(Cell::new(Some(tell))));
        let (done, failed) = (teller.clone(), teller.clone());
        // A timer brings no event.
        let done = Closure::new(move |event: JsValue| {
            done.tell(if event.is_undefined() { Outcome::Late } else { Outcome::Done });
        });
        let failed = Closure::new(move || failed.tell(Outcome::Failed));
        let timer = set_timeout(done.as_ref(), limit_ms);
        let target = target.unchecked_ref();
        let (told, decision) = (false, None);
        let it = Self { target, kind, timer, teller, outcome, told, done, failed, decision };
        it.handle(it.done.as_ref(), it.failed.as_ref());
        it
    }

    /// Keeps the transaction that is waited for if the answer to a request is there, or is not there,
    /// as expected. It is kept by the very event that brings the answer: to wake whoever waits, and to
    /// come back, would take its time.
    pub(super) fn keep_if(mut self, request: &'a JsValue, expected: bool) -> Self {
        let request: &Hot = request.unchecked_ref();
        let (answered, transaction) = (request.clone(), self.target.clone());
        let teller = self.teller.clone();
        let decide = Closure::new(move || {
            if js::is_some(&answered.result()) != expected {
                teller.tell(Outcome::Unexpected);
            } else if transaction.commit().is_err() {
                teller.tell(Outcome::Failed);
            }
        });
        request.set_onsuccess(decide.as_ref());
        self.decision = Some((request, decide));
        self
    }

    fn handle(&self, done: &JsValue, failed: &JsValue) {
        match self.kind {
            Kind::Request => {
                self.target.set_onsuccess(done);
                self.target.set_onerror(failed);
            }
            Kind::Transaction => {
                self.target.set_oncomplete(done);
                self.target.set_onabort(failed);
            }
        }
    }
}

impl Future for Waiting<'_> {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        self.outcome.poll_unpin(context).map(|told| {
            let outcome = told.unwrap_or(Outcome::Late);
            self.told = matches!(outcome, Outcome::Done | Outcome::Failed);
            outcome
        })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.handle(&JsValue::NULL, &JsValue::NULL);
            if let Some((request, _)) = &self.decision {
                request.set_onsuccess(&JsValue::NULL);
            }
        }
        clear_timeout(&self.timer);
    }
}
