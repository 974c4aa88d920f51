//! Hashing in a worker, which is made from a text, so that no file has to be served.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::WebAssembly::Module;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, MessageEvent, Url, Worker};

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

/// Far more than a hash takes on a slow phone.
const PATIENCE_MS: u32 = 60_000;

/// Hashes in a worker; `None` when the page may not start one, or it did not come to an end.
pub(super) async fn hash(module: &Module, task: &Task) -> Option<Hashed> {
    let script = BlobPropertyBag::new();
    script.set_type("text/javascript");
    let blob =
        Blob::new_with_str_sequence_and_options(&Array::of1(&SCRIPT.into()), &script).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let worker = js::construct("Worker", &[&trusted(&address)]);
    let worker = worker.map(JsValue::unchecked_into::<Worker>);
    let hashed = match &worker {
        Ok(worker) => ask(worker, module, task).await,
        Err(_) => None,
    };
    if let Ok(worker) = worker {
        worker.terminate();
    }
    let _ = Url::revoke_object_url(&address);
    hashed
}

/// The address as a page takes it that requires trusted types: there, a worker is not started from a
/// plain text.
fn trusted(address: &str) -> JsValue {
    thread_local! {
        static POLICY: Option<JsValue> = {
            let same = Closure::<dyn Fn(JsValue) -> JsValue>::new(|address| address);
            let rules = js::object(&[("createScriptURL", &same.into_js_value())]);
            let types = js::global_path(&["trustedTypes"]);
            // Not there in every browser, and a page may restrict the names of policies.
            js::call(&types, "createPolicy", &[&TRUSTED_TYPES_POLICY.into(), &rules]).ok()
        };
    }
    let address = address.into();
    POLICY.with(|policy| {
        let trusted = policy.as_ref().map(|it| js::call(it, "createScriptURL", &[&address]));
        trusted.and_then(Result::ok).unwrap_or(address)
    })
}

async fn ask(worker: &Worker, module: &Module, task: &Task) -> Option<Hashed> {
    let (sender, answer) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let answer_with = move |data: Option<JsValue>| {
        if let Some(sender) = sender.borrow_mut().take() {
            let _ = sender.send(data);
        }
    };
    let failed = answer_with.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        answer_with(Some(message.data()));
    });
    // A policy that forbids the worker is told as an event; so is whatever fails inside it.
    let on_error = Closure::<dyn FnMut(MessageEvent)>::new(move |_| failed(None));
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    let message = Array::of3(module, &task.input, &task.numbers());
    worker.post_message(&message).ok()?;
    // A browser that runs out of memory ends the worker without a word.
    let patience = TimeoutFuture::new(PATIENCE_MS);
    let Either::Left((data, _)) = select(answer, patience).await else {
        return None;
    };
    Some(Ok(data.ok()??.dyn_into::<Uint8Array>().ok()))
}
