//! The cipher's two halves, as RFC 8439, section 2.8, puts them together: for who has two
//! processors at hand. Whoever joins them to what [`seal`](crate::seal) and [`open`](crate::open)
//! do must let nobody see what was decrypted before its tag is known to be right.

use chacha20::ChaCha20;
use chacha20::cipher::inout::InOutBuf;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use poly1305::Poly1305;
use poly1305::universal_hash::{KeyInit, UniversalHash};
use zeroize::Zeroizing;

use crate::{KEY_LEN, NONCE_LEN, TAG_LEN};

/// ChaCha20's block, in bytes. The first one makes Poly1305's key, and the text begins with the next.
const BLOCK_LEN: u64 = 64;

/// Encrypts or decrypts a part of a text that begins with its byte `at`. `from` and `to` have the
/// same length.
///
/// # Panics
/// If the lengths differ, or the part ends 256 GiB or more from the text's beginning.
#[inline(never)]
pub fn chacha20(key: &[u8; KEY_LEN], nonce: [u8; NONCE_LEN], at: u64, from: &[u8], to: &mut [u8]) {
    let mut cipher = ChaCha20::new(key.into(), &nonce.into());
    cipher.seek(BLOCK_LEN + at);
    cipher.apply_keystream_inout(InOutBuf::new(from, to).expect("the caller leaves room"));
}

/// The tag of a sealed text and its additional data.
#[inline(never)]
#[must_use]
pub fn tag(
    key: &[u8; KEY_LEN],
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
) -> [u8; TAG_LEN] {
    let mut once = Zeroizing::new([0; poly1305::KEY_SIZE]);
    ChaCha20::new(key.into(), &nonce.into()).apply_keystream(&mut *once);
    let mut poly1305 = Poly1305::new((&*once).into());
    poly1305.update_padded(aad);
    poly1305.update_padded(sealed);
    let mut lengths = poly1305::Block::default();
    lengths[..8].copy_from_slice(&(aad.len() as u64).to_le_bytes());
    lengths[8..].copy_from_slice(&(sealed.len() as u64).to_le_bytes());
    poly1305.update(&[lengths]);
    poly1305.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{open, seal};

    const KEY: [u8; KEY_LEN] = [0x5a; KEY_LEN];
    const NONCE: [u8; NONCE_LEN] = [7; NONCE_LEN];

    fn text(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at * 31 + at / 251) as u8).collect()
    }

    /// What both halves make of a text that they get in parts of `part` bytes.
    fn in_halves(aad: &[u8], text: &[u8], part: usize) -> (Vec<u8>, [u8; TAG_LEN]) {
        let mut sealed = vec![0; text.len()];
        for (number, (from, to)) in text.chunks(part).zip(sealed.chunks_mut(part)).enumerate() {
            chacha20(&KEY, NONCE, (number * part) as u64, from, to);
        }
        let tag = tag(&KEY, NONCE, aad, &sealed);
        (sealed, tag)
    }

    #[test]
    fn together_they_are_the_whole_cipher() {
        for len in [0, 1, 15, 16, 17, 63, 64, 65, 255, 256, 1000, 4096, 100_003] {
            let text = text(len);
            for aad in [&b""[..], b"a", &[9; 16], &[9; 33]] {
                let mut sealed = vec![0; len];
                let tag = seal(&KEY, NONCE, aad, &text, &mut sealed);
                for part in [64, 192, 4096, 1 << 20] {
                    let halves = in_halves(aad, &text, part);
                    assert!(halves == (sealed.clone(), tag), "{len} bytes by {part}");
                }
                let mut opened = vec![0; len];
                assert!(open(&KEY, NONCE, aad, &sealed, &mut opened, tag).is_some());
                assert!(opened == text);
            }
        }
    }

    #[test]
    fn a_part_may_begin_anywhere() {
        let text = text(500);
        let (sealed, _) = in_halves(b"", &text, 1 << 20);
        for at in [1, 63, 64, 100, 499] {
            let mut opened = vec![0; text.len() - at];
            chacha20(&KEY, NONCE, at as u64, &sealed[at..], &mut opened);
            assert!(opened == text[at..], "from {at}");
        }
    }
}
