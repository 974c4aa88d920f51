//! What the tabs of one origin tell each other: that the app has locked a vault. What is stored they
//! see change for themselves, and each is in the background for itself.

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::future::{AbortHandle, Either, abortable, select};
use futures_util::{FutureExt, StreamExt};
use keyward::{Event, Events, LockCause, Vault};
use wasm_bindgen::prelude::*;

use crate::js;

const CHANNEL: &str = "keyward-locks";

/// Locks a vault when it is locked in another tab, and the other way round, until it is dropped.
pub(crate) struct Tabs {
    channel: JsValue,
    _heard: Closure<dyn FnMut(JsValue)>,
    listening: AbortHandle,
}

impl Tabs {
    /// `None` where there are no other tabs to talk to.
    pub(crate) fn new(vault: Vault) -> Option<Self> {
        let channel = js::construct("BroadcastChannel", &[&CHANNEL.into()]).ok()?;
        let (sender, keys) = unbounded();
        let heard = Closure::new(move |message: JsValue| {
            if let Some(key) = js::get(&message, "data").as_string() {
                let _ = sender.unbounded_send(key);
            }
        });
        js::set(&channel, "onmessage", heard.as_ref());
        let events = vault.events();
        let (listen, listening) = abortable(listen(vault, events, keys, channel.clone()));
        wasm_bindgen_futures::spawn_local(listen.map(drop));
        Some(Self { channel, _heard: heard, listening })
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.listening.abort();
        let _ = js::call(&self.channel, "close", &[]);
    }
}

async fn listen(
    vault: Vault,
    mut events: Events,
    mut keys: UnboundedReceiver<String>,
    channel: JsValue,
) {
    let key = || vault.config().map(|config| config.key);
    loop {
        match select(events.next(), keys.next()).await {
            Either::Left((Some(Event::Locked(LockCause::Requested)), _)) => {
                if let Some(key) = key() {
                    let _ = js::call(&channel, "postMessage", &[&key.into()]);
                }
            }
            Either::Left((Some(_), _)) => {}
            Either::Right((Some(locked), _)) if key().as_ref() == Some(&locked) => {
                let _ = vault.lock().await;
                // What this lock has told is no news to the others.
                while let Some(Some(_)) = events.next().now_or_never() {}
            }
            Either::Right((Some(_), _)) => {}
            Either::Left((None, _)) | Either::Right((None, _)) => return,
        }
    }
}
