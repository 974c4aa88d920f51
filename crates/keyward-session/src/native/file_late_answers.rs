//! Answers that came while the vault was locked, beside the vault's file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use keyward::{Cause, Vault};

use super::file_turns::{file_name, has_own_file, key_of};
use crate::late_answers::{LateAnswers, MAX_LATE_ANSWER_LEN};

/// Keeps late answers as files in a folder, which only their owner reads. Not of sessions with names so
/// long that they may share a file.
#[derive(Clone)]
pub struct FileLateAnswers {
    folder: PathBuf,
    vault: Vault,
}

impl FileLateAnswers {
    /// For the sessions in `vault`, as files in `folder`.
    pub fn new(folder: impl Into<PathBuf>, vault: Vault) -> Self {
        Self { folder: folder.into(), vault }
    }

    /// `None` for a session that has no file of its own.
    async fn path(&self, name: &str, kind: &str) -> Result<Option<PathBuf>, Cause> {
        let key = key_of(&self.vault).await.map_err(Cause::new)?;
        let own = has_own_file(&key, name);
        Ok(own.then(|| self.folder.join(file_name(&key, name, kind))))
    }

    /// The folder's entries are durable after this, as far as its system has that.
    fn sync(&self) {
        let _ = File::open(&self.folder).and_then(|folder| folder.sync_all());
    }
}

#[async_trait(?Send)]
impl LateAnswers for FileLateAnswers {
    async fn store(&self, name: &str, sealed: &[u8]) -> Result<(), Cause> {
        let paths =
            (self.path(name, "late-answer").await?, self.path(name, "late-answer-new").await?);
        let (Some(path), Some(new)) = paths else {
            return Err(Cause::new("the session has no file of its own"));
        };
        // What a process has left that was killed here.
        let _ = fs::remove_file(&new);
        let stored = write(&new, sealed).and_then(|()| fs::rename(&new, path));
        if stored.is_err() {
            let _ = fs::remove_file(&new);
        }
        stored.map_err(Cause::new)?;
        self.sync();
        Ok(())
    }

    async fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Cause> {
        match self.path(name, "late-answer").await? {
            Some(path) => read(&path).map_err(Cause::new),
            None => Ok(None),
        }
    }

    async fn remove(&self, name: &str) {
        if let Ok(Some(path)) = self.path(name, "late-answer").await
            && fs::remove_file(path).is_ok()
        {
            self.sync();
        }
    }
}

/// Writes a file that is not there yet, durably.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Reads a file that is one: to open a pipe that somebody has put there would take as long as he likes.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let opened = || {
        let found = path.symlink_metadata()?;
        let ours = found.is_file() && found.len() <= MAX_LATE_ANSWER_LEN as u64;
        ours.then(|| File::open(path)).transpose()
    };
    let file = match opened() {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(None),
        // Another process may have taken it in.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_LATE_ANSWER_LEN as u64).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use futures_executor::block_on;
    use keyward::{Config, VaultType};
    use keyward_platform::Native;

    use super::*;

    fn answers(folder: &Path) -> FileLateAnswers {
        let vault = Native::new(folder.join("vaults")).open().unwrap();
        block_on(vault.initialize(Config::new("v", VaultType::InMemory))).unwrap();
        FileLateAnswers::new(folder, vault)
    }

    #[test]
    fn it_is_there_until_it_is_removed_and_its_owner_alone_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let answers = answers(folder.path());
        assert_eq!(block_on(answers.load("s")).unwrap(), None);
        // What a process has left that was killed while it wrote.
        fs::write(folder.path().join(".v.s.late-answer-new"), "half").unwrap();
        assert_eq!(block_on(answers.load("s")).unwrap(), None);
        for sealed in [b"one".as_slice(), b"the next"] {
            block_on(answers.store("s", sealed)).unwrap();
            assert_eq!(block_on(answers.load("s")).unwrap().as_deref(), Some(sealed));
            assert_eq!(block_on(answers.load("t")).unwrap(), None, "another session's");
        }
        let path = folder.path().join(".v.s.late-answer");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!folder.path().join(".v.s.late-answer-new").exists());
        block_on(answers.remove("s"));
        assert_eq!(block_on(answers.load("s")).unwrap(), None);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_file_of_ours_is_not_read_and_what_a_link_leads_to_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let answers = answers(folder.path());
        let (path, other) = (folder.path().join(".v.s.late-answer"), folder.path().join("other"));
        fs::write(&other, "kept").unwrap();
        symlink(&other, &path).unwrap();
        assert_eq!(block_on(answers.load("s")).unwrap(), None);
        symlink(&other, folder.path().join(".v.s.late-answer-new")).unwrap();
        block_on(answers.store("s", b"sealed")).unwrap();
        assert_eq!(block_on(answers.load("s")).unwrap().as_deref(), Some(b"sealed".as_slice()));
        assert_eq!(fs::read_to_string(&other).unwrap(), "kept");
        File::create(&path).unwrap().set_len(MAX_LATE_ANSWER_LEN as u64 + 1).unwrap();
        assert_eq!(block_on(answers.load("s")).unwrap(), None, "it is too long");
    }

    #[test]
    fn what_cannot_be_told_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut answers = answers(folder.path());
        // A file in the folder's place, as a disk that does not answer would be.
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        answers.folder = file;
        assert!(block_on(answers.load("s")).is_err());
        answers.folder = folder.path().join("not made yet");
        assert_eq!(block_on(answers.load("s")).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let answers = answers(folder.path());
        assert!(
            block_on(answers.store(&"n".repeat(1019), b"sealed")).is_err(),
            "no file of its own"
        );
        // A folder is in the way, as a full disk would be.
        fs::create_dir(folder.path().join(".v.s.late-answer")).unwrap();
        assert!(block_on(answers.store("s", b"sealed")).is_err());
        assert!(!folder.path().join(".v.s.late-answer-new").exists(), "nothing is left behind");
    }
}
