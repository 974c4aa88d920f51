//! Hashing on this thread, in a fresh instance of this module.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::*;

use super::Work;
use crate::js;
use crate::trouble::Trouble;

pub(super) async fn hash(work: &Work<'_>) -> Result<Uint8Array, Trouble> {
    let module: WebAssembly::Module = wasm_bindgen::module().unchecked_into();
    let imports = stubs(&module)?;
    let instance: Promise = WebAssembly::instantiate_module(&module, &imports).unchecked_into();
    let exports = js::get(&instance.await?, "exports");

    let input = work.input();
    let room: Function = js::get(&exports, "keyward_hash_room").dyn_into()?;
    let at =
        room.call1(&JsValue::UNDEFINED, &input.length().into())?.as_f64().unwrap_or(0.0) as u32;
    view(&exports, at, input.length()).set(&input, 0);
    input.fill(0, 0, input.length());

    let hash: Function = js::get(&exports, "keyward_hash").dyn_into()?;
    let arguments: Array = work.arguments().iter().collect();
    let len = hash.apply(&JsValue::UNDEFINED, &arguments)?.as_f64().unwrap_or(0.0) as u32;
    // A copy: the memory goes with the instance.
    let hashed = view(&exports, at, len);
    let copy = hashed.slice(0, len);
    hashed.fill(0, 0, len);
    Ok(copy)
}

/// The memory may have grown, so that an earlier view is of no use any more.
fn view(exports: &JsValue, at: u32, len: u32) -> Uint8Array {
    let memory = js::get(exports, "memory");
    Uint8Array::new_with_byte_offset_and_length(&js::get(&memory, "buffer"), at, len)
}

/// Something for everything that the module imports, none of which hashing calls.
fn stubs(module: &WebAssembly::Module) -> Result<Object, Trouble> {
    // Any function will do.
    let nothing = js::global("Object");
    let imports = Object::new();
    for import in WebAssembly::Module::imports(module).iter() {
        let (module, name) = (js::get(&import, "module"), js::get(&import, "name"));
        let members = Reflect::get(&imports, &module)?;
        let members = if members.is_object() { members } else { Object::new().into() };
        Reflect::set(&members, &name, &nothing)?;
        Reflect::set(&imports, &module, &members)?;
    }
    Ok(imports)
}
