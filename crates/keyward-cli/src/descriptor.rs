//! A file descriptor that the caller opened for the command, such as 3 in `3<passcode-file`.

// Taking over a descriptor by its number is unsafe, because somebody else might own it.
#![allow(unsafe_code)]

use std::fs::{self, File};
use std::io;
use std::os::fd::FromRawFd;
use std::sync::Arc;

use rustix::io::FdFlags;

/// The descriptors that have been taken over. To be used by one thread, before the program opens
/// anything itself.
#[derive(Debug, Default)]
pub(crate) struct Descriptors(Vec<(i32, Arc<File>)>);

impl Descriptors {
    /// Takes the descriptor over, so that a command that is run later does not inherit it. One that
    /// is named twice is the same file: who reads it second goes on where the first has stopped.
    ///
    /// # Errors
    /// When the number is below 3 (those belong to the standard streams), or nothing is open under
    /// it.
    pub(crate) fn take(&mut self, number: i32) -> io::Result<Arc<File>> {
        if let Some((_, file)) = self.0.iter().find(|(taken, _)| *taken == number) {
            return Ok(Arc::clone(file));
        }
        if number < 3 {
            let standard = "it is one of the standard streams";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, standard));
        }
        fs::metadata(format!("/dev/fd/{number}")).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::new(error.kind(), "nothing is open under it"),
            _ => error,
        })?;
        // SAFETY: the descriptor is open, and nobody else owns it: the standard library owns those
        // below 3, this program has not opened anything yet, and it has not been taken over before.
        let file = unsafe { File::from_raw_fd(number) };
        rustix::io::fcntl_setfd(&file, FdFlags::CLOEXEC)?;
        let file = Arc::new(file);
        self.0.push((number, Arc::clone(&file)));
        Ok(file)
    }
}
