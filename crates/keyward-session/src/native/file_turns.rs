//! Processes take turns by a lock on a file, which the system lets go when a process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use keyward::{Cause, Vault};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::turn::{Turn, Turns};

/// What stays as it is in a file's name.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// The longest pause between two tries: short beside a request to a server.
const LONGEST_PAUSE: Duration = Duration::from_millis(25);

/// How much of the beginning and of the end of a name stands in the file's, in bytes: every system
/// takes 255 in all. Names that differ only in between share a file, and wait for each other.
const LONGEST_PART: usize = 100;

/// Turns by files in a folder, one or two for each session. The files are empty and stay: whoever
/// removed one would let two processes have a turn at once.
#[derive(Clone)]
pub struct FileTurns {
    folder: PathBuf,
    vault: Vault,
}

impl FileTurns {
    /// Turns for the sessions in `vault`, by files in `folder`, which must be there when a turn is
    /// waited for. Not on a network's file system, where locks often hold for one machine alone.
    pub fn new(folder: impl Into<PathBuf>, vault: Vault) -> Self {
        Self { folder: folder.into(), vault }
    }

    /// The file of the session called `name`. Other vaults may have sessions of that name.
    async fn open(&self, name: &str) -> Result<File, Cause> {
        let key = key_of(&self.vault).await.map_err(Cause::new)?;
        open(self.folder.join(file_name(&key, name, "session-turn"))).map_err(Cause::new)
    }
}

/// What the vault is called, which is known when it has been initialized.
pub(super) async fn key_of(vault: &Vault) -> Result<String, keyward::Error> {
    let mut config = vault.config();
    if config.is_none() {
        vault.is_locked().await?;
        config = vault.config();
    }
    Ok(config.map(|config| config.key).unwrap_or_default())
}

fn whole_name(vault: &str, name: &str) -> String {
    let (vault, name) = (utf8_percent_encode(vault, PLAIN), utf8_percent_encode(name, PLAIN));
    format!("{vault}.{name}")
}

/// Whether no other session has the same files.
pub(super) fn has_own_file(vault: &str, name: &str) -> bool {
    whole_name(vault, name).len() <= 2 * LONGEST_PART
}

/// The name of the file of this kind for the session `name` of a vault.
pub(super) fn file_name(vault: &str, name: &str, kind: &str) -> String {
    let whole = whole_name(vault, name);
    match whole.len() <= 2 * LONGEST_PART {
        true => format!(".{whole}.{kind}"),
        false => {
            let (begin, end) = (&whole[..LONGEST_PART], &whole[whole.len() - LONGEST_PART..]);
            format!(".{begin}..{end}.{kind}")
        }
    }
}

fn open(path: PathBuf) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

struct Locked(File);

impl Turn for Locked {}

impl Drop for Locked {
    fn drop(&mut self) {
        // Closing is not enough: a child that is just being started holds a copy of the descriptor.
        let _ = self.0.unlock();
    }
}

#[async_trait(?Send)]
impl Turns for FileTurns {
    async fn wait(&self, name: &str) -> Result<Box<dyn Turn>, Cause> {
        let file = self.open(name).await?;
        let mut pause = Duration::from_millis(1);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Box::new(Locked(file))),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(Cause::new(error)),
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_session_of_every_vault_has_a_file_that_systems_take() {
        let names = [("a", "b"), ("b", "a"), ("a", "b/edit"), ("a.b", ""), ("", "a.b"), ("", "")];
        for (place, (vault, name)) in names.iter().enumerate() {
            let file = file_name(vault, name, "x");
            assert!(!file.contains('/'));
            assert!(has_own_file(vault, name));
            for (other_vault, other) in &names[..place] {
                assert_ne!(file, file_name(other_vault, other, "x"), "{vault} {name}");
            }
        }
        for name in ["n".repeat(1019), "/".repeat(1019), "ü".repeat(500)] {
            assert!(!has_own_file("vault", &name), "another name may come to the same file");
            let (file, edits) = (
                file_name("vault", &name, "session-turn"),
                file_name("vault", &(name + "/edit"), "session-turn"),
            );
            assert!(file.len() <= 255 && edits.len() <= 255, "{file} {edits}");
            assert_ne!(file, edits);
        }
    }
}
