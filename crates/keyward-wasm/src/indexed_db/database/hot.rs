//! What of IndexedDB every write calls, bound one by one. What is called by its name, as everything
//! else in this crate, takes ten ways between the engine and JavaScript for each of these.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A connection, a transaction, an object store, an index or a request.
    #[derive(Clone)]
    pub(super) type Hot;

    #[wasm_bindgen(method, catch)]
    pub(super) fn transaction(
        this: &Hot,
        store: &str,
        mode: &str,
        options: &JsValue,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = objectStore)]
    pub(super) fn object_store(this: &Hot, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn commit(this: &Hot) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn index(this: &Hot, name: &str) -> Result<Hot, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getKey)]
    pub(super) fn get_key(this: &Hot, key: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn put(this: &Hot, value: &JsValue, key: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn result(this: &Hot) -> JsValue;
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_onsuccess(this: &Hot, handler: &JsValue);
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_onerror(this: &Hot, handler: &JsValue);
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_oncomplete(this: &Hot, handler: &JsValue);
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_onabort(this: &Hot, handler: &JsValue);

    #[wasm_bindgen(js_name = setTimeout)]
    pub(super) fn set_timeout(handler: &JsValue, ms: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    pub(super) fn clear_timeout(timer: &JsValue);
}
