//! The only room that touches cryptographic primitives. Everything here is RustCrypto; the names
//! are the specifications' names. SPEC.md says where each is used.

mod aead;
mod derive;
mod ecdh;
mod stack;
mod wrap;

use sha2::{Digest, Sha256};

use crate::error::Error;

pub(crate) use aead::{NONCE_LEN, TAG_LEN, open, seal};
pub use derive::{
    Argon2Costs, MAX_ARGON2_MEMORY_KIB, MAX_ARGON2_PASSES, MIN_ARGON2_MEMORY_KIB, argon2id,
    argon2id_then,
};
#[cfg(test)]
pub(crate) use derive::{MAX_ARGON2_LANES, MIN_ARGON2_PASSES};
pub(crate) use derive::{hkdf_sha256, hkdf_sha256_wide};
pub(crate) use ecdh::{POINT_LEN, WIDE_LEN, agree, is_point, private_key, public_key};
pub(crate) use wrap::{WRAPPED_LEN, unwrap, wrap};

/// Fills `bytes` from the platform's random number generator.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|_| Error::NoEntropy)
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    fill_random(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// [`sha256`] of something secret, of which nothing stays on the stack.
pub(crate) fn sha256_of_secret(bytes: &[u8]) -> [u8; 32] {
    stack::wiped(|| sha256(bytes))
}
