//! Hashing in a worker of its own, which is given this module.

use std::cell::RefCell;

use futures_channel::oneshot;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, Event, MessageEvent, Url, Worker};

use super::Work;
use crate::js;
use crate::trouble::Trouble;

/// The worker's program. Imports are stubs, because hashing calls none of them.
const PROGRAM: &str = "\
onmessage=async({data:[module,input,...work]})=>{\
let i={},e,a,m;\
for(let{module:m,name:n}of WebAssembly.Module.imports(module))(i[m]??={})[n]=()=>{};\
e=(await WebAssembly.instantiate(module,i)).exports;\
m=n=>new Uint8Array(e.memory.buffer,a,n);\
a=e.keyward_hash_room(input.length);\
m(input.length).set(input);\
input.fill(0);\
a=m(e.keyward_hash(...work)).slice();\
postMessage(a,[a.buffer])\
};onunhandledrejection=e=>{throw e.reason}";

pub(super) async fn hash(work: &Work<'_>) -> Result<Uint8Array, Trouble> {
    let running = Running::start()?;
    let (sender, answered) = oneshot::channel();
    let mut sender = Some(sender);
    let answer = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        let answer = event.dyn_into::<MessageEvent>().map(|event| event.data());
        if let Some(sender) = sender.take() {
            let _ = sender.send(answer.map_err(|event| js::get(&event, "message")));
        }
    });
    running.worker.set_onmessage(Some(answer.as_ref().unchecked_ref()));
    running.worker.set_onerror(Some(answer.as_ref().unchecked_ref()));

    let input = work.input();
    let message = Array::of2(&wasm_bindgen::module(), &input);
    for argument in work.arguments() {
        message.push(&argument);
    }
    // Handed over, not copied.
    running.worker.post_message_with_transfer(&message, &Array::of1(&input.buffer()))?;
    let answered = answered.await;
    running.worker.set_onmessage(None);
    running.worker.set_onerror(None);
    match answered {
        Ok(Ok(hash)) => Ok(hash.dyn_into()?),
        Ok(Err(said)) => {
            let said = said.as_string();
            Err(Trouble::new("WorkerError", said.as_deref().unwrap_or("it was not started")))
        }
        Err(_) => Err(Trouble::new("WorkerError", "it was taken away")),
    }
}

/// A worker that is ended, whatever it does, when this is dropped.
struct Running {
    worker: Worker,
    url: String,
}

#[wasm_bindgen]
extern "C" {
    /// As `web-sys` has it, but with a URL that may be a trusted one.
    #[wasm_bindgen(extends = Worker, js_name = Worker)]
    type ByUrl;
    #[wasm_bindgen(constructor, catch, js_class = "Worker")]
    fn new(url: &JsValue) -> Result<ByUrl, JsValue>;
}

impl Running {
    fn start() -> Result<Self, Trouble> {
        if !js::global("Worker").is_function() {
            return Err(Trouble::missing("Worker"));
        }
        let kind = BlobPropertyBag::new();
        kind.set_type("text/javascript");
        let program = Array::of1(&PROGRAM.into());
        let blob = Blob::new_with_str_sequence_and_options(&program, &kind)?;
        let url = Url::create_object_url_with_blob(&blob)?;
        match trusted(&url).and_then(|url| ByUrl::new(&url)) {
            Ok(worker) => Ok(Self { worker: worker.into(), url }),
            Err(error) => {
                let _ = Url::revoke_object_url(&url);
                Err(error.into())
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.terminate();
        let _ = Url::revoke_object_url(&self.url);
    }
}

/// The URL as a policy with `require-trusted-types-for 'script'` wants it, where the page may have
/// our policy named `keyward`.
fn trusted(url: &str) -> Result<JsValue, JsValue> {
    thread_local! {
        static POLICY: RefCell<Option<JsValue>> = const { RefCell::new(None) };
    }
    let types = js::global("trustedTypes");
    if !types.is_object() {
        return Ok(url.into());
    }
    if POLICY.with_borrow(Option::is_none) {
        let same = Closure::<dyn Fn(JsValue) -> JsValue>::new(|url| url).into_js_value();
        let rules = js::object(&[("createScriptURL", same)]);
        let policy = js::invoke(&types, "createPolicy", &["keyward".into(), rules.into()])?;
        POLICY.set(Some(policy));
    }
    POLICY.with_borrow(|policy| match policy {
        Some(policy) => js::invoke(policy, "createScriptURL", &[url.into()]),
        None => Ok(url.into()),
    })
}
