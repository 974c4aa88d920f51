//! Processes take turns by a lock on a file, which the system lets go when a process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use keyward::Cause;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::turn::{Turn, Turns};

/// What stays as it is in a file's name.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// The longest pause between two tries: short beside a request to a server.
const LONGEST_PAUSE: Duration = Duration::from_millis(25);

/// Turns by files in a folder, one for each session. The files are empty and stay: whoever removed
/// one would let two processes have a turn at once.
#[derive(Debug, Clone)]
pub struct FileTurns(PathBuf);

impl FileTurns {
    /// Files in `folder`, which must be there when a turn is waited for. Not on a network's file
    /// system, where locks often hold for one machine alone.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    fn open(&self, name: &str) -> std::io::Result<File> {
        let name = format!(".{}.session-turn", utf8_percent_encode(name, PLAIN));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.0.join(name))
    }
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
        let file = self.open(name).map_err(Cause::new)?;
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
