//! The content's cipher, ChaCha20/Poly1305, with our keys, and with the stack wiped after it.

#[cfg(not(target_family = "wasm"))]
mod two_threads;

use keyward_cipher::KEY_LEN;
pub(crate) use keyward_cipher::{NONCE_LEN, TAG_LEN};

use super::stack::wiped;
use crate::secret::Key;

fn bytes(key: &Key) -> &[u8; KEY_LEN] {
    key.expose().try_into().expect("a Key has the cipher's key length")
}

/// Seals `text` into `sealed`, which is [`TAG_LEN`] bytes longer and ends with the tag.
pub(crate) fn seal(key: &Key, nonce: [u8; NONCE_LEN], aad: &[u8], text: &[u8], sealed: &mut [u8]) {
    let (sealed, tag) =
        sealed.split_last_chunk_mut::<TAG_LEN>().expect("the caller leaves room for the tag");
    *tag = wiped(|| keyward_cipher::seal(bytes(key), nonce, aad, text, sealed));
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
    let key = bytes(key);
    #[cfg(not(target_family = "wasm"))]
    if sealed.len() >= two_threads::LONG
        && let Some(right) =
            two_threads::open(two_threads::builder(), key, nonce, aad, sealed, text, tag)
    {
        return right.then_some(());
    }
    wiped(|| keyward_cipher::open(key, nonce, aad, sealed, text, tag))
}
