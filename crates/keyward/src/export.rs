//! The export document: a vault's entries as plain JSON text. SPEC.md, section "The export
//! document".
//!
//! **It is not encrypted.** Whoever reads it has every secret of the vault; a backup is a copy of
//! the sealed file. The buffers of this module are wiped when they are dropped; what the caller
//! writes elsewhere is the caller's to look after.

mod read;

use std::collections::BTreeSet;
use std::io::{self, Write};

use base64ct::{Base64, Encoding};
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::entry::{Counter, Value, ValueKind};
use crate::error::{Error, Invalid};
use crate::secret::SecretBytes;

pub use read::parse;

/// The longest export document, in bytes: 1 GiB. Every vault's export is shorter, because no entry
/// takes eight times as many bytes in the document as in the vault.
pub const MAX_EXPORT_LEN: usize = 8 * crate::MAX_CONTENT_LEN;

/// The document's format version.
const VERSION: &str = "1";

/// How many bytes are put into base64 at a time: a multiple of 3, so that the pieces join.
const CHUNK: usize = 3 * 256;

/// Writes entries as an export document, in the order given. White space around a JSON value is
/// left out, so that what was read is written again the same.
///
/// # Errors
/// [`Invalid::Export`] when two entries have one name, [`Invalid::NameTooLong`], and
/// [`Invalid::NotJson`] when a value that says it is JSON is not, which the vault of another
/// program may hold.
pub fn write(entries: &[(String, Value)]) -> Result<SecretBytes, Error> {
    let mut names = BTreeSet::new();
    for (name, value) in entries {
        if name.len() > crate::MAX_NAME_LEN {
            return Err(Invalid::NameTooLong.into());
        }
        if !names.insert(name) {
            return Err(Invalid::Export("two entries have one name").into());
        }
        if value.kind() == ValueKind::Json {
            json_text(value)?;
        }
    }
    // Twice, so that the buffer has its exact size from the start: a buffer that grows leaves
    // unwiped copies behind.
    let mut len = Counter(0);
    emit(entries, &mut len).map_err(|_| Invalid::NotJson)?;
    let mut text = Vec::with_capacity(len.0);
    emit(entries, &mut text).map_err(|_| Invalid::NotJson)?;
    Ok(text.into())
}

/// The text of a JSON value, checked: anything else would become part of the document around it.
fn json_text(value: &Value) -> Result<&str, Error> {
    let text = std::str::from_utf8(value.expose()).map_err(|_| Invalid::NotJson)?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|_| Invalid::NotJson)?;
    Ok(text)
}

fn emit(entries: &[(String, Value)], out: &mut impl Write) -> io::Result<()> {
    write!(out, r#"{{"keyward":{VERSION},"entries":{{"#)?;
    for (place, (name, value)) in entries.iter().enumerate() {
        if place > 0 {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut *out, name)?;
        match value.kind() {
            ValueKind::Json => {
                out.write_all(br#":{"json":"#)?;
                out.write_all(value.expose().trim_ascii())?;
                out.write_all(b"}")?;
            }
            ValueKind::Bytes => {
                out.write_all(br#":{"bytes":""#)?;
                emit_base64(value.expose(), out)?;
                out.write_all(br#""}"#)?;
            }
        }
    }
    out.write_all(b"}}")
}

fn emit_base64(bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut buffer = Zeroizing::new([0; CHUNK / 3 * 4]);
    for chunk in bytes.chunks(CHUNK) {
        let text = Base64::encode(chunk, &mut *buffer).expect("the buffer has a chunk's length");
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
