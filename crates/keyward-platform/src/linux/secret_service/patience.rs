//! How long to wait. No call here ever waits without an end.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use async_io::Timer;
use futures_util::future::{Either, select};
use oo7::zbus;

use super::trouble::Trouble;

/// How long to wait for the Secret Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For each call that shows nothing to anybody. Such calls take milliseconds, but the first one
    /// may start the service, on a machine that is busy starting everything else: 10 s.
    pub call: Duration,
    /// For each prompt, in which a person may have to type a long password: 60 s. A prompt that is
    /// still open then is closed.
    pub prompt: Duration,
    /// A prompt that is dismissed sooner than this was never seen by anybody: the service found no
    /// way to show it, which gnome-keyring reports as if a person had closed it. The keyring then
    /// counts as locked. 500 ms.
    pub unseen: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(10),
            prompt: Duration::from_secs(60),
            unseen: Duration::from_millis(500),
        }
    }
}

/// Waits at most `limit` for one step, and classifies what goes wrong with it.
pub(super) async fn within<T>(
    limit: Duration,
    doing: &'static str,
    step: impl Future<Output = zbus::Result<T>>,
) -> Result<T, Trouble> {
    let step = async { step.await.map_err(|error| Trouble::of(doing, &error)) };
    no_longer_than(limit, doing, step).await
}

/// Waits at most `limit` for several steps together.
pub(super) async fn no_longer_than<T>(
    limit: Duration,
    doing: &'static str,
    steps: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    match select(pin!(steps), Timer::after(limit)).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(Trouble::TimedOut(doing)),
    }
}
