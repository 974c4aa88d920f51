//! ChaCha20/Poly1305 (RFC 8439), COSE algorithm 24.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};

use super::stack::wiped;
use crate::secret::Key;

pub(crate) const NONCE_LEN: usize = 12;
pub(crate) const TAG_LEN: usize = 16;

fn cipher(key: &Key) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new_from_slice(key.expose()).expect("a Key has the cipher's key length")
}

/// Seals `text` into `sealed`, which is [`TAG_LEN`] bytes longer and ends with the tag.
pub(crate) fn seal(key: &Key, nonce: [u8; NONCE_LEN], aad: &[u8], text: &[u8], sealed: &mut [u8]) {
    let (sealed, tag) =
        sealed.split_last_chunk_mut::<TAG_LEN>().expect("the caller leaves room for the tag");
    let both = InOutBuf::new(text, sealed).expect("the caller leaves room for the text");
    let nonce = Nonce::from(nonce);
    let made = wiped(|| cipher(key).encrypt_inout_detached(&nonce, aad, both))
        .expect("content is far below the cipher's 256 GiB");
    tag.copy_from_slice(&made);
}

/// Opens `sealed` into `text`, which has the same length. On failure `text` holds nothing readable,
/// and the caller learns only that it failed. The tag is apart, so that the opened text fills a
/// buffer of its own exactly and need not be moved out of a larger one.
pub(crate) fn open(
    key: &Key,
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    text: &mut [u8],
    tag: [u8; TAG_LEN],
) -> Option<()> {
    let both = InOutBuf::new(sealed, text).expect("the caller leaves room for the text");
    let (nonce, tag) = (Nonce::from(nonce), Tag::from(tag));
    wiped(|| cipher(key).decrypt_inout_detached(&nonce, aad, both, &tag)).ok()
}
