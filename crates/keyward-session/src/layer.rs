//! A layer for `tower`'s HTTP services.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode};
use tower_layer::Layer;
use tower_service::Service;

use crate::error::Error;
use crate::origins::{NotReplayed, Origins, header};
use crate::session::Session;

/// Puts a session's token on requests to the origins that may have it, and on no others.
///
/// Behaves as the layer for `reqwest-middleware` does, but sends no request again without
/// [`BearerLayer::replaying`]. A redirect is an answer here. Whatever follows redirects belongs around
/// this layer, so that each request comes through it and its origin is looked at; beneath it, it takes
/// the token along: `tower-http`'s `FollowRedirect` takes `authorization` off at another origin, before
/// its version 0.7 not for good, and other headers never. (A service for HTTP follows none unless the
/// app has put that into the same stack, where it can be seen; so nothing has to be said about it here,
/// unlike for a client of `reqwest`.)
///
/// ```no_run
/// use keyward_session::layer::{BearerLayer, BearerService};
/// use keyward_session::{Origins, Session};
/// use tower_http::follow_redirect::{FollowRedirect, FollowRedirectLayer};
/// use tower_layer::Layer;
///
/// type Stack<S> = FollowRedirect<BearerService<S, String>>;
///
/// fn stack<S: Clone>(service: S, session: Session, origins: Origins) -> Stack<S> {
///     FollowRedirectLayer::new().layer(BearerLayer::new(session, origins).layer(service))
/// }
/// ```
pub struct BearerLayer<B> {
    session: Session,
    origins: Origins,
    replay: fn(&B) -> Option<B>,
}

impl<B> BearerLayer<B> {
    /// The tokens of `session`, for these origins. No request is sent a second time, not even one
    /// without a body: [`BearerLayer::replaying`] does that.
    #[must_use]
    pub fn new(session: Session, origins: Origins) -> Self {
        Self { session, origins, replay: |_| None }
    }

    /// With a way to have a body a second time, for a request whose token is refused; `None` for one
    /// that can be read only once. For bodies that can be cloned: `|body| Some(body.clone())`.
    #[must_use]
    pub fn replaying(self, replay: fn(&B) -> Option<B>) -> Self {
        Self { replay, ..self }
    }
}

impl<B> Clone for BearerLayer<B> {
    fn clone(&self) -> Self {
        let Self { session, origins, replay } = self;
        Self { session: session.clone(), origins: origins.clone(), replay: *replay }
    }
}

impl<S, B> Layer<S> for BearerLayer<B> {
    type Service = BearerService<S, B>;

    fn layer(&self, inner: S) -> Self::Service {
        BearerService { inner, layer: self.clone() }
    }
}

/// What [`BearerLayer`] makes of a service.
pub struct BearerService<S, B> {
    inner: S,
    layer: BearerLayer<B>,
}

impl<S: Clone, B> Clone for BearerService<S, B> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

/// Why a request through the layer failed.
#[derive(Debug, thiserror::Error)]
pub enum LayerError<E> {
    /// There is no token; the request was not sent.
    #[error("no token for the request")]
    Session(#[source] Error),
    /// The service failed.
    #[error("the request failed")]
    Service(#[source] E),
}

impl<S, B, R> Service<Request<B>> for BearerService<S, B>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Send + 'static,
    R: Send + 'static,
{
    type Response = Response<R>;
    type Error = LayerError<S::Error>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(LayerError::Service)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that is ready goes along; its clone waits for the next request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move {
            // Before a token is asked for: a request that brings its own goes out when there is none.
            let own = request.headers().contains_key(layer.session.header_name());
            if own || !layer.origins.allow_uri(request.uri()) {
                return inner.call(request).await.map_err(LayerError::Service);
            }
            let bearer = layer.session.bearer().await.map_err(LayerError::Session)?;
            let (name, value) = header(&bearer).map_err(LayerError::Session)?;
            let (parts, body) = request.into_parts();
            let again = (layer.replay)(&body).map(|body| Request::from_parts(parts.clone(), body));
            let mut request = Request::from_parts(parts, body);
            request.headers_mut().insert(name, value);
            let mut response = inner.call(request).await.map_err(LayerError::Service)?;
            if response.status() != StatusCode::UNAUTHORIZED {
                return Ok(response);
            }
            let another = layer.session.another(&bearer);
            let Some(mut again) = again else {
                // Waited for, because one that nobody waits for is not made: the next request has it.
                let _ = another.await;
                response.extensions_mut().insert(NotReplayed);
                return Ok(response);
            };
            let Ok(bearer) = another.await else {
                return Ok(response);
            };
            let (name, value) = header(&bearer).map_err(LayerError::Session)?;
            again.headers_mut().insert(name, value);
            std::future::poll_fn(|context| inner.poll_ready(context))
                .await
                .map_err(LayerError::Service)?;
            inner.call(again).await.map_err(LayerError::Service)
        })
    }
}
