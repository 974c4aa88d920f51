//! Rung when a cell has changed, for the other handles on it, in this page and in others.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc;
use futures_core::stream::LocalBoxStream;
use futures_util::StreamExt;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::js;

/// More than an answer takes from the store to the app that waits for it.
const TURNS: u32 = 16;

/// One handle's bell: its own ringing is not heard by itself, but by all others of the same name.
pub(crate) struct Bell {
    name: String,
    channel: OnceCell<Rc<Channel>>,
}

impl Bell {
    pub(crate) fn new(name: String) -> Self {
        Self { name, channel: OnceCell::new() }
    }

    /// Tells the others.
    pub(crate) fn ring(&self) {
        self.channel().ring();
    }

    /// Tells the others when whoever waits for what has just happened has had their turn. That takes a
    /// tenth of a write; and it is done before the page can go away.
    pub(crate) fn ring_later(&self) {
        let channel = Rc::clone(self.channel());
        spawn_local(async move {
            js::turns(TURNS).await;
            channel.ring();
        });
    }

    /// Yields when another has rung, and when the page comes back from the browser's cache, where
    /// it may have heard nothing.
    pub(crate) fn listen(&self) -> LocalBoxStream<'static, ()> {
        let channel = Rc::clone(self.channel());
        let (sender, receiver) = mpsc::unbounded();
        channel.listen(Closure::new(move || {
            let _ = sender.unbounded_send(());
        }));
        receiver.inspect(move |()| _ = &channel).boxed_local()
    }

    fn channel(&self) -> &Rc<Channel> {
        self.channel.get_or_init(|| {
            let channel = js::construct("BroadcastChannel", &[&self.name.as_str().into()]);
            let channel = channel.unwrap_or_default();
            // In Node, a channel would keep the program from ending.
            let _ = js::call(&channel, "unref", &[]);
            Rc::new(Channel { channel, listeners: RefCell::default() })
        })
    }
}

struct Channel {
    /// Undefined where the platform has no such thing.
    channel: JsValue,
    listeners: RefCell<Vec<Closure<dyn FnMut()>>>,
}

impl Channel {
    fn ring(&self) {
        let _ = js::call(&self.channel, "postMessage", &[&JsValue::NULL]);
    }

    fn listen(&self, listener: Closure<dyn FnMut()>) {
        let _ =
            js::call(&self.channel, "addEventListener", &[&"message".into(), listener.as_ref()]);
        self.at_return("addEventListener", &listener);
        self.listeners.borrow_mut().push(listener);
    }

    fn at_return(&self, method: &str, listener: &Closure<dyn FnMut()>) {
        let _ = js::call(&js::global(), method, &[&"pageshow".into(), listener.as_ref()]);
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        let _ = js::call(&self.channel, "close", &[]);
        for listener in self.listeners.borrow().iter() {
            self.at_return("removeEventListener", listener);
        }
    }
}
