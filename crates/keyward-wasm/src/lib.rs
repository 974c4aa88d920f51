//! Keyward in a browser: the engine as WebAssembly, and what a browser brings to it.

mod bell;
mod device;
mod hashing;
mod indexed_db;
mod memory;
mod memory_only;
mod page;
mod passkey;
mod port;
mod revision;
mod stored_keys;
mod tab_session;
mod tabs;
mod web_crypto;
mod web_storage;

use keyward_js::{clock, js, web_lock};

pub use device::device;
pub use indexed_db::{Database, IndexedDb};
pub use passkey::Passkey;
pub use port::VaultPort;
pub use tab_session::TabSession;
pub use web_crypto::WebCrypto;
pub use web_storage::{LocalStorage, SessionStorage};
