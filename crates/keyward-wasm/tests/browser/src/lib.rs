//! What the tests in a browser call. Anything wrong panics; the page that it happens in sees the
//! message, and the test fails.

#![allow(unreachable_pub, reason = "what a page calls is exported all the same")]

mod conformance;
mod steps;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(message: &str);
}

/// Has panics reach the test's report.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| console_error(&panic.to_string())));
}
