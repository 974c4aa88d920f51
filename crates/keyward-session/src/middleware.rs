//! A layer for [`reqwest_middleware`].

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response, StatusCode, Url};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::origins::{NotReplayed, Origins, header};
use crate::session::Session;

/// Puts a session's token on requests to the origins that may have it, and on no others.
///
/// - A request that has the header already keeps its own, and needs no session.
/// - A token that is refused (401) is replaced once, and the request sent once more. A body that can
///   be read only once is not: the response says so in its extensions ([`NotReplayed`]).
/// - Dropping a request's future gives the request up, and no refresh that others wait for.
///
/// `reqwest` takes the `authorization` header off when a redirect leads to another host or port. It
/// does not know other headers: for a session with another
/// [`Placement`](crate::Placement), build the client with [`Origins::redirects`].
#[derive(Clone)]
pub struct WithBearer {
    session: Session,
    origins: Origins,
}

impl WithBearer {
    /// The tokens of `session`, for these origins.
    #[must_use]
    pub fn new(session: Session, origins: Origins) -> Self {
        Self { session, origins }
    }

    fn allows(&self, url: &Url) -> bool {
        self.origins.allow_url(url)
    }
}

impl Origins {
    /// Whether a token may go with a request for this URL.
    #[must_use]
    pub fn allow_url(&self, url: &Url) -> bool {
        let parts = url.host_str().zip(url.port_or_known_default());
        parts.is_some_and(|(host, port)| self.allow(url.scheme(), host, port))
    }

    /// Redirects are followed within these origins, ten at most, and end at their borders: the
    /// redirect itself is the answer then.
    #[must_use]
    pub fn redirects(self) -> reqwest::redirect::Policy {
        reqwest::redirect::Policy::custom(move |attempt| {
            match self.allow_url(attempt.url()) && attempt.previous().len() <= 10 {
                true => attempt.follow(),
                false => attempt.stop(),
            }
        })
    }
}

#[async_trait]
impl Middleware for WithBearer {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        // Before a token is asked for: a request that brings its own goes out when there is none.
        let own = request.headers().contains_key(self.session.header_name());
        if own || !self.allows(request.url()) {
            return next.run(request, extensions).await;
        }
        let bearer = self.session.bearer().await.map_err(Error::middleware)?;
        let (name, value) = header(&bearer).map_err(Error::middleware)?;
        let (again, asked) = (request.try_clone(), request.url().origin());
        request.headers_mut().insert(name, value);
        let mut response = next.clone().run(request, extensions).await?;
        // A redirect may have led to somebody who was never shown the token: at another origin
        // `reqwest` takes it off, allowed or not.
        let taken_off = self.session.header_name() == "authorization";
        let shown = self.allows(response.url()) && (!taken_off || response.url().origin() == asked);
        if response.status() != StatusCode::UNAUTHORIZED || !shown {
            return Ok(response);
        }
        let another = self.session.another(&bearer);
        let Some(mut again) = again else {
            // Waited for, because one that nobody waits for is not made: the next request has it.
            let _ = another.await;
            response.extensions_mut().insert(NotReplayed);
            return Ok(response);
        };
        let Ok(bearer) = another.await else {
            // The refusal says more than that there is no other token.
            return Ok(response);
        };
        let (name, value) = header(&bearer).map_err(Error::middleware)?;
        again.headers_mut().insert(name, value);
        next.run(again, extensions).await
    }
}
