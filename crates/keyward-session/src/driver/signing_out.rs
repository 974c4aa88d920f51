//! Signing out: the vault is cleared, the server is told, now or later, and then whoever waits.

use std::mem;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use super::Driver;
use super::tasks::Task;
use crate::context::Context;
use crate::error::{Error, SignedOutCause};
use crate::event::Event;
use crate::leaving::{LoggedOut, Revocation, Which, clear, sweep};
use crate::secret::Secret;
use crate::state::Input;

/// How long after a revocation that could not be sent the next try is made, while the process runs.
/// Doubled with each further one.
const SWEEP_PAUSE: Duration = Duration::from_secs(60);
/// Never longer than this.
const LONGEST_SWEEP_PAUSE: Duration = Duration::from_secs(3600);

/// Whether the session has been signed out of by a process that could not open the vault, and whether
/// it is open now.
pub(super) async fn recall(context: Rc<Context>) -> (bool, bool) {
    let left = context.doors.sign_outs.remembers(&context.config.entry).await;
    let open = left && context.doors.keep.is_locked().await.is_ok_and(|locked| !locked);
    (left, open)
}

impl Driver {
    /// A sign-out of an earlier process counts as one of this process, which makes up for it.
    pub(super) fn recalled(&mut self, left: bool, open: bool) {
        if left && self.clearing.is_none() {
            self.must_clear = true;
            // It may have been opened since that was asked.
            self.clear_now = open || self.looks > 0;
            self.apply(Input::Ended(SignedOutCause::Requested));
        }
    }

    /// The session has ended.
    pub(super) fn end(&mut self, cause: SignedOutCause) {
        let already = self.state.history().last_end.is_some();
        self.bearer = None;
        self.apply(Input::Ended(cause));
        if !already {
            self.context.shared.emit(Event::SignedOut(cause));
        }
    }

    /// What an earlier process could not tell the server. Not before the vault has been opened for
    /// something else, because nobody should be asked for that alone.
    pub(super) fn sweep_after_start(&mut self) {
        if !mem::replace(&mut self.swept_since_start, true) {
            self.sweep_at.get_or_insert(self.context.now());
        }
    }

    pub(super) fn begin_clearing(&mut self, which: Which) {
        if self.clearing.is_some() {
            return;
        }
        self.must_clear = false;
        self.clear_now = false;
        self.told = false;
        let held = self.held.take().and_then(|held| held.leaving(self.context.wall()));
        let work = clear(Rc::clone(&self.context), held.into_iter().collect(), which);
        self.clearing = Some(work.boxed_local());
    }

    pub(super) fn cleared(&mut self, result: Result<Option<Secret>, Error>) {
        match result {
            Ok(end_session) => {
                self.end_session = end_session;
                // Then the server, and then whoever waits.
                self.sweep_at = Some(self.context.now());
                if self.leaving.is_empty() {
                    // It was made up for: what is there now is another session.
                    self.tasks.push_back(Task::Look(self.moment));
                }
            }
            Err(error) => {
                self.must_clear = true;
                for reply in mem::take(&mut self.leaving) {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    pub(super) fn swept(&mut self, result: Result<Revocation, Error>) {
        match result {
            Ok(Revocation::Later) | Err(_) => {
                let doubled = SWEEP_PAUSE.saturating_mul(1 << self.sweeps_put_off.min(16));
                let pause = doubled.min(LONGEST_SWEEP_PAUSE);
                self.sweeps_put_off = self.sweeps_put_off.saturating_add(1);
                // Somebody may want one sooner by now.
                self.sweep_at.get_or_insert(self.context.now().plus(pause));
            }
            Ok(_) => self.sweeps_put_off = 0,
        }
        for reply in mem::take(&mut self.sweepers) {
            let _ = reply.send(result.clone());
        }
        // One that began before the vault was cleared: the next one finds what it has left.
        self.told |= matches!(result, Ok(Revocation::Done));
        if self.clearing.is_some() || self.sweep_is_due() {
            return;
        }
        let result = match result {
            Ok(Revocation::NotOffered) if self.told => Ok(Revocation::Done),
            result => result,
        };
        for reply in mem::take(&mut self.leaving) {
            let end_session = self.end_session.clone();
            // The vault has been cleared; that the server could not be told is no failure of it.
            let revocation = result.clone().unwrap_or(Revocation::Later);
            let _ = reply.send(Ok(LoggedOut { revocation, end_session }));
        }
        self.end_session = None;
    }

    /// Starts what is to be sent, if it is time.
    pub(super) fn proceed_leaving(&mut self) {
        let may_sweep = (self.open || !self.leaving.is_empty())
            && self.sweeping.is_none()
            && self.clearing.is_none();
        if may_sweep && self.sweep_is_due() {
            self.sweep_at = None;
            self.sweeping = Some(sweep(Rc::clone(&self.context)).boxed_local());
        }
        // Not for a sweep that has to wait for something else: it would wake us over and over.
        self.timer = self.sweep_at.filter(|_| may_sweep).map(|at| {
            let clock = Arc::clone(&self.context.doors.clock);
            async move { clock.sleep_until(at).await }.boxed_local()
        });
    }

    fn sweep_is_due(&self) -> bool {
        self.sweep_at.is_some_and(|at| at <= self.context.now())
    }
}
