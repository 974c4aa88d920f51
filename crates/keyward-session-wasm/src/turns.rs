//! Tabs take turns by a lock of the origin.

use async_trait::async_trait;
use keyward::Cause;
use keyward_js::web_lock::{Mode, WebLock, hold};
use keyward_session::{Turn, Turns};

/// Longer than a session has patience, which decides: in milliseconds.
const LIMIT: i32 = 10 * 60 * 1000;

/// Turns among all tabs that keep their sessions in one vault.
pub(crate) struct TabTurns {
    /// The vault's key.
    pub(crate) vault: String,
}

struct TabTurn(#[allow(dead_code, reason = "held until it is dropped")] WebLock);

impl Turn for TabTurn {}

#[async_trait(?Send)]
impl Turns for TabTurns {
    async fn wait(&self, name: &str) -> Result<Box<dyn Turn>, Cause> {
        // With the length of the first name, no two pairs of names make one.
        let lock = format!("keyward.session:{}:{}:{name}", self.vault.len(), self.vault);
        match hold(&lock, Mode::Exclusive, LIMIT).await {
            Some(lock) => Ok(Box::new(TabTurn(lock))),
            None => Err(Cause::new("the browser's lock cannot be had")),
        }
    }
}
