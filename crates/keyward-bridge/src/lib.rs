//! What a shell in another language says to the engine and hears from it: one small surface of
//! messages for WebAssembly, Tauri and Capacitor. A shell converts; whatever decides is on this
//! side.

pub mod messages;
