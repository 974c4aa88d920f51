//! HTTPS, with the certificates that the system trusts.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use keyward::{Cause, SecretBytes};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, redirect, retry};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::http::{Http, HttpError, MAX_BODY_LEN, Request, Response};
use crate::server::stays_here;

/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Room for the usual answer, so that its buffer does not grow.
const USUAL_BODY_LEN: usize = 16 << 10;

/// What sends requests to token endpoints. A connection serves one request: one that was kept open
/// and breaks would make an answer seem lost. A proxy that the environment names is used, but not for
/// what is to stay on this machine.
pub struct Https {
    client: Client,
    /// For this machine; made when it is needed.
    direct: OnceLock<Client>,
}

impl Https {
    /// A client that follows no redirect, keeps no cookie, and sends nothing twice.
    ///
    /// # Errors
    /// [`Error::Keep`] when the system's certificates cannot be read.
    pub fn new() -> Result<Self, Error> {
        // The process's own choice, if it has made one, is respected.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client =
            builder().build().map_err(|error| Error::Keep(Cause::new(error.without_url())));
        Ok(Self { client: client?, direct: OnceLock::new() })
    }

    fn client(&self, url: &str) -> Result<&Client, HttpError> {
        if !stays_here(url) {
            return Ok(&self.client);
        }
        if let Some(direct) = self.direct.get() {
            return Ok(direct);
        }
        let direct = builder().no_proxy().build().map_err(failed)?;
        Ok(self.direct.get_or_init(|| direct))
    }
}

fn builder() -> ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .user_agent(concat!("keyward/", env!("CARGO_PKG_VERSION")))
}

#[async_trait(?Send)]
impl Http for Https {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let mut builder = self
            .client(&request.url)?
            .post(&request.url)
            .timeout(request.timeout)
            .header(CONTENT_TYPE, request.content_type)
            .header("accept", "application/json")
            .body(request.body.expose().to_vec());
        if let Some(authorization) = &request.authorization {
            let value = HeaderValue::from_str(authorization.expose());
            let mut value = value.map_err(|error| HttpError::NotSent(Cause::new(error)))?;
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        let mut response = builder.send().await.map_err(failed)?;
        let text = |name: HeaderName| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (retry_after, date) = (text(RETRY_AFTER), text(DATE));
        let mut body = Zeroizing::new(Vec::with_capacity(USUAL_BODY_LEN));
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            let len = body.len() + chunk.len();
            if len > MAX_BODY_LEN {
                return Err(HttpError::BadBody);
            }
            if len > body.capacity() {
                // A new buffer, so that the old one is wiped.
                let mut larger = Zeroizing::new(Vec::with_capacity(len * 2));
                larger.extend_from_slice(&body);
                body = larger;
            }
            body.extend_from_slice(&chunk);
        }
        let status = response.status().as_u16();
        Ok(Response { status, retry_after, date, body: SecretBytes::from(body.as_slice()) })
    }
}

fn failed(error: reqwest::Error) -> HttpError {
    let not_sent = error.is_connect() || error.is_builder();
    let error = Cause::new(error.without_url());
    if not_sent { HttpError::NotSent(error) } else { HttpError::NoAnswer(error) }
}
