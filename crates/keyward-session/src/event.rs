//! What a session tells the app.

use std::time::Duration;

use crate::error::{SignedOutCause, Trouble};

/// Something that happened to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// There is a session now: somebody has signed in, here or in another process.
    SignedIn,
    /// A refresh token is about to be spent.
    Refreshing,
    /// A new access token is there, and what it takes to get the next one is durable.
    Refreshed,
    /// A refresh did not work this time. The next try is made when a token is needed after this
    /// time.
    Deferred {
        /// What went wrong.
        trouble: Trouble,
        /// How long no try is made.
        retry_after: Duration,
    },
    /// The session has ended. Once per session, with its cause.
    SignedOut(SignedOutCause),
}
