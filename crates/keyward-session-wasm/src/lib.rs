//! Keyward's sessions in a browser: [`keyward_session`] as a WebAssembly module of its own, so that
//! who uses only vaults downloads nothing of it.

mod answer;
mod config;
mod http;
mod keep;
mod late_answers;
mod local_storage;
mod memory;
mod port;
mod sign_outs;
mod turns;

pub use port::SessionPort;
