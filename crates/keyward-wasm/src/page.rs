//! The page that comes and goes: hidden and shown again, frozen, kept for the way back.

use keyward::Vault;
use wasm_bindgen::prelude::*;

use crate::js;

/// What is heard, and where.
const HEARD: [(&[&str], &str); 5] = [
    (DOCUMENT, "visibilitychange"),
    (DOCUMENT, "freeze"),
    (DOCUMENT, "resume"),
    (&[], "pagehide"),
    (&[], "pageshow"),
];
const DOCUMENT: &[&str] = &["document"];

/// Tells a vault when its page goes to the background and comes back, until it is dropped.
pub(crate) struct PageWatch(Closure<dyn FnMut(JsValue)>);

impl PageWatch {
    /// `None` where there is no page, as in a worker and in Node.
    pub(crate) fn new(vault: Vault) -> Option<Self> {
        let document = js::global_path(DOCUMENT);
        if !js::is_some(&document) {
            return None;
        }
        let tell = move |leaves: bool| {
            if leaves || js::get(&document, "visibilityState") == "hidden" {
                vault.background();
            } else {
                vault.resume();
            }
        };
        // Opened behind another page, perhaps.
        tell(false);
        let watch = Self(Closure::new(move |event: JsValue| {
            let name = js::get(&event, "type");
            tell(name == "freeze" || name == "pagehide");
        }));
        watch.each("addEventListener");
        Some(watch)
    }

    fn each(&self, method: &str) {
        for (place, event) in HEARD {
            let _ = js::call(&js::global_path(place), method, &[&event.into(), self.0.as_ref()]);
        }
    }
}

impl Drop for PageWatch {
    fn drop(&mut self) {
        self.each("removeEventListener");
    }
}
