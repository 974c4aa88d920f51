//! The module's second instance: what it exports for hashing, and how a page uses it.

// Exports that are called without glue.
#![allow(unsafe_code)]

use js_sys::Uint8Array;
use js_sys::WebAssembly::{Memory, Module};
use keyward::{Argon2Costs, argon2id};
use wasm_bindgen::prelude::*;

use super::{Hashed, Task};
use crate::js;

/// How long the browser may take to make an instance, in milliseconds.
const LIMIT_MS: i32 = 10_000;

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
    let engine = js::get(&js::global(), "WebAssembly");
    let imports = imports(module);
    let instance = js::call_within(LIMIT_MS, &engine, "instantiate", &[module, &imports])
        .await
        .map_err(|_| "no instance for hashing")?;
    run(&js::get(&instance, "exports"), task).map_err(|_| "the instance for hashing failed")
}

/// Hashing calls nothing outside; something has to stand there all the same.
fn imports(module: &Module) -> JsValue {
    let all = js::object(&[]);
    let anything = js::get(&js::global(), "Object");
    for import in Module::imports(module).iter() {
        let part = |name: &str| js::get(&import, name).as_string().unwrap_or_default();
        let mut names = js::get(&all, &part("module"));
        if names.is_undefined() {
            names = js::object(&[]);
            js::set(&all, &part("module"), &names);
        }
        js::set(&names, &part("name"), &anything);
    }
    all
}

fn run(exports: &JsValue, task: &Task) -> Result<Option<Uint8Array>, JsValue> {
    let len = task.input.length();
    let room = js::call(exports, "keyward_room", &[&len.into()])?;
    let at = |place: &JsValue, len: u32| {
        let memory: Memory = js::get(exports, "memory").unchecked_into();
        let place = place.as_f64().unwrap_or_default() as u32;
        Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), place, len)
    };
    at(&room, len).set(&task.input, 0);
    let [passcode, salt, memory, passes, lanes] = task.numbers.map(JsValue::from);
    let arguments = [&room, &passcode, &salt, &memory, &passes, &lanes];
    let place = js::call(exports, "keyward_hash", &arguments)?;
    if place.as_f64() == Some(0.0) {
        return Ok(None);
    }
    Ok(Some(at(&place, 32).slice(0, 32)))
}
