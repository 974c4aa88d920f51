//! What several tests need.

use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use async_io::{Timer, block_on};
use futures_util::future::{Either, select};
use keyward::{Cells, Revision, Store, StoreError, Stores, Swap};
use keyward_platform::FileStores;
use tempfile::TempDir;

/// The vault key that tests use where any will do; its files are called `a.…`.
pub(crate) const KEY: &str = "a";

/// Runs a future, and fails instead of waiting for ever.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    block_on(async {
        match select(std::pin::pin!(future), Timer::after(Duration::from_secs(100))).await {
            Either::Left((output, _)) => output,
            Either::Right(_) => panic!("did not end within 100 s"),
        }
    })
}

/// A folder of its own for a test, removed at its end.
pub(crate) struct Place {
    pub(crate) stores: FileStores,
    folder: PathBuf,
    _above: TempDir,
}

impl Place {
    /// A folder that the first write will create.
    pub(crate) fn new() -> Self {
        let above = TempDir::new().expect("a temporary folder");
        let folder = above.path().join("vaults");
        Self { stores: FileStores::new(&folder), folder, _above: above }
    }

    /// The same with `old` in the vault called [`KEY`], and its cells.
    pub(crate) fn with(old: &[u8]) -> (Self, Cells) {
        let place = Self::new();
        let cells = place.open();
        run(put(&cells.vault, old)).expect("writing the old bytes");
        (place, cells)
    }

    /// Fresh handles on the cells of the vault called [`KEY`].
    pub(crate) fn open(&self) -> Cells {
        self.stores.open(KEY).expect("a short key")
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The names of all files in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).expect("the folder is there");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("plain"))
            .collect();
        names.sort();
        names
    }
}

/// What is in a cell.
pub(crate) async fn bytes(store: &Rc<dyn Store>) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(store.load().await?.map(|stored| stored.bytes))
}

/// Loads, and puts `new` in the place of whatever is there.
pub(crate) async fn put(store: &Rc<dyn Store>, new: &[u8]) -> Result<Revision, StoreError> {
    loop {
        let expected = store.load().await?.map(|stored| stored.revision);
        if let Swap::Done(Some(revision)) = store.swap(expected, Some(new)).await? {
            return Ok(revision);
        }
    }
}

/// Says, past the capture of the test's output, that a test cannot run here, and why; and once more at
/// the end of `cargo xtask test`, which names a file for it.
pub(crate) fn skipped(test: &str, why: impl Display) {
    let line = format!("SKIPPED {test}: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(file) = std::env::var_os("KEYWARD_SKIPPED") {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(file);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the file can be written");
    }
}

/// Whether the test runs as root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A small file system of its own in memory, mounted at a folder until this is dropped.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts it, or says why that cannot be.
    pub(crate) fn mount(at: &Path, options: &str) -> Result<Self, String> {
        if !is_root() {
            return Err("only root may mount a file system".into());
        }
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", options, "keyward-test"]).arg(at);
        match command.stderr(Stdio::piped()).output() {
            Ok(output) if output.status.success() => Ok(Self(at.to_owned())),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(format!("mount: {error}")),
        }
    }

    /// Mounts it with other options. Tries again while it is busy: another test that is just
    /// starting a process holds copies of all open files for a moment.
    pub(crate) fn remount(&self, options: &str) {
        for _ in 0..100 {
            let mut command = Command::new("mount");
            command.args(["-o", &format!("remount,{options}")]).arg(&self.0);
            if command.output().expect("mount").status.success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("remounting with {options} does not work: is a file open for writing?");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, because a failing test may still hold files.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Which folder a child process is to work on.
const CHILD_FOLDER: &str = "KEYWARD_TEST_CHILD_FOLDER";

/// A command that runs the ignored test `name` of this executable as a child working on `folder`.
pub(crate) fn child(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this executable"));
    command.args(["--ignored", "--exact", "--nocapture", "--test-threads=1", name]);
    command.env(CHILD_FOLDER, folder).stdin(Stdio::null());
    command
}

/// In a child, the stores that it is to work on. `None` when somebody runs all ignored tests.
pub(crate) fn child_stores() -> Option<FileStores> {
    std::env::var_os(CHILD_FOLDER).map(FileStores::new)
}

/// Bytes that say by themselves whether they are whole: a number, and a length and filling that
/// follow from it.
pub(crate) fn numbered(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let words = next() % 8192;
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.extend((0..words).flat_map(|_| next().to_le_bytes()));
    bytes
}

/// The number in such bytes.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    let number = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
    assert!(
        bytes == numbered(number),
        "{} torn bytes that begin like number {number}",
        bytes.len()
    );
    number
}
