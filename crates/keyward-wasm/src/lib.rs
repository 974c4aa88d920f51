//! Keyward in a browser: the engine as WebAssembly, and what a browser brings to it.
//!
//! The npm package takes [`VaultPort`] and [`device_answer`]. The rest is public for the tests that
//! run in browsers.

mod clock;
mod database;
mod device;
mod hashing;
mod indexed_db;
mod js;
mod locks;
mod memory;
mod memory_only;
mod page;
mod passkey;
mod persistence;
mod port;
mod random;
mod relay;
mod session_storage;
mod tab_session;
mod tabs;
mod timer;
mod trouble;
mod web_crypto;

pub use clock::PageClock;
pub use indexed_db::IndexedDb;
pub use passkey::Passkey;
pub use port::{VaultPort, device_answer};
pub use session_storage::SessionStorage;
pub use web_crypto::WebCrypto;
