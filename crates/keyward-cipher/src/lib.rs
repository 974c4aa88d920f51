//! ChaCha20/Poly1305 (RFC 8439), COSE algorithm 24.
//!
//! A crate of its own because a compiler optimises crate by crate, and generic code such as this
//! cipher's in the crate that uses it. What browsers download is compiled for size; this takes the
//! time of every write and is compiled for speed.

#[cfg(not(target_family = "wasm"))]
pub mod halves;

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};

/// The length of a key, in bytes.
pub const KEY_LEN: usize = 32;
/// The length of a nonce, in bytes.
pub const NONCE_LEN: usize = 12;
/// The length of a tag, in bytes.
pub const TAG_LEN: usize = 16;

/// Seals `text` into `sealed`, which has the same length, and answers the tag. A nonce must never be
/// used twice with one key.
///
/// # Panics
/// If the lengths differ, or are 256 GiB or more.
#[inline(never)]
#[must_use]
pub fn seal(
    key: &[u8; KEY_LEN],
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    text: &[u8],
    sealed: &mut [u8],
) -> [u8; TAG_LEN] {
    let both = InOutBuf::new(text, sealed).expect("the caller leaves room for the text");
    let made = ChaCha20Poly1305::new(key.into()).encrypt_inout_detached(&nonce.into(), aad, both);
    made.expect("content is far below the cipher's 256 GiB").into()
}

/// Opens `sealed` into `text`, which has the same length. On failure `text` holds nothing readable,
/// and the caller learns only that it failed.
///
/// # Panics
/// If the lengths differ.
#[inline(never)]
pub fn open(
    key: &[u8; KEY_LEN],
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    text: &mut [u8],
    tag: [u8; TAG_LEN],
) -> Option<()> {
    let both = InOutBuf::new(sealed, text).expect("the caller leaves room for the text");
    let (nonce, tag) = (Nonce::from(nonce), Tag::from(tag));
    ChaCha20Poly1305::new(key.into()).decrypt_inout_detached(&nonce, aad, both, &tag).ok()
}
