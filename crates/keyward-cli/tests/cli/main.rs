//! The command as people and scripts meet it: transcripts, a real terminal, a real keyring, and
//! processes that are killed.
#![cfg(target_os = "linux")]

mod moving;
#[path = "../../../keyward-platform/tests/peers/mod.rs"]
mod peers;
mod processes;
mod sandbox;
mod sealed_copy;
mod terminal;
mod transcripts;
