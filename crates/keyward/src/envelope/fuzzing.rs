//! Ways into the parsers of what Keyward writes that only fuzz targets and tests have. Each panics
//! when the parser takes something that the writer would not write.

use super::cbor::{Reader, Writer};
use super::content::{Content, padded_len};
use super::{CHECKSUM, CHECKSUM_LEN, Header, IV, Sealed, TAG_COSE_ENCRYPT, enc_structure, slot};
use super::{decode_record, encode_record, record};
use crate::crypto::{self, NONCE_LEN};
use crate::recovery::RecoveryCode;
use crate::secret::{Guarded, Key};

/// A whole sealed file, as it is and with its checksum made right.
pub fn sealed(bytes: &[u8]) {
    whole(bytes);
    if let Some(bytes) = with_new_checksum(bytes.to_vec()) {
        whole(&bytes);
    }
}

fn whole(bytes: &[u8]) {
    let inspected = super::inspect(bytes).is_ok();
    let parsed = Sealed::parse(bytes);
    assert_eq!(inspected, parsed.is_ok());
    if let Ok(sealed) = parsed {
        assert_eq!(written_again(&sealed), bytes);
        let opened = sealed.open(&Key::from_bytes([0; Key::LEN]));
        assert!(opened.is_err(), "nobody sealed this with this key");
    }
}

/// The protected header and the recipients, without the layer around them.
pub fn head(bytes: &[u8]) {
    let _ = super::header::find_version(bytes);
    if let Ok((header, version)) = Header::decode(bytes) {
        assert_eq!(header.encode(version), bytes);
    }
    let mut r = Reader::new(bytes);
    if let Ok(slots) = slot::decode_slots(&mut r) {
        let read = bytes.len() - r.rest().len();
        assert_eq!(slot::encode_slots(&slots), bytes[..read]);
    }
}

/// What is under the seal, as if it had been authenticated. Padded here too, because nobody guesses
/// lengths.
pub fn content(bytes: &[u8]) {
    plain(bytes);
    let mut padded = bytes.to_vec();
    padded.resize(padded_len(bytes.len()), 0);
    plain(&padded);
}

fn plain(bytes: &[u8]) {
    let Ok(content) = Content::decode(Guarded::new(bytes.into())) else {
        return;
    };
    let map = content.map();
    assert_eq!(bytes.len(), padded_len(map.len()));
    assert_eq!(bytes[..map.len()], *map);
    let mut again = Vec::new();
    Writer(&mut again).map(content.entries().count());
    for entry in content.entries() {
        let mut w = Writer(&mut again);
        w.text(entry.name);
        if entry.kind == crate::ValueKind::Json {
            w.tag(262);
        }
        w.bytes(entry.value);
        let found = content.find(entry.name).expect("it is there");
        assert_eq!(found.value, entry.value);
    }
    assert_eq!(again, map);
}

/// What the registry remembers of a vault, as it is and with its check made right.
pub fn record(bytes: &[u8]) {
    let read = |bytes: &[u8]| {
        if let Ok(record) = decode_record(bytes) {
            assert_eq!(encode_record(&record), bytes);
        }
    };
    read(bytes);
    if let Some(covered) = bytes.len().checked_sub(1 + record::CHECK_LEN) {
        let mut right = bytes[..covered].to_vec();
        let check = record::check(&right);
        Writer(&mut right).bytes(&check);
        read(&right);
    }
}

/// A recovery code as somebody has typed it; and a right one, typed in one of the ways that are read.
pub fn recovery_code(bytes: &[u8]) {
    let symbols = |text: &str| -> String {
        let typed = text.chars().filter(char::is_ascii_alphanumeric);
        let read = typed.map(|symbol| match symbol.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            symbol => symbol,
        });
        read.collect()
    };
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(code) = RecoveryCode::parse(text)
    {
        assert_eq!(symbols(text), symbols(code.expose()));
    }
    if let Some((seed, ways)) = bytes.split_first_chunk() {
        let code = RecoveryCode::from_seed(*seed);
        let ways = ways.iter().copied().chain(std::iter::repeat(0));
        let typed: String = code.expose().chars().zip(ways).map(typed).collect();
        let read = RecoveryCode::parse(typed).expect("each of the ways is read");
        assert_eq!(read.expose(), code.expose());
    }
}

/// One of the ways in which people type a symbol, or what stands between the groups.
fn typed((symbol, way): (char, u8)) -> String {
    let ways: &[&str] = match symbol {
        '-' => &["-", "", " ", "\u{2013}", "\u{2212}", "\u{a0}-\r\n"],
        '0' => &["0", "O", "o"],
        '1' => &["1", "I", "i", "L", "l"],
        _ if way % 2 == 1 => return symbol.to_lowercase().to_string(),
        _ => return symbol.to_string(),
    };
    ways[usize::from(way) % ways.len()].to_owned()
}

/// The bytes of a file from what its parser made of them, the key not being needed.
pub(super) fn written_again(sealed: &Sealed<'_>) -> Vec<u8> {
    let mut again = Vec::new();
    let mut w = Writer(&mut again);
    w.tag(TAG_COSE_ENCRYPT);
    w.array(4);
    w.bytes(&sealed.head.header.encode(sealed.head.version()));
    w.map(2);
    w.int(IV);
    w.bytes(&sealed.nonce);
    w.int(CHECKSUM);
    w.bytes(&crypto::sha256(&sealed.aad));
    w.bytes(sealed.ciphertext);
    again.extend(slot::encode_slots(&sealed.head.slots));
    again
}

/// What an attacker does after changing a file: computes the checksum again. `None` when the file
/// has no place for one any more.
pub(super) fn with_new_checksum(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let mut r = Reader::new(&bytes);
    let protected = super::outer(&mut r).ok()?;
    let two = r.map().ok()? == 2;
    r.label(IV).ok()?;
    let nonce = r.bytes().ok()?.len() == NONCE_LEN;
    r.label(CHECKSUM).ok()?;
    let checksum = r.bytes().ok()?.len() == CHECKSUM_LEN;
    let end = bytes.len() - r.rest().len();
    r.bytes().ok()?;
    if !(two && nonce && checksum) {
        return None;
    }
    let checksum = crypto::sha256(&enc_structure(protected, r.rest()));
    bytes[end - CHECKSUM_LEN..end].copy_from_slice(&checksum);
    Some(bytes)
}
