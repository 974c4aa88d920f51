//! The door to servers.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use keyward::{Cause, SecretBytes};

use crate::secret::Secret;

/// The longest body of an answer, in bytes: 1 MiB. Tokens come in a few KiB.
pub const MAX_BODY_LEN: usize = 1 << 20;

/// A request to a token, revocation or log-in endpoint. Always a POST.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// An absolute URL, `https` or loopback `http`.
    pub url: String,
    /// `content-type` of the body.
    pub content_type: &'static str,
    /// The value of the `authorization` header, if there is one.
    pub authorization: Option<Secret>,
    /// The body.
    pub body: SecretBytes,
    /// When to give up.
    pub timeout: Duration,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A server's answer.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The value of `retry-after`, if there is one.
    pub retry_after: Option<String>,
    /// The value of `date`, if there is one.
    pub date: Option<String>,
    /// The body: at most [`MAX_BODY_LEN`] bytes.
    pub body: SecretBytes,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The request has certainly not reached the server: no name, no route, no TLS.
    #[error("the server cannot be reached")]
    NotSent(#[source] Cause),
    /// The request may have reached the server: the connection broke, or time ran out.
    #[error("the server's answer did not arrive")]
    NoAnswer(#[source] Cause),
    /// The answer's body is longer than [`MAX_BODY_LEN`], or ended too early.
    #[error("the server's answer is cut off or too long")]
    BadBody,
}

/// What sends requests.
#[async_trait(?Send)]
pub trait Http {
    /// Sends one request and reads its whole answer.
    ///
    /// Must not follow redirects, must not send the request a second time, must not keep the answer
    /// in a cache or send cookies, and must stop reading after [`MAX_BODY_LEN`] bytes. Dropping the
    /// future gives the request up.
    ///
    /// # Errors
    /// See [`HttpError`]. Its causes must not hold the body or the headers.
    async fn send(&self, request: Request) -> Result<Response, HttpError>;
}
