//! What the handles and the driver share: the open content, the configuration, the subscribers.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::mpsc;

use super::passcode::PasscodeHandler;
use crate::clock::{Clock, Instant};
use crate::config::Config;
use crate::envelope::Content;
use crate::error::Error;
use crate::event::Event;

pub(super) struct Shared {
    clock: Arc<dyn Clock>,
    hot: Mutex<Hot>,
    /// Calls that are queued or running. A read may pass the queue only when there is none. Not
    /// behind the lock, because a call also ends when its reader panics under it.
    outstanding: AtomicUsize,
    listeners: Mutex<Listeners>,
}

/// What a read needs. Never locked across an await.
#[derive(Default)]
pub(super) struct Hot {
    /// The decrypted entries while the vault is open.
    pub(super) content: Option<Content>,
    pub(super) config: Option<Config>,
    /// When the vault locks by itself, while the app is away. A read looks at it, because the
    /// driver may not have been polled since the device woke.
    pub(super) deadline: Option<Instant>,
}

#[derive(Default)]
struct Listeners {
    subscribers: Vec<mpsc::UnboundedSender<Event>>,
    passcode_handler: Option<PasscodeHandler>,
    /// The driver has ended, so that there will be no more events.
    closed: bool,
}

impl Shared {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            hot: Mutex::default(),
            outstanding: AtomicUsize::new(0),
            listeners: Mutex::default(),
        }
    }

    /// A panic elsewhere leaves nothing half-done in here.
    pub(super) fn hot(&self) -> MutexGuard<'_, Hot> {
        self.hot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn config(&self) -> Option<Config> {
        self.hot().config.clone()
    }

    /// Reads the open content without going through the queue, when that keeps the order of
    /// calls. Otherwise gives the reader back.
    pub(super) fn read_now<T, R>(&self, read: R) -> Result<Result<T, Error>, R>
    where
        R: FnOnce(&Content) -> Result<T, Error>,
    {
        let hot = self.hot();
        let in_time = hot.deadline.is_none_or(|deadline| self.clock.now() < deadline);
        match &hot.content {
            Some(content) if in_time && self.outstanding.load(SeqCst) == 0 => {
                let result = read(content);
                drop(hot);
                if let Err(error) = &result {
                    self.emit(&Event::Failed(error.clone()));
                }
                Ok(result)
            }
            _ => Err(read),
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(super) fn call_started(&self) {
        self.outstanding.fetch_add(1, SeqCst);
    }

    pub(super) fn call_ended(&self) {
        self.outstanding.fetch_sub(1, SeqCst);
    }

    pub(super) fn emit(&self, event: &Event) {
        self.listeners()
            .subscribers
            .retain(|subscriber| subscriber.unbounded_send(event.clone()).is_ok());
    }

    pub(super) fn subscribe(&self) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded();
        let mut listeners = self.listeners();
        if !listeners.closed {
            listeners.subscribers.push(sender);
        }
        receiver
    }

    pub(super) fn set_passcode_handler(&self, handler: PasscodeHandler) {
        self.listeners().passcode_handler = Some(handler);
    }

    pub(super) fn passcode_handler(&self) -> Option<PasscodeHandler> {
        self.listeners().passcode_handler.clone()
    }

    /// The driver has ended: nothing may stay readable, and nobody waits for events any more.
    pub(super) fn close(&self) {
        let mut hot = self.hot();
        hot.content = None;
        hot.deadline = None;
        drop(hot);
        *self.listeners() = Listeners { closed: true, ..Listeners::default() };
    }
}
