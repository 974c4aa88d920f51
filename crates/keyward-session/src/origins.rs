//! Where a token may go.

use zeroize::Zeroizing;

use crate::error::Error;
use crate::server::check_url;

/// The origins that a token may go to: scheme, host and port, and nothing else of a URL.
#[derive(Debug, Clone, Default)]
pub struct Origins(Vec<(String, String, u16)>);

impl Origins {
    /// These origins, such as `https://api.example`. `http` is for loopback alone.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn new<O: AsRef<str>>(origins: impl IntoIterator<Item = O>) -> Result<Self, Error> {
        let origin = |origin: O| {
            check_url(origin.as_ref())?;
            let uri: http::Uri =
                origin.as_ref().parse().map_err(|_| Error::Invalid("an origin is no URL"))?;
            let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
            of(&uri).filter(|_| bare).ok_or(Error::Invalid("an origin has no path"))
        };
        origins.into_iter().map(origin).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a token may go there.
    #[must_use]
    pub fn allow(&self, scheme: &str, host: &str, port: u16) -> bool {
        self.0.iter().any(|(its_scheme, its_host, its_port)| {
            its_scheme.eq_ignore_ascii_case(scheme)
                && its_host.eq_ignore_ascii_case(host)
                && *its_port == port
        })
    }

    /// Whether a token may go with a request for this URI.
    #[must_use]
    pub fn allow_uri(&self, uri: &http::Uri) -> bool {
        of(uri).is_some_and(|(scheme, host, port)| self.allow(&scheme, &host, port))
    }
}

fn of(uri: &http::Uri) -> Option<(String, String, u16)> {
    let (scheme, host) = (uri.scheme_str()?, uri.host()?);
    let usual = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    Some((scheme.to_owned(), host.to_owned(), uri.port_u16().unwrap_or(usual)))
}

/// A header as HTTP libraries take it.
pub(crate) type Header = (http::HeaderName, http::HeaderValue);

/// The header that carries a token, marked so that nobody logs it. Copies share one buffer, which is
/// wiped with the last of them.
pub(crate) fn header(bearer: &crate::Bearer) -> Result<Header, Error> {
    if let Some(header) = bearer.header().get() {
        return Ok(header.clone());
    }
    let name = bearer.header_name().parse();
    let name = name.map_err(|_| Error::Invalid("the placement's header is no header"))?;
    let buffer = bytes::Bytes::from_owner(Wiped(bearer.header_value()));
    let value = http::HeaderValue::from_maybe_shared(buffer);
    let mut value = value.map_err(|_| Error::Invalid("the token fits in no header"))?;
    value.set_sensitive(true);
    Ok(bearer.header().get_or_init(|| (name, value)).clone())
}

struct Wiped(Zeroizing<String>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// In the extensions of a response that refuses a token (401): the request has not been sent again
/// with another token, because its body could be read only once, or `BearerLayer` was not told how. The
/// next request has another token, if there is one to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotReplayed;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origins = Origins::new(["https://api.example", "http://127.0.0.1:8080/"]).unwrap();
        let allows = |uri: &str| origins.allow_uri(&uri.parse().unwrap());
        for uri in
            ["https://api.example/a?b", "https://API.example:443/", "http://127.0.0.1:8080/x"]
        {
            assert!(allows(uri), "{uri}");
        }
        for uri in [
            "http://api.example/",
            "https://api.example:444/",
            "https://evil.api.example/",
            "https://api.example.evil/",
            "http://127.0.0.1:8081/",
            "http://localhost:8080/",
            "/api",
        ] {
            assert!(!allows(uri), "{uri}");
        }
        for origin in ["http://api.example", "https://api.example/path", "api.example", "*"] {
            assert!(Origins::new([origin]).is_err(), "{origin}");
        }
    }
}
