//! The page that comes and goes: hidden and shown again, frozen, kept for the way back.

use keyward::Vault;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Event, EventTarget, VisibilityState, Window};

/// What is heard, and where.
const ON_DOCUMENT: [&str; 3] = ["visibilitychange", "freeze", "resume"];
const ON_WINDOW: [&str; 2] = ["pagehide", "pageshow"];

/// Tells a vault when its page goes to the background and comes back, until it is dropped.
pub(crate) struct PageWatch {
    window: Window,
    document: Document,
    heard: Closure<dyn FnMut(Event)>,
}

impl PageWatch {
    /// `None` where there is no page, as in a worker and in Node.
    pub(crate) fn new(vault: Vault) -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        let page = document.clone();
        let tell = move |leaves: bool| {
            if leaves || page.visibility_state() == VisibilityState::Hidden {
                vault.background();
            } else {
                vault.resume();
            }
        };
        // Opened behind another page.
        if document.visibility_state() == VisibilityState::Hidden {
            tell(true);
        }
        let heard = Closure::new(move |event: Event| {
            tell(matches!(event.type_().as_str(), "freeze" | "pagehide"));
        });
        let watch = Self { window, document, heard };
        watch.each(|target, name, heard| {
            let _ = target.add_event_listener_with_callback(name, heard);
        });
        Some(watch)
    }

    fn each(&self, act: impl Fn(&EventTarget, &str, &js_sys::Function)) {
        let heard = self.heard.as_ref().unchecked_ref();
        ON_DOCUMENT.iter().for_each(|name| act(&self.document, name, heard));
        ON_WINDOW.iter().for_each(|name| act(&self.window, name, heard));
    }
}

impl Drop for PageWatch {
    fn drop(&mut self) {
        self.each(|target, name, heard| {
            let _ = target.remove_event_listener_with_callback(name, heard);
        });
    }
}
