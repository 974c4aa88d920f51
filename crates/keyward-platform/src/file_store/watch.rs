//! Noticing what other processes do to a cell.

use std::rc::Rc;
use std::time::Duration;

use async_io::Timer;
use futures_core::stream::LocalBoxStream;
use futures_util::{StreamExt, stream};

use super::cell::Cell;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod notify;

/// How often to look where the system does not tell: on systems other than Linux, while the folder
/// does not exist or cannot be used, and when the system has no more watches to give.
const INTERVAL: Duration = Duration::from_secs(1);

/// Yields when a cell holds something else than its object has last seen, again and again until
/// the object has loaded it; and once when the cell can no longer be looked at. Never ends.
pub(super) fn changes(cell: Rc<Cell>) -> LocalBoxStream<'static, ()> {
    let watch = Watch { cell, events: None, looked: false, failing: false };
    stream::unfold(watch, |mut watch| async move {
        watch.change().await;
        Some(((), watch))
    })
    .boxed_local()
}

struct Watch {
    cell: Rc<Cell>,
    /// What the system tells, while it does.
    events: Option<notify::Events>,
    /// Whether there has been a look. The first one does not wait for an event, because the cell
    /// may have changed before there was a watch.
    looked: bool,
    /// Whether the last look failed, which has then been told.
    failing: bool,
}

impl Watch {
    async fn change(&mut self) {
        loop {
            if std::mem::replace(&mut self.looked, true) {
                self.wait().await;
            }
            // The system is asked to tell before the look, so that no change falls between.
            if self.events.is_none() {
                self.events = notify::Events::new(&self.cell).ok();
            }
            let changed = match self.cell.has_changed() {
                Ok(changed) => {
                    self.failing = false;
                    changed
                }
                Err(_) => {
                    // Nobody tells when a disk is mounted again, so from here the clock does.
                    self.events = None;
                    !std::mem::replace(&mut self.failing, true)
                }
            };
            if changed {
                return;
            }
        }
    }

    /// Waits until a look may be worth while.
    async fn wait(&mut self) {
        match &self.events {
            Some(events) => {
                if events.next(&self.cell).await.is_err() {
                    self.events = None;
                }
            }
            None => {
                Timer::after(INTERVAL).await;
            }
        }
    }
}

/// Systems that do not tell, or not in a way that is used here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod notify {
    use std::convert::Infallible;
    use std::io::{self, ErrorKind};

    use super::Cell;

    pub(super) struct Events(Infallible);

    impl Events {
        pub(super) fn new(_: &Cell) -> io::Result<Self> {
            Err(ErrorKind::Unsupported.into())
        }

        pub(super) async fn next(&self, _: &Cell) -> io::Result<()> {
            match self.0 {}
        }
    }
}
