//! What the browser refuses, and what that means to the engine.

use keyward::{Cause, ProtectorError, StoreError};
use wasm_bindgen::JsValue;

use crate::js;

/// What the browser threw, or what it would have thrown had it noticed: the names are those of the
/// Web IDL specification's DOM exceptions. The browser's message never has a secret of ours in it,
/// because no secret is ever an argument of what can fail.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{name}: {message}")]
pub(crate) struct Trouble {
    name: String,
    message: String,
}

impl Trouble {
    pub(crate) fn new(name: &str, message: &str) -> Self {
        Self { name: name.to_owned(), message: message.to_owned() }
    }

    /// There is no such interface here: an old browser, an insecure page, no browser at all.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(MISSING, &[what, " is missing here"].concat())
    }

    /// The browser did not answer in time.
    pub(crate) fn late(what: &str) -> Self {
        Self::new("TimeoutError", &[what, " did not answer in time"].concat())
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(crate) fn in_store(self) -> StoreError {
        match self.name.as_str() {
            "QuotaExceededError" => StoreError::Full,
            "TimeoutError" => StoreError::Busy,
            MISSING | "NotAllowedError" | "SecurityError" => StoreError::Denied(Cause::new(self)),
            _ => StoreError::Io(Cause::new(self)),
        }
    }

    /// When a key is looked for: it may be there nevertheless.
    pub(crate) fn at_release(self) -> ProtectorError {
        ProtectorError::Unavailable(Cause::new(self))
    }

    /// When a key is made: a browser that never can is told from one that cannot now.
    pub(crate) fn at_enrollment(self) -> ProtectorError {
        match self.name.as_str() {
            MISSING | "DataCloneError" | "NotSupportedError" | "SecurityError" => {
                ProtectorError::Unsupported(self.to_string())
            }
            _ => self.at_release(),
        }
    }
}

const MISSING: &str = "NotFound";

impl From<JsValue> for Trouble {
    fn from(thrown: JsValue) -> Self {
        let text = |name| js::get(&thrown, name).as_string().unwrap_or_default();
        Self { name: text("name"), message: text("message") }
    }
}
