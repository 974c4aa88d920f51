//! A small note on the terminal while something takes long.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_io::{Timer, block_on};
use futures_util::future::{Either, select};

/// Nobody needs a note about what takes no longer than this.
const PATIENCE: Duration = Duration::from_millis(400);

/// What is going on, and whether a note about it stands on the terminal. Clones share both.
#[derive(Debug, Clone)]
pub(crate) struct Progress(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    doing: Doing,
    shown: bool,
    allowed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Nothing that takes long, unless a key store does.
    Working,
    /// A person is being asked on the terminal.
    Asking,
    /// A passcode has been given, and the key is derived from it.
    Deriving,
}

impl Progress {
    /// `quiet`: never shows anything.
    pub(crate) fn new(quiet: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let allowed = !quiet && !dumb && io::stderr().is_terminal();
        Self(Arc::new(Mutex::new(State { doing: Doing::Working, shown: false, allowed })))
    }

    /// Says what is going on from now on; a note that stands there is taken away.
    pub(crate) fn now(&self, doing: Doing) {
        let mut state = self.state();
        state.erase();
        state.doing = doing;
    }

    /// Waits for `result`, with a note if it takes long.
    pub(crate) fn wait<T>(&self, result: impl Future<Output = T>) -> T {
        block_on(async {
            let mut result = pin!(result);
            loop {
                match select(result, Timer::after(PATIENCE)).await {
                    Either::Left((output, _)) => {
                        self.now(Doing::Working);
                        return output;
                    }
                    Either::Right((_, waiting)) => {
                        self.state().show();
                        result = waiting;
                    }
                }
            }
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn show(&mut self) {
        let note = match self.doing {
            Doing::Working => "Waiting for the key store or the disk…",
            Doing::Deriving => "Deriving the key from the passcode…",
            Doing::Asking => return,
        };
        if self.allowed && !self.shown {
            self.shown = true;
            let _ = write!(io::stderr(), "{note}");
        }
    }

    fn erase(&mut self) {
        if std::mem::take(&mut self.shown) {
            // To the beginning of the line, and clear it (ECMA-48, EL).
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}
