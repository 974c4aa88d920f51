//! Sessions against a certified OpenID provider that rotates refresh tokens and ends a session whose
//! refresh token comes twice. `KEYWARD_SESSION_SECONDS=300` makes the long test as long as that.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    reason = "tests may panic, and say what they saw"
)]

mod doors;
mod faults;
mod kills;
mod late;
mod logs;
mod memory;
mod once;
mod peer;
mod program;

/// What is freed is wiped, as SECURITY.md advises: HTTP libraries keep what they send and receive in
/// buffers of their own.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);
