//! One process at a time.

use std::fs::File;
use std::time::{Duration, Instant};

use async_io::Timer;
use keyward::StoreError;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::failure::failure;
use super::folder::OpenFolder;

/// How long to wait for another process, which holds the lock for a few milliseconds unless it has
/// been stopped in the middle.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(8);

/// The lock on a vault's files, let go when dropped, and by the system when the process ends.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Waits for the lock without blocking the thread.
    ///
    /// # Errors
    /// [`StoreError::Busy`] after ten seconds.
    pub(super) async fn wait(folder: &OpenFolder, name: &str) -> Result<Self, StoreError> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(lock) = Self::attempt(folder, name)? {
                return Ok(lock);
            }
            if start.elapsed() > PATIENCE {
                return Err(StoreError::Busy);
            }
            Timer::after(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    fn attempt(folder: &OpenFolder, name: &str) -> Result<Option<Self>, StoreError> {
        let (file, stamp) = folder.open_lock_file(name)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK | Errno::INTR) => return Ok(None),
            Err(errno) => return Err(failure(errno)),
        }
        let lock = Self(file);
        // If somebody has removed the lock file meanwhile, others lock a new one, and this lock
        // keeps nobody out.
        let still = folder.stamp(name)?.is_some_and(|now| now.same_file(&stamp));
        Ok(still.then_some(lock))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that is just being started holds a copy of the descriptor
        // until it has become another program.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}
