//! What the engine needs from the operating system, by target.

#[cfg(unix)]
mod key_file;

#[cfg(unix)]
pub use key_file::KeyFile;
