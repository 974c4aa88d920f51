//! Entries: a name and a value, which is JSON or bytes.

use std::fmt;
use std::io;

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use zeroize::Zeroizing;

use crate::error::{Error, Invalid};
use crate::secret::SecretBytes;

/// Which kind of value an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// One JSON value, as text.
    Json,
    /// Bytes.
    Bytes,
}

/// An entry's value: at most [`crate::MAX_VALUE_LEN`] bytes. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    kind: ValueKind,
    bytes: SecretBytes,
}

impl Value {
    fn new(kind: ValueKind, bytes: SecretBytes) -> Result<Self, Error> {
        if bytes.expose().len() > crate::MAX_VALUE_LEN {
            return Err(Invalid::ValueTooLarge.into());
        }
        Ok(Self { kind, bytes })
    }

    /// Bytes as they are.
    ///
    /// # Errors
    /// [`Invalid::ValueTooLarge`].
    pub fn bytes(bytes: impl Into<SecretBytes>) -> Result<Self, Error> {
        Self::new(ValueKind::Bytes, bytes.into())
    }

    /// JSON from its text, which is kept as it is, white space and all.
    ///
    /// # Errors
    /// [`Invalid::NotJson`], [`Invalid::ValueTooLarge`].
    pub fn json_text(text: impl Into<String>) -> Result<Self, Error> {
        let bytes = SecretBytes::from(text.into().into_bytes());
        serde_json::from_slice::<IgnoredAny>(bytes.expose()).map_err(|_| Invalid::NotJson)?;
        Self::new(ValueKind::Json, bytes)
    }

    /// The JSON form of `value`.
    ///
    /// # Errors
    /// [`Invalid::NotJson`] when it has none (a map with keys that are not strings),
    /// [`Invalid::ValueTooLarge`].
    pub fn json(value: &(impl Serialize + ?Sized)) -> Result<Self, Error> {
        // Twice, so that the buffer has its exact size from the start: a buffer that grows leaves
        // unwiped copies behind.
        let mut len = Counter(0);
        serde_json::to_writer(&mut len, value).map_err(|_| Invalid::NotJson)?;
        let mut bytes = Vec::with_capacity(len.0);
        serde_json::to_writer(&mut bytes, value).map_err(|_| Invalid::NotJson)?;
        Self::new(ValueKind::Json, bytes.into())
    }

    /// Which kind this is.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        self.kind
    }

    /// Reads the bytes, or the JSON text's bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.bytes.expose()
    }

    /// The JSON value as a `T`.
    ///
    /// # Errors
    /// [`Invalid::WrongType`] when this is bytes, or JSON of another shape.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Entry { name: "", value: self.expose(), kind: self.kind }.parse()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value::{:?}([redacted])", self.kind)
    }
}

pub(crate) struct Counter(pub(crate) usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An entry's name: at most [`crate::MAX_NAME_LEN`] bytes of any Unicode, compared byte by byte.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Name(Zeroizing<String>);

impl Name {
    pub(crate) fn new(name: &str) -> Result<Self, Error> {
        if name.len() > crate::MAX_NAME_LEN {
            return Err(Invalid::NameTooLong.into());
        }
        Ok(Self(Zeroizing::new(name.to_owned())))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A change of the entries, which is applied to whatever they are when its turn comes.
pub(crate) enum Change {
    Put(Vec<(Name, Value)>),
    /// Puts those whose names are free.
    Add(Vec<(Name, Value)>),
    Remove(Vec<Name>),
    Replace(Vec<(Name, Value)>),
}

impl Change {
    /// Writes the entries again as they are.
    pub(crate) fn nothing() -> Self {
        Self::Put(Vec::new())
    }
}

/// An entry inside an open vault.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a [u8],
    pub(crate) kind: ValueKind,
}

impl Entry<'_> {
    pub(crate) fn to_value(&self) -> Value {
        Value { kind: self.kind, bytes: self.value.into() }
    }

    /// The error of the JSON reader is dropped, because it may quote the value.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        match self.kind {
            ValueKind::Json => {
                // The JSON reader does not look at the encoding of what it passes over.
                let text = std::str::from_utf8(self.value).map_err(|_| Invalid::WrongType)?;
                serde_json::from_str(text).map_err(|_| Invalid::WrongType.into())
            }
            ValueKind::Bytes => Err(Invalid::WrongType.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_text_and_refuses_what_is_not_json() {
        let text = " {\"n\": 12345678901234567890123456789} ";
        assert_eq!(Value::json_text(text).expect("JSON").expose(), text.as_bytes());
        for text in ["", "{", "1 2", "nul", "\u{feff}1"] {
            assert!(matches!(Value::json_text(text), Err(Error::Invalid(Invalid::NotJson))));
        }
    }

    #[test]
    fn json_of_another_program_that_is_not_utf_8_does_not_read() {
        for value in [&b"\"\xff\""[..], b"\xef\xbb\xbf1", b"1\0", b""] {
            let entry = Entry { name: "", value, kind: ValueKind::Json };
            assert!(entry.parse::<IgnoredAny>().is_err(), "{value:02x?}");
        }
    }

    #[test]
    fn no_secret_in_debug_or_errors() {
        let value = Value::json("hunter2").expect("JSON");
        assert_eq!(format!("{value:?}"), "Value::Json([redacted])");
        let error = value.parse::<u32>().expect_err("a string is no number");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
