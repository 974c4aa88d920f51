//! Locks that all pages of an origin see.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use crate::js;

/// A lock that is held until this is dropped, or the page goes.
pub struct WebLock {
    release: JsValue,
}

impl Drop for WebLock {
    fn drop(&mut self) {
        call_plain(&self.release);
    }
}

/// How a lock is held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By nobody else.
    Exclusive,
    /// By others that share it as well.
    Shared,
}

/// Waits for the lock `name`; `None` when it could not be had within `limit_ms`. A platform
/// without locks has one page at most that could want it, or none that could tell.
pub async fn hold(name: &str, mode: Mode, limit_ms: i32) -> Option<WebLock> {
    let (held, release, _) = js::deferred();
    let lock = WebLock { release };
    let locks = js::global_path(&["navigator", "locks"]);
    if !js::is_some(&locks) {
        return Some(lock);
    }
    let (granted, grant, _) = js::deferred();
    let callback = Closure::once_into_js(move || {
        call_plain(&grant);
        held
    });
    let mode = if mode == Mode::Shared { "shared" } else { "exclusive" };
    let options = js::object(&[("mode", &mode.into())]);
    let requested = js::call(&locks, "request", &[&name.into(), &options, &callback]).ok()?;
    // The request comes to an end when it is refused, or when the lock has been let go. When time is
    // up, dropping the lock lets it go as soon as it is granted.
    let either = Promise::race(&js::list(&[&granted, &requested]));
    js::within(limit_ms, &either).await.ok().map(|_| lock)
}

fn call_plain(function: &JsValue) {
    let _ = function.unchecked_ref::<Function>().call0(&JsValue::NULL);
}

/// The names of the locks that are held, each as often as it is held; `None` where the platform
/// cannot say.
pub async fn held(limit_ms: i32) -> Option<Vec<String>> {
    let locks = js::global_path(&["navigator", "locks"]);
    let all = js::call_within(limit_ms, &locks, "query", &[]).await.ok()?;
    let held: js_sys::Array = js::get(&all, "held").unchecked_into();
    Some(held.iter().filter_map(|lock| js::get(&lock, "name").as_string()).collect())
}
