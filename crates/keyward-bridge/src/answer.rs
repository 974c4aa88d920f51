//! The JSON of answers.

use std::io;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::messages::ErrorMessage;

/// JSON that may hold secrets: wiped when it is dropped.
pub type Json = Zeroizing<String>;

/// The answer to a call that ended well, with what it says.
pub fn ok(value: &(impl Serialize + ?Sized)) -> Json {
    json(&Answered { ok: value })
}

/// The answer to a call that did not happen.
#[must_use]
pub fn refused(error: &ErrorMessage) -> Json {
    #[derive(Serialize)]
    struct Refused<'a> {
        error: &'a ErrorMessage,
    }

    json(&Refused { error })
}

/// [`messages::Answer`](crate::messages::Answer) with a borrowed value.
#[derive(Serialize)]
struct Answered<'a, T: ?Sized> {
    ok: &'a T,
}

/// The JSON of a message, written twice: a buffer that has its exact size from the start leaves no
/// unwiped copies behind.
pub(crate) fn json(message: &impl Serialize) -> Json {
    let mut writer = Writer { len: 0, text: None };
    let written = serde_json::to_writer(&mut writer, message);
    let mut writer = Writer { len: 0, text: Some(Vec::with_capacity(writer.len)) };
    let written = written.and_then(|()| serde_json::to_writer(&mut writer, message));
    written.expect("messages have a JSON form, and memory takes everything");
    let text = String::from_utf8(writer.text.unwrap_or_default());
    Zeroizing::new(text.expect("JSON is UTF-8"))
}

/// Counts, or keeps what it is given; one type, so that every message is compiled once.
struct Writer {
    len: usize,
    text: Option<Vec<u8>>,
}

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.len += bytes.len();
        if let Some(text) = &mut self.text {
            text.extend_from_slice(bytes);
        }
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
