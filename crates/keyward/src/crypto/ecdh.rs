//! ECDH over P-256 (SEC 1, section 3.3.1), the key agreement in COSE algorithm -31.

use p256::elliptic_curve::ff::FromUniformBytes;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, Scalar, SecretKey};
use zeroize::{Zeroize, Zeroizing};

use super::stack::wiped;
use crate::secret::Key;

/// An uncompressed point (SEC 1, section 2.3.3): 04, x, y.
pub(crate) const POINT_LEN: usize = 65;
/// Bytes that are reduced to a private key: so many more than the group's order has, that the
/// reduction favours no key (RFC 9380, section 5.1).
pub(crate) const WIDE_LEN: usize = 48;

/// Whether this is an uncompressed point of the curve. (The identity has no such form.)
pub(crate) fn is_point(point: &[u8; POINT_LEN]) -> bool {
    decode(point).is_some()
}

fn decode(point: &[u8; POINT_LEN]) -> Option<PublicKey> {
    PublicKey::from_sec1_bytes(point).ok()
}

fn secret(private: &Key) -> Option<SecretKey> {
    SecretKey::from_slice(private.expose()).ok()
}

/// The private key that `wide`, [`WIDE_LEN`] bytes read as one big-endian number, is modulo the group's order; `None`
/// if that is 0.
pub(crate) fn private_key(wide: &[u8]) -> Option<Key> {
    let mut padded = Zeroizing::new([0; 64]);
    padded[64 - WIDE_LEN..].copy_from_slice(wide);
    let private = Key::fill_with(|out| {
        wiped(|| {
            let mut scalar = Scalar::from_uniform_bytes(&padded);
            let mut bytes = scalar.to_bytes();
            out.copy_from_slice(&bytes);
            bytes.zeroize();
            scalar.zeroize();
        });
        Ok::<_, std::convert::Infallible>(())
    });
    private.ok().filter(|private| wiped(|| secret(private).is_some()))
}

/// The public key of a private one; `None` if this is none: 0, or not below the group's order.
pub(crate) fn public_key(private: &Key) -> Option<[u8; POINT_LEN]> {
    let public = wiped(|| Some(secret(private)?.public_key()))?;
    public.to_sec1_point(false).as_bytes().try_into().ok()
}

/// The x coordinate that both sides agree on; `None` if one of these is no key.
pub(crate) fn agree(private: &Key, public: &[u8; POINT_LEN]) -> Option<Key> {
    let public = decode(public)?;
    wiped(|| {
        let shared = secret(private)?.diffie_hellman(&public);
        Key::from_slice(shared.raw_secret_bytes())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn unhex<const N: usize>(text: &str) -> [u8; N] {
        let pairs = text.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16);
        pairs.map(|pair| byte(pair).unwrap()).collect::<Vec<_>>().try_into().unwrap()
    }

    /// Section 8.1 of RFC 5903.
    #[test]
    fn rfc_5903_section_8_1() {
        let i = unhex("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
        let r = unhex("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53");
        let (i, r) = (Key::from_bytes(i), Key::from_bytes(r));
        let gi = unhex(
            "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f\
             1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
        );
        let gr = unhex(
            "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157\
             854c13c58d6aac23f046ada30f8353e74f33039872ab",
        );
        let shared: [u8; 32] =
            unhex("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
        assert_eq!(public_key(&i), Some(gi));
        assert_eq!(public_key(&r), Some(gr));
        assert_eq!(agree(&i, &gr).unwrap().expose(), shared);
        assert_eq!(agree(&r, &gi).unwrap().expose(), shared);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let order = unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        assert_eq!(public_key(&Key::from_bytes(order)), None);
        assert_eq!(public_key(&Key::from_bytes([0; 32])), None);
        let one = Key::from_bytes(unhex(&format!("{:064x}", 1)));
        let generator = public_key(&one).unwrap();
        assert!(is_point(&generator));
        for at in [0, 1, 64] {
            let mut other = generator;
            other[at] ^= 1;
            assert!(!is_point(&other), "byte {at}");
            assert!(agree(&one, &other).is_none());
        }
        assert!(!is_point(&[0; POINT_LEN]));
        let mut zero = [0; POINT_LEN];
        zero[0] = 4;
        assert!(!is_point(&zero));
    }

    #[test]
    fn a_wide_number_is_reduced_modulo_the_order() {
        let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        let wide = |text: &str| private_key(&unhex::<WIDE_LEN>(&format!("{text:0>96}")));
        assert!(wide(order).is_none());
        assert!(wide("0").is_none());
        // 2^128 times the order, and 2.
        let two = wide(&format!("{order}{:032x}", 2)).unwrap();
        assert_eq!(two.expose(), unhex::<32>(&format!("{:064x}", 2)));
    }
}
