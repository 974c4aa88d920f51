//! Reading an export document, which may come from anywhere.

use std::collections::BTreeSet;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::{MAX_EXPORT_LEN, VERSION};
use crate::entry::Value;
use crate::error::{Error, Invalid};
use crate::secret::Json;

const NO_OBJECT: Invalid = Invalid::Export("it is not JSON, or no object where one should be");

/// Reads an export document. The entries come in the order of the document, and a JSON value keeps
/// its text.
///
/// # Errors
/// [`Invalid::Export`] with the part that is wrong, [`Invalid::NameTooLong`],
/// [`Invalid::ValueTooLarge`]. None of them quotes the document.
pub fn parse(text: &[u8]) -> Result<Vec<(String, Value)>, Error> {
    if text.len() > MAX_EXPORT_LEN {
        return wrong("it is longer than 1 GiB");
    }
    let text = std::str::from_utf8(text).map_err(|_| Invalid::Export("it is not UTF-8"))?;
    let (mut version, mut entries) = (None, None);
    let document = Json::read(text).ok_or(NO_OBJECT)?;
    for (name, value) in object(document)? {
        let seen = match name.as_str() {
            "keyward" => version.replace(value),
            "entries" => entries.replace(value),
            _ => return wrong("it has a member that is not known"),
        };
        if seen.is_some() {
            return wrong("it has a member twice");
        }
    }
    match version.map(Json::text) {
        Some(VERSION) => {}
        Some(_) => return wrong("its version is not 1"),
        None => return wrong("it does not say that it is an export of Keyward"),
    }
    let entries = object(entries.ok_or(Invalid::Export("it has no entries"))?)?;
    let mut names = BTreeSet::new();
    for (name, _) in &entries {
        if name.len() > crate::MAX_NAME_LEN {
            return Err(Invalid::NameTooLong.into());
        }
        if !names.insert(name.as_str()) {
            return wrong("two entries have one name");
        }
    }
    entries.iter().map(entry).collect()
}

/// The text of a JSON string.
fn string(json: Json<'_>) -> Result<Zeroizing<String>, Error> {
    Ok(json.string().ok_or(Invalid::Export("a string is not text"))?)
}

fn wrong<T>(what: &'static str) -> Result<T, Error> {
    Err(Invalid::Export(what).into())
}

type Member<'a> = (Zeroizing<String>, Json<'a>);

fn entry((name, value): &Member<'_>) -> Result<(String, Value), Error> {
    let members = object(*value)?;
    let [(kind, value)] = members.as_slice() else {
        return wrong("an entry does not have exactly one value");
    };
    let value = match kind.as_str() {
        "json" => Value::json_text(value.text())?,
        "bytes" => Value::bytes(base64(&string(*value)?)?)?,
        _ => return wrong("an entry's value is neither JSON nor bytes"),
    };
    Ok((name.to_string(), value))
}

fn base64(text: &str) -> Result<Vec<u8>, Error> {
    if text.len() / 4 * 3 > crate::MAX_VALUE_LEN + 2 {
        return Err(Invalid::ValueTooLarge.into());
    }
    let mut bytes = Zeroizing::new(vec![0; text.len() / 4 * 3]);
    let len = Base64::decode(text, &mut bytes)
        .map_err(|_| Invalid::Export("an entry's bytes are not base64"))?
        .len();
    bytes.truncate(len);
    Ok(std::mem::take(&mut *bytes))
}

/// The members of one JSON object, their names without escapes.
fn object(json: Json<'_>) -> Result<Vec<Member<'_>>, Error> {
    let members = json.object().ok_or(NO_OBJECT)?;
    let unescaped = members.into_iter().map(|(name, value)| Ok((string(name)?, value)));
    unescaped.collect()
}
