//! What Linux tells about a folder (inotify).

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use async_io::Async;
use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use rustix::io::Errno;

use super::Cell;

/// Room for a good number of events; a single one takes at most 16 bytes and a name of 256.
const BUFFER: usize = 4096;

/// Events of the folder that a cell's file lies in.
pub(super) struct Events(Async<OwnedFd>);

impl Events {
    /// Starts to listen.
    ///
    /// # Errors
    /// When there is no such folder, or the system has no more watches to give.
    pub(super) fn new(cell: &Cell) -> io::Result<Self> {
        let events = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        // Renaming into place is what Keyward does; the others are what people and tools do.
        let flags = WatchFlags::MOVED_TO
            | WatchFlags::MOVED_FROM
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        add_watch(&events, cell.folder.path(), flags)?;
        Ok(Self(Async::new_nonblocking(events)?))
    }

    /// Returns after something has happened to the cell's file.
    ///
    /// # Errors
    /// When the folder has been moved or removed, so that no more can be heard of it.
    pub(super) async fn next(&self, cell: &Cell) -> io::Result<()> {
        loop {
            self.0.readable().await?;
            if self.drain(cell)? {
                return Ok(());
            }
        }
    }

    /// Takes all waiting events; whether one may be about the cell's file.
    fn drain(&self, cell: &Cell) -> io::Result<bool> {
        let mut buffer = [MaybeUninit::uninit(); BUFFER];
        let mut reader = Reader::new(&self.0, &mut buffer);
        let mut concerned = false;
        loop {
            let event = match reader.next() {
                Ok(event) => event,
                Err(Errno::AGAIN) => return Ok(concerned),
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            };
            let lost = ReadFlags::IGNORED | ReadFlags::MOVE_SELF | ReadFlags::UNMOUNT;
            if event.events().intersects(lost) {
                return Err(Errno::NOENT.into());
            }
            // So many events that some were dropped.
            concerned |= event.events().contains(ReadFlags::QUEUE_OVERFLOW);
            concerned |=
                event.file_name().is_some_and(|name| name.to_bytes() == cell.name.as_bytes());
        }
    }
}
