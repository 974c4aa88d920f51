//! The JSON of answers.

use std::io;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::messages::ErrorMessage;

/// JSON that may hold secrets: wiped when it is dropped.
pub type Json = Zeroizing<String>;

/// The answer to a call that ended well, with what it says.
pub fn ok(value: &(impl Serialize + ?Sized)) -> Json {
    wrapped("{\"ok\":", &|writer| serde_json::to_writer(writer, value))
}

/// The answer to a call that did not happen.
#[must_use]
pub fn refused(error: &ErrorMessage) -> Json {
    wrapped("{\"error\":", &|writer| serde_json::to_writer(writer, error))
}

/// A [`messages::Answer`](crate::messages::Answer), from its first words to its last brace.
fn wrapped(before: &str, write: Write<'_>) -> Json {
    written(&|writer| {
        writer.push(before.as_bytes());
        write(writer)?;
        writer.push(b"}");
        Ok(())
    })
}

/// The JSON of a message.
pub(crate) fn json(message: &impl Serialize) -> Json {
    written(&|writer| serde_json::to_writer(writer, message))
}

type Write<'a> = &'a dyn Fn(&mut Writer) -> serde_json::Result<()>;

/// Writes twice: a buffer that has its exact size from the start leaves no unwiped copies behind.
fn written(write: Write<'_>) -> Json {
    let mut writer = Writer { len: 0, text: None };
    let counted = write(&mut writer);
    let mut writer = Writer { len: 0, text: Some(Vec::with_capacity(writer.len)) };
    let written = counted.and_then(|()| write(&mut writer));
    written.expect("messages have a JSON form, and memory takes everything");
    let text = String::from_utf8(writer.text.unwrap_or_default());
    Zeroizing::new(text.expect("JSON is UTF-8"))
}

/// Counts, or keeps what it is given; one type, so that the code for a message is there once.
struct Writer {
    len: usize,
    text: Option<Vec<u8>>,
}

impl Writer {
    fn push(&mut self, bytes: &[u8]) {
        self.len += bytes.len();
        if let Some(text) = &mut self.text {
            text.extend_from_slice(bytes);
        }
    }
}

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Base64, Entry, EntryValue};

    #[test]
    fn answers_are_as_long_as_their_buffer() {
        let bytes: Vec<u8> = (0..=255).cycle().take(2000).collect();
        let entries = [
            Entry { name: "na\"me", value: EntryValue::Json("{\"a\":\"\\n\"}") },
            Entry { name: "", value: EntryValue::Bytes(Base64(&bytes)) },
        ];
        let answer = ok(&entries);
        assert_eq!(answer.capacity(), answer.len());
        let read: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(read["ok"][0]["name"], "na\"me");
        assert_eq!(read["ok"][0]["value"]["json"], "{\"a\":\"\\n\"}");
        let text = read["ok"][1]["value"]["bytes"].as_str().expect("a string");
        let decoded = <base64ct::Base64 as base64ct::Encoding>::decode_vec(text);
        assert_eq!(decoded.expect("base64"), bytes);
    }
}
