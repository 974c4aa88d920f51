//! Waiting, and not waiting for ever.

use std::pin::pin;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::Function;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Function, millis: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

/// A timer that is taken back when it is dropped.
struct Timer {
    id: JsValue,
    _fire: Closure<dyn FnMut()>,
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}

/// Waits for `duration` while the device is awake; at most 24 days, the browsers' limit.
pub(crate) async fn sleep(duration: Duration) {
    let (sender, fired) = oneshot::channel();
    let mut sender = Some(sender);
    let fire = Closure::<dyn FnMut()>::new(move || {
        if let Some(sender) = sender.take() {
            let _ = sender.send(());
        }
    });
    let millis = duration.as_millis().min(i32::MAX as u128) as f64;
    let id = set_timeout(fire.as_ref().unchecked_ref(), millis);
    let timer = Timer { id, _fire: fire };
    let _ = fired.await;
    drop(timer);
}

/// What `work` gives; `None` if it does not end in time, and then it is dropped.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(sleep(limit))).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(_) => None,
    }
}
