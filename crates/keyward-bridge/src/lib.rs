//! What a shell in another language says to the engine and hears from it: one small surface of
//! messages for WebAssembly, Tauri and Capacitor. A shell converts; whatever decides is on this
//! side.
//!
//! A shell makes a [`keyward::Vault`] on its platform and gives it to a [`Session`]. It passes the
//! app's calls to [`Session::call`], and what the session says to the app. What it knows of the
//! device itself it answers with [`answer`], to a [`messages::DeviceCall`].

pub mod answer;
mod code;
mod config;
mod convert;
mod health;
pub mod messages;
mod names;
mod notices;
mod read;
mod session;

pub use code::{device_error, error};
pub use read::MAX_MESSAGE_LEN;
pub use session::{Reply, Session};

#[cfg(test)]
mod typescript;
