//! What tells one content of a file from another without reading it.

use rustix::fs::{FileType, Stat};

/// Everything the system says about a file that changes with its content.
///
/// While a file is held open its inode cannot be given to another file, so two equal stamps of a
/// path, with the file of the first held open between, mean that the same file is still there and
/// that nobody has written to it since. Keyward itself never writes to a file that is in place, so
/// its own changes always differ by inode. Other tools' changes differ by inode (`mv`, most
/// editors) or by size and times (`cp`): the change time moves with every write and nobody can
/// set it back. What this cannot see is another tool that writes into the file, without changing
/// its size, within the same tick of the file system's clock (at most a few milliseconds, and none
/// since Linux 6.13) as the change before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    device: i128,
    inode: i128,
    size: i128,
    modified: (i128, i128),
    changed: (i128, i128),
}

impl Stamp {
    /// The stamp of a plain file; `None` for anything else.
    // The fields' types differ between targets; all of them fit.
    #[allow(clippy::cast_lossless, clippy::unnecessary_cast)]
    pub(super) fn of(stat: &Stat) -> Option<Self> {
        if FileType::from_raw_mode(stat.st_mode as _) != FileType::RegularFile {
            return None;
        }
        Some(Self {
            device: stat.st_dev as i128,
            inode: stat.st_ino as i128,
            size: stat.st_size as i128,
            modified: (stat.st_mtime as i128, stat.st_mtime_nsec as i128),
            changed: (stat.st_ctime as i128, stat.st_ctime_nsec as i128),
        })
    }

    /// The file's length in bytes.
    pub(super) fn len(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }

    /// Whether both are stamps of the same file, whatever it holds.
    pub(super) fn same_file(&self, other: &Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }

    /// Whether a file that was open between these two stamps held the same content all the while.
    /// Its change time does not count: it also moves when another file takes its place.
    pub(super) fn same_content(&self, other: &Self) -> bool {
        self.same_file(other) && (self.size, self.modified) == (other.size, other.modified)
    }
}
