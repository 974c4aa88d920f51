//! One cell in one file.

use std::cell::RefCell;
use std::fs::File;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use async_io::Timer;
use async_trait::async_trait;
use futures_core::stream::LocalBoxStream;
use keyward::store::MAX_STORED_LEN;
use keyward::{Revision, Store, StoreError, Stored, Swap};

use super::folder::{Folder, read_ends, read_whole, stamp_of};
use super::lock::Lock;
use super::name::NEXT_ENDING;
use super::stamp::Stamp;
use super::watch;

/// How often a file is read again that another tool is just writing to, and how long to wait
/// between.
const READS: u32 = 20;
const BETWEEN_READS: Duration = Duration::from_millis(5);

/// Reads as much of a file as is wanted.
type Read<'a> = &'a dyn Fn(&File, &Stamp) -> Result<Vec<u8>, StoreError>;

/// One cell in one file.
pub(super) struct FileStore(Rc<Cell>);

/// A cell's file, and what its object has seen of it.
pub(super) struct Cell {
    pub(super) folder: Arc<Folder>,
    pub(super) name: String,
    lock_name: String,
    seen: RefCell<Seen>,
}

/// What an object has last seen in its cell.
struct Seen {
    content: Content,
    /// Counts what has been seen; the revision of the content.
    count: u64,
    /// What the last swap replaced, still open. With its closing the system frees its blocks, which
    /// can take as long as a sync; so it is closed when nobody waits for the swap any more.
    replaced: Content,
}

enum Content {
    /// Nothing has been looked at yet, or a write ended in a way that leaves open what is there.
    Unknown,
    Absent,
    /// The file is held open, so that its inode cannot become another file's.
    Present(Stamp, #[allow(dead_code)] File),
}

impl FileStore {
    pub(super) fn new(folder: Arc<Folder>, name: String, lock_name: String) -> Self {
        let seen =
            RefCell::new(Seen { content: Content::Unknown, count: 0, replaced: Content::Absent });
        Self(Rc::new(Cell { folder, name, lock_name, seen }))
    }
}

#[async_trait(?Send)]
impl Store for FileStore {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        self.0.load(&read_whole).await
    }

    async fn load_ends(&self, ends: usize) -> Result<Option<Stored>, StoreError> {
        self.0.load(&|file, stamp| read_ends(file, stamp, ends)).await
    }

    async fn holds(&self, revision: Revision) -> Result<bool, StoreError> {
        self.0.holds(revision)
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        self.0.swap(expected, new).await
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        watch::changes(Rc::clone(&self.0))
    }
}

impl Cell {
    /// Reads without the lock: Keyward only ever renames whole files into place.
    async fn load(&self, read: Read<'_>) -> Result<Option<Stored>, StoreError> {
        for _ in 0..READS {
            let opened = match self.folder.open()? {
                Some(folder) => folder.open_file(&self.name)?,
                None => None,
            };
            let Some((file, stamp)) = opened else {
                self.seen.borrow_mut().see(Content::Absent);
                return Ok(None);
            };
            let bytes = read(&file, &stamp)?;
            // One content, and not the beginning of one and the end of another.
            let after = stamp_of(&file)?;
            if bytes.len() == after.len() && after.same_content(&stamp) {
                let revision = self.seen.borrow_mut().see(Content::Present(stamp, file));
                return Ok(Some(Stored { bytes, revision }));
            }
            Timer::after(BETWEEN_READS).await;
        }
        Err(StoreError::Busy)
    }

    /// The stamp of what is in the cell now.
    fn stamp(&self) -> Result<Option<Stamp>, StoreError> {
        match self.folder.open()? {
            Some(folder) => folder.stamp(&self.name),
            None => Ok(None),
        }
    }

    fn holds(&self, revision: Revision) -> Result<bool, StoreError> {
        let now = self.stamp()?;
        Ok(self.seen.borrow().agrees(Some(revision), now.as_ref()))
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        if new.is_some_and(|bytes| bytes.len() > MAX_STORED_LEN) {
            return Err(StoreError::TooLarge);
        }
        let folder = match new {
            Some(_) => self.folder.open_or_create()?,
            None => match self.folder.open()? {
                Some(folder) => folder,
                // Emptying a cell in a folder that has never been there.
                None if expected.is_none() => return Ok(Swap::Done(None)),
                None => return Ok(Swap::Conflict),
            },
        };
        let _lock = Lock::wait(&folder, &self.lock_name).await?;
        let now = folder.stamp(&self.name)?;
        let mut seen = self.seen.borrow_mut();
        if !seen.agrees(expected, now.as_ref()) {
            return Ok(Swap::Conflict);
        }
        match new {
            Some(bytes) => {
                let next = self.name.clone() + NEXT_ENDING;
                let file = folder.write_fresh(&next, bytes)?;
                if let Err(error) = folder.rename(&next, &self.name) {
                    let _ = folder.remove(&next);
                    return Err(error);
                }
                // From here the new content is in place, whole, for everyone to see. If the disk now
                // refuses to make that durable, a power cut may bring the old content back; what
                // was seen stays unknown, so that nothing is swapped before it is loaded again.
                seen.replaced = std::mem::replace(&mut seen.content, Content::Unknown);
                folder.sync()?;
                let stamp = stamp_of(&file)?;
                Ok(Swap::Done(Some(seen.see(Content::Present(stamp, file)))))
            }
            None => {
                // A vault that is cleared leaves no copy of an interrupted write behind.
                folder.remove(&(self.name.clone() + NEXT_ENDING))?;
                if now.is_some() {
                    folder.remove(&self.name)?;
                    // As above.
                    seen.content = Content::Unknown;
                    folder.sync()?;
                }
                seen.see(Content::Absent);
                Ok(Swap::Done(None))
            }
        }
    }

    /// Whether the cell holds something else than its object has last seen. Asked by the watch when
    /// something has happened to the file, the object's own swap included.
    pub(super) fn has_changed(&self) -> Result<bool, StoreError> {
        let now = self.stamp()?;
        let mut seen = self.seen.borrow_mut();
        seen.replaced = Content::Absent;
        Ok(!seen.is(now.as_ref()))
    }
}

impl Seen {
    /// Takes down what is in the cell, and says its revision: the same as before if it is the same.
    fn see(&mut self, content: Content) -> Revision {
        let same = match (&self.content, &content) {
            (Content::Present(before, _), Content::Present(now, _)) => before == now,
            (before, now) => matches!((before, now), (Content::Absent, Content::Absent)),
        };
        if !same {
            self.content = content;
            self.count += 1;
        }
        Revision(self.count)
    }

    /// Whether `now` is what was last seen.
    fn is(&self, now: Option<&Stamp>) -> bool {
        match &self.content {
            Content::Unknown => false,
            Content::Absent => now.is_none(),
            Content::Present(seen, _) => now == Some(seen),
        }
    }

    /// Whether the cell still holds what the caller expects.
    fn agrees(&self, expected: Option<Revision>, now: Option<&Stamp>) -> bool {
        match expected {
            None => now.is_none(),
            Some(expected) => now.is_some() && expected == Revision(self.count) && self.is(now),
        }
    }
}
