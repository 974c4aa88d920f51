//! What an origin keeps of a vault's sessions beside the vault: items of localStorage, which all its
//! pages have, and which are readable while the vault is shut.

use keyward_js::js;
use wasm_bindgen::JsValue;

/// Items of one kind, one for each session of a vault.
pub(crate) struct Items {
    pub(crate) kind: &'static str,
    /// The vault's key.
    pub(crate) vault: String,
}

impl Items {
    /// Calls a method of localStorage with the name of the session's item first. An error where there
    /// is no localStorage, or no room in it.
    pub(crate) fn call(
        &self,
        method: &str,
        session: &str,
        value: &[&JsValue],
    ) -> Result<JsValue, JsValue> {
        let Self { kind, vault } = self;
        // With the length of the first name, no two pairs of names make one.
        let item = format!("{kind}/{}/{vault}/{session}", vault.len()).into();
        let arguments: Vec<&JsValue> =
            std::iter::once(&item).chain(value.iter().copied()).collect();
        let storage = js::get(&js::global(), "localStorage");
        js::call(&storage, method, &arguments)
    }
}
