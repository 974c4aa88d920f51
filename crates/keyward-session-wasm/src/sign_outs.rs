//! What an origin remembers of sign-outs: in localStorage, which is readable while the vault is shut.

use async_trait::async_trait;
use keyward_js::js;
use keyward_session::{InThisProcess, SignOuts};
use wasm_bindgen::JsValue;

/// Remembers sign-outs for all pages of the origin; where there is no localStorage, for this one.
pub(crate) struct TabSignOuts {
    /// The vault's key.
    vault: String,
    here: InThisProcess,
}

impl TabSignOuts {
    pub(crate) fn new(vault: String) -> Self {
        Self { vault, here: InThisProcess::default() }
    }

    /// Calls localStorage with the item's name first.
    fn call(&self, method: &str, name: &str, value: &[&JsValue]) -> Result<JsValue, JsValue> {
        // With the length of the first name, no two pairs of names make one.
        let item = format!("keyward-signed-out/{}/{}/{name}", self.vault.len(), self.vault).into();
        let arguments: Vec<&JsValue> =
            std::iter::once(&item).chain(value.iter().copied()).collect();
        let storage = js::get(&js::global(), "localStorage");
        js::call(&storage, method, &arguments)
    }
}

#[async_trait(?Send)]
impl SignOuts for TabSignOuts {
    async fn remember(&self, name: &str) {
        // Not twice: another page that signs in forgets what is there, and cannot forget what is here.
        if self.call("setItem", name, &[&"yes".into()]).is_err() {
            self.here.remember(name).await;
        }
    }

    async fn remembers(&self, name: &str) -> bool {
        self.here.remembers(name).await
            || self.call("getItem", name, &[]).is_ok_and(|item| js::is_some(&item))
    }

    async fn forget(&self, name: &str) {
        self.here.forget(name).await;
        let _ = self.call("removeItem", name, &[]);
    }
}
