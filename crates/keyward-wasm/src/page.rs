//! The page's comings and goings, which are the app's.

use keyward::Vault;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Event, EventTarget, Window};

use crate::tabs::Tabs;

/// `resume` and `freeze` are of the Page Lifecycle specification; a page that lies in the back/forward
/// cache hears `pagehide` and `pageshow`.
const ON_DOCUMENT: [&str; 3] = ["visibilitychange", "freeze", "resume"];
const ON_WINDOW: [&str; 2] = ["pagehide", "pageshow"];

/// Tells a vault when its page goes to the background and comes back, until this is dropped.
pub(crate) struct PageWatch {
    document: Document,
    window: Window,
    heard: Closure<dyn FnMut(Event)>,
}

impl PageWatch {
    /// None where there is no page: in workers and on servers.
    pub(crate) fn start(vault: Vault, tabs: Tabs) -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        if document.hidden() {
            vault.background();
        }
        let heard = Closure::<dyn FnMut(Event)>::new({
            let document = document.clone();
            move |event: Event| {
                let kind = event.type_();
                if document.hidden() || kind == "pagehide" || kind == "freeze" {
                    vault.background();
                    return;
                }
                if kind != "visibilitychange" {
                    tabs.was_deaf();
                }
                vault.resume();
            }
        });
        let watch = Self { document, window, heard };
        watch.each(|target, kind, heard| {
            let _ = target.add_event_listener_with_callback(kind, heard);
        });
        Some(watch)
    }

    fn each(&self, act: impl Fn(&EventTarget, &str, &js_sys::Function)) {
        let heard = self.heard.as_ref().unchecked_ref();
        ON_DOCUMENT.iter().for_each(|kind| act(&self.document, kind, heard));
        ON_WINDOW.iter().for_each(|kind| act(&self.window, kind, heard));
    }
}

impl Drop for PageWatch {
    fn drop(&mut self) {
        self.each(|target, kind, heard| {
            let _ = target.remove_event_listener_with_callback(kind, heard);
        });
    }
}
