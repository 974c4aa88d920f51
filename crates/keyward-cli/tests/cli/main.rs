//! The command as people and scripts meet it: transcripts, a real terminal, a real keyring, and
//! processes that are killed.
#![cfg(target_os = "linux")]

mod doctor;
mod moving;
#[path = "../../../keyward-platform/tests/peers/mod.rs"]
mod peers;
mod processes;
#[allow(dead_code, unreachable_pub, reason = "the tests of sessions use more of it")]
#[path = "../../../keyward-session/tests/provider/peer.rs"]
mod provider;
mod sandbox;
mod sealed_copy;
mod signing_in;
mod terminal;
mod transcripts;
