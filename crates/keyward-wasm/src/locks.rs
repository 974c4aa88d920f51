//! Web Locks: who holds one keeps the other pages of this origin waiting.

use std::pin::pin;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;

use crate::js;
use crate::trouble::Trouble;

#[wasm_bindgen]
extern "C" {
    type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        granted: &JsValue,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn query(this: &LockManager) -> Result<Promise, JsValue>;
}

/// A lock that is held until this is dropped, or the page is gone.
pub(crate) struct Held(Function);

impl Drop for Held {
    fn drop(&mut self) {
        // Cannot fail: it resolves a promise of our own.
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}

/// Waits for the lock called `name`, which only one may hold.
pub(crate) async fn exclusive(name: &str) -> Result<Held, Trouble> {
    request(name, "exclusive").await
}

/// Takes a part in the lock called `name`, which many may hold together.
pub(crate) async fn shared(name: &str) -> Result<Held, Trouble> {
    request(name, "shared").await
}

/// The names of the locks that are held, once for each holder.
pub(crate) async fn held() -> Result<Vec<String>, Trouble> {
    let snapshot = manager()?.query()?.await?;
    let held: Array = js::get(&snapshot, "held").dyn_into()?;
    Ok(held.iter().filter_map(|lock| js::get(&lock, "name").as_string()).collect())
}

fn manager() -> Result<LockManager, Trouble> {
    let locks = js::get(&js::global("navigator"), "locks");
    if locks.is_object() { Ok(locks.unchecked_into()) } else { Err(Trouble::missing("Web Locks")) }
}

async fn request(name: &str, mode: &str) -> Result<Held, Trouble> {
    let (sender, granted) = oneshot::channel();
    let callback = Closure::once_into_js(move || {
        let mut held = None;
        let until_dropped = Promise::new(&mut |resolve, _| held = Some(Held(resolve)));
        // If nobody waits any more, the lock is let go at once.
        let _ = held.map(|held| sender.send(held));
        until_dropped
    });
    let options = js::object(&[("mode", mode.into())]);
    let refused = manager()?.request(name, &options, &callback)?;
    match select(pin!(granted), pin!(async { refused.await })).await {
        Either::Left((Ok(held), _)) => Ok(held),
        Either::Left((Err(_), _)) | Either::Right((Ok(_), _)) => {
            Err(Trouble::new("AbortError", "the lock was not granted"))
        }
        Either::Right((Err(error), _)) => Err(error.into()),
    }
}
