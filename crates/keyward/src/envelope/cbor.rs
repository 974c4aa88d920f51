//! Deterministic CBOR (RFC 8949, section 4.2.1), the part of it that a vault uses: integers, byte
//! and text strings, arrays, maps, tags, booleans. The reader accepts only what the writer writes,
//! byte for byte: definite lengths and shortest heads. (Order and uniqueness of map keys are
//! checked by whoever knows the keys.)
//!
//! Our own, because no CBOR library under a licence that we take refuses everything that is not
//! deterministic, and because it is the first code that untrusted bytes meet. The tests hold it
//! against `coset`.

use std::io;

use crate::error::Error;

const UINT: u8 = 0;
const NINT: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

pub(super) const DAMAGED: Error = Error::Damaged { what: "its encoding" };

/// Reads items off the front of a slice. Never panics, never allocates.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn end(&self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(DAMAGED) }
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], Error> {
        let len = usize::try_from(len).map_err(|_| DAMAGED)?;
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(DAMAGED)?;
        self.rest = rest;
        Ok(taken)
    }

    fn head(&mut self) -> Result<(u8, u64), Error> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 0x1f);
        let (value, shortest_from) = match info {
            0..=23 => (u64::from(info), 0),
            24..=27 => {
                let len = 1 << (info - 24);
                let value =
                    self.take(len)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
                (value, [24, 0x100, 0x1_0000, 0x1_0000_0000][usize::from(info - 24)])
            }
            _ => return Err(DAMAGED),
        };
        if value < shortest_from { Err(DAMAGED) } else { Ok((major, value)) }
    }

    fn expect(&mut self, major: u8) -> Result<u64, Error> {
        match self.head()? {
            (found, value) if found == major => Ok(value),
            _ => Err(DAMAGED),
        }
    }

    pub(super) fn uint(&mut self) -> Result<u64, Error> {
        self.expect(UINT)
    }

    pub(super) fn int(&mut self) -> Result<i64, Error> {
        let (major, value) = self.head()?;
        let value = i64::try_from(value).map_err(|_| DAMAGED)?;
        match major {
            UINT => Ok(value),
            NINT => Ok(-1 - value),
            _ => Err(DAMAGED),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let len = self.expect(BYTES)?;
        self.take(len)
    }

    pub(super) fn byte_array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.bytes()?.try_into().map_err(|_| DAMAGED)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Error> {
        let len = self.expect(TEXT)?;
        std::str::from_utf8(self.take(len)?).map_err(|_| DAMAGED)
    }

    pub(super) fn array(&mut self) -> Result<u64, Error> {
        self.expect(ARRAY)
    }

    pub(super) fn map(&mut self) -> Result<u64, Error> {
        self.expect(MAP)
    }

    pub(super) fn tag(&mut self) -> Result<u64, Error> {
        self.expect(TAG)
    }

    /// The next item's tag, consumed, if it is a tag.
    pub(super) fn optional_tag(&mut self) -> Result<Option<u64>, Error> {
        match self.rest.first() {
            Some(first) if first >> 5 == TAG => self.tag().map(Some),
            _ => Ok(None),
        }
    }

    pub(super) fn bool(&mut self) -> Result<bool, Error> {
        match self.take(1)? {
            [FALSE] => Ok(false),
            [TRUE] => Ok(true),
            _ => Err(DAMAGED),
        }
    }

    /// Reads the key of a map's next pair, which must be `label`.
    pub(super) fn label(&mut self, label: i64) -> Result<(), Error> {
        if self.int()? == label { Ok(()) } else { Err(DAMAGED) }
    }

    /// Reads the key of a map's next pair if it is `label`.
    pub(super) fn optional_label(&mut self, label: i64) -> bool {
        let mut ahead = self.clone();
        let found = ahead.label(label).is_ok();
        if found {
            *self = ahead;
        }
        found
    }

    /// Passes over one item of any kind, at most `depth` containers deep.
    pub(super) fn skip(&mut self, depth: u8) -> Result<(), Error> {
        let deeper = depth.checked_sub(1).ok_or(DAMAGED);
        if let Some(first @ 0xe0..) = self.rest.first() {
            // A simple value or a floating-point number, whose bits are no length and have no
            // shortest form to hold them to.
            let tail = match first & 0x1f {
                0..=23 => 0,
                info @ 24..=27 => 1 << (info - 24),
                _ => return Err(DAMAGED),
            };
            return match self.take(1 + tail)? {
                // These simple values have one byte (RFC 8949, section 3.3).
                [0xf8, 0..=31] => Err(DAMAGED),
                _ => Ok(()),
            };
        }
        match self.head()? {
            (UINT | NINT, _) => Ok(()),
            (BYTES | TEXT, len) => self.take(len).map(|_| ()),
            (ARRAY, len) => deeper.and_then(|depth| (0..len).try_for_each(|_| self.skip(depth))),
            (MAP, len) => deeper.and_then(|depth| {
                (0..len).try_for_each(|_| {
                    self.skip(depth)?;
                    self.skip(depth)
                })
            }),
            (TAG, _) => self.skip(deeper?),
            _ => Err(DAMAGED),
        }
    }
}

/// Appends items to a buffer, which must have room for them.
pub(super) struct Writer<'a, W = Vec<u8>>(pub(super) &'a mut W);

impl<W: io::Write> Writer<'_, W> {
    fn put(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("there is room");
    }

    fn head(&mut self, major: u8, value: u64) {
        let (head, len) = head(major, value);
        self.put(&head[..len]);
    }

    /// Items that are encoded already.
    pub(super) fn encoded(&mut self, items: &[u8]) {
        self.put(items);
    }

    pub(super) fn uint(&mut self, value: u64) {
        self.head(UINT, value);
    }

    pub(super) fn int(&mut self, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.head(UINT, value),
            Err(_) => self.head(NINT, (-1 - value).unsigned_abs()),
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.head(BYTES, bytes.len() as u64);
        self.put(bytes);
    }

    /// The head of a byte string of `len` bytes, which the caller appends.
    pub(super) fn bytes_head(&mut self, len: usize) {
        self.head(BYTES, len as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.head(TEXT, text.len() as u64);
        self.put(text.as_bytes());
    }

    pub(super) fn array(&mut self, len: usize) {
        self.head(ARRAY, len as u64);
    }

    pub(super) fn map(&mut self, len: usize) {
        self.head(MAP, len as u64);
    }

    pub(super) fn tag(&mut self, tag: u64) {
        self.head(TAG, tag);
    }

    /// Stands in no file: only in what a KDF is given.
    pub(super) fn null(&mut self) {
        self.put(&[NULL]);
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.put(&[if value { TRUE } else { FALSE }]);
    }
}

/// The length in bytes of the head of an item whose length or value is `value`.
pub(super) fn head_len(value: usize) -> usize {
    head(UINT, value as u64).1
}

fn head(major: u8, value: u64) -> ([u8; 9], usize) {
    let mut head = [0; 9];
    let be = value.to_be_bytes();
    let (info, len) = match value {
        0..=23 => (be[7], 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    head[0] = major << 5 | info;
    head[1..=len].copy_from_slice(&be[8 - len..]);
    (head, 1 + len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_take_their_shortest_form_and_no_other() {
        for value in [0, 23, 24, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 1 << 32, u64::MAX] {
            let mut bytes = Vec::new();
            Writer(&mut bytes).uint(value);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.uint().expect("reads back"), value);
            reader.end().expect("nothing left");
        }
        for longer in [&[0x18, 23][..], &[0x19, 0, 0xff], &[0x1a, 0, 0, 0xff, 0xff], &[0x5f, 0xff]]
        {
            assert!(Reader::new(longer).head().is_err(), "{longer:02x?}");
        }
    }

    #[test]
    fn integers_below_zero() {
        for value in [-1, -24, -25, -70_001, i64::MIN] {
            let mut bytes = Vec::new();
            Writer(&mut bytes).int(value);
            assert_eq!(Reader::new(&bytes).int().expect("reads back"), value);
        }
    }

    #[test]
    fn numbers_of_later_versions_are_passed_over() {
        for item in [
            &[0xf6][..],
            &[0xf8, 0xff],
            &[0xf9, 0, 0],
            &[0xfa, 0, 0, 0, 1],
            &[0xfb, 0, 0, 0, 0, 0, 0, 0, 1],
        ] {
            let mut reader = Reader::new(item);
            reader.skip(8).expect("well formed");
            reader.end().expect("nothing left");
        }
        for item in [&[0xf9, 0][..], &[0xff], &[0xfc], &[0xf8], &[0xf8, 0], &[0xf8, 31]] {
            assert!(Reader::new(item).skip(8).is_err(), "{item:02x?}");
        }
    }

    #[test]
    fn lengths_beyond_the_end_and_deep_nesting_are_refused() {
        assert!(
            Reader::new(&[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).bytes().is_err()
        );
        assert!(Reader::new(&[0x81; 100]).skip(8).is_err());
        assert!(
            Reader::new(&[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).skip(8).is_err()
        );
    }
}
