//! The door between a vault and JavaScript: JSON in, JSON out.

use std::rc::Rc;
use std::sync::Arc;

use futures_channel::oneshot;
use futures_util::future::select;
use js_sys::futures::{future_to_promise, spawn_local};
use js_sys::{Function, Promise};
use keyward::{Platform, Protector, Role, Stores, Vault};
use keyward_bridge::{Reply, Session};
use wasm_bindgen::prelude::*;

use crate::clock::PageClock;
use crate::database::Database;
use crate::device;
use crate::hashing::{self, DisposableHashing};
use crate::indexed_db::IndexedDb;
use crate::memory_only::MemoryOnly;
use crate::page::PageWatch;
use crate::passkey::Passkey;
use crate::relay;
use crate::session_storage::{self, SessionStorage};
use crate::tabs::Tabs;
use crate::web_crypto::WebCrypto;

/// One vault, as JavaScript holds it. Making one looks at nothing and cannot fail.
#[wasm_bindgen]
pub struct VaultPort {
    session: Session,
    _page: Option<PageWatch>,
    /// Ends what listens to other tabs, when it is dropped.
    _listening: oneshot::Sender<()>,
}

#[wasm_bindgen]
impl VaultPort {
    /// A vault that is yet to be initialised. `kind` says how long it lives: `persistent`, or as
    /// long as the `tab`. `on_notice` is called with the JSON of each notice.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(kind: &str, on_notice: Function) -> Self {
        let told = move |notice: &str| {
            // What the app's callback throws is the app's.
            let _ = on_notice.call1(&JsValue::UNDEFINED, &notice.into());
        };
        let of_tab = kind == "tab";
        let tabs = Tabs::new();
        let (vault, driver) = Vault::new(platform(of_tab, &tabs));
        let page = PageWatch::start(vault.clone(), tabs.clone());
        let (listening, ended) = oneshot::channel();
        if !of_tab {
            let relay = relay::locks(vault.clone(), tabs);
            spawn_local(async move {
                select(Box::pin(relay), ended).await;
            });
        }
        let session = if of_tab { Session::silent(vault, told) } else { Session::new(vault, told) };
        spawn_local(session.notices());
        spawn_local(driver.run());
        Self { session, _page: page, _listening: listening }
    }

    /// Makes a call: the JSON of its answer, at once when it is known at once, or else as a promise
    /// that never rejects.
    pub fn call(&self, message: String) -> JsValue {
        match self.session.call(message) {
            Reply::Ready(answer) => JsValue::from_str(&answer),
            Reply::Waiting(answer) => {
                future_to_promise(async { Ok(JsValue::from_str(&answer.await)) }).into()
            }
        }
    }
}

/// Answers a question about the device.
#[wasm_bindgen(js_name = device)]
pub fn device_answer(message: String) -> Promise {
    future_to_promise(async move { Ok(JsValue::from_str(&device::answer(&message).await)) })
}

fn platform(of_tab: bool, tabs: &Tabs) -> Platform {
    let database = Database::new();
    let (stores, protectors): (Rc<dyn Stores>, Vec<Rc<dyn Protector>>) = if of_tab {
        let keys = |role| -> Rc<dyn Protector> { Rc::new(WebCrypto::of_tab(role)) };
        let stores: Rc<dyn Stores> = match session_storage::storage() {
            Ok(_) => Rc::new(SessionStorage::with(tabs.clone())),
            Err(_) => Rc::new(MemoryOnly),
        };
        (stores, vec![keys(Role::DeviceStore), keys(Role::UserVerification)])
    } else {
        let stores: Rc<dyn Stores> = if Database::is_supported() {
            Rc::new(IndexedDb::with(database.clone(), tabs.clone()))
        } else {
            Rc::new(MemoryOnly)
        };
        let keys = WebCrypto::with(database.clone());
        (stores, vec![Rc::new(keys), Rc::new(Passkey::with(database))])
    };
    Platform {
        clock: Arc::new(PageClock),
        stores,
        protectors,
        hashing: DisposableHashing::shared(),
        argon2: hashing::costs(),
    }
}
