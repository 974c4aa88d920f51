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

/// Poly1305 over the additional data and the sealed text.
pub struct Tagging {
    poly1305: Poly1305,
    aad_len: u64,
    sealed_len: u64,
}

impl Tagging {
    /// The tag of a text of which nothing has been seen yet.
    #[inline(never)]
    #[must_use]
    pub fn new(key: &[u8; KEY_LEN], nonce: [u8; NONCE_LEN], aad: &[u8]) -> Self {
        let mut once = Zeroizing::new([0; poly1305::KEY_SIZE]);
        ChaCha20::new(key.into(), &nonce.into()).apply_keystream(&mut *once);
        let mut poly1305 = Poly1305::new((&*once).into());
        poly1305.update_padded(aad);
        Self { poly1305, aad_len: aad.len() as u64, sealed_len: 0 }
    }

    /// Takes the next part of the sealed text in. Each but the last must have whole blocks of 16
    /// bytes.
    ///
    /// # Panics
    /// If the part before had not.
    #[inline(never)]
    pub fn update(&mut self, sealed: &[u8]) {
        assert!(
            self.sealed_len.is_multiple_of(poly1305::BLOCK_SIZE as u64),
            "only the last is cut"
        );
        self.poly1305.update_padded(sealed);
        self.sealed_len += sealed.len() as u64;
    }

    /// The tag of all that was taken in.
    #[inline(never)]
    #[must_use]
    pub fn tag(mut self) -> [u8; TAG_LEN] {
        let mut lengths = poly1305::Block::default();
        lengths[..8].copy_from_slice(&self.aad_len.to_le_bytes());
        lengths[8..].copy_from_slice(&self.sealed_len.to_le_bytes());
        self.poly1305.update(&[lengths]);
        self.poly1305.finalize().into()
    }
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
        let mut tagging = Tagging::new(&KEY, NONCE, aad);
        for (number, (from, to)) in text.chunks(part).zip(sealed.chunks_mut(part)).enumerate() {
            chacha20(&KEY, NONCE, (number * part) as u64, from, to);
            tagging.update(to);
        }
        (sealed, tagging.tag())
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

    #[test]
    #[should_panic(expected = "only the last is cut")]
    fn a_cut_block_in_the_middle_is_refused() {
        let mut tagging = Tagging::new(&KEY, NONCE, b"");
        tagging.update(&[1; 17]);
        tagging.update(&[1; 16]);
    }
}
