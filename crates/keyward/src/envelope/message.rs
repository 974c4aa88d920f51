//! One message, sealed under a key of its own that a vault keeps: COSE_Encrypt0 (RFC 9052, section
//! 5.2). SPEC.md, section "Sealed messages".

use super::IV;
use super::cbor::{DAMAGED, Reader, Writer};
use super::header::{ALG, CHACHA20_POLY1305, TYP};
use crate::crypto::{self, NONCE_LEN, TAG_LEN};
use crate::error::Error;
use crate::secret::{Key, SecretBytes};

const TAG_COSE_ENCRYPT0: u64 = 16;

/// Seals a message that is to wait beside a vault until somebody sees the vault open. `key` is for this
/// message, or for few, and lies in the vault; `media_type` says what the message is, and stands in the
/// clear, as the message's length does.
///
/// # Errors
/// [`Error::NoEntropy`] when the platform has no random numbers to give.
pub fn seal_message(key: &Key, media_type: &str, message: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(seal_message_with_nonce(key, media_type, message, crypto::random()?))
}

/// [`seal_message`], for the example in SPEC.md.
pub(super) fn seal_message_with_nonce(
    key: &Key,
    media_type: &str,
    message: &[u8],
    nonce: [u8; NONCE_LEN],
) -> Vec<u8> {
    let protected = protected(media_type);
    let len = message.len() + TAG_LEN;
    let mut bytes = Vec::with_capacity(64 + protected.len() + len);
    let mut w = Writer(&mut bytes);
    w.tag(TAG_COSE_ENCRYPT0);
    w.array(3);
    w.bytes(&protected);
    w.map(1);
    w.int(IV);
    w.bytes(&nonce);
    w.bytes_head(len);
    let start = bytes.len();
    bytes.resize(start + len, 0);
    crypto::seal(key, nonce, &enc_structure(&protected), message, &mut bytes[start..]);
    bytes
}

/// Opens what [`seal_message`] has sealed. `None` when it is anything else: sealed under another key,
/// of another media type, damaged, or longer or shorter than it was. The message's buffer has its size
/// from the start, and is wiped.
#[must_use]
pub fn open_message(key: &Key, media_type: &str, sealed: &[u8]) -> Option<SecretBytes> {
    let protected = protected(media_type);
    let (nonce, ciphertext) = parse(sealed, &protected).ok()?;
    let (sealed, tag) = ciphertext.split_last_chunk::<TAG_LEN>()?;
    let mut message = vec![0; sealed.len()];
    crypto::open(key, nonce, &enc_structure(&protected), sealed, &mut message, *tag)?;
    Some(message.into())
}

/// Accepts exactly what [`seal_message`] writes.
fn parse<'a>(sealed: &'a [u8], protected: &[u8]) -> Result<([u8; NONCE_LEN], &'a [u8]), Error> {
    let mut r = Reader::new(sealed);
    let ours = r.tag()? == TAG_COSE_ENCRYPT0
        && r.array()? == 3
        && r.bytes()? == protected
        && r.map()? == 1;
    r.label(IV)?;
    let nonce = r.byte_array()?;
    let ciphertext = r.bytes()?;
    r.end()?;
    if ours { Ok((nonce, ciphertext)) } else { Err(DAMAGED) }
}

fn protected(media_type: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(16 + media_type.len());
    let mut w = Writer(&mut bytes);
    w.map(2);
    w.int(ALG);
    w.int(CHACHA20_POLY1305);
    w.int(TYP);
    w.text(media_type);
    bytes
}

/// RFC 9052, section 5.3. There are no external data: what a message belongs to is the key's to say.
fn enc_structure(protected: &[u8]) -> Vec<u8> {
    let mut aad = Vec::with_capacity(16 + protected.len());
    let mut w = Writer(&mut aad);
    w.array(3);
    w.text("Encrypt0");
    w.bytes(protected);
    w.bytes(&[]);
    aad
}
