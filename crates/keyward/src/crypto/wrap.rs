//! AES-256 key wrap (RFC 3394), COSE algorithm -5.

use aes_kw::{KeyInit, KwAes256};

use super::stack::wiped;
use crate::secret::Key;

/// A wrapped 256-bit key: the key and 8 bytes of integrity check.
pub(crate) const WRAPPED_LEN: usize = Key::LEN + 8;

fn cipher(kek: &Key) -> KwAes256 {
    KwAes256::new_from_slice(kek.expose()).expect("a Key has the cipher's key length")
}

pub(crate) fn wrap(kek: &Key, dek: &Key) -> [u8; WRAPPED_LEN] {
    let mut wrapped = [0; WRAPPED_LEN];
    wiped(|| cipher(kek).wrap_key(dek.expose(), &mut wrapped).map(drop))
        .expect("a Key is whole blocks and the buffer has the wrapped length");
    wrapped
}

/// The wrapped key, or `None` when `kek` is not the key that wrapped it.
pub(crate) fn unwrap(kek: &Key, wrapped: &[u8; WRAPPED_LEN]) -> Option<Key> {
    Key::fill_with(|dek| wiped(|| cipher(kek).unwrap_key(wrapped, dek).map(drop))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3394_section_4_6() {
        let kek: Vec<u8> = (0x00..0x20).collect();
        let dek: Vec<u8> =
            (0..=0xff).step_by(0x11).chain(0x00..0x10).map(|byte: u8| byte).collect();
        let (kek, dek) = (Key::from_slice(&kek).expect("32"), Key::from_slice(&dek).expect("32"));
        let wrapped = wrap(&kek, &dek);
        let expected = [
            0x28, 0xc9, 0xf4, 0x04, 0xc4, 0xb8, 0x10, 0xf4, 0xcb, 0xcc, 0xb3, 0x5c, 0xfb, 0x87,
            0xf8, 0x26, 0x3f, 0x57, 0x86, 0xe2, 0xd8, 0x0e, 0xd3, 0x26, 0xcb, 0xc7, 0xf0, 0xe7,
            0x1a, 0x99, 0xf4, 0x3b, 0xfb, 0x98, 0x8b, 0x9b, 0x7a, 0x02, 0xdd, 0x21,
        ];
        assert_eq!(wrapped, expected);
        assert_eq!(unwrap(&kek, &wrapped).expect("unwraps").expose(), dek.expose());
        assert!(unwrap(&dek, &wrapped).is_none());
    }
}
