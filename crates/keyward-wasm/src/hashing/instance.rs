//! The module's second instance: what it exports for hashing, and how a page uses it.

// Exports that are called without glue.
#![allow(unsafe_code)]

use js_sys::WebAssembly::{Instance, Memory, Module};
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use keyward::{Argon2Costs, argon2id};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{Hashed, Task};

/// Room for `len` bytes of input, for [`keyward_hash`].
#[unsafe(no_mangle)]
extern "C" fn keyward_room(len: usize) -> *mut u8 {
    Box::leak(vec![0; len].into_boxed_slice()).as_mut_ptr()
}

/// Hashes the first `passcode_len` bytes of the room with the `salt_len` bytes after them, and frees
/// the room. The result is the place of the hash's 32 bytes, or 0 when there was not enough memory
/// or the costs are out of bounds.
///
/// # Safety
/// `room` comes from [`keyward_room`] with the length `passcode_len + salt_len`, and is not used
/// again.
#[unsafe(no_mangle)]
unsafe extern "C" fn keyward_hash(
    room: *mut u8,
    passcode_len: usize,
    salt_len: usize,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
) -> *const u8 {
    let room = std::ptr::slice_from_raw_parts_mut(room, passcode_len + salt_len);
    // SAFETY: the caller's promise. Freed memory is wiped by the allocator.
    let input = unsafe { Box::from_raw(room) };
    let (passcode, salt) = input.split_at(passcode_len);
    let costs = Argon2Costs { memory_kib, passes, lanes };
    match argon2id(passcode, salt, costs) {
        // It ends with its instance.
        Ok(key) => Box::leak(Box::new(key)).expose().as_ptr(),
        Err(_) => std::ptr::null(),
    }
}

/// Hashes on the thread of the caller.
pub(super) async fn hash(module: &Module, task: &Task) -> Hashed {
    let made = js_sys::WebAssembly::instantiate_module(module, &imports(module));
    let instance: Instance =
        JsFuture::from(made).await.map_err(|_| "no instance for hashing")?.unchecked_into();
    let exports = instance.exports();
    run(&exports, task).map_err(|_| "the instance for hashing failed")
}

/// Hashing calls nothing outside; something has to stand there all the same.
fn imports(module: &Module) -> Object {
    let all = Object::new();
    let anything = Reflect::get(&js_sys::global(), &"Object".into()).unwrap_or_default();
    for import in Module::imports(module) {
        let part = |name: &str| Reflect::get(&import, &name.into()).unwrap_or_default();
        let module = part("module");
        let mut names = Reflect::get(&all, &module).unwrap_or_default();
        if names.is_undefined() {
            names = Object::new().into();
            let _ = Reflect::set(&all, &module, &names);
        }
        let _ = Reflect::set(&names, &part("name"), &anything);
    }
    all
}

fn run(exports: &Object, task: &Task) -> Result<Option<Uint8Array>, JsValue> {
    let function = |name: &str| -> Result<Function, JsValue> {
        Ok(Reflect::get(exports, &name.into())?.unchecked_into())
    };
    let memory: Memory = Reflect::get(exports, &"memory".into())?.unchecked_into();
    let len = task.input.length();
    let room = function("keyward_room")?.call1(&JsValue::NULL, &len.into())?;
    let at = |place: &JsValue, len: u32| {
        let place = place.as_f64().unwrap_or_default() as u32;
        Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), place, len)
    };
    at(&room, len).set(&task.input, 0);
    let arguments = Array::of1(&room).concat(&task.numbers());
    let place = function("keyward_hash")?.apply(&JsValue::NULL, &arguments)?;
    if place.as_f64() == Some(0.0) {
        return Ok(None);
    }
    Ok(Some(at(&place, 32).slice(0, 32)))
}
