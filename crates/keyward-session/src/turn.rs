//! The door to the lock that processes, or tabs, take turns by.

use async_trait::async_trait;

/// One process's turn, which ends when this is dropped, and when the process ends.
pub trait Turn {}

impl Turn for () {}

/// What lets one process at a time refresh a session, or change what is kept of it.
#[async_trait(?Send)]
pub trait Turns {
    /// Waits for this process's turn with `name`, which is a session's, or begins with it: a session
    /// has several turns, and each name is one of its own. The caller sets a limit by dropping the
    /// future, which gives up the place in the queue.
    ///
    /// # Errors
    /// When the lock cannot be used at all. Nobody refreshes then, because two processes that spend
    /// one refresh token lose the session.
    async fn wait(&self, name: &str) -> Result<Box<dyn Turn>, keyward::Cause>;
}

/// No lock: for vaults that one process alone uses, such as one in memory.
#[derive(Debug, Clone, Copy, Default)]
pub struct OneProcess;

#[async_trait(?Send)]
impl Turns for OneProcess {
    async fn wait(&self, _: &str) -> Result<Box<dyn Turn>, keyward::Cause> {
        Ok(Box::new(()))
    }
}
