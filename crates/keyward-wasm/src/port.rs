//! One vault in JavaScript's hands: calls and answers as JSON.

use std::rc::Rc;
use std::sync::Arc;

use js_sys::Function;
use keyward::{Platform, Protector, Registry, Role, Stores, Vault};
use keyward_bridge::{Reply, Session};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};

use crate::clock::PageClock;
use crate::hashing::{HashElsewhere, costs};
use crate::indexed_db::{Database, IndexedDb};
use crate::js;
use crate::memory_only::MemoryOnly;
use crate::page::PageWatch;
use crate::passkey::Passkey;
use crate::tab_session::TabSession;
use crate::tabs::Tabs;
use crate::web_crypto::WebCrypto;
use crate::web_storage::{LocalStorage, SessionStorage};

/// A vault, and what tells it of its page, until it is freed.
#[wasm_bindgen]
pub struct VaultPort {
    session: Session,
    _page: Option<PageWatch>,
    _tabs: Option<Rc<Tabs>>,
}

#[wasm_bindgen]
impl VaultPort {
    /// A vault that is yet to be initialised. With `lifetime` "tab" it lives as long as the tab's
    /// session, and never asks; otherwise it lives until it is cleared. `on_notice` is called with
    /// the JSON of each [`Notice`](keyward_bridge::messages::Notice).
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(lifetime: &str, on_notice: Function) -> Self {
        let told = move |notice: &str| {
            let _ = on_notice.call1(&JsValue::NULL, &notice.into());
        };
        let database = Database::of_page();
        let in_tab = lifetime == "tab";
        let platform = if in_tab { of_tab(&database) } else { of_origin(&database) };
        let (vault, driver) = Vault::new(platform);
        let page = PageWatch::new(vault.clone());
        let tabs = if in_tab { None } else { Tabs::new(vault.clone()).map(Rc::new) };
        let session = if in_tab { Session::silent(vault, told) } else { Session::new(vault, told) };
        if let Some(tabs) = &tabs {
            // Calls that never end must not keep the channel open.
            let tabs = Rc::downgrade(tabs);
            session.hear_locks(move || {
                if let Some(tabs) = tabs.upgrade() {
                    tabs.lock();
                }
            });
        }
        spawn_local(session.notices());
        spawn_local(driver.run());
        Self { session, _page: page, _tabs: tabs }
    }

    /// Makes a call. The answer is a string when it is known at once, else a promise of one, which
    /// is never broken.
    pub fn call(&self, message: String) -> JsValue {
        match self.session.call(message) {
            Reply::Ready(answer) => answer.as_str().into(),
            Reply::Waiting(answer) => {
                future_to_promise(async { Ok(answer.await.as_str().into()) }).into()
            }
        }
    }
}

/// What a vault has that all pages of the origin share.
fn of_origin(database: &Rc<Database>) -> Platform {
    let (stores, registry): (Rc<dyn Stores>, Option<Rc<dyn Registry>>) =
        if js::is_some(&js::get(&js::global(), "indexedDB")) {
            (Rc::new(IndexedDb::new(database)), Some(Rc::new(LocalStorage)))
        } else {
            (Rc::new(MemoryOnly), None)
        };
    platform(
        stores,
        vec![Rc::new(WebCrypto::persistent(database)), Rc::new(Passkey::new(database))],
        registry,
    )
}

/// What a vault has that belongs to one tab. The person is never asked: the same kind of key stands
/// in for what would. Nothing is remembered: that it ends with its tab is no loss.
fn of_tab(database: &Rc<Database>) -> Platform {
    let session = TabSession::new(database);
    platform(
        Rc::new(SessionStorage),
        vec![
            Rc::new(WebCrypto::of_tab(&session, Role::DeviceStore)),
            Rc::new(WebCrypto::of_tab(&session, Role::UserVerification)),
        ],
        None,
    )
}

fn platform(
    stores: Rc<dyn Stores>,
    protectors: Vec<Rc<dyn Protector>>,
    registry: Option<Rc<dyn Registry>>,
) -> Platform {
    Platform {
        clock: Arc::new(PageClock::new()),
        stores,
        protectors,
        registry,
        hashing: Rc::new(HashElsewhere),
        argon2: costs(),
    }
}
