//! What a server is asked, and what its answers mean. Pure: requests out, answers in.

mod answer;
mod backend;
mod oauth;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::document::Leaving;
use crate::error::{Error, Trouble};
use crate::http::{Request, Response};
use crate::secret::Secret;
use crate::tokens::Tokens;

pub use backend::{Backend, Mapping};
pub use oauth::{ClientSecret, OAuth};

/// Who gives tokens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Server {
    /// An authorization server (OAuth 2.0, OpenID Connect).
    OAuth(OAuth),
    /// A back end of the app's own, with any JSON.
    Backend(Backend),
    /// Nobody: an API key that a person has pasted in.
    Key,
}

/// What an answer to a refresh, or to a sign-in, means.
#[derive(Debug)]
pub(crate) enum Answer {
    Tokens(Tokens),
    /// The refresh token, or the credentials, are refused for good.
    Refused,
    /// Nothing is decided.
    Later(Trouble, Option<Duration>),
}

/// What an answer to a revocation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revoked {
    /// The server does not take the token any more, or does not know it.
    Done,
    /// The server does not revoke tokens of that kind.
    NotOffered,
    /// The server does not do it for us: the client, the request or the address is wrong, or it has
    /// been asked for a token that has expired. Somebody may put that right.
    Refused,
    /// The server cannot now.
    Later,
}

impl Server {
    /// The request that spends the refresh token; `None` when these tokens cannot be refreshed.
    pub(crate) fn refresh(&self, tokens: &Tokens, timeout: Duration) -> Option<Request> {
        match self {
            Self::OAuth(oauth) => oauth.refresh(tokens.refresh.as_ref()?, timeout),
            Self::Backend(backend) => backend.refresh(tokens, timeout),
            Self::Key => None,
        }
    }

    /// Whether anything can replace these tokens.
    pub(crate) fn can_refresh(&self, tokens: &Tokens) -> bool {
        self.refresh(tokens, Duration::ZERO).is_some()
    }

    /// What the answer to [`Server::refresh`] means.
    pub(crate) fn read(&self, response: &Response, wall: u64) -> Answer {
        match self {
            Self::OAuth(_) => oauth::read(response, wall),
            Self::Backend(backend) => backend.read(response, wall),
            Self::Key => Answer::Later(Trouble::BadAnswer, None),
        }
    }

    /// The request that signs in with `credentials`, the JSON that the back end wants.
    pub(crate) fn sign_in(
        &self,
        credentials: &Secret,
        timeout: Duration,
    ) -> Result<Request, Error> {
        match self {
            Self::Backend(backend) => backend.sign_in(credentials, timeout),
            _ => Err(Error::Invalid("this server has no log-in of its own")),
        }
    }

    /// The next request about tokens that are given up, and the leaving with what is left after it.
    pub(crate) fn leave(&self, leaving: &Leaving, timeout: Duration) -> Option<(Request, Leaving)> {
        match self {
            Self::OAuth(oauth) => oauth.revoke(leaving, timeout),
            Self::Backend(backend) => backend.log_out(leaving, timeout),
            Self::Key => None,
        }
    }

    /// Whether the server wants to be told of a sign-out at all.
    pub(crate) fn wants_leave(&self) -> bool {
        match self {
            Self::OAuth(oauth) => oauth.revocation_endpoint.is_some(),
            Self::Backend(backend) => backend.log_out.is_some(),
            Self::Key => false,
        }
    }

    /// Where the person's browser ends the session at the provider.
    pub(crate) fn end_session(&self, tokens: &Tokens) -> Option<Secret> {
        match self {
            Self::OAuth(oauth) => oauth.end_session(tokens),
            _ => None,
        }
    }

    /// Checks what an app has put together.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        match self {
            Self::OAuth(oauth) => oauth.validate(),
            Self::Backend(backend) => backend.validate(),
            Self::Key => Ok(()),
        }
    }
}

/// What the answer to [`Server::leave`] means.
pub(crate) fn revoked(response: &Response) -> Revoked {
    match response.status {
        200..300 => Revoked::Done,
        // RFC 7009, section 2.2.1: 503 is the one to try again after.
        408 | 429 | 500.. => Revoked::Later,
        400 => oauth::not_revoked(response),
        _ => Revoked::Refused,
    }
}

/// Tokens go over TLS, or stay on this machine. Stricter than a parser of URLs, which would be larger
/// than the rest of this crate together in a browser: what it does not understand is refused.
pub(crate) fn check_url(url: &str) -> Result<(), Error> {
    let (scheme, rest) = url.split_once("://").ok_or(Error::Invalid("an endpoint is no URL"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    let visible = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !visible || authority.is_empty() || !authority.bytes().all(plain) {
        return Err(Error::Invalid("an endpoint is no URL, or one with more than host and port"));
    }
    match scheme {
        "https" => Ok(()),
        "http" if is_loopback(authority) => Ok(()),
        _ => Err(Error::Invalid("an endpoint must be https; http is for loopback alone")),
    }
}

/// Whether what goes there stays on this machine. For URLs that [`check_url`] takes.
#[cfg(feature = "native")]
pub(crate) fn stays_here(url: &str) -> bool {
    let authority = url.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next());
    authority.is_some_and(is_loopback)
}

/// Whether a host, with or without a port, is this machine.
fn is_loopback(authority: &str) -> bool {
    if let Some(rest) = authority.strip_prefix('[') {
        let address = rest.split(']').next().and_then(|host| host.parse::<Ipv6Addr>().ok());
        return address.is_some_and(|address| address.is_loopback());
    }
    let host = authority.split(':').next().unwrap_or_default();
    let address = host.parse::<Ipv4Addr>().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}
