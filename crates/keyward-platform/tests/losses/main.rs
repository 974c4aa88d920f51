//! Every loss by every protector of this system, with real key stores: what is reported, that the
//! bytes are untouched, and what brings the data back. `docs/losses.md` shows what is found here.
//!
//! `UPDATE_LOSSES=1 cargo test -p keyward-platform --test losses` writes what is found now into that
//! page, to be read before it is committed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod file;
mod key_file;
mod keyring;
mod page;
mod passcode;
#[path = "../peers/mod.rs"]
mod peers;
mod scene;
