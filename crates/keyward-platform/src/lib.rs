//! What the engine needs from a desktop system, brought by the system itself: a place for sealed
//! bytes, a clock that counts sleep, memory that stays out of swap, and a thread to run on.
//!
//! Targets are chosen by `cfg(target_…)`; there are no features.

#[cfg(unix)]
mod clock;
#[cfg(unix)]
mod file_store;
mod hashing;
#[cfg(unix)]
mod key_file;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod memory;
#[cfg(unix)]
mod native;
pub mod thread;

#[cfg(unix)]
pub use clock::SystemClock;
#[cfg(unix)]
pub use file_store::{FileRegistry, FileStores};
pub use hashing::HashOnThread;
#[cfg(unix)]
pub use key_file::KeyFile;
#[cfg(target_os = "linux")]
pub use linux::secret_service::{SecretService, State, Timeouts};
#[cfg(unix)]
pub use memory::{LockedPages, harden_process};
#[cfg(unix)]
pub use native::Native;

/// The examples of the README compile.
#[cfg(all(doctest, target_os = "linux"))]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// And those of this page.
#[cfg(all(doctest, target_os = "linux"))]
#[doc = include_str!("../../../docs/weak-devices.md")]
struct WeakDevices;
