//! The decrypted entries of an open vault: one buffer of CBOR, exactly as it is sealed, and an
//! index into it. One buffer means one place to guard and to wipe. SPEC.md, section "Content".

use std::cmp::Ordering;
use std::ops::Range;

use super::cbor::{DAMAGED, Reader, Writer, head_len};
use crate::entry::{Change, Entry, Name, Value, ValueKind};
use crate::error::{Error, Invalid};
use crate::secret::Guarded;

/// "JSON text in a byte string", IANA CBOR tag.
pub(super) const TAG_JSON: u64 = 262;
const TAG_JSON_LEN: usize = 3;

pub(crate) struct Content {
    buffer: Guarded,
    /// Bytes of `buffer` that are the map; padding may follow.
    len: usize,
    /// In the order of [`name_order`], which is also the map's.
    index: Vec<Place>,
}

struct Place {
    name: Range<u32>,
    value: Range<u32>,
    kind: ValueKind,
}

/// The bytewise order of the encoded names (RFC 8949, section 4.2.1): shorter first.
fn name_order(a: &[u8], b: &[u8]) -> Ordering {
    (a.len(), a).cmp(&(b.len(), b))
}

fn range(end: usize, len: usize) -> Range<u32> {
    (end - len) as u32..end as u32
}

impl Content {
    pub(crate) fn empty() -> Self {
        Self::encode(&[])
    }

    /// Reads the padded plain text of a vault, which has been authenticated.
    pub(super) fn decode(plain: Box<[u8]>) -> Result<Self, Error> {
        let buffer = Guarded::new(plain);
        let bytes = buffer.as_slice();
        let mut r = Reader::new(bytes);
        let mut index: Vec<Place> = Vec::new();
        let mut last: Option<&str> = None;
        // Lengths fit in 32 bits: a larger file was refused before it was read.
        let range = |r: &Reader<'_>, len: usize| range(bytes.len() - r.rest().len(), len);
        for _ in 0..r.map()? {
            let text = r.text()?;
            let in_order =
                last.is_none_or(|last| name_order(last.as_bytes(), text.as_bytes()).is_lt());
            if !in_order || text.len() > crate::MAX_NAME_LEN {
                return Err(DAMAGED);
            }
            last = Some(text);
            let name = range(&r, text.len());
            let kind = match r.optional_tag()? {
                None => ValueKind::Bytes,
                Some(TAG_JSON) => ValueKind::Json,
                Some(_) => return Err(DAMAGED),
            };
            let value = r.bytes()?;
            if value.len() > crate::MAX_VALUE_LEN {
                return Err(DAMAGED);
            }
            index.push(Place { name, value: range(&r, value.len()), kind });
        }
        let padding = r.rest();
        let len = bytes.len() - padding.len();
        let padded = bytes.len() == padded_len(len) && padding.iter().all(|byte| *byte == 0);
        if !padded || len > crate::MAX_CONTENT_LEN {
            return Err(DAMAGED);
        }
        Ok(Self { buffer, len, index })
    }

    /// Writes entries, which are sorted and without duplicates, into a buffer of the exact size:
    /// growing would leave copies behind.
    fn encode(entries: &[Entry<'_>]) -> Self {
        let len = map_len(entries);
        let mut bytes = Vec::with_capacity(len);
        let mut index = Vec::with_capacity(entries.len());
        Writer(&mut bytes).map(entries.len());
        for entry in entries {
            Writer(&mut bytes).text(entry.name);
            let name = range(bytes.len(), entry.name.len());
            if entry.kind == ValueKind::Json {
                Writer(&mut bytes).tag(TAG_JSON);
            }
            Writer(&mut bytes).bytes(entry.value);
            index.push(Place {
                name,
                value: range(bytes.len(), entry.value.len()),
                kind: entry.kind,
            });
        }
        debug_assert_eq!(bytes.len(), len, "the size was computed from the same entries");
        Self { buffer: Guarded::new(bytes.into_boxed_slice()), len, index }
    }

    /// The CBOR map, without padding.
    pub(super) fn map(&self) -> &[u8] {
        &self.buffer.as_slice()[..self.len]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.index.iter().map(|place| self.entry(place))
    }

    pub(crate) fn find(&self, name: &str) -> Option<Entry<'_>> {
        let order = |place: &Place| name_order(self.slice(&place.name), name.as_bytes());
        let found = self.index.binary_search_by(order).ok()?;
        Some(self.entry(&self.index[found]))
    }

    fn slice(&self, range: &Range<u32>) -> &[u8] {
        &self.buffer.as_slice()[range.start as usize..range.end as usize]
    }

    fn entry(&self, place: &Place) -> Entry<'_> {
        let name = std::str::from_utf8(self.slice(&place.name));
        Entry {
            name: name.expect("it was written or read as a text string"),
            value: self.slice(&place.value),
            kind: place.kind,
        }
    }

    /// Whether `change` would change nothing.
    pub(crate) fn stays(&self, change: &Change) -> bool {
        match change {
            Change::Put(new) => new.is_empty(),
            Change::Remove(name) => self.find(name.as_str()).is_none(),
            Change::Replace(new) => new.is_empty() && self.is_empty(),
        }
    }

    /// The content after `change`. This one stays as it is, so that a failed write costs nothing.
    ///
    /// # Errors
    /// [`Invalid::ContentTooLarge`].
    pub(crate) fn with(&self, change: &Change) -> Result<Self, Error> {
        let mut kept: Vec<Entry<'_>> = match change {
            Change::Replace(_) => Vec::new(),
            Change::Remove(name) => {
                self.entries().filter(|entry| entry.name != name.as_str()).collect()
            }
            Change::Put(_) => self.entries().collect(),
        };
        if let Change::Put(new) | Change::Replace(new) = change {
            kept.extend(new.iter().map(|(name, value)| entry(name, value)));
            // Stable, and fast on what is sorted already. Of two with one name, the later stays.
            kept.sort_by(|a, b| name_order(a.name.as_bytes(), b.name.as_bytes()));
            kept.dedup_by(|later, earlier| {
                let same = later.name == earlier.name;
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
        }
        if map_len(&kept) > crate::MAX_CONTENT_LEN {
            return Err(Invalid::ContentTooLarge.into());
        }
        Ok(Self::encode(&kept))
    }
}

fn entry<'a>(name: &'a Name, value: &'a Value) -> Entry<'a> {
    Entry { name: name.as_str(), value: value.expose(), kind: value.kind() }
}

fn map_len(entries: &[Entry<'_>]) -> usize {
    head_len(entries.len()) + entries.iter().map(entry_len).sum::<usize>()
}

fn entry_len(entry: &Entry<'_>) -> usize {
    let tag = if entry.kind == ValueKind::Json { TAG_JSON_LEN } else { 0 };
    let string_len = |len: usize| head_len(len) + len;
    string_len(entry.name.len()) + tag + string_len(entry.value.len())
}

/// What a stranger can tell from the length of a sealed vault is bounded by Padmé (Nikitin et al.,
/// "Reducing Metadata Leakage from Encrypted Files", 2019, section 4.3), from 256 bytes up.
pub(super) fn padded_len(len: usize) -> usize {
    let len = len.max(256);
    let exponent = len.ilog2();
    let mask = (1 << (exponent - exponent.ilog2() - 1)) - 1;
    (len + mask) & !mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padme_from_its_paper() {
        assert_eq!(padded_len(0), 256);
        assert_eq!(padded_len(256), 256);
        assert_eq!(padded_len(257), 272);
        assert_eq!(padded_len(1_000_000), 1_015_808);
        for len in (256..1 << 20).step_by(997) {
            let padded = padded_len(len);
            assert!(padded >= len && (padded - len) * 16 <= len && padded_len(padded) == padded);
        }
    }

    #[test]
    fn a_name_is_found_by_its_exact_bytes_only() {
        let entries = ["b", "", "aa", "é", "e\u{301}"].map(|name| {
            (Name::new(name).expect("short"), Value::bytes(name.as_bytes()).expect("short"))
        });
        let put = Change::Put(entries.into());
        let content = Content::empty().with(&put).expect("fits");
        for entry in content.entries() {
            assert_eq!(content.find(entry.name).expect("found").value, entry.name.as_bytes());
        }
        assert_eq!(content.entries().count(), 5);
        assert!(content.find("a").is_none());
    }
}
