//! Keyward in a browser: the engine as WebAssembly, and what a browser brings to it.

mod clock;
mod hashing;
mod memory;
mod page;
mod port;
mod tabs;

pub use port::VaultPort;
