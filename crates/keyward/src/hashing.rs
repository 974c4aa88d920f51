//! The door to Argon2id, which takes long enough, and memory enough, that a platform may want to
//! run it somewhere else.

use async_trait::async_trait;

use crate::crypto::{Argon2Costs, argon2id};
use crate::error::Error;
use crate::secret::{Key, Passcode};

/// Where passcodes are hashed: in place, on a thread of their own, in a web worker.
///
/// # For implementers
/// - The result is that of [`argon2id`].
/// - Where hashing cannot be done now (no memory, a worker that does not start or that died), the
///   answer is [`Error::NotHashed`]; no guess has been counted then.
/// - Every call returns within a time of the implementer's own choosing beyond what the costs take.
/// - Copies of the passcode and of the result are wiped.
#[async_trait(?Send)]
pub trait PasscodeHashing {
    /// Hashes `passcode` with Argon2id.
    async fn hash(
        &self,
        passcode: &Passcode,
        salt: &[u8],
        costs: Argon2Costs,
    ) -> Result<Key, Error>;
}

/// Hashes where the driver runs, which can do nothing else meanwhile.
#[derive(Debug, Clone, Copy, Default)]
pub struct HashInPlace;

#[async_trait(?Send)]
impl PasscodeHashing for HashInPlace {
    async fn hash(
        &self,
        passcode: &Passcode,
        salt: &[u8],
        costs: Argon2Costs,
    ) -> Result<Key, Error> {
        argon2id(passcode.expose(), salt, costs)
    }
}
