//! Revisions that are unique for ever, without anybody counting.

use keyward::{Cause, Revision, StoreError};

/// A random revision of 53 bits, which JavaScript's numbers hold.
pub(crate) fn random_revision() -> Result<Revision, StoreError> {
    match getrandom::u64() {
        Ok(random) => Ok(Revision(random >> 11)),
        Err(_) => Err(StoreError::Io(Cause::new("no random numbers"))),
    }
}
