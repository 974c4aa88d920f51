//! What sends requests to a provider while somebody signs in.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::url::{Host, Url};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, redirect, retry};

use super::problem::Problem;

/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);
/// The longest answer, in bytes. Key sets and metadata have some KiB.
const MAX_BODY_LEN: usize = 1 << 20;

/// Follows no redirect, keeps no cookie, sends nothing twice, and nothing in the clear but to this
/// machine.
pub(super) struct Http(Client);

/// Why there is no answer. Without a cause: it would name addresses that hold codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("the provider names an address that is not https")]
    NotSafe,
    #[error("the provider cannot be reached")]
    Unreachable,
    #[error("the provider does not answer")]
    NoAnswer,
    #[error("the provider's answer is too long")]
    TooLong,
}

impl Http {
    pub(super) fn new() -> Result<Self, Problem> {
        // The process has made no other choice.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .user_agent(concat!("keyward/", env!("CARGO_PKG_VERSION")))
            .build();
        client.map(Self).map_err(|_| Problem::NoCertificates)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| Unanswered::NotSafe)?;
        if !is_safe(&url) {
            return Err(Unanswered::NotSafe);
        }
        let (parts, body) = request.into_parts();
        let sent = self.0.request(parts.method, url).headers(parts.headers).body(body).send().await;
        let mut response = sent.map_err(|error| match error.is_connect() {
            true => Unanswered::Unreachable,
            false => Unanswered::NoAnswer,
        })?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Unanswered::NoAnswer)? {
            if body.len() + chunk.len() > MAX_BODY_LEN {
                return Err(Unanswered::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Whether what is sent there can be read by nobody on the way.
pub(super) fn is_safe(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let bare = url.username().is_empty() && url.password().is_none();
    bare && (url.scheme() == "https" || url.scheme() == "http" && loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_in_the_clear_but_to_this_machine() {
        let safe = |text: &str| is_safe(&Url::parse(text).expect("a URL"));
        for url in ["https://id.example", "http://localhost:4", "http://127.0.0.2/", "http://[::1]"]
        {
            assert!(safe(url), "{url}");
        }
        for url in [
            "http://id.example",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "ftp://localhost",
            "file:///etc/passwd",
            "https://name:word@id.example",
        ] {
            assert!(!safe(url), "{url}");
        }
    }
}
