//! A layer for [`reqwest_middleware`].

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response, StatusCode, Url};
use reqwest_middleware::{ClientBuilder, Error, Middleware, Next, Result};

use crate::origins::{NotReplayed, Origins, header};
use crate::session::Session;

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
        let own = request.headers().contains_key(self.session.header_name());
        if own || !self.allows(request.url()) {
            return next.run(request, extensions).await;
        }
        let bearer = self.session.bearer().await.map_err(Error::middleware)?;
        let (name, value) = header(&bearer).map_err(Error::middleware)?;
        let (again, asked) = (request.try_clone(), request.url().origin());
        request.headers_mut().insert(name, value);
        let mut response = next.clone().run(request, extensions).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        // A redirect may have led to somebody who was never shown the token: at another origin
        // `reqwest` takes it off, allowed or not.
        let taken_off = self.session.header_name() == "authorization";
        let shown = self.allows(response.url()) && (!taken_off || response.url().origin() == asked);
        if !shown {
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
