//! The decrypted entries of an open vault: one buffer of CBOR, exactly as it is sealed, and an
//! index into it. One buffer means one place to guard and to wipe. SPEC.md, section "Content".

#[cfg(not(target_family = "wasm"))]
mod lookup;

use std::cmp::Ordering;
use std::ops::Range;

use super::cbor::{DAMAGED, Reader, Writer, head_len};
use crate::entry::{Change, Entry, Name, Value, ValueKind};
use crate::error::{Error, Invalid};
use crate::secret::Guarded;

#[cfg(not(target_family = "wasm"))]
use lookup::Lookup;

/// "JSON text in a byte string", IANA CBOR tag.
pub(super) const TAG_JSON: u64 = 262;
const TAG_JSON_LEN: usize = 3;

/// The most memory that is kept between writes for the next one, so that it need not be asked of
/// the system, guarded and given back every time.
const MAX_SPARE_LEN: usize = 4 << 20;

pub(crate) struct Content {
    /// The map and its padding.
    buffer: Guarded,
    /// In the order of [`name_order`], which is also the map's.
    index: Vec<Place>,
    /// Not in a browser, where it would be more to download than it is worth.
    #[cfg(not(target_family = "wasm"))]
    lookup: Lookup,
}

/// Where an entry's parts are in the buffer. An entry ends with its value, and the next one begins
/// there.
struct Place {
    name: Range<u32>,
    value: Range<u32>,
    kind: ValueKind,
}

impl Place {
    /// The same entry, when what was at `from` is at `to`.
    fn moved(&self, from: usize, to: usize) -> Self {
        let moved = |at: u32| at - from as u32 + to as u32;
        Self {
            name: moved(self.name.start)..moved(self.name.end),
            value: moved(self.value.start)..moved(self.value.end),
            kind: self.kind,
        }
    }
}

/// What a content is made of, in its order.
enum Piece<'a> {
    /// Entries of the content before, by their numbers.
    Kept(Range<usize>),
    New(Entry<'a>),
}

/// The bytewise order of the encoded names (RFC 8949, section 4.2.1): shorter first.
fn name_order(a: &[u8], b: &[u8]) -> Ordering {
    (a.len(), a).cmp(&(b.len(), b))
}

fn range(end: usize, len: usize) -> Range<u32> {
    (end - len) as u32..end as u32
}

/// For how many of `count` entries room is made before they are read. The count is only a claim, of
/// which 128 MiB can make one that takes ten times as much.
fn room(count: u64) -> usize {
    const MAX_ROOM: usize = 1 << 14;
    usize::try_from(count).unwrap_or(MAX_ROOM).min(MAX_ROOM)
}

impl Content {
    pub(crate) fn empty() -> Self {
        let mut buffer = Guarded::zeroed(padded_len(head_len(0)), None);
        Writer(&mut buffer.as_mut_slice()).map(0);
        Self::indexed(buffer, Vec::new())
    }

    /// Reads the padded plain text of a vault, which has been authenticated.
    pub(super) fn decode(buffer: Guarded) -> Result<Self, Error> {
        let bytes = buffer.as_slice();
        let mut r = Reader::new(bytes);
        let count = r.map()?;
        let mut index: Vec<Place> = Vec::with_capacity(room(count));
        let mut last: Option<&str> = None;
        // Lengths fit in 32 bits: a larger file was refused before it was read.
        let range = |r: &Reader<'_>, len: usize| range(bytes.len() - r.rest().len(), len);
        for _ in 0..count {
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
        Ok(Self::indexed(buffer, index))
    }

    fn indexed(buffer: Guarded, index: Vec<Place>) -> Self {
        Self {
            #[cfg(not(target_family = "wasm"))]
            lookup: Lookup::of(index.iter().map(|place| slice(&buffer, &place.name))),
            buffer,
            index,
        }
    }

    /// The CBOR map with its padding.
    pub(crate) fn padded(&self) -> &[u8] {
        self.buffer.as_slice()
    }

    /// The CBOR map, without padding.
    #[cfg(any(test, fuzzing))]
    pub(super) fn map(&self) -> &[u8] {
        &self.padded()[..self.start(self.index.len())]
    }

    /// The buffer, wiped, for the next content; `None` when that is too much memory to keep.
    pub(crate) fn into_spare(self) -> Option<Guarded> {
        (self.padded().len() <= MAX_SPARE_LEN).then(|| self.buffer.wiped())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.index.iter().map(|place| self.entry(place))
    }

    pub(crate) fn find<'a>(&'a self, name: &'a str) -> Option<Entry<'a>> {
        let place = &self.index[self.number(name)?];
        Some(Entry { name, value: self.slice(&place.value), kind: place.kind })
    }

    /// The number of the entry called `name`.
    #[cfg(not(target_family = "wasm"))]
    fn number(&self, name: &str) -> Option<usize> {
        let is = |number: usize| self.slice(&self.index[number].name) == name.as_bytes();
        self.lookup.find(name.as_bytes(), is)
    }

    /// The number of the entry called `name`.
    #[cfg(target_family = "wasm")]
    fn number(&self, name: &str) -> Option<usize> {
        self.position(name).ok()
    }

    /// The number of the entry called `name`, or the one that it would have.
    fn position(&self, name: &str) -> Result<usize, usize> {
        let order = |place: &Place| name_order(self.slice(&place.name), name.as_bytes());
        self.index.binary_search_by(order)
    }

    /// Where the entry of this number begins, or the padding after the last one.
    fn start(&self, number: usize) -> usize {
        match number.checked_sub(1) {
            Some(before) => self.index[before].value.end as usize,
            None => head_len(self.index.len()),
        }
    }

    fn slice(&self, range: &Range<u32>) -> &[u8] {
        slice(&self.buffer, range)
    }

    fn entry(&self, place: &Place) -> Entry<'_> {
        let name = std::str::from_utf8(self.slice(&place.name));
        Entry {
            name: name.expect("it was written or read as a text string"),
            value: self.slice(&place.value),
            kind: place.kind,
        }
    }

    /// The names of those that have an entry already.
    pub(crate) fn taken<'a>(&self, new: &'a [(Name, Value)]) -> impl Iterator<Item = &'a str> {
        new.iter().map(|(name, _)| name.as_str()).filter(|name| self.find(name).is_some())
    }

    /// Whether `change` would change nothing.
    pub(crate) fn stays(&self, change: &Change) -> bool {
        match change {
            Change::Put(new) => new.is_empty(),
            Change::Add(new) => new.len() == self.taken(new).count(),
            Change::Remove(names) => names.iter().all(|name| self.find(name.as_str()).is_none()),
            Change::Replace(new) => new.is_empty() && self.is_empty(),
        }
    }

    /// The content after `change`, in `spare` if it fits. This one stays as it is, so that a failed
    /// write costs nothing.
    ///
    /// # Errors
    /// [`Invalid::ContentTooLarge`].
    pub(crate) fn with(&self, change: &Change, spare: Option<Guarded>) -> Result<Self, Error> {
        let pieces = self.pieces(change);
        let (mut count, mut len) = (0, 0);
        for piece in &pieces {
            match piece {
                Piece::Kept(numbers) => {
                    count += numbers.len();
                    len += self.start(numbers.end) - self.start(numbers.start);
                }
                Piece::New(entry) => {
                    count += 1;
                    len += entry_len(entry);
                }
            }
        }
        len += head_len(count);
        if len > crate::MAX_CONTENT_LEN {
            return Err(Invalid::ContentTooLarge.into());
        }
        // Of the exact size from the start: growing would leave copies behind.
        let buffer = Guarded::zeroed(padded_len(len), spare);
        Ok(self.join(&pieces, count, buffer))
    }

    fn pieces<'a>(&self, change: &'a Change) -> Vec<Piece<'a>> {
        let end = self.index.len();
        match change {
            Change::Replace(new) => sorted(new).map(Piece::New).collect(),
            Change::Remove(names) => {
                let mut stays = vec![true; end];
                for at in names.iter().filter_map(|name| self.position(name.as_str()).ok()) {
                    stays[at] = false;
                }
                let mut pieces = Vec::new();
                let mut from = 0;
                for run in stays.chunk_by(|a, b| a == b) {
                    let until = from + run.len();
                    if run[0] {
                        pieces.push(Piece::Kept(from..until));
                    }
                    from = until;
                }
                pieces
            }
            Change::Put(new) | Change::Add(new) => {
                let adds = matches!(change, Change::Add(_));
                let mut pieces = Vec::with_capacity(2 * new.len() + 1);
                let mut from = 0;
                for entry in sorted(new) {
                    let (until, next) = match self.position(entry.name) {
                        Ok(_) if adds => continue,
                        Ok(at) => (at, at + 1),
                        Err(at) => (at, at),
                    };
                    pieces.push(Piece::Kept(from..until));
                    pieces.push(Piece::New(entry));
                    from = next;
                }
                pieces.push(Piece::Kept(from..end));
                pieces
            }
        }
    }

    /// Writes the pieces, which are in order and have `count` entries, into a buffer of zeros that
    /// has room for them.
    fn join(&self, pieces: &[Piece<'_>], count: usize, mut buffer: Guarded) -> Self {
        let mut index = Vec::with_capacity(count);
        let mut rest = buffer.as_mut_slice();
        let room = rest.len();
        Writer(&mut rest).map(count);
        for piece in pieces {
            match piece {
                Piece::Kept(numbers) => {
                    let (from, to) = (self.start(numbers.start), room - rest.len());
                    let end = self.start(numbers.end);
                    Writer(&mut rest).encoded(&self.padded()[from..end]);
                    let kept = self.index[numbers.clone()].iter();
                    index.extend(kept.map(|place| place.moved(from, to)));
                }
                Piece::New(entry) => {
                    Writer(&mut rest).text(entry.name);
                    let name = range(room - rest.len(), entry.name.len());
                    if entry.kind == ValueKind::Json {
                        Writer(&mut rest).tag(TAG_JSON);
                    }
                    Writer(&mut rest).bytes(entry.value);
                    index.push(Place {
                        name,
                        value: range(room - rest.len(), entry.value.len()),
                        kind: entry.kind,
                    });
                }
            }
        }
        Self::indexed(buffer, index)
    }
}

fn slice<'a>(buffer: &'a Guarded, range: &Range<u32>) -> &'a [u8] {
    &buffer.as_slice()[range.start as usize..range.end as usize]
}

/// Entries in the map's order. Of two with one name, the later stays.
fn sorted(entries: &[(Name, Value)]) -> impl Iterator<Item = Entry<'_>> {
    let mut sorted: Vec<Entry<'_>> = entries
        .iter()
        .map(|(name, value)| Entry {
            name: name.as_str(),
            value: value.expose(),
            kind: value.kind(),
        })
        .collect();
    // Stable, and fast on what is sorted already.
    sorted.sort_by(|a, b| name_order(a.name.as_bytes(), b.name.as_bytes()));
    sorted.dedup_by(|later, earlier| {
        let same = later.name == earlier.name;
        if same {
            std::mem::swap(later, earlier);
        }
        same
    });
    sorted.into_iter()
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
    fn a_count_that_is_only_claimed_takes_little_memory() {
        assert_eq!(room(3), 3);
        for count in [67_000_000, u64::MAX] {
            assert!(room(count) * size_of::<Place>() <= 1 << 20, "{count}");
        }
    }

    #[test]
    fn a_name_is_found_by_its_exact_bytes_only() {
        let entries = ["b", "", "aa", "é", "e\u{301}"].map(|name| {
            (Name::new(name).expect("short"), Value::bytes(name.as_bytes()).expect("short"))
        });
        let put = Change::Put(entries.into());
        let content = Content::empty().with(&put, None).expect("fits");
        for entry in content.entries() {
            assert_eq!(content.find(entry.name).expect("found").value, entry.name.as_bytes());
        }
        assert_eq!(content.entries().count(), 5);
        assert!(content.find("a").is_none());
    }
}
