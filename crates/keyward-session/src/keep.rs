//! The door to where a session is kept, and a vault behind it.

use std::task::{Context, Poll};

use async_trait::async_trait;
use futures_channel::mpsc;
use futures_core::Stream;
use keyward::{Cause, Event, Events, Value, Vault};

use crate::error::Error;

/// What stands behind a name for what is written beside it.
const BESIDE: &str = "/turn";

/// The longest name that leaves room for what is written beside it, in bytes.
pub(crate) const MAX_ENTRY_LEN: usize = keyward::MAX_NAME_LEN - BESIDE.len();

/// What happened to the place that keeps a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// It has been locked: nothing may be in memory any more.
    Locked,
    /// It can be read without asking.
    Unlocked,
    /// Somebody else changed what it keeps.
    Changed,
}

/// What happens to the place, in its order. The first signal counts from when this was made.
pub trait Signals: Send {
    /// The next signal that is there, without waiting for one. Called for every token that is
    /// handed out, so it must take next to no time.
    fn next_now(&mut self) -> Option<Signal>;

    /// The next signal, or the end of all signals.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Signal>>;
}

/// Where a session is kept.
#[async_trait(?Send)]
pub trait Keep {
    /// The JSON value called `name`. Asks the person if it must.
    ///
    /// # Errors
    /// What keeps the place shut, or the place's own failure.
    async fn load(&self, name: &str) -> Result<Option<Value>, Error>;

    /// Replaces the value called `name`. When this has succeeded, the value is durable.
    ///
    /// # Errors
    /// As [`Keep::load`]; then the earlier value is there.
    async fn store(&self, name: &str, value: Value) -> Result<(), Error>;

    /// Removes the value called `name`; an absent one is removed already.
    ///
    /// # Errors
    /// As [`Keep::load`].
    async fn remove(&self, name: &str) -> Result<(), Error>;

    /// Whether [`Keep::load`] or [`Keep::store`] would have to ask a person.
    ///
    /// # Errors
    /// The place's own failure.
    async fn is_locked(&self) -> Result<bool, Error>;

    /// After this, [`Keep::load`] sees what others had stored before the call; a place that reads
    /// ahead may hear of that a little late, and a refresh token that somebody has spent would be
    /// spent again. Called after a [`Keep::load`], so that nobody has to be asked.
    ///
    /// By default something is written beside the value called `name`, and removed: a write is done
    /// on top of what others have stored.
    ///
    /// # Errors
    /// The place's own failure.
    async fn catch_up(&self, name: &str) -> Result<(), Error> {
        let beside = format!("{name}{BESIDE}");
        self.store(&beside, Value::json(&0)?).await?;
        self.remove(&beside).await
    }

    /// What happens from now on. A lock is signalled before whoever asked for it learns that it has
    /// happened, so that nobody gets a token afterwards.
    fn signals(&self) -> Box<dyn Signals>;
}

#[async_trait(?Send)]
impl Keep for Vault {
    async fn load(&self, name: &str) -> Result<Option<Value>, Error> {
        Ok(self.value(name).await?)
    }

    async fn store(&self, name: &str, value: Value) -> Result<(), Error> {
        Ok(self.set_many([(name, value)]).await?)
    }

    async fn remove(&self, name: &str) -> Result<(), Error> {
        Ok(Vault::remove(self, name).await?)
    }

    async fn catch_up(&self, _: &str) -> Result<(), Error> {
        Ok(Vault::catch_up(self).await?)
    }

    async fn is_locked(&self) -> Result<bool, Error> {
        Ok(Vault::is_locked(self).await?)
    }

    fn signals(&self) -> Box<dyn Signals> {
        Box::new(VaultSignals(self.events()))
    }
}

struct VaultSignals(Events);

fn signal(event: &Event) -> Option<Signal> {
    match event {
        Event::Locked(_) => Some(Signal::Locked),
        Event::Unlocked => Some(Signal::Unlocked),
        Event::Changed => Some(Signal::Changed),
        _ => None,
    }
}

impl Signals for VaultSignals {
    fn next_now(&mut self) -> Option<Signal> {
        loop {
            let event = self.0.next_now()?;
            if let Some(signal) = signal(&event) {
                return Some(signal);
            }
        }
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Signal>> {
        loop {
            match std::pin::Pin::new(&mut self.0).poll_next(context) {
                Poll::Ready(Some(event)) => {
                    if let Some(signal) = signal(&event) {
                        return Poll::Ready(Some(signal));
                    }
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// For places that tell of themselves over a channel.
impl Signals for mpsc::UnboundedReceiver<Signal> {
    fn next_now(&mut self) -> Option<Signal> {
        self.try_recv().ok()
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Signal>> {
        std::pin::Pin::new(self).poll_next(context)
    }
}

/// An error of a place that is no vault.
pub fn keep_error(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Keep(Cause::new(error))
}
