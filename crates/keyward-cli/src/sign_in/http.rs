//! What sends requests to a provider while somebody signs in.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

use openidconnect::url::{Host, Url};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, ClientBuilder, redirect, retry};

use super::problem::Problem;

/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);
/// The longest answer, in bytes. Key sets and metadata have some KiB.
const MAX_BODY_LEN: usize = 1 << 20;

/// Follows no redirect, keeps no cookie, sends nothing twice, and nothing in the clear but to this
/// machine. A proxy that the environment names is used, but not for what is to stay on this machine.
pub(super) struct Http {
    client: Client,
    /// For this machine; made when it is needed.
    direct: OnceLock<Client>,
    /// How long an answer may take.
    limit: Duration,
}

/// Why there is no answer. Without a cause: it would name addresses that hold codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("the provider names an address that is not https")]
    NotSafe,
    #[error("the provider cannot be reached")]
    Unreachable,
    #[error("the provider does not answer")]
    NoAnswer,
    #[error("the provider says that it cannot answer now")]
    Unwell,
    #[error("the provider's answer is too long")]
    TooLong,
}

impl Http {
    pub(super) fn new() -> Result<Self, Problem> {
        // The process has made no other choice.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = builder().build().map_err(|_| Problem::NoCertificates)?;
        Ok(Self { client, direct: OnceLock::new(), limit: ANSWER })
    }

    fn client(&self, url: &Url) -> Result<&Client, Unanswered> {
        if !is_loopback(url) {
            return Ok(&self.client);
        }
        if let Some(direct) = self.direct.get() {
            return Ok(direct);
        }
        let direct = builder().no_proxy().build().map_err(|_| Unanswered::Unreachable)?;
        Ok(self.direct.get_or_init(|| direct))
    }

    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| Unanswered::NotSafe)?;
        if !is_safe(&url) {
            return Err(Unanswered::NotSafe);
        }
        let (parts, body) = request.into_parts();
        let request = self.client(&url)?.request(parts.method, url).timeout(self.limit);
        let sent = request.headers(parts.headers).body(body).send().await;
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

fn builder() -> ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(CONNECT)
        .user_agent(concat!("keyward/", env!("CARGO_PKG_VERSION")))
}

/// Whether a status says that it may be better later.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..)
}

/// Whether what is sent there can be read by nobody on the way.
pub(super) fn is_safe(url: &Url) -> bool {
    let bare = url.username().is_empty() && url.password().is_none() && url.host().is_some();
    bare && (url.scheme() == "https" || url.scheme() == "http" && is_loopback(url))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_never_answers_is_given_up() {
        use std::io::{Read, Write};

        // One says nothing, and one begins to.
        for head in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12"] {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            let url = format!("http://{}/token", listener.local_addr().expect("an address"));
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("somebody asks");
                stream.write_all(head.as_bytes()).expect("writes");
                // Until the other side has given up.
                stream.read_to_end(&mut Vec::new())
            });
            let mut http = Http::new().expect("a client");
            http.limit = Duration::from_millis(100);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let request = HttpRequest::new(Vec::new());
            let (mut parts, body) = request.into_parts();
            parts.uri = url.parse().expect("a URI");
            let answer = http.send(HttpRequest::from_parts(parts, body));
            let answer = runtime.expect("a runtime").block_on(answer);
            assert_eq!(answer.err(), Some(Unanswered::NoAnswer));
            drop(http);
            let _ = server.join().expect("ends");
        }
    }

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
