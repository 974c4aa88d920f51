//! Values of JavaScript, where neither `js-sys` nor `web-sys` has a name for them.

use std::convert::Infallible;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use keyward::Key;
use wasm_bindgen::prelude::*;

/// The member `name`; `undefined` where it is absent or may not be looked at.
pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The global called `name`.
pub(crate) fn global(name: &str) -> JsValue {
    get(&js_sys::global(), name)
}

/// An object with these members.
pub(crate) fn object(members: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in members {
        // Cannot fail on an object of our own.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// A key out of a buffer of 32 bytes, which is wiped.
pub(crate) fn take_key(buffer: &JsValue) -> Option<Key> {
    let bytes = Uint8Array::new(buffer);
    let key = (bytes.length() as usize == Key::LEN).then(|| {
        Key::fill_with(|room| {
            bytes.copy_to(room);
            Ok::<_, Infallible>(())
        })
    });
    bytes.fill(0, 0, bytes.length());
    key.and_then(Result::ok)
}

/// Calls the method `name`.
pub(crate) fn invoke(
    object: &JsValue,
    name: &str,
    arguments: &[JsValue],
) -> Result<JsValue, JsValue> {
    let method: Function = get(object, name).dyn_into()?;
    method.apply(object, &arguments.iter().collect::<Array>())
}

/// Calls the method `name`, and awaits what it gives, if that is a promise.
pub(crate) async fn call(
    object: &JsValue,
    name: &str,
    arguments: &[JsValue],
) -> Result<JsValue, JsValue> {
    Promise::resolve(&invoke(object, name, arguments)?).await
}
