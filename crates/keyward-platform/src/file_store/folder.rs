//! The folder that vaults live in, and the few things that are done to files in it.
//!
//! Files are always named by their last name only, in a folder that is held open, and links are
//! never followed: whoever can put something in a file's way can make a call fail, and no more.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use keyward::store::MAX_STORED_LEN;
use keyward::{Cause, StoreError};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, fstat, mkdir, open, openat, renameat, statat, unlinkat,
};
use rustix::io::{Errno, retry_on_intr};

use super::failure::{failure, io_failure};
use super::stamp::Stamp;

/// A folder by its path. It is looked up anew for every operation, so that one that has been moved
/// away or unmounted is noticed.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The device that the folder was first seen on; not set while it has never been seen.
    device: OnceLock<i128>,
}

/// A folder held open for one operation.
#[derive(Debug)]
pub(super) struct OpenFolder(File);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, device: OnceLock::new() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the folder, or `None` when it is still to be created.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when it had been there and is not any more, or its path now leads to
    /// another device; [`StoreError::Denied`] also when others may write to it.
    pub(super) fn open(&self) -> Result<Option<OpenFolder>, StoreError> {
        // The folder itself may be a link: the user chose its path, and links are how people move
        // folders to other disks.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match retry_on_intr(|| open(&self.path, flags, Mode::empty())) {
            Ok(handle) => self.check(OpenFolder(handle.into())).map(Some),
            Err(Errno::NOENT) if self.device.get().is_none() => Ok(None),
            Err(Errno::NOTDIR) if self.device.get().is_some() => {
                Err(StoreError::Gone(Cause::new(Errno::NOTDIR)))
            }
            Err(errno) => Err(failure(errno)),
        }
    }

    /// Opens the folder, and creates it, with mode 0700 and durably, if it has never been seen.
    pub(super) fn open_or_create(&self) -> Result<OpenFolder, StoreError> {
        if let Some(folder) = self.open()? {
            return Ok(folder);
        }
        create_folder(&self.path)?;
        // Still absent: what stands there is a link that leads nowhere.
        self.open()?.ok_or(StoreError::NotAFile)
    }

    fn check(&self, folder: OpenFolder) -> Result<OpenFolder, StoreError> {
        let stat = fstat(&folder.0).map_err(failure)?;
        // Whoever may write to the folder may take vaults away or put an older copy back. Changing
        // its mode is not for us to do: it may be a folder that others are meant to share.
        if stat.st_mode & 0o022 != 0 {
            let path = self.path.display();
            return Err(StoreError::Denied(Cause::new(format!(
                "other users may write to the folder {path}; take that from them (chmod go-w) or choose another"
            ))));
        }
        // The field's type differs between targets.
        #[allow(clippy::cast_lossless, clippy::unnecessary_cast)]
        let device = stat.st_dev as i128;
        // An empty mount point must not look like a folder whose vaults were cleared.
        if *self.device.get_or_init(|| device) != device {
            let path = self.path.display();
            return Err(StoreError::Gone(Cause::new(format!(
                "the path {path} now leads to another file system than before"
            ))));
        }
        Ok(folder)
    }
}

impl OpenFolder {
    /// The stamp of the file called `name`, or `None` when there is nothing of that name.
    ///
    /// # Errors
    /// [`StoreError::NotAFile`] when it is no plain file.
    pub(super) fn stamp(&self, name: &str) -> Result<Option<Stamp>, StoreError> {
        match statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Stamp::of(&stat).map(Some).ok_or(StoreError::NotAFile),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(failure(errno)),
        }
    }

    /// Opens the file called `name` for reading, or `None` when there is nothing of that name.
    ///
    /// # Errors
    /// [`StoreError::NotAFile`] when it is no plain file.
    pub(super) fn open_file(&self, name: &str) -> Result<Option<(File, Stamp)>, StoreError> {
        // Looking first, because opening a device can already do something to it.
        if self.stamp(name)?.is_none() {
            return Ok(None);
        }
        let Some(file) = self.open_plain(name, OFlags::RDONLY)? else {
            return Ok(None);
        };
        let stamp = stamp_of(&file)?;
        Ok(Some((file, stamp)))
    }

    /// Opens the empty file called `name` that processes lock, and creates it with mode 0600.
    pub(super) fn open_lock_file(&self, name: &str) -> Result<(File, Stamp), StoreError> {
        // Looking first, as above.
        self.stamp(name)?;
        // Network file systems lock only what is open for writing.
        let file = self.open_plain(name, OFlags::RDWR | OFlags::CREATE)?;
        // Created or found, or else the folder is no longer there.
        let file = file.ok_or_else(|| StoreError::Gone(Cause::new(Errno::NOENT)))?;
        let stamp = stamp_of(&file)?;
        Ok((file, stamp))
    }

    /// Writes `bytes` to a fresh file called `name`, with mode 0600, and makes them durable. What
    /// is left of an earlier attempt under that name is removed before, and what is left of this
    /// one if it fails. The file is handed back open for reading.
    pub(super) fn write_fresh(&self, name: &str, bytes: &[u8]) -> Result<File, StoreError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let file = match self.open_raw(name, flags) {
            Err(Errno::EXIST) => {
                self.remove(name)?;
                self.open_raw(name, flags)
            }
            other => other,
        };
        let mut file = file.map_err(failure)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io_failure);
        // A file that stays open for writing would keep the user from remounting the disk as
        // read-only, so it is opened again for reading.
        let reopened = written.and_then(|()| {
            let reopened = self.open_plain(name, OFlags::RDONLY)?;
            reopened.ok_or_else(|| StoreError::Gone(Cause::new(Errno::NOENT)))
        });
        if reopened.is_err() {
            let _ = self.remove(name);
        }
        reopened
    }

    /// Puts the file called `from` in the place of the one called `to`, in one step.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        renameat(&self.0, from, &self.0, to).map_err(failure)
    }

    /// Removes the plain file called `name`; absent is success.
    pub(super) fn remove(&self, name: &str) -> Result<(), StoreError> {
        if self.stamp(name)?.is_none() {
            return Ok(());
        }
        match unlinkat(&self.0, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(failure(errno)),
        }
    }

    /// Makes what has been created, renamed and removed in the folder durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        sync_folder(&self.0)
    }

    fn open_plain(&self, name: &str, flags: OFlags) -> Result<Option<File>, StoreError> {
        match self.open_raw(name, flags) {
            Ok(file) => Ok(Some(file)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(failure(errno)),
        }
    }

    fn open_raw(&self, name: &str, flags: OFlags) -> Result<File, Errno> {
        // NONBLOCK and NOCTTY matter only if something else than a plain file has just been put
        // there; it is then refused by its stamp.
        let always = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        retry_on_intr(|| openat(&self.0, name, flags | always, Mode::RUSR | Mode::WUSR))
            .map(File::from)
    }
}

/// The stamp of an open file.
///
/// # Errors
/// [`StoreError::NotAFile`] when it is no plain file.
pub(super) fn stamp_of(file: &File) -> Result<Stamp, StoreError> {
    Stamp::of(&fstat(file).map_err(failure)?).ok_or(StoreError::NotAFile)
}

/// Reads an open file whole, from its beginning.
///
/// # Errors
/// [`StoreError::TooLarge`], before anything is read, when it is longer than a cell may be.
pub(super) fn read_whole(file: &File, stamp: &Stamp) -> Result<Vec<u8>, StoreError> {
    if stamp.len() > MAX_STORED_LEN {
        return Err(StoreError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(stamp.len() + 1);
    // Another tool may be making it longer meanwhile; the caller compares stamps.
    let bound = u64::try_from(MAX_STORED_LEN).unwrap_or(u64::MAX);
    file.take(bound).read_to_end(&mut bytes).map_err(io_failure)?;
    Ok(bytes)
}

/// The first and the last `ends` bytes of the file, and zeros between. Memory that nothing is read
/// into takes no room and no time.
pub(super) fn read_ends(file: &File, stamp: &Stamp, ends: usize) -> Result<Vec<u8>, StoreError> {
    let len = stamp.len();
    if len > MAX_STORED_LEN || len <= ends.saturating_mul(2) {
        return read_whole(file, stamp);
    }
    let mut bytes = vec![0; len];
    let last = len - ends;
    let first = file.read_exact_at(&mut bytes[..ends], 0);
    match first.and_then(|()| file.read_exact_at(&mut bytes[last..], last as u64)) {
        // Another tool has made it shorter meanwhile; the caller compares lengths.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Vec::new()),
        read => read.map(|()| bytes).map_err(io_failure),
    }
}

/// Creates the folder and those above it that are missing, each with mode 0700 and durable in the
/// one above.
fn create_folder(path: &Path) -> Result<(), StoreError> {
    let above = match path.parent() {
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
        None => return Ok(()),
    };
    let create = || mkdir(path, Mode::RWXU);
    let created = match create() {
        Err(Errno::NOENT) => {
            create_folder(above)?;
            create()
        }
        other => other,
    };
    match created {
        Ok(()) => {}
        // Another process was faster.
        Err(Errno::EXIST) => return Ok(()),
        Err(errno) => return Err(failure(errno)),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match openat(CWD, above, flags, Mode::empty()) {
        Ok(above) => sync_folder(&above.into()),
        // A folder that may be entered and written but not listed cannot be synced by us.
        Err(Errno::ACCESS) => Ok(()),
        Err(errno) => Err(failure(errno)),
    }
}

fn sync_folder(folder: &File) -> Result<(), StoreError> {
    match folder.sync_all().map_err(|error| (Errno::from_io_error(&error), error)) {
        Ok(()) => Ok(()),
        // The file system has no such thing, and promises what it promises without it.
        Err((Some(Errno::INVAL | Errno::NOTSUP), _)) => Ok(()),
        Err((_, error)) => Err(io_failure(error)),
    }
}
