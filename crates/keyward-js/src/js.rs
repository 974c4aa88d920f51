//! The few ways in which this crate touches JavaScript's objects. By name, and not through one
//! binding for each method: that would be several times the bytes to download.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use keyward::{Key, Obstacle};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use zeroize::Zeroize;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: JsValue;
}

/// The page's, the worker's or Node's global object.
pub fn global() -> JsValue {
    GLOBAL.with(JsValue::clone)
}

/// A property; undefined where there is none, or where asking for it is forbidden.
pub fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A property of the global object, or of what is found on the way there.
pub fn global_path(path: &[&str]) -> JsValue {
    path.iter().fold(global(), |of, name| get(&of, name))
}

/// Whether the value is there: neither undefined nor null.
pub fn is_some(value: &JsValue) -> bool {
    !value.is_undefined() && !value.is_null()
}

/// Sets a property of an object of the platform's, which takes every one that is set here.
pub fn set(of: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(of, &name.into(), value);
}

/// That the browser keeps what is asked of it from this page, if it does.
pub fn insecure_page() -> Option<Obstacle> {
    (get(&global(), "isSecureContext") == JsValue::FALSE).then_some(Obstacle::InsecurePage)
}

/// Calls a method.
pub fn call(of: &JsValue, method: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(of, &method.into())?.unchecked_into();
    method.apply(of, &list(arguments))
}

/// Calls a method that answers a promise; see [`within`].
pub fn call_within(limit_ms: i32, of: &JsValue, method: &str, arguments: &[&JsValue]) -> Limited {
    let answer = call(of, method, arguments);
    within(limit_ms, &answer.unwrap_or_else(|error| Promise::reject(&error).into()))
}

/// An array.
pub fn list(values: &[&JsValue]) -> Array {
    values.iter().copied().collect()
}

/// A plain object.
pub fn object(properties: &[(&str, &JsValue)]) -> JsValue {
    let object = Object::new().into();
    for (name, value) in properties {
        set(&object, name, value);
    }
    object
}

/// An object of a class of the global object's.
pub fn construct(class: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let class = get(&global(), class);
    if !class.is_function() {
        return Err(JsValue::NULL);
    }
    Reflect::construct(class.unchecked_ref::<Function>(), &list(arguments))
}

/// The name of an error, as `QuotaExceededError`; empty where it has none.
pub fn name(error: &JsValue) -> String {
    get(error, "name").as_string().unwrap_or_default()
}

/// An error's name and what the browser says about it.
pub fn describe(error: &JsValue) -> String {
    let message = get(error, "message").as_string().unwrap_or_default();
    [name(error).as_str(), &message].join(": ")
}

/// A promise, what keeps it, and what breaks it.
pub fn deferred() -> (Promise, JsValue, JsValue) {
    let (mut keep, mut fail) = (JsValue::UNDEFINED, JsValue::UNDEFINED);
    let promise = Promise::new(&mut |resolve, reject| {
        keep = resolve.into();
        fail = reject.into();
    });
    (promise, keep, fail)
}

/// A promise that is kept when `target` calls its handler `done`, and broken when it calls `failed`.
pub fn settled(target: &JsValue, done: &str, failed: &str) -> JsValue {
    let (promise, keep, fail) = deferred();
    set(target, done, &keep);
    set(target, failed, &fail);
    promise.into()
}

/// What a promise comes to; an error that is undefined when it has not come to anything in time.
pub fn within(limit_ms: i32, promise: &JsValue) -> Limited {
    let (late, _, give_up) = deferred();
    let timer = call(&global(), "setTimeout", &[&give_up, &limit_ms.into()]).unwrap_or_default();
    let either = Promise::race(&list(&[promise, &late]));
    Limited { either: JsFuture::from(either), _timer: Timer(timer) }
}

/// A promise that is waited for, but not for ever.
pub struct Limited {
    either: JsFuture,
    _timer: Timer,
}

impl Future for Limited {
    type Output = Result<JsValue, JsValue>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.either.poll_unpin(context)
    }
}

/// Lets everything else that can run have its turn, so many times. Nothing waits for a clock or a page.
pub async fn turns(turns: u32) {
    for _ in 0..turns {
        let mut had = false;
        poll_fn(|context| {
            if mem::replace(&mut had, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// Waits, in milliseconds.
pub async fn sleep(ms: i32) {
    let (never, _, _) = deferred();
    let _ = within(ms, &never).await;
}

/// Runs no longer than what waits for it, which would keep Node from ending.
struct Timer(JsValue);

impl Drop for Timer {
    fn drop(&mut self) {
        let _ = call(&global(), "clearTimeout", &[&self.0]);
    }
}

/// Lets a promise come to whatever it comes to.
pub fn ignore(promise: JsValue) {
    wasm_bindgen_futures::spawn_local(async move {
        let _ = JsFuture::from(promise.unchecked_into::<Promise>()).await;
    });
}

/// A key from an `ArrayBuffer`, which is wiped. `None` if it has not 32 bytes.
pub fn take_key(buffer: &JsValue) -> Option<Key> {
    if !is_some(buffer) {
        return None;
    }
    let bytes = Uint8Array::new(buffer);
    let mut key = [0; Key::LEN];
    let enough = bytes.length() as usize == key.len();
    if enough {
        bytes.copy_to(&mut key);
    }
    bytes.fill(0, 0, bytes.length());
    let taken = enough.then(|| Key::from_bytes(key));
    key.zeroize();
    taken
}
