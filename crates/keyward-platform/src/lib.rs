//! What the engine needs from the operating system, by target.

#[cfg(unix)]
mod key_file;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(unix)]
pub use key_file::KeyFile;
#[cfg(target_os = "linux")]
pub use linux::secret_service::{SecretService, State, Timeouts};
