//! Vaults in files.
//!
//! A folder holds, for each vault, `NAME.keyward` (the sealed bytes), `NAME.attempts` (the count of
//! failed attempts) and `NAME.lock` (empty, never removed). `NAME.keyward.new` or
//! `NAME.attempts.new` is what a process that was killed left behind; the next write removes it.
//!
//! Writing takes the lock, compares, writes the next content to a fresh file, syncs it, renames it
//! into place and syncs the folder: whoever looks, after whatever went wrong, finds the old content
//! or the new. Contents are told apart without reading them; see `stamp.rs`.

mod cell;
mod failure;
mod folder;
mod known;
mod lock;
mod name;
mod stamp;
mod watch;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use keyward::{Cells, StoreError, Stores};

use cell::FileStore;
use failure::io_failure;
use folder::Folder;
use name::{ATTEMPTS_ENDING, LOCK_ENDING, VAULT_ENDING};

pub use known::FileRegistry;

/// Vaults in the files of one folder.
///
/// The folder is created, with mode 0700, by the first write; files have mode 0600. A folder that
/// is already there may be a link to one and keeps its mode, but it is refused
/// ([`StoreError::Denied`]) while its group or everyone may write to it, because whoever may do
/// that may delete vaults or put older copies back. Who owns it is not looked at, so that a
/// container's or a network's mapping of users does not get in the way. A file with a looser mode
/// than 0600 gets 0600 with the next write.
///
/// A link, a folder or a device where a file should be is refused ([`StoreError::NotAFile`]),
/// neither followed nor replaced. Once the folder has been seen, it is never created again: if it
/// vanishes, or its path leads to another file system than before (a disk was taken out),
/// everything answers [`StoreError::Gone`].
///
/// Any key has a name: what file systems could misread is percent-encoded, upper-case letters
/// included. At most 242 bytes are left for it then ([`StoreError::KeyTooLong`]).
///
/// Clones share what they know of the folder.
#[derive(Debug, Clone)]
pub struct FileStores {
    folder: Arc<Folder>,
}

impl FileStores {
    /// The vaults in `folder`, which need not exist yet. Touches nothing. A relative path counts
    /// from the directory that is current now.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let given = folder.into();
        // Fails for the empty path and without a current directory; both fail again on use.
        let path = std::path::absolute(&given).unwrap_or(given);
        Self { folder: Arc::new(Folder::new(path)) }
    }

    /// The folder's path.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the sealed bytes of the vault called `key` are, or would be.
    ///
    /// # Errors
    /// [`StoreError::KeyTooLong`] when the key makes too long a file name.
    pub fn vault_file(&self, key: &str) -> Result<PathBuf, StoreError> {
        Ok(self.folder().join(name::encode(key)? + VAULT_ENDING))
    }

    /// The keys of the vaults in the folder, sorted. Files that are not named as a vault's file
    /// would be are passed over; the vaults themselves are not looked into.
    ///
    /// # Errors
    /// When the folder cannot be listed. One that does not exist yet has no vaults.
    pub fn keys(&self) -> Result<Vec<String>, StoreError> {
        if self.folder.open()?.is_none() {
            return Ok(Vec::new());
        }
        let mut keys = Vec::new();
        for entry in std::fs::read_dir(self.folder()).map_err(io_failure)? {
            let name = entry.map_err(io_failure)?.file_name();
            keys.extend(name.to_str().and_then(name::vault_key));
        }
        keys.sort_unstable();
        Ok(keys)
    }
}

impl Stores for FileStores {
    /// # Errors
    /// [`StoreError::KeyTooLong`] when the key makes too long a file name.
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        let name = name::encode(key)?;
        let cell = |ending: &str| {
            let folder = Arc::clone(&self.folder);
            Rc::new(FileStore::new(folder, name.clone() + ending, name.clone() + LOCK_ENDING))
        };
        Ok(Cells { vault: cell(VAULT_ENDING), attempts: cell(ATTEMPTS_ENDING) })
    }
}
