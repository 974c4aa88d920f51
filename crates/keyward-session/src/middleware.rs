//! A layer for [`reqwest_middleware`].

use async_trait::async_trait;
use http::Extensions;
use reqwest::header::{AUTHORIZATION, HeaderName};
use reqwest::{Request, Response, StatusCode, Url};
use reqwest_middleware::{ClientBuilder, Error, Middleware, Next, Result};

use crate::origins::{NotReplayed, Origins, header};
use crate::session::Session;
use crate::tokens::Bearer;

/// Puts a session's token on requests to the origins that may have it, and on no others.
///
/// - A request that has the header already keeps its own, and needs no session.
/// - A token that is refused (401) is replaced once, and the request sent once more. A body that can
///   be read only once is not: the response says so in its extensions ([`NotReplayed`]).
/// - Dropping a request's future gives the request up, and no refresh that others wait for.
///
/// A client follows redirects beneath its middleware, which neither sees it nor can keep it from it.
/// `reqwest` takes `authorization` off where a redirect changes scheme, host or port, but forgets that
/// it has: if the second server redirects once more, within itself, it gets the token. Other headers it
/// takes along at once. So there is no layer for just any client: [`WithBearer::client`] makes one that
/// stays within the origins, and with [`WithBearer::trusting_the_client`] the app says that its own does.
#[derive(Clone)]
pub struct WithBearer {
    session: Session,
    origins: Origins,
    /// The header that a token goes into, unless it is named as no header can be.
    name: Option<HeaderName>,
}

impl WithBearer {
    /// A client of what `builder` says, with the tokens of `session` on requests to these origins. It
    /// follows redirects as [`Origins::redirects`] does, whatever `builder` says of them.
    ///
    /// # Errors
    /// What building the client fails with.
    pub fn client(
        session: Session,
        origins: Origins,
        builder: reqwest::ClientBuilder,
    ) -> reqwest::Result<ClientBuilder> {
        let client = builder.redirect(origins.clone().redirects()).build()?;
        Ok(ClientBuilder::new(client).with(Self::trusting_the_client(session, origins)))
    }

    /// The layer alone, for a client whose redirects end at the borders of these origins: one that is
    /// built with [`Origins::redirects`], or with
    /// [`Policy::none`](reqwest::redirect::Policy::none). Around any other, `reqwest::Client::new()`
    /// among them, whoever answers for an origin can have the token sent elsewhere.
    #[must_use]
    pub fn trusting_the_client(session: Session, origins: Origins) -> Self {
        let name = session.header_name().parse().ok();
        Self { session, origins, name }
    }

    /// Goes on with a request whose token was refused. There is a copy of it, or, of one whose body can
    /// be read only once, the place that it went to.
    async fn refused(
        &self,
        bearer: &Bearer,
        mut response: Response,
        again: std::result::Result<Request, Url>,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        // A redirect may have led to somebody who was never shown the token: at another origin
        // `reqwest` takes it off, allowed or not.
        let taken_off = self.name == Some(AUTHORIZATION);
        let (at, asked) = (response.url(), again.as_ref().map_or_else(|url| url, Request::url));
        let shown = self.origins.allow_url(at) && (!taken_off || at.origin() == asked.origin());
        if !shown {
            return Ok(response);
        }
        let another = self.session.another(bearer);
        let Ok(mut again) = again else {
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

impl Origins {
    /// Whether a token may go with a request for this URL.
    #[must_use]
    pub fn allow_url(&self, url: &Url) -> bool {
        let parts = url.host_str().zip(url.port_or_known_default());
        parts.is_some_and(|(host, port)| self.allow(url.scheme(), host, port))
    }

    /// Redirects are followed within these origins, ten at most, and end at their borders: the
    /// redirect itself is the answer then. For clients under [`WithBearer::trusting_the_client`].
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
        let own = self.name.as_ref().is_some_and(|name| request.headers().contains_key(name));
        if own || !self.origins.allow_url(request.url()) {
            return next.run(request, extensions).await;
        }
        let bearer = self.session.bearer().await.map_err(Error::middleware)?;
        let (name, value) = header(&bearer).map_err(Error::middleware)?;
        let again = copy(&request).ok_or_else(|| request.url().clone());
        request.headers_mut().insert(name, value);
        let response = next.clone().run(request, extensions).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        // In a box of its own, so that requests that are not refused do not carry the room for it.
        Box::pin(self.refused(&bearer, response, again, extensions, next)).await
    }
}

/// What can be sent once more, or `None` if the body can be read only once.
fn copy(request: &Request) -> Option<Request> {
    if request.body().is_some() {
        return request.try_clone();
    }
    // Part by part, which is all that `reqwest` sends a request by: its own `try_clone` makes room for a
    // time limit first, and throws it away, which takes a fifth of what a layer costs.
    let mut copy = Request::new(request.method().clone(), request.url().clone());
    *copy.headers_mut() = request.headers().clone();
    *copy.version_mut() = request.version();
    if let Some(limit) = request.timeout() {
        *copy.timeout_mut() = Some(*limit);
    }
    Some(copy)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use reqwest::header::ACCEPT;
    use reqwest::{Body, Method, Version};

    use super::*;

    #[test]
    fn a_copy_has_all_that_is_sent() {
        for body in [None, Some("text")] {
            let mut request = Request::new(Method::PUT, "https://api.example/a?b".parse().unwrap());
            request.headers_mut().insert(ACCEPT, "text/plain".parse().unwrap());
            *request.version_mut() = Version::HTTP_2;
            *request.timeout_mut() = Some(Duration::from_secs(3));
            *request.body_mut() = body.map(Body::from);
            let copy = copy(&request).unwrap();
            assert_eq!((copy.method(), copy.url()), (request.method(), request.url()));
            assert_eq!((copy.headers(), copy.version()), (request.headers(), Version::HTTP_2));
            assert_eq!(copy.timeout(), Some(&Duration::from_secs(3)));
            assert_eq!(copy.body().map(|body| body.as_bytes().unwrap()), body.map(str::as_bytes));
        }
        let plain = Request::new(Method::GET, "https://api.example".parse().unwrap());
        assert_eq!(copy(&plain).unwrap().timeout(), None);
    }
}
