//! What the tabs of one origin tell each other: that the app has a vault locked. What is stored they
//! see change for themselves, and each is in the background for itself.

use keyward::Vault;
use wasm_bindgen::prelude::*;

use crate::js;

const CHANNEL: &str = "keyward-locks";

/// Locks a vault when it is to be locked in another tab, and the other way round, until it is dropped.
pub(crate) struct Tabs {
    vault: Vault,
    channel: JsValue,
    _heard: Closure<dyn FnMut(JsValue)>,
}

impl Tabs {
    /// `None` where there are no other tabs to talk to.
    pub(crate) fn new(vault: Vault) -> Option<Self> {
        let channel = js::construct("BroadcastChannel", &[&CHANNEL.into()]).ok()?;
        // In Node, a channel would keep the program from ending.
        let _ = js::call(&channel, "unref", &[]);
        let ours = vault.clone();
        let heard = Closure::new(move |message: JsValue| {
            let key = js::get(&message, "data").as_string();
            if key.is_some() && key == key_of(&ours) {
                // Done, whether or not anybody waits for it.
                drop(ours.lock());
            }
        });
        js::set(&channel, "onmessage", heard.as_ref());
        Some(Self { vault, channel, _heard: heard })
    }

    /// Tells the other tabs that the app has the vault locked. Also when it is locked here already: it
    /// may be open there.
    pub(crate) fn lock(&self) {
        if let Some(key) = key_of(&self.vault) {
            let _ = js::call(&self.channel, "postMessage", &[&key.into()]);
        }
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        let _ = js::call(&self.channel, "close", &[]);
    }
}

fn key_of(vault: &Vault) -> Option<String> {
    vault.config().map(|config| config.key)
}
