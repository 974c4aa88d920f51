//! Hashing in a worker, which is made from a text, so that no file has to be served.

use js_sys::Uint8Array;
use js_sys::WebAssembly::Module;
use wasm_bindgen::prelude::*;

use super::{Hashed, Task};
use crate::js;

/// What the worker does; the same as `instance.rs` does in the page.
const SCRIPT: &str = "\
onmessage = async ({ data: [module, input, numbers] }) => {
  const imports = {}
  for (const it of WebAssembly.Module.imports(module)) (imports[it.module] ??= {})[it.name] = Object
  const { memory, keyward_room, keyward_hash } = (await WebAssembly.instantiate(module, imports)).exports
  const room = keyward_room(input.length)
  new Uint8Array(memory.buffer).set(input, room)
  const hash = keyward_hash(room, ...numbers)
  postMessage(hash && new Uint8Array(memory.buffer).slice(hash, hash + 32))
}
";

/// What a page that restricts the names of its policies for trusted types has to allow.
const TRUSTED_TYPES_POLICY: &str = "keyward";

/// Far more than a hash takes on a slow phone. A browser that runs out of memory ends the worker
/// without a word.
const PATIENCE_MS: i32 = 60_000;

/// Hashes in a worker; `None` when the page may not start one, or it did not come to an end.
pub(super) async fn hash(module: &Module, task: &Task) -> Option<Hashed> {
    let kind = js::object(&[("type", &"text/javascript".into())]);
    let script = js::construct("Blob", &[&js::list(&[&SCRIPT.into()]), &kind]).ok()?;
    let addresses = js::get(&js::global(), "URL");
    let address = js::call(&addresses, "createObjectURL", &[&script]).ok()?;
    let hashed = match js::construct("Worker", &[&trusted(&address)]) {
        Ok(worker) => {
            let hashed = ask(&worker, module, task).await;
            let _ = js::call(&worker, "terminate", &[]);
            hashed
        }
        Err(_) => None,
    };
    let _ = js::call(&addresses, "revokeObjectURL", &[&address]);
    hashed
}

/// The address as a page takes it that requires trusted types: there, a worker is not started from a
/// plain text.
fn trusted(address: &JsValue) -> JsValue {
    thread_local! {
        static POLICY: Option<JsValue> = {
            let same = js::get(&js::global(), "String");
            let rules = js::object(&[("createScriptURL", &same)]);
            let types = js::global_path(&["trustedTypes"]);
            // Not there in every browser, and a page may restrict the names of policies.
            js::call(&types, "createPolicy", &[&TRUSTED_TYPES_POLICY.into(), &rules]).ok()
        };
    }
    POLICY.with(|policy| {
        let trusted = policy.as_ref().map(|it| js::call(it, "createScriptURL", &[address]));
        trusted.and_then(Result::ok).unwrap_or_else(|| address.clone())
    })
}

async fn ask(worker: &JsValue, module: &Module, task: &Task) -> Option<Hashed> {
    // A policy that forbids the worker is told as an event; so is whatever fails inside it.
    let answered = js::settled(worker, "onmessage", "onerror");
    let message = js::list(&[module, &task.input, &task.numbers()]);
    js::call(worker, "postMessage", &[&message]).ok()?;
    let answer = js::within(PATIENCE_MS, &answered).await.ok()?;
    Some(Ok(js::get(&answer, "data").dyn_into::<Uint8Array>().ok()))
}
