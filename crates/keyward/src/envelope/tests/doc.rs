//! CBOR that can be edited item by item, also into what no writer may write.
//!
//! Items have paths: `/`-separated places in arrays and keys in maps, and `^` for what a tag
//! holds. The path of a sealed file's nonce is `^/1/5`.

use super::super::cbor::Writer;

/// A vector to be: its name, its description, and what is wrong with it.
pub(super) type Case<'a> = (&'a str, &'a str, &'a dyn Fn(Doc) -> Doc);

#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) path: String,
    /// Whether this is the key of the pair with that path.
    pub(super) key: bool,
    pub(super) start: usize,
    pub(super) head_end: usize,
    pub(super) end: usize,
}

#[derive(Clone)]
pub(super) struct Doc(pub(super) Vec<u8>);

impl Doc {
    /// The items, in the order of the bytes; containers before what they hold.
    pub(super) fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        let end = self.walk(0, "", false, &mut items);
        assert!(end <= self.0.len());
        items
    }

    fn head(&self, at: usize) -> (u8, u64, usize) {
        let (major, info) = (self.0[at] >> 5, self.0[at] & 0x1f);
        let len = match info {
            0..=23 => return (major, info.into(), at + 1),
            24..=27 => 1 << (info - 24),
            _ => panic!("definite lengths only"),
        };
        let argument = &self.0[at + 1..at + 1 + len];
        let value = argument.iter().fold(0, |v, byte| v << 8 | u64::from(*byte));
        (major, value, at + 1 + len)
    }

    fn walk(&self, start: usize, path: &str, key: bool, items: &mut Vec<Item>) -> usize {
        let (major, value, head_end) = self.head(start);
        let place = items.len();
        items.push(Item { path: path.to_owned(), key, start, head_end, end: 0 });
        let below = |name: &dyn std::fmt::Display| match path {
            "" => name.to_string(),
            _ => format!("{path}/{name}"),
        };
        let mut end = head_end;
        match major {
            2 | 3 => end += usize::try_from(value).unwrap(),
            4 => {
                for place in 0..value {
                    end = self.walk(end, &below(&place), false, items);
                }
            }
            5 => {
                for _ in 0..value {
                    let child = below(&self.key_name(end));
                    end = self.walk(end, &child, true, items);
                    end = self.walk(end, &child, false, items);
                }
            }
            6 => end = self.walk(end, &format!("{path}^"), false, items),
            _ => {}
        }
        items[place].end = end;
        end
    }

    fn key_name(&self, at: usize) -> String {
        match self.head(at) {
            (0, value, _) => value.to_string(),
            (1, value, _) => (-1 - i64::try_from(value).unwrap()).to_string(),
            (_, len, start) => {
                let end = start + usize::try_from(len).unwrap();
                String::from_utf8_lossy(&self.0[start..end]).into_owned()
            }
        }
    }

    fn find(&self, path: &str, key: bool) -> Item {
        let found = |item: &Item| item.path == path && item.key == key;
        let item = self.items().into_iter().find(found);
        item.unwrap_or_else(|| panic!("no item {path:?}"))
    }

    pub(super) fn value(&self, path: &str) -> Item {
        self.find(path, false)
    }

    fn parent(&self, path: &str) -> Item {
        self.value(path.rsplit_once('/').map_or("", |(parent, _)| parent))
    }

    /// The bytes of an item.
    pub(super) fn raw(&self, path: &str) -> Vec<u8> {
        let item = self.value(path);
        self.0[item.start..item.end].to_vec()
    }

    /// The bytes that a string holds.
    pub(super) fn string(&self, path: &str) -> Vec<u8> {
        let item = self.value(path);
        self.0[item.head_end..item.end].to_vec()
    }

    /// Puts `raw` in the place of an item.
    pub(super) fn set(mut self, path: &str, raw: &[u8]) -> Self {
        let item = self.value(path);
        self.0.splice(item.start..item.end, raw.iter().copied());
        self
    }

    /// Puts `raw` in the place of a pair's key.
    pub(super) fn set_key(mut self, path: &str, raw: &[u8]) -> Self {
        let item = self.find(path, true);
        self.0.splice(item.start..item.end, raw.iter().copied());
        self
    }

    /// Makes the head of an array or a map count `by` more. What it holds has changed already.
    fn count(mut self, item: &Item, by: i64) -> Self {
        let (major, value, _) = self.head(item.start);
        let head = head(major, value.checked_add_signed(by).unwrap());
        self.0.splice(item.start..item.head_end, head);
        self
    }

    /// Appends an element, or a key and a value, to an array or a map.
    pub(super) fn push(mut self, path: &str, raw: &[u8]) -> Self {
        let item = self.value(path);
        self.0.splice(item.end..item.end, raw.iter().copied());
        self.count(&item, 1)
    }

    /// Puts a key and a value before all others.
    pub(super) fn push_front(mut self, path: &str, raw: &[u8]) -> Self {
        let item = self.value(path);
        let start = item.head_end;
        self.0.splice(start..start, raw.iter().copied());
        self.count(&item, 1)
    }

    /// Removes a pair of a map, or an element of an array.
    pub(super) fn remove(mut self, path: &str) -> Self {
        let items = self.items();
        let mut same = items.iter().filter(|item| item.path == path);
        let (first, end) = (same.next().unwrap().start, self.value(path).end);
        let parent = self.parent(path);
        self.0.drain(first..end);
        self.count(&parent, -1)
    }

    /// Repeats a pair of a map right behind itself.
    pub(super) fn repeat(mut self, path: &str) -> Self {
        let (key, value) = (self.find(path, true), self.value(path));
        let parent = self.parent(path);
        let pair = self.0[key.start..value.end].to_vec();
        self.0.splice(value.end..value.end, pair);
        self.count(&parent, 1)
    }

    /// Exchanges a pair of a map with the one behind it.
    pub(super) fn exchange(mut self, path: &str, next: &str) -> Self {
        let (start, middle) = (self.find(path, true).start, self.find(next, true).start);
        let end = self.value(next).end;
        self.0[start..end].rotate_left(middle - start);
        self
    }

    /// Gives an item a head that is longer than it need be.
    pub(super) fn longer(self, path: &str) -> Self {
        let item = self.value(path);
        self.longer_head(&item)
    }

    /// [`Doc::longer`], for the key of a pair.
    pub(super) fn longer_key(self, path: &str) -> Self {
        let item = self.find(path, true);
        self.longer_head(&item)
    }

    fn longer_head(mut self, item: &Item) -> Self {
        let (major, value, _) = self.head(item.start);
        let (info, len) = match item.head_end - item.start {
            1 => (24, 1),
            2 => (25, 2),
            3 => (26, 4),
            _ => (27, 8),
        };
        let head = [&[major << 5 | info], &value.to_be_bytes()[8 - len..]].concat();
        self.0.splice(item.start..item.head_end, head);
        self
    }

    /// Gives a string, an array or a map an indefinite length.
    pub(super) fn indefinite(mut self, path: &str) -> Self {
        let item = self.value(path);
        let (major, _, _) = self.head(item.start);
        self.0.insert(item.end, 0xff);
        let first = major << 5 | 31;
        if matches!(major, 2 | 3) {
            self.0.insert(item.start, first);
        } else {
            self.0.splice(item.start..item.head_end, [first]);
        }
        self
    }
}

fn head(major: u8, value: u64) -> Vec<u8> {
    let mut head = uint(value);
    head[0] |= major << 5;
    head
}

fn written(write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut Writer(&mut bytes));
    bytes
}

pub(super) fn uint(value: u64) -> Vec<u8> {
    written(|w| w.uint(value))
}

pub(super) fn int(value: i64) -> Vec<u8> {
    written(|w| w.int(value))
}

pub(super) fn bytes(value: &[u8]) -> Vec<u8> {
    written(|w| w.bytes(value))
}

pub(super) fn text(value: &str) -> Vec<u8> {
    written(|w| w.text(value))
}

pub(super) fn tagged(tag: u64, raw: &[u8]) -> Vec<u8> {
    [head(6, tag), raw.to_vec()].concat()
}
