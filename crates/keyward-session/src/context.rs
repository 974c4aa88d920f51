//! What every piece of the driver's work needs: the doors, and the session's entry behind them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::lock::{Mutex, MutexGuard, OwnedMutexGuard};
use keyward::{Cause, Clock, Instant};

use crate::config::Config;
use crate::document::{Document, Kept};
use crate::error::{Error, Trouble};
use crate::http::{Http, HttpError, Request, Response};
use crate::keep::Keep;
use crate::late_answers::LateAnswers;
use crate::life::Life;
use crate::shared::Shared;
use crate::sign_outs::SignOuts;
use crate::turn::{Turn, Turns};

/// What an app's platform brings.
pub struct Doors {
    /// What sends requests.
    pub http: Rc<dyn Http>,
    /// Where the session is kept: a [`keyward::Vault`], for instance.
    pub keep: Rc<dyn Keep>,
    /// What processes take turns by.
    pub turns: Rc<dyn Turns>,
    /// What remembers sign-outs that the vault could not be opened for.
    pub sign_outs: Rc<dyn SignOuts>,
    /// What keeps an answer that came while the vault was locked.
    pub late_answers: Rc<dyn LateAnswers>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

pub(crate) struct Context {
    pub(crate) doors: Doors,
    pub(crate) config: Config,
    pub(crate) shared: Arc<Shared>,
    /// How often this process has signed out. A refresh that finds it changed is nobody's any more.
    pub(crate) sign_outs: Cell<u64>,
    /// How often this process has put another session into the vault, or none: the key to a late
    /// answer that was in there is gone.
    pub(crate) replaced: Cell<u64>,
    /// What the server has refused for good, and could not be removed yet.
    pub(crate) refused: RefCell<Option<Kept>>,
    /// The entry is read, changed and written by one of us at a time.
    editing: Mutex<()>,
    /// The turns of this process, so that its own lock need not tell its tasks apart.
    own_turn: Arc<Mutex<()>>,
}

/// The entry, while nobody else changes it: nobody of this process, and of the others nobody either,
/// unless one of them is stuck.
pub(crate) struct Editing<'a> {
    _others: Option<Box<dyn Turn>>,
    _own: MutexGuard<'a, ()>,
}

/// What stands behind a session's name for the turns to change its entry.
const EDITING: &str = "/edit";

/// How long another process may take to read the entry and to write it, a matter of milliseconds,
/// before it is no longer waited for. Signing out has to work whatever others do.
const EDITING_PATIENCE: Duration = Duration::from_secs(5);

/// This process's turn to spend the refresh token.
pub(crate) struct OurTurn {
    _others: Box<dyn Turn>,
    _own: OwnedMutexGuard<()>,
}

/// Why it is not our turn.
pub(crate) enum NoTurn {
    Busy,
    Failed(Cause),
}

impl Context {
    pub(crate) fn new(doors: Doors, config: Config, shared: Arc<Shared>) -> Self {
        Self {
            doors,
            config,
            shared,
            sign_outs: Cell::new(0),
            replaced: Cell::new(0),
            refused: RefCell::default(),
            editing: Mutex::new(()),
            own_turn: Arc::default(),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.doors.clock.now()
    }

    pub(crate) fn wall(&self) -> u64 {
        self.doors.clock.wall()
    }

    /// The session's entry, without tokens that the server has refused for good.
    pub(crate) async fn load(&self) -> Result<Document, Error> {
        let value = self.doors.keep.load(&self.config.entry).await?;
        let mut document = Document::read(value.as_ref())?;
        let refused = self.refused.borrow();
        document.kept.take_if(|kept| refused.as_ref().is_some_and(|it| it.is_same(kept)));
        Ok(document)
    }

    /// The session's entry, with what other processes have stored by now.
    pub(crate) async fn load_newest(&self) -> Result<Document, Error> {
        self.doors.keep.catch_up(&self.config.entry).await?;
        self.load().await
    }

    /// [`Context::load_newest`], for whoever is about to write: the entry is written as a whole, over
    /// whatever is there by then. A place that has nothing is not written to for a look.
    pub(crate) async fn load_to_write(&self) -> Result<Document, Error> {
        let document = self.load().await?;
        match document.is_empty() && self.refused.borrow().is_none() {
            true => Ok(document),
            false => self.load_newest().await,
        }
    }

    /// Replaces the session's entry, durably; an empty one is removed.
    pub(crate) async fn store(&self, document: &Document) -> Result<(), Error> {
        let name = &self.config.entry;
        match document.is_empty() {
            true => self.doors.keep.remove(name).await,
            false => self.doors.keep.store(name, document.write()?).await,
        }
    }

    /// Waits until nobody else changes the entry. Whoever may have to ask a person does so before.
    pub(crate) async fn editing(&self) -> Editing<'_> {
        let own = self.editing.lock().await;
        let name = format!("{}{EDITING}", self.config.entry);
        let others = self.within(EDITING_PATIENCE, self.doors.turns.wait(&name)).await;
        Editing { _others: others.and_then(Result::ok), _own: own }
    }

    /// Waits for this process's turn, as long as the configuration has patience.
    pub(crate) async fn turn(&self) -> Result<OurTurn, NoTurn> {
        let turn = async {
            let own = Arc::clone(&self.own_turn).lock_owned().await;
            let others = self.doors.turns.wait(&self.config.entry).await;
            others.map(|others| OurTurn { _others: others, _own: own })
        };
        match self.within(self.config.patience, turn).await {
            Some(turn) => turn.map_err(NoTurn::Failed),
            None => Err(NoTurn::Busy),
        }
    }

    /// Sends a request. The door has its own limit of time; this one holds if the door does not keep
    /// it.
    pub(crate) async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let limit = request.timeout + Duration::from_secs(1);
        match self.within(limit, self.doors.http.send(request)).await {
            Some(response) => response,
            None => Err(HttpError::NoAnswer(Cause::new("no answer in time"))),
        }
    }

    async fn within<F: Future>(&self, limit: Duration, future: F) -> Option<F::Output> {
        let deadline = self.now().plus(limit);
        let end = async {
            // The clock may return early.
            while self.now() < deadline {
                self.doors.clock.sleep_until(deadline).await;
            }
        };
        match select(Box::pin(future), Box::pin(end)).await {
            Either::Left((output, _)) => Some(output),
            Either::Right(_) => None,
        }
    }

    /// How long tokens live that were read from the vault, by the clock on the wall, because they
    /// may have come before the device was started.
    pub(crate) fn life(&self, kept: &Kept) -> Life {
        let Some(lifetime) = lifetime(kept) else {
            return Life::ENDLESS;
        };
        let life = match self.wall().checked_sub(kept.since) {
            Some(age) => {
                let left = lifetime.saturating_sub(Duration::from_millis(age));
                Life::new(self.now(), left, lifetime, self.config.leeway)
            }
            None => Life::uncertain(self.now(), lifetime),
        };
        self.replaceable(kept, life)
    }

    /// How long tokens live for which the request was sent at `sent`.
    pub(crate) fn life_from(&self, kept: &Kept, sent: Instant) -> Life {
        let Some(lifetime) = lifetime(kept) else {
            return Life::ENDLESS;
        };
        self.replaceable(kept, Life::new(sent, lifetime, lifetime, self.config.leeway))
    }

    fn replaceable(&self, kept: &Kept, life: Life) -> Life {
        match self.config.server.can_refresh(&kept.tokens) {
            true => life,
            false => life.without_replacement(),
        }
    }

    /// A number for jitter. Without random numbers there is none, and nothing depends on it.
    pub(crate) fn jitter(&self) -> u32 {
        getrandom::u32().unwrap_or(0)
    }
}

/// A token that lived for no time would be of no use to anybody: whoever says so has not said how
/// long it lives.
fn lifetime(kept: &Kept) -> Option<Duration> {
    kept.tokens.lifetime.filter(|lifetime| !lifetime.is_zero())
}

impl From<HttpError> for Trouble {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::BadBody => Self::BadAnswer,
            HttpError::NotSent(_) => Self::Offline,
            HttpError::NoAnswer(_) => Self::NoAnswer,
        }
    }
}
