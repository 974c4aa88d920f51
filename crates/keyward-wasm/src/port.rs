//! The door between a vault and JavaScript: JSON in, JSON out.

use std::rc::Rc;
use std::sync::Arc;

use futures_util::StreamExt;
use js_sys::{Function, Promise};
use keyward::{Argon2Costs, Config, MemoryStores, Platform, Vault, VaultType};
use wasm_bindgen::prelude::*;

struct Clock;

#[async_trait::async_trait(?Send)]
impl keyward::Clock for Clock {
    fn now(&self) -> keyward::Instant {
        keyward::Instant(js_sys::Date::now() as u64)
    }
    fn wall(&self) -> u64 {
        js_sys::Date::now() as u64
    }
    async fn sleep_until(&self, _deadline: keyward::Instant) {
        std::future::pending().await
    }
}

/// One vault.
#[wasm_bindgen]
pub struct VaultPort {
    vault: Vault,
}

#[wasm_bindgen]
impl VaultPort {
    /// A vault that is yet to be initialised.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(_kind: &str, on_notice: Function) -> Self {
        let (vault, driver) = Vault::new(Platform {
            clock: Arc::new(Clock),
            stores: Rc::new(MemoryStores::new()),
            protectors: Vec::new(),
            hashing: Rc::new(keyward::HashInPlace),
            argon2: Argon2Costs::DEFAULT,
        });
        wasm_bindgen_futures::spawn_local(driver.run());
        let mut events = vault.events();
        wasm_bindgen_futures::spawn_local(async move {
            while let Some(event) = events.next().await {
                let _ = on_notice.call1(&JsValue::NULL, &format!("{event:?}").into());
            }
        });
        Self { vault }
    }

    /// Makes a call.
    #[wasm_bindgen]
    pub fn call(&self, message: &str) -> Promise {
        let vault = self.vault.clone();
        let message = message.to_owned();
        wasm_bindgen_futures::future_to_promise(async move {
            vault.initialize(Config::new("a", VaultType::CustomPasscode)).await.map_err(|e| e.to_string())?;
            vault.set_passcode(keyward::Passcode::new("1").map_err(|e| e.to_string())?).await.map_err(|e| e.to_string())?;
            vault.set("a", &message).await.map_err(|e| e.to_string())?;
            Ok("".into())
        })
    }
}
