//! Opening long contents on two threads, which is about half the time. The cipher is the same to the
//! byte; RFC 8439 has its tag over the sealed text, so that neither half waits for the other. Sealing
//! would gain nothing that can be seen beside a durable write, and stays on one.

use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, scope};

use keyward_cipher::halves;
use subtle::ConstantTimeEq;

use super::{KEY_LEN, NONCE_LEN, TAG_LEN};
use crate::crypto::stack::wiped;
use crate::secret::wipe;

/// From how many bytes on it is worth a thread, which takes a twentieth of a millisecond to begin:
/// as long as 60 KiB.
pub(super) const LONG: usize = 1 << 20;

/// What one of the threads takes at a time.
const PIECE: usize = 256 << 10;

/// A thread for one of the two.
pub(super) fn builder() -> Builder {
    Builder::new().name("keyward-cipher".to_owned())
}

/// Whether `sealed` could be opened into `text`, which has the same length; `None` when there is no
/// further thread, and nothing was done. If it could not, `text` holds zeros.
pub(super) fn open(
    builder: Builder,
    key: &[u8; KEY_LEN],
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
    text: &mut [u8],
    tag: [u8; TAG_LEN],
) -> Option<bool> {
    let made = {
        let pieces = Mutex::new(sealed.chunks(PIECE).zip(text.chunks_mut(PIECE)).enumerate());
        // Whoever is free takes the next: the other processor may be busy with something else.
        let decrypt = || {
            let next = || pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some((number, (sealed, text))) = next() {
                halves::chacha20(key, nonce, number as u64 * PIECE as u64, sealed, text);
            }
        };
        let authenticate = || {
            let tag = halves::tag(key, nonce, aad, sealed);
            decrypt();
            tag
        };
        scope(|scope| {
            // The thread's stack is kept for the next one.
            let made = builder.spawn_scoped(scope, || wiped(authenticate)).ok()?;
            wiped(decrypt);
            Some(made.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?
    };
    let right = bool::from(made.ct_eq(&tag));
    if !right {
        wipe(text);
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; KEY_LEN] = [0x5a; KEY_LEN];
    const NONCE: [u8; NONCE_LEN] = [7; NONCE_LEN];
    const AAD: &[u8] = b"header and slots";

    fn sealed_alone(text: &[u8]) -> (Vec<u8>, [u8; TAG_LEN]) {
        let mut sealed = vec![0; text.len()];
        let tag = keyward_cipher::seal(&KEY, NONCE, AAD, text, &mut sealed);
        (sealed, tag)
    }

    fn text(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at * 31 + at / 251) as u8).collect()
    }

    #[test]
    fn two_threads_open_what_one_has_sealed() {
        for len in [0, 1, 17, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, LONG, 5 * PIECE + 1003] {
            let text = text(len);
            let (sealed, tag) = sealed_alone(&text);
            let mut opened = vec![0; len];
            let right = open(builder(), &KEY, NONCE, AAD, &sealed, &mut opened, tag);
            assert!(right == Some(true) && opened == text, "{len} bytes");
        }
    }

    #[test]
    fn what_is_not_right_to_the_bit_is_refused_and_nothing_of_it_stays() {
        let text = text(LONG + 77);
        let (sealed, tag) = sealed_alone(&text);
        let refuse = |key: &[u8; KEY_LEN], nonce, aad: &[u8], sealed: &[u8], tag| {
            let mut opened = vec![1; sealed.len()];
            let right = open(builder(), key, nonce, aad, sealed, &mut opened, tag);
            assert_eq!(right, Some(false));
            assert!(opened.iter().all(|byte| *byte == 0));
        };
        for at in [0, PIECE - 1, PIECE, LONG, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            refuse(&KEY, NONCE, AAD, &changed, tag);
        }
        for bit in 0..8 * TAG_LEN {
            let mut changed = tag;
            changed[bit / 8] ^= 1 << (bit % 8);
            if bit % 13 == 0 {
                refuse(&KEY, NONCE, AAD, &sealed, changed);
            }
        }
        refuse(&KEY, NONCE, AAD, &sealed[..LONG], tag);
        refuse(&KEY, NONCE, b"another header", &sealed, tag);
        refuse(&KEY, [8; NONCE_LEN], AAD, &sealed, tag);
        refuse(&[0x5b; KEY_LEN], NONCE, AAD, &sealed, tag);
    }

    #[test]
    fn without_a_further_thread_nothing_is_done() {
        // More than the address space has.
        let none = || builder().stack_size(1 << 60);
        let text = text(LONG);
        let (sealed, tag) = sealed_alone(&text);
        let mut untouched = vec![1; LONG];
        assert_eq!(open(none(), &KEY, NONCE, AAD, &sealed, &mut untouched, tag), None);
        assert!(untouched.iter().all(|byte| *byte == 1));
    }
}
