//! Keyward in a browser: the engine as WebAssembly, and what a browser brings to it.

mod memory;
mod port;

pub use port::VaultPort;
