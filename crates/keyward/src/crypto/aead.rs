//! ChaCha20/Poly1305 (RFC 8439), COSE algorithm 24.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};

use crate::secret::Key;

pub(crate) const NONCE_LEN: usize = 12;
pub(crate) const TAG_LEN: usize = 16;

fn cipher(key: &Key) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new_from_slice(key.expose()).expect("a Key has the cipher's key length")
}

/// Seals `buffer[..len - TAG_LEN]` in place and puts the tag in its last [`TAG_LEN`] bytes.
pub(crate) fn seal(key: &Key, nonce: [u8; NONCE_LEN], aad: &[u8], buffer: &mut [u8]) {
    let (text, tag) = buffer
        .split_last_chunk_mut::<TAG_LEN>()
        .expect("the caller leaves room for the tag");
    let made = cipher(key)
        .encrypt_inout_detached(&Nonce::from(nonce), aad, text.into())
        .expect("content is far below the cipher's 256 GiB");
    tag.copy_from_slice(&made);
}

/// Opens `buffer` (text and tag) in place. On failure the buffer holds nothing readable, and the
/// caller learns only that it failed.
pub(crate) fn open(key: &Key, nonce: [u8; NONCE_LEN], aad: &[u8], buffer: &mut [u8]) -> Option<()> {
    let (text, tag) = buffer.split_last_chunk_mut::<TAG_LEN>()?;
    cipher(key)
        .decrypt_inout_detached(&Nonce::from(nonce), aad, text.into(), &Tag::from(*tag))
        .ok()
}
