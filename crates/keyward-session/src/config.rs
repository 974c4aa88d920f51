//! What an app says about a session.

use std::time::Duration;

use crate::error::Error;
use crate::keep::MAX_ENTRY_LEN;
use crate::server::Server;
use crate::tokens::Placement;

/// How a session is kept and refreshed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The name of the session's entry in the vault, of 1 to 1,019 bytes. Sessions side by side have
    /// different names; all processes that share a session use the same.
    pub entry: String,
    /// Who gives tokens.
    pub server: Server,
    /// How long before its end a token is replaced: 60 s, at most half of its life.
    pub leeway: Duration,
    /// When an answer is given up: 30 s.
    pub timeout: Duration,
    /// How long another process may take to refresh before its turn is no longer waited for: 45 s,
    /// longer than an answer may take.
    pub patience: Duration,
    /// How old a revocation may become that could not be sent: 30 days. Older ones are dropped with
    /// their tokens, which have long expired at most servers.
    pub revocation_max_age: Duration,
    /// Which header a token goes into.
    pub placement: Placement,
}

impl Config {
    /// A session in the vault's entry `entry`, with tokens of `server`.
    #[must_use]
    pub fn new(entry: impl Into<String>, server: Server) -> Self {
        Self {
            entry: entry.into(),
            server,
            leeway: Duration::from_secs(60),
            timeout: Duration::from_secs(30),
            patience: Duration::from_secs(45),
            revocation_max_age: Duration::from_secs(30 * 24 * 3600),
            placement: Placement::default(),
        }
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        if self.entry.is_empty() || self.entry.len() > MAX_ENTRY_LEN {
            return Err(Error::Invalid("the entry's name must have 1 to 1,019 bytes"));
        }
        self.server.validate()
    }
}
