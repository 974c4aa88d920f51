//! The sealed file: parsing and writing, nothing else. SPEC.md is its description; the two must
//! change together.

mod attempts;
mod cbor;
mod content;
#[cfg(any(test, fuzzing))]
#[allow(unreachable_pub, reason = "public where the fuzz targets are built")]
pub mod fuzzing;
mod header;
mod inspect;
mod message;
mod record;
mod recovery;
mod slot;
#[cfg(test)]
mod tests;

use crate::crypto::{self, NONCE_LEN, TAG_LEN};
use crate::error::Error;
use crate::secret::{Guarded, Key};
use crate::store::MAX_STORED_LEN;

use cbor::{DAMAGED, Reader, Writer};

pub(crate) use attempts::{decode_attempts, encode_attempts};
pub(crate) use content::Content;
pub(crate) use header::Header;
pub use inspect::{Inspection, SlotInfo, inspect};
pub(crate) use inspect::{Lengths, assurance, inspection};
pub use message::{open_message, seal_message};
pub(crate) use record::{Mark, Record, decode_record, encode_record};
pub(crate) use recovery::{Keeper, RecoveryParams};
pub(crate) use slot::{MAX_SLOTS, PasscodeParams, Place, Slot, SlotHeader, SlotId, SlotKind};

const TAG_COSE_ENCRYPT: u64 = 96;
const IV: i64 = 5;
const CHECKSUM: i64 = -70_021;
const CHECKSUM_LEN: usize = 32;

/// What can be read of a vault without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) header: Header,
    pub(crate) slots: Vec<Slot>,
}

impl Head {
    /// Whether the vault has no key: it has never held an entry, or holds them in memory only.
    pub(crate) fn is_blank(&self) -> bool {
        self.slots.iter().any(|slot| slot.header.kind == SlotKind::Blank)
    }

    /// The format version of a file with this head: the lowest that has everything in it, so that
    /// an old program reads whatever uses nothing new.
    pub(crate) fn version(&self) -> u64 {
        let slots = self.slots.iter().map(|slot| slot.header.kind.lowest_version());
        slots.fold(self.header.lowest_version(), u64::max)
    }
}

/// A vault's sealed bytes, parsed.
pub(crate) struct Sealed<'a> {
    pub(crate) head: Head,
    nonce: [u8; NONCE_LEN],
    aad: Vec<u8>,
    ciphertext: &'a [u8],
    len: usize,
}

impl<'a> Sealed<'a> {
    /// Parses a sealed vault. Accepts exactly what [`seal`] writes.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_STORED_LEN {
            return Err(Error::Damaged { what: "its length" });
        }
        let mut r = Reader::new(bytes);
        let protected = outer(&mut r).map_err(|_| Error::Damaged { what: "not a vault" })?;
        match header::find_version(protected)? {
            0 => {
                return Err(Error::Damaged { what: "its version" });
            }
            1..=header::NEWEST_VERSION => {}
            version => return Err(Error::TooNew { version }),
        }
        let two = r.map()? == 2;
        r.label(IV)?;
        let nonce = r.byte_array()?;
        r.label(CHECKSUM)?;
        let checksum: [u8; CHECKSUM_LEN] = r.byte_array()?;
        let ciphertext = r.bytes()?;
        let recipients = r.rest();
        let aad = enc_structure(protected, recipients);
        // Before anything is asked of a person: damage must not look like a wrong passcode.
        if crypto::sha256(&aad) != checksum {
            return Err(Error::Damaged { what: "its checksum" });
        }
        let (header, version) = Header::decode(protected)?;
        let slots = slot::decode_slots(&mut r)?;
        r.end()?;
        let head = Head { header, slots };
        let blank_is_alone = !head.is_blank() || (head.slots.len() == 1 && head.header.empty);
        if !two || version != head.version() || !blank_is_alone || ciphertext.len() < TAG_LEN {
            return Err(DAMAGED);
        }
        Ok(Self { head, nonce, aad, ciphertext, len: bytes.len() })
    }

    pub(crate) fn lengths(&self) -> Lengths {
        Lengths { sealed: self.len, content: self.ciphertext.len() - TAG_LEN }
    }

    /// Opens the content. The key is known to be right, because it was unwrapped: failure means
    /// damage.
    pub(crate) fn open(&self, dek: &Key) -> Result<Content, Error> {
        self.open_into(dek, None)
    }

    /// [`Sealed::open`], in `spare` if that has the length of the content.
    pub(crate) fn open_into(&self, dek: &Key, spare: Option<Guarded>) -> Result<Content, Error> {
        let (sealed, tag) = self.ciphertext.split_last_chunk().ok_or(DAMAGED)?;
        // Guarded before there is a secret in it.
        let mut text = Guarded::zeroed(sealed.len(), spare);
        crypto::open(dek, self.nonce, &self.aad, sealed, text.as_mut_slice(), *tag)
            .ok_or(Error::Damaged { what: "its seal" })?;
        let content = Content::decode(text)?;
        if content.is_empty() != self.head.header.empty {
            return Err(DAMAGED);
        }
        Ok(content)
    }
}

/// The tag, the array and the protected header of a sealed vault of any version.
fn outer<'a>(r: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    if r.tag()? != TAG_COSE_ENCRYPT || r.array()? != 4 {
        return Err(DAMAGED);
    }
    r.bytes()
}

/// RFC 9052, section 5.3; the external data are the recipients, so that the slots are
/// authenticated with the content.
fn enc_structure(protected: &[u8], recipients: &[u8]) -> Vec<u8> {
    let mut aad = Vec::with_capacity(32 + protected.len() + recipients.len());
    let mut w = Writer(&mut aad);
    w.array(3);
    w.text("Encrypt");
    w.bytes(protected);
    w.bytes(recipients);
    aad
}

/// Seals `content` under `dek` with a fresh nonce.
pub(crate) fn seal(head: &Head, dek: &Key, content: &Content) -> Result<Vec<u8>, Error> {
    Ok(seal_with_nonce(head, dek, content, crypto::random()?))
}

/// [`seal`], for test vectors. A nonce must never be used twice with one key.
pub(crate) fn seal_with_nonce(
    head: &Head,
    dek: &Key,
    content: &Content,
    nonce: [u8; NONCE_LEN],
) -> Vec<u8> {
    let protected = head.header.encode(head.version());
    let recipients = slot::encode_slots(&head.slots);
    let aad = enc_structure(&protected, &recipients);
    let plain = content.padded();
    let ciphertext_len = plain.len() + TAG_LEN;

    let mut bytes = Vec::with_capacity(96 + protected.len() + ciphertext_len + recipients.len());
    let mut w = Writer(&mut bytes);
    w.tag(TAG_COSE_ENCRYPT);
    w.array(4);
    w.bytes(&protected);
    w.map(2);
    w.int(IV);
    w.bytes(&nonce);
    w.int(CHECKSUM);
    w.bytes(&crypto::sha256(&aad));
    w.bytes_head(ciphertext_len);
    let start = bytes.len();
    bytes.resize(start + ciphertext_len, 0);
    crypto::seal(dek, nonce, &aad, plain, &mut bytes[start..]);
    bytes.extend_from_slice(&recipients);
    bytes
}

/// The sealed bytes of a vault without entries and without a key.
pub(crate) fn seal_blank(header: Header) -> Result<(Head, Vec<u8>, Lengths), Error> {
    let slots = vec![Slot::blank(header.vault)?];
    let head = Head { header: Header { empty: true, ..header }, slots };
    let content = Content::empty();
    let bytes = seal(&head, &Key::generate()?, &content)?;
    let lengths = Lengths { sealed: bytes.len(), content: content.padded().len() };
    Ok((head, bytes, lengths))
}
