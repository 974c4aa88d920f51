//! The suites that every store and every protector must pass.

use std::rc::Rc;

use keyward::{Cells, Protector, Registry, Role, Stores};
use keyward_conformance::protector::{self, Forgotten, Subject};
use keyward_conformance::store::{self, Handles};
use keyward_wasm::{
    Database, IndexedDb, LocalStorage, Passkey, SessionStorage, TabSession, WebCrypto,
};
use wasm_bindgen::prelude::*;

use crate::steps::LIMIT_MS;

/// The store of pages.
#[wasm_bindgen]
pub async fn indexed_db_conforms() {
    // Two connections, as two pages have.
    let database = || Database::new("conformance", LIMIT_MS);
    let (one, other) = (IndexedDb::new(&database()), IndexedDb::new(&database()));
    store::all(async || fresh(&one, &other)).await;
}

/// The store of tabs, but for contents that no browser's sessionStorage can hold.
#[wasm_bindgen]
pub async fn session_storage_conforms() {
    store::all_up_to(1 << 20, async || fresh(&SessionStorage, &SessionStorage)).await;
}

/// Where an origin remembers its vaults, whose records are short.
#[wasm_bindgen]
pub async fn local_storage_conforms() {
    store::all_up_to(1 << 10, async || {
        let key = getrandom::u64().expect("browsers have random numbers").to_string();
        let cell = || LocalStorage.cell(&key).expect("every key has a place");
        Handles { a: cell(), b: cell() }
    })
    .await;
}

/// Two handles on a new cell; the attempts' cells are tested in turns with the vaults'.
fn fresh(one: &dyn Stores, other: &dyn Stores) -> Handles {
    let key = getrandom::u64().expect("browsers have random numbers").to_string();
    let cells = |stores: &dyn Stores| {
        let Cells { vault, attempts } = stores.open(&key).expect("every key has a place");
        if key.ends_with(['0', '2', '4', '6', '8']) { attempts } else { vault }
    };
    Handles { a: cells(one), b: cells(other) }
}

/// Keys that stay.
#[wasm_bindgen]
pub async fn web_crypto_conforms() {
    conforms(Forgotten::Lost, &|| {
        Box::new(WebCrypto::persistent(&Database::new("conformance", LIMIT_MS)))
    })
    .await;
}

/// Keys that go with the tab's session.
#[wasm_bindgen]
pub async fn web_crypto_of_a_tab_conforms() {
    let session = TabSession::new(&Database::new("conformance", LIMIT_MS));
    for role in [Role::DeviceStore, Role::UserVerification] {
        conforms(Forgotten::Lost, &|| Box::new(WebCrypto::of_tab(&Rc::clone(&session), role)))
            .await;
    }
}

/// Passkeys, with an authenticator that says yes at once.
#[wasm_bindgen]
pub async fn passkey_conforms() {
    conforms(Forgotten::Dismissed, &|| {
        Box::new(Passkey::new(&Database::new("conformance", LIMIT_MS)))
    })
    .await;
}

async fn conforms(forgotten: Forgotten, open: &dyn Fn() -> Box<dyn Protector>) {
    protector::all(&Subject { open, forgotten }).await;
}
