//! A file descriptor that the caller opened for the command, such as 3 in `3<passcode-file`.

// Taking over a descriptor by its number is unsafe, because somebody else might own it.
#![allow(unsafe_code)]

use std::fs::{self, File};
use std::io;
use std::os::fd::FromRawFd;

/// Takes the descriptor over. It is closed after use, so that a command that is run later does not
/// inherit it. To be called once, before the program opens anything itself.
///
/// # Errors
/// When the number is below 3 (those belong to the standard streams), or nothing is open under it.
pub(crate) fn take(number: i32) -> io::Result<File> {
    if number < 3 {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is one of the standard streams",
        ));
    }
    fs::metadata(format!("/dev/fd/{number}"))?;
    // SAFETY: the descriptor is open, and nobody else owns it: the standard library owns those
    // below 3, and this program has not opened anything yet.
    Ok(unsafe { File::from_raw_fd(number) })
}
