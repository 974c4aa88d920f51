//! What the handles and the driver share: the token in memory, and who wants to hear what happens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::mpsc;
use keyward::{Clock, Instant};

use crate::event::Event;
use crate::keep::{Signal, Signals};
use crate::tokens::Bearer;

pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    hot: Mutex<Hot>,
    listeners: Mutex<Vec<mpsc::UnboundedSender<Event>>>,
}

/// What handing out a token needs. Never locked across an await.
struct Hot {
    signals: Box<dyn Signals>,
    bearer: Option<(Bearer, Instant)>,
    heard: Heard,
    /// How often a handle has signed out.
    sign_outs: u64,
}

/// What the place that keeps the session has told since the driver looked last.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Heard {
    /// Locked or changed: what was in memory has been dropped.
    pub(crate) unsettled: bool,
    /// Unlocked or changed: it may be worth a look.
    pub(crate) look: bool,
    /// Unlocked: what waited for that can be done.
    pub(crate) unlocked: bool,
}

impl Shared {
    pub(crate) fn new(clock: Arc<dyn Clock>, signals: Box<dyn Signals>) -> Self {
        let hot = Mutex::new(Hot { signals, bearer: None, heard: Heard::default(), sign_outs: 0 });
        Self { clock, hot, listeners: Mutex::default() }
    }

    /// The token in memory, if it may be handed out.
    #[inline]
    pub(crate) fn bearer_now(&self) -> Option<Bearer> {
        let mut hot = self.hot();
        hot.heed();
        let (bearer, until) = hot.bearer.as_ref()?;
        (self.clock.now() < *until).then(|| bearer.clone())
    }

    /// Puts a token into memory, or drops what is there. The driver says how many sign-outs it has
    /// heard of: from the call of one on, nothing comes into memory before the driver has heard of it.
    pub(crate) fn put(&self, bearer: Option<(Bearer, Instant)>, sign_outs: u64) {
        let mut hot = self.hot();
        hot.bearer = bearer.filter(|_| hot.sign_outs == sign_outs);
    }

    /// A handle signs out: memory comes first.
    pub(crate) fn sign_out(&self) {
        let mut hot = self.hot();
        hot.bearer = None;
        hot.sign_outs += 1;
    }

    /// What has been heard since this was asked last.
    pub(crate) fn heard(&self) -> Heard {
        let mut hot = self.hot();
        hot.heed();
        std::mem::take(&mut hot.heard)
    }

    pub(crate) fn emit(&self, event: Event) {
        self.listeners().retain(|listener| listener.unbounded_send(event).is_ok());
    }

    pub(crate) fn subscribe(&self) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded();
        self.listeners().push(sender);
        receiver
    }

    /// The driver has ended: nothing stays in memory, and nobody waits for events any more.
    pub(crate) fn close(&self) {
        self.hot().bearer = None;
        self.listeners().clear();
    }

    /// A panic elsewhere leaves nothing half-done in here.
    fn hot(&self) -> MutexGuard<'_, Hot> {
        self.hot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<mpsc::UnboundedSender<Event>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hot {
    /// Hears signals out. It is done for each token, and not only by the driver, so that no token is
    /// handed out after a lock, however late the driver is.
    #[inline]
    fn heed(&mut self) {
        while let Some(signal) = self.signals.next_now() {
            match signal {
                Signal::Locked => {
                    self.bearer = None;
                    self.heard = Heard { unsettled: true, ..Heard::default() };
                }
                Signal::Changed => {
                    self.bearer = None;
                    self.heard = Heard { unsettled: true, look: true, ..self.heard };
                }
                Signal::Unlocked => {
                    self.heard = Heard { look: true, unlocked: true, ..self.heard };
                }
            }
        }
    }
}
