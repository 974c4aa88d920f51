//! What the system's refusals mean for a store.

use keyward::{Cause, StoreError};
use rustix::io::Errno;

/// The store's word for a refusal of the system.
pub(super) fn failure(errno: Errno) -> StoreError {
    match errno {
        Errno::NOSPC | Errno::DQUOT => StoreError::Full,
        Errno::ACCESS | Errno::PERM | Errno::ROFS => StoreError::Denied(Cause::new(errno)),
        Errno::NOENT | Errno::STALE | Errno::NODEV => StoreError::Gone(Cause::new(errno)),
        // What is opened by its last name only, without following links, is none of these unless
        // something else stands there.
        Errno::LOOP | Errno::ISDIR | Errno::NOTDIR | Errno::NXIO => StoreError::NotAFile,
        // Encrypting file systems take shorter names than others.
        Errno::NAMETOOLONG => StoreError::KeyTooLong,
        _ => StoreError::Io(Cause::new(errno)),
    }
}

/// The same, for a refusal that the standard library handed on.
pub(super) fn io_failure(error: std::io::Error) -> StoreError {
    match Errno::from_io_error(&error) {
        Some(errno) => failure(errno),
        None => StoreError::Io(Cause::new(error)),
    }
}
