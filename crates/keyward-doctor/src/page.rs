//! The page that a browser shows, as a script in it has looked at it.

use serde::Deserialize;

use crate::finding::{Finding, Severity};
use crate::report::Report;

/// What a script has found in its page.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Page {
    /// `isSecureContext`.
    pub secure_context: bool,
    /// Whether WebAssembly may be compiled here.
    pub wasm: bool,
    /// Whether a worker may be started from a blob.
    pub worker: bool,
    /// Whether IndexedDB can be opened.
    pub indexed_db: bool,
    /// Whether the browser has promised not to evict what is stored; absent where it does not say.
    pub persisted: Option<bool>,
    /// Whether the browser says that passkeys have the PRF extension; absent where it does not say.
    pub prf: Option<bool>,
    /// Whether the device can verify a person.
    pub verifies_person: bool,
}

/// Looks at a page.
#[must_use]
pub fn examine_page(page: &Page) -> Report {
    let mut findings = Vec::new();
    let mut find = |wrong: bool, check, severity, what: &str, why, add: &str| {
        if wrong {
            findings.push(Finding::new(check, severity, what, why).adding(add));
        }
    };
    find(
        !page.secure_context,
        "insecure-page",
        Severity::Error,
        "This page is no secure context.",
        "It has neither WebCrypto nor passkeys: its vaults hold nothing but memory.",
        "https, or localhost",
    );
    find(
        !page.wasm,
        "csp-wasm",
        Severity::Error,
        "The content security policy does not let WebAssembly be compiled.",
        "No vault opens in this page.",
        "script-src 'self' 'wasm-unsafe-eval'",
    );
    find(
        !page.indexed_db,
        "no-indexed-db",
        Severity::Error,
        "IndexedDB cannot be opened.",
        "Vaults cannot be stored; a private window or a setting may be the reason.",
        "storage for this site, in the browser's settings",
    );
    find(
        page.persisted == Some(false),
        "not-persisted",
        Severity::Warning,
        "The browser may evict what this site stores.",
        "When space runs out, or after some weeks without a visit, vaults may vanish. A vault tells that; a recovery code does not bring it back.",
        "await navigator.storage.persist(), best after the person has signed in",
    );
    find(
        page.secure_context && !page.verifies_person,
        "no-verification",
        Severity::Hint,
        "This device cannot verify a person for a page.",
        "DeviceSecurity vaults take a security key or a phone here.",
        "a fallback in the vault's configuration",
    );
    find(
        page.secure_context && page.prf == Some(false),
        "no-prf",
        Severity::Warning,
        "This browser's passkeys lack the PRF extension.",
        "DeviceSecurity vaults are refused.",
        "a fallback in the vault's configuration",
    );
    find(
        page.wasm && !page.worker,
        "csp-worker",
        Severity::Hint,
        "A passcode cannot be hashed in a worker.",
        "The page stands still for about a fifth of a second at each passcode.",
        "worker-src blob:",
    );
    findings.sort_by_key(|finding| finding.severity);
    Report { findings }
}
