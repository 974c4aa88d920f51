//! What can go wrong, told apart by what the caller can do next. No error carries a token, nor
//! anything that a server wrote.

use std::time::Duration;

use keyward::Cause;

/// Why there is no session any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignedOutCause {
    /// Nobody has signed in, as far as the vault knows.
    NeverSignedIn,
    /// [`Session::logout`](crate::Session::logout).
    Requested,
    /// The server refuses the refresh token (`invalid_grant`): revoked, expired, or spent.
    Refused,
    /// The server refuses the refresh token, after an answer that may have held the next one was
    /// lost on its way. Nobody can tell a thief from a lost answer, the server included.
    AnswerLost,
    /// The access token has expired, and there is no way to get another.
    Expired,
    /// Another process or tab has signed out.
    Elsewhere,
}

/// Why a refresh did not work this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trouble {
    /// No connection: the request has not reached the server.
    Offline,
    /// The request may have reached the server, and its answer did not arrive, or not in time.
    NoAnswer,
    /// The server says that it cannot now (5xx, 408).
    Server,
    /// The server asks for patience (429).
    TooManyRequests,
    /// The answer is not what a token endpoint answers: HTML, half a JSON text, a redirect.
    BadAnswer,
    /// The server does not accept the client or the request itself (`invalid_client` and the like).
    /// Trying again does not help before somebody has changed the configuration.
    Misconfigured,
    /// Another process is refreshing, and takes longer than it may.
    Busy,
}

/// Why there is no token. Unless the variant says otherwise, nothing changed and nothing was lost.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no session: sign in.
    #[error("signed out; sign in again")]
    SignedOut(SignedOutCause),
    /// It is not to be had now: a token in the place of one that has expired or that a server has
    /// refused, a sign-in, or other fields. A session that is there is kept.
    #[error("no new token for now; the session is kept. Try again in {} s", retry_after.as_secs().max(1))]
    Later {
        /// What went wrong.
        trouble: Trouble,
        /// When the next try is made; earlier calls get this error without one.
        retry_after: Duration,
    },
    /// The token is fresh, and so was the one before it, and both were refused. A third would be,
    /// too: the account may lack the right, or the token is for another server.
    #[error("a fresh token is refused as well; the session is kept")]
    StillRefused,
    /// The vault did not open, or could not be written.
    #[error(transparent)]
    Vault(#[from] keyward::Error),
    /// What stands in the place of a vault failed.
    #[error("the session's place could not be read or written")]
    Keep(#[source] Cause),
    /// What is kept under the session's name is no session, or a newer Keyward wrote it. It is kept
    /// as it is.
    #[error("what is kept under the session's name is not a session that this version reads")]
    Unreadable,
    /// The caller's mistake.
    #[error("not valid: {0}")]
    Invalid(&'static str),
    /// A new sign-in was refused by the server.
    #[error("the server refuses to sign in with these credentials")]
    CredentialsRefused,
    /// The session's driver has ended.
    #[error("the session's driver has ended")]
    Stopped,
}

impl Error {
    /// A number for bindings. Numbers never change; 200 to 219 are sessions'.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::SignedOut(_) => 200,
            Self::Later { .. } => 201,
            Self::StillRefused => 202,
            Self::Vault(_) => 203,
            Self::Keep(_) => 204,
            Self::Unreadable => 205,
            Self::Invalid(_) => 206,
            Self::CredentialsRefused => 207,
            Self::Stopped => 208,
        }
    }
}
