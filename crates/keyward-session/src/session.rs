//! A session as an app holds it: a handle that anyone may clone and call from anywhere.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waking, Poll};
use std::time::Duration;

use futures_channel::{mpsc, oneshot};
use futures_core::Stream;

use crate::config::Config;
use crate::context::{Context, Doors};
use crate::document::is_json;
use crate::driver::{Driver, Message};
use crate::error::Error;
use crate::event::Event;
use crate::leaving::LoggedOut;
use crate::secret::Secret;
use crate::shared::Shared;
use crate::tokens::{Bearer, Tokens};

/// The longest token that a session begins with, in bytes: 64 KiB. Servers refuse headers far below
/// that. What a refresh brings is limited by [`MAX_BODY_LEN`](crate::MAX_BODY_LEN) alone.
pub const MAX_TOKEN_LEN: usize = 64 << 10;

/// A session. Clones are handles on the same session, and may be used from any thread.
///
/// A result that is dropped does not stop what it was asked for: a refresh that has been sent is
/// always seen through, because its answer holds the next refresh token.
#[derive(Clone)]
pub struct Session {
    inbox: mpsc::UnboundedSender<Message>,
    shared: Arc<Shared>,
    header: Arc<str>,
}

/// What is known of a session.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct View {
    /// How long the access token lives from now; `None` when nobody said.
    pub expires_in: Option<Duration>,
    /// Whether there is a refresh token.
    pub refreshable: bool,
    /// The scope that was granted, if the server said.
    pub scope: Option<String>,
    /// The token's type, as it stands before it in its header: `Bearer`, unless the configuration says
    /// otherwise; none for most API keys. Tokens of another type than `Bearer` are taken from no OAuth
    /// server.
    pub token_type: Option<String>,
    /// OpenID Connect's id token, as it was checked at sign-in.
    pub id: Option<Secret>,
    /// The app's own fields: JSON text.
    pub fields: Option<Secret>,
}

impl Session {
    /// A session, and the driver that does its work.
    ///
    /// Nothing happens until the driver is polled, on one thread, for as long as the session is used;
    /// with the feature `native`, `native::start` gives it one.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the configuration makes no sense.
    pub fn new(doors: Doors, config: Config) -> Result<(Self, Driver), Error> {
        config.validate()?;
        let (inbox, messages) = mpsc::unbounded();
        let shared = Arc::new(Shared::new(Arc::clone(&doors.clock), doors.keep.signals()));
        let bell = doors.keep.signals();
        let header = config.placement.header.as_str().into();
        let context = Context::new(doors, config, Arc::clone(&shared));
        Ok((Self { inbox, shared, header }, Driver::new(context, messages, bell)))
    }

    /// The name of the header that tokens go into. Asks nobody.
    #[must_use]
    pub fn header_name(&self) -> &str {
        &self.header
    }

    /// A token that goes with a request now.
    ///
    /// From memory when it is fresh, without vault, lock or I/O. Otherwise from the vault, which is
    /// unlocked by its own rules, with one prompt for however many wait; and when it is about to
    /// expire, from the server, once for however many wait, in all processes. If the server gives
    /// none, the token in hand is given out for as long as it lives.
    ///
    /// # Errors
    /// [`Error::SignedOut`]; [`Error::Later`] when the token has expired and there is none to be had
    /// now; what unlocking answers.
    #[inline]
    pub fn bearer(&self) -> Pending<Bearer> {
        match self.shared.bearer_now() {
            Some(bearer) => Pending(Inner::Ready(Some(Ok(bearer)))),
            None => self.send(|reply| Message::Bearer(None, reply)),
        }
    }

    /// A token that is in memory and fresh, or `None`. Does not ask anybody.
    #[inline]
    #[must_use]
    pub fn bearer_now(&self) -> Option<Bearer> {
        self.shared.bearer_now()
    }

    /// Another token than `refused`, which a server has refused (401) although it seemed fresh.
    /// Whoever asks repeats its request once, and gives up then.
    ///
    /// # Errors
    /// As [`Session::bearer`], with [`Error::Later`] also while the token lives;
    /// [`Error::StillRefused`] when a token is refused that is less than a minute old and came in the
    /// place of another that was refused, or that nothing can replace.
    pub fn another(&self, refused: &Bearer) -> Pending<Bearer> {
        self.send(|reply| Message::Bearer(Some(Arc::clone(refused.token())), reply))
    }

    /// As [`Session::another`], for shells that pass tokens on as text.
    ///
    /// # Errors
    /// As [`Session::another`].
    pub fn another_than(&self, refused: impl Into<Secret>) -> Pending<Bearer> {
        let refused = Arc::new(refused.into());
        self.send(|reply| Message::Bearer(Some(refused), reply))
    }

    /// Begins a session with tokens that a sign-in has brought. When this has succeeded, they are
    /// durable. A session that was there before is replaced, and its tokens are not revoked: sign
    /// out first for that.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::SignedOut`] when somebody signs out before this is done; what
    /// unlocking or writing the vault answers.
    pub fn begin(&self, tokens: Tokens) -> Pending<()> {
        match check(&tokens) {
            Ok(()) => self.send(|reply| Message::Begin(tokens, reply)),
            Err(error) => Pending(Inner::Ready(Some(Err(error)))),
        }
    }

    /// Signs in at a back end of the app's own ([`Backend`](crate::Backend)) with `credentials`, the
    /// JSON text that it wants.
    ///
    /// # Errors
    /// [`Error::CredentialsRefused`]; [`Error::Later`] when the server could not say; as
    /// [`Session::begin`].
    pub fn sign_in(&self, credentials: impl Into<Secret>) -> Pending<()> {
        let credentials = credentials.into();
        match is_json(credentials.expose()) {
            true => self.send(|reply| Message::SignIn(credentials, reply)),
            false => self.invalid("the credentials are not JSON"),
        }
    }

    /// Ends the session: memory first, then the vault, and then the server is told. Whatever becomes
    /// of the result, no token is handed out from now on. A sign-in that is still under way is given
    /// up; one that is called after this is not.
    ///
    /// # Errors
    /// What unlocking or writing the vault answers. Then the session is out of memory, and
    /// [`SignOuts`](crate::SignOuts) remembers it: neither this process nor one that starts later hands
    /// out a token, and whichever sees the vault open first clears it. One that runs already, and has
    /// the token in memory, goes on until then. ([`keyward::Vault::clear`] removes a vault without
    /// unlocking it.)
    pub fn logout(&self) -> Pending<LoggedOut> {
        // At once, and not when the driver comes to it.
        self.shared.sign_out();
        self.send(Message::Logout)
    }

    /// What is known of the session, from the vault; `None` without one. Refreshes nothing.
    ///
    /// # Errors
    /// What unlocking answers.
    pub fn view(&self) -> Pending<Option<View>> {
        self.send(Message::View)
    }

    /// Replaces the app's own fields, the JSON text of one value.
    ///
    /// # Errors
    /// [`Error::SignedOut`]; [`Error::Later`] when a refresh that others make takes too long; as
    /// [`Session::begin`].
    pub fn set_fields(&self, json: impl Into<Secret>) -> Pending<()> {
        let json = json.into();
        match is_json(json.expose()) {
            true => self.send(|reply| Message::SetFields(json, reply)),
            false => self.invalid("the fields are not JSON"),
        }
    }

    /// Sends revocations that could not be sent before. A session does so by itself after each start,
    /// and from time to time.
    ///
    /// # Errors
    /// What reading or writing the vault answers. A locked vault is left alone.
    pub fn send_revocations(&self) -> Pending<crate::Revocation> {
        self.send(Message::Sweep)
    }

    /// What happens from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        Events(self.shared.subscribe())
    }

    fn invalid<T>(&self, what: &'static str) -> Pending<T> {
        Pending(Inner::Ready(Some(Err(Error::Invalid(what)))))
    }

    fn send<T>(
        &self,
        message: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Message,
    ) -> Pending<T> {
        let (sender, receiver) = oneshot::channel();
        match self.inbox.unbounded_send(message(sender)) {
            Ok(()) => Pending(Inner::Waiting(receiver)),
            Err(_) => Pending(Inner::Ready(Some(Err(Error::Stopped)))),
        }
    }
}

fn check(tokens: &Tokens) -> Result<(), Error> {
    let texts = [Some(&tokens.access), tokens.refresh.as_ref(), tokens.id.as_ref()];
    if tokens.access.expose().is_empty() {
        return Err(Error::Invalid("the access token is empty"));
    }
    if texts.into_iter().flatten().any(|text| text.expose().len() > MAX_TOKEN_LEN) {
        return Err(Error::Invalid("a token is longer than 64 KiB"));
    }
    // What stands in a header is visible ASCII (RFC 6750, section 2.1, has fewer still).
    if !tokens.access.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::Invalid("the access token has characters that no header takes"));
    }
    match tokens.fields.as_ref().is_none_or(|fields| is_json(fields.expose())) {
        true => Ok(()),
        false => Err(Error::Invalid("the fields are not JSON")),
    }
}

/// Whether tokens from a server can be used.
pub(crate) fn usable(tokens: &Tokens) -> bool {
    check(tokens).is_ok()
}

/// The result of a call on a [`Session`].
pub struct Pending<T>(Inner<T>);

enum Inner<T> {
    Ready(Option<Result<T, Error>>),
    Waiting(oneshot::Receiver<Result<T, Error>>),
}

impl<T> Unpin for Pending<T> {}

impl<T> Future for Pending<T> {
    type Output = Result<T, Error>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Waking<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Inner::Ready(result) => Poll::Ready(result.take().expect("polled once after its end")),
            Inner::Waiting(receiver) => {
                Pin::new(receiver).poll(context).map(|result| result.unwrap_or(Err(Error::Stopped)))
            }
        }
    }
}

/// The events of a session, as a stream that ends with its driver.
pub struct Events(mpsc::UnboundedReceiver<Event>);

impl Events {
    /// The next event that has happened already, without waiting for one.
    pub fn next_now(&mut self) -> Option<Event> {
        self.0.try_recv().ok()
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Waking<'_>) -> Poll<Option<Event>> {
        Pin::new(&mut self.0).poll_next(context)
    }
}
