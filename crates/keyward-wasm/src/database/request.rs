//! Requests and transactions as futures.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_channel::oneshot;
use futures_util::FutureExt;
use wasm_bindgen::prelude::*;
use web_sys::{Event, IdbRequest, IdbTransaction};

use crate::trouble::Trouble;

type Handler = Closure<dyn FnMut(Event)>;

/// The outcome of one request. Its handlers go with it: one that was left behind would throw, and
/// an exception in a handler undoes the transaction.
pub(super) struct Outcome {
    request: IdbRequest,
    answered: oneshot::Receiver<()>,
    _handler: Handler,
}

impl Outcome {
    pub(super) fn of(request: &IdbRequest) -> Self {
        let (handler, answered) = once(drop);
        request.set_onsuccess(Some(handler.as_ref().unchecked_ref()));
        request.set_onerror(Some(handler.as_ref().unchecked_ref()));
        Self { request: request.clone(), answered, _handler: handler }
    }
}

impl Future for Outcome {
    type Output = Result<JsValue, Trouble>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answered).poll(context).map(|_| match self.request.error() {
            Ok(Some(error)) => Err(JsValue::from(error).into()),
            _ => Ok(self.request.result()?),
        })
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        self.request.set_onsuccess(None);
        self.request.set_onerror(None);
    }
}

/// How a transaction ended.
pub(super) struct Ended {
    transaction: IdbTransaction,
    ended: RefCell<oneshot::Receiver<bool>>,
    _handler: Handler,
}

impl Ended {
    pub(super) fn of(transaction: &IdbTransaction) -> Self {
        let (handler, ended) = once(|event| event.type_() == "complete");
        transaction.set_oncomplete(Some(handler.as_ref().unchecked_ref()));
        transaction.set_onabort(Some(handler.as_ref().unchecked_ref()));
        Self { transaction: transaction.clone(), ended: RefCell::new(ended), _handler: handler }
    }

    /// Waits for the end, and says whether everything was written.
    pub(super) async fn completed(&self) -> bool {
        let ended = poll_fn(|context| self.ended.borrow_mut().poll_unpin(context)).await;
        ended.unwrap_or(false)
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.transaction.set_oncomplete(None);
        self.transaction.set_onabort(None);
    }
}

/// A handler, and what it makes of the first event that it gets.
fn once<T: 'static>(read: fn(Event) -> T) -> (Handler, oneshot::Receiver<T>) {
    let (sender, receiver) = oneshot::channel();
    let mut sender = Some(sender);
    let handler = Handler::new(move |event: Event| {
        if let Some(sender) = sender.take() {
            let _ = sender.send(read(event));
        }
    });
    (handler, receiver)
}
