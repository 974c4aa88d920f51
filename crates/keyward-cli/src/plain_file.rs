//! A file with secrets as plain text, from its reading to its removal.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use keyward::export::MAX_EXPORT_LEN;
use rustix::fs::{Access, CWD, OFlags, RenameFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::input;

/// What stands behind a file's name from the moment when all of it is in the vault.
const ASIDE: &str = ".keyward-moving";

/// A file that has been read.
pub(crate) struct PlainFile {
    /// Where it is.
    path: PathBuf,
    /// Where it is to be put before it is removed; where it is already, if a move was killed then.
    aside: PathBuf,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// Why a file cannot be moved.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// It is a symbolic link, and its target would stay.
    Link,
    /// It is a folder, a pipe, a device.
    NotAFile,
    /// It has other names, under which its content would stay.
    OtherNames,
    /// Nothing can be removed from its folder.
    Folder(io::Error),
    Unreadable(io::Error),
}

/// Why a file is still there.
#[derive(Debug)]
pub(crate) enum Stays {
    /// It no longer has the bytes that were moved.
    Changed,
    /// It no longer has those bytes, and another file has taken its place meanwhile. It is here.
    ChangedAside(PathBuf),
    Failed(io::Error),
}

impl PlainFile {
    /// The file at `path`, and before it what an earlier move of it has left behind, if it was
    /// killed.
    ///
    /// # Errors
    /// With the path of the one that is unfit; with `path` if there is neither.
    pub(crate) fn all(path: &Path, to_remove: bool) -> Result<Vec<Self>, (PathBuf, Unfit)> {
        let mut aside = path.as_os_str().to_owned();
        aside.push(ASIDE);
        let aside = PathBuf::from(aside);
        let mut files = Vec::new();
        for place in [aside.as_path(), path] {
            let read = Self::read(place, &aside, to_remove);
            if let Some(file) = read.map_err(|unfit| (place.to_owned(), unfit))? {
                files.push(file);
            }
        }
        if files.is_empty() {
            let missing = Errno::NOENT.into();
            return Err((path.to_owned(), Unfit::Unreadable(missing)));
        }
        Ok(files)
    }

    /// `None` where there is nothing.
    fn read(path: &Path, aside: &Path, to_remove: bool) -> Result<Option<Self>, Unfit> {
        let found = match fs::symlink_metadata(path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Unfit::Unreadable(error)),
        };
        if found.is_symlink() {
            return Err(Unfit::Link);
        }
        if !found.is_file() {
            return Err(Unfit::NotAFile);
        }
        if to_remove {
            if found.nlink() > 1 {
                return Err(Unfit::OtherNames);
            }
            rustix::fs::access(folder(path), Access::WRITE_OK | Access::EXEC_OK)
                .map_err(|error| Unfit::Folder(error.into()))?;
        }
        let bytes = contents(path).map_err(Unfit::Unreadable)?;
        Ok(Some(Self { path: path.to_owned(), aside: aside.to_owned(), bytes }))
    }

    /// Removes the file, if it still has the bytes that were read. It is put aside for that, so that
    /// who writes a new file in its place meanwhile keeps it.
    pub(crate) fn remove(&self) -> Result<(), Stays> {
        if self.path != self.aside {
            rename(&self.path, &self.aside).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => Stays::Changed,
                _ => Stays::Failed(error),
            })?;
        }
        let same = contents(&self.aside).is_ok_and(|bytes| bytes == self.bytes);
        let outcome = match same {
            true => fs::remove_file(&self.aside).map_err(Stays::Failed),
            false => Err(Stays::Changed),
        };
        if let Err(stays) = outcome {
            let put_back = self.path == self.aside || rename(&self.aside, &self.path).is_ok();
            return Err(match stays {
                Stays::Changed if !put_back => Stays::ChangedAside(self.aside.clone()),
                stays => stays,
            });
        }
        // So that it stays removed when the power goes. Where folders cannot be synced, nothing is
        // lost either: everything is in the vault.
        let _ = File::open(folder(&self.path)).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

/// The folder that a path is in.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn contents(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // What took its place since it was looked at must neither be followed nor waited for.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)?;
    input::read_all(file, MAX_EXPORT_LEN)
}

/// Overwrites nothing, but where the file system cannot promise that.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) if !to.exists() => fs::rename(from, to),
        renamed => Ok(renamed?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(path: &Path) -> PlainFile {
        PlainFile::all(path, true).expect("fit").pop().expect("one file")
    }

    #[test]
    fn a_file_that_has_changed_is_not_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".env");
        fs::write(&path, "A=1").expect("writes");
        let file = only(&path);
        fs::write(&path, "A=2").expect("writes");
        assert!(matches!(file.remove(), Err(Stays::Changed)));
        assert_eq!(fs::read_to_string(&path).expect("is there"), "A=2");
        only(&path).remove().expect("removed");
        assert!(matches!(file.remove(), Err(Stays::Changed)), "it is gone");
        assert_eq!(fs::read_dir(folder.path()).expect("reads").count(), 0);
    }

    #[test]
    fn what_a_kill_has_left_aside_comes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".env");
        fs::write(folder.path().join(".env.keyward-moving"), "A=1").expect("writes");
        only(&path).remove().expect("removed");
        fs::write(folder.path().join(".env.keyward-moving"), "A=1").expect("writes");
        fs::write(&path, "B=2").expect("writes");
        let files = PlainFile::all(&path, true).expect("fit");
        let texts: Vec<_> = files.iter().map(|file| file.bytes.as_slice()).collect();
        assert_eq!(texts, [b"A=1", b"B=2"]);
        // The place is taken.
        assert!(matches!(files[1].remove(), Err(Stays::Failed(_))));
        assert_eq!(fs::read_to_string(&path).expect("is there"), "B=2");
        for file in files {
            file.remove().expect("removed");
        }
        assert_eq!(fs::read_dir(folder.path()).expect("reads").count(), 0);
    }

    #[test]
    fn what_is_put_back_takes_nobody_s_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".env");
        let aside = folder.path().join(".env.keyward-moving");
        fs::write(&path, "A=1").expect("writes");
        fs::write(&aside, "B=2").expect("writes");
        assert!(rename(&aside, &path).is_err());
        assert_eq!(fs::read_to_string(&path).expect("is there"), "A=1");
        assert_eq!(fs::read_to_string(&aside).expect("is there"), "B=2");
    }
}
