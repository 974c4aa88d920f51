//! The one future that does a session's work: callers may come and go, and a refresh that has been
//! sent is seen through.

mod holding;
mod signing_out;
mod tasks;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use futures_channel::{mpsc, oneshot};
use futures_core::Stream;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use keyward::Instant;

use crate::context::Context;
use crate::document::Kept;
use crate::error::{Error, SignedOutCause};
use crate::event::Event;
use crate::keep::Signals;
use crate::leaving::{LoggedOut, Revocation, Which};
use crate::life::Life;
use crate::refresh::{Age, Done, Held, Reason, refresh, settle};
use crate::secret::Secret;
use crate::session::View;
use crate::state::{Input, Need, Next, State};
use crate::tokens::{Bearer, Placement, Tokens};

use signing_out::recall;
use tasks::{Call, Task};

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// One call on a session, with the way back.
pub(crate) enum Message {
    /// A token; another than this one.
    Bearer(Option<Arc<Secret>>, Reply<Bearer>),
    Begin(Tokens, Reply<()>),
    SignIn(Secret, Reply<()>),
    Logout(Reply<LoggedOut>),
    View(Reply<Option<View>>),
    SetFields(Secret, Reply<()>),
    Sweep(Reply<Revocation>),
}

/// What does a session's work.
#[must_use = "nothing happens until it is polled"]
pub struct Driver {
    context: Rc<Context>,
    placement: Arc<Placement>,
    inbox: mpsc::UnboundedReceiver<Message>,
    open: bool,
    bell: Option<Box<dyn Signals>>,
    state: State,
    bearer: Option<Bearer>,
    /// The number of the session that was in memory last.
    session: Option<u64>,
    /// Who waits for a token, and which one they do not want.
    waiting: Vec<(Option<Arc<Secret>>, Reply<Bearer>)>,
    refreshing: Option<LocalBoxFuture<'static, Done>>,
    /// Why the refresh that is under way is made.
    need: Need,
    /// What had happened when it was begun.
    begun: Moment,
    moment: Moment,
    /// How often the vault has become worth a look.
    looks: u64,
    /// How often it had, when the refresh was begun.
    begun_looks: u64,
    /// Whether what has just come may be kept in memory.
    settled: bool,
    /// What is not in the vault yet.
    held: Option<Held>,
    /// Who waited for what is held: nobody is asked to unlock the vault for them.
    parked: Vec<(Option<Arc<Secret>>, Reply<Bearer>)>,
    tasks: VecDeque<Task>,
    task: Option<LocalBoxFuture<'static, Outcome>>,
    /// What had happened when it was begun.
    task_begun: Moment,
    clearing: Option<LocalBoxFuture<'static, Result<Option<Secret>, Error>>>,
    /// Who waits for a sign-out.
    leaving: Vec<Reply<LoggedOut>>,
    end_session: Option<Secret>,
    /// A sweep that began before the vault was cleared has told the server of what was in it.
    told: bool,
    /// What an earlier process remembers of a sign-out, and whether the vault is open.
    recalling: Option<LocalBoxFuture<'static, (bool, bool)>>,
    /// The vault could not be cleared: it is the next time that it is open.
    must_clear: bool,
    /// That time has come.
    clear_now: bool,
    sweeping: Option<LocalBoxFuture<'static, Result<Revocation, Error>>>,
    sweepers: Vec<Reply<Revocation>>,
    sweep_at: Option<Instant>,
    /// Sweeps, in a row, after which something was left.
    sweeps_put_off: u32,
    swept_since_start: bool,
    timer: Option<LocalBoxFuture<'static, ()>>,
}

/// What makes an answer one about something else, if it happens before the answer is there.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Moment {
    /// Locks of the vault, and changes of it by others.
    unsettled: u64,
    /// Sign-ins and sign-outs of this process.
    sessions: u64,
}

/// What a task means for the token in memory.
enum Outcome {
    /// Nothing.
    Same,
    /// There is a new session.
    Began(Kept, Life, Reply<()>),
    /// A sign-in that somebody has signed out of before it was through.
    GivenUp,
    /// A look at the vault, unasked.
    Seen(Moment, Option<(Kept, Life)>),
}

enum Woken {
    Message(Message),
    Closed,
    Bell(bool),
    Recalled(bool, bool),
    Refreshed(Done),
    Task(Outcome),
    Cleared(Result<Option<Secret>, Error>),
    Swept(Result<Revocation, Error>),
    Time,
}

impl Driver {
    pub(crate) fn new(
        context: Context,
        inbox: mpsc::UnboundedReceiver<Message>,
        bell: Box<dyn Signals>,
    ) -> Self {
        let placement = Arc::new(context.config.placement.clone());
        Self {
            context: Rc::new(context),
            placement,
            inbox,
            open: true,
            bell: Some(bell),
            state: State::START,
            bearer: None,
            session: None,
            waiting: Vec::new(),
            refreshing: None,
            need: Need::Token,
            begun: Moment::default(),
            moment: Moment::default(),
            looks: 0,
            begun_looks: 0,
            settled: true,
            held: None,
            parked: Vec::new(),
            tasks: VecDeque::new(),
            task: None,
            task_begun: Moment::default(),
            clearing: None,
            leaving: Vec::new(),
            end_session: None,
            told: false,
            recalling: None,
            must_clear: false,
            clear_now: false,
            sweeping: None,
            sweepers: Vec::new(),
            sweep_at: None,
            sweeps_put_off: 0,
            swept_since_start: false,
            timer: None,
        }
    }

    /// Works until the last handle is gone and what has been begun is done.
    pub async fn run(mut self) {
        self.recalling = Some(recall(Rc::clone(&self.context)).boxed_local());
        while self.open
            || self.refreshing.is_some()
            || self.task.is_some()
            || self.clearing.is_some()
            || !self.leaving.is_empty()
            || !self.tasks.is_empty()
            || self.recalling.is_some() && !self.waiting.is_empty()
        {
            let woken = self.wait().await;
            self.handle(woken);
            self.proceed();
        }
        self.context.shared.close();
    }

    /// Waits for anything to happen.
    async fn wait(&mut self) -> Woken {
        poll_fn(|waking| {
            // A lock comes before everything else.
            if let Some(bell) = &mut self.bell
                && let Poll::Ready(signal) = bell.poll_next(waking)
            {
                return Poll::Ready(Woken::Bell(signal.is_some()));
            }
            if let Some((left, open)) = poll(&mut self.recalling, waking) {
                return Poll::Ready(Woken::Recalled(left, open));
            }
            if let Some(done) = poll(&mut self.clearing, waking) {
                return Poll::Ready(Woken::Cleared(done));
            }
            if let Some(done) = poll(&mut self.task, waking) {
                return Poll::Ready(Woken::Task(done));
            }
            if let Some(done) = poll(&mut self.refreshing, waking) {
                return Poll::Ready(Woken::Refreshed(done));
            }
            if let Some(done) = poll(&mut self.sweeping, waking) {
                return Poll::Ready(Woken::Swept(done));
            }
            if self.open
                && let Poll::Ready(message) = Pin::new(&mut self.inbox).poll_next(waking)
            {
                return Poll::Ready(message.map_or(Woken::Closed, Woken::Message));
            }
            match poll(&mut self.timer, waking) {
                Some(()) => Poll::Ready(Woken::Time),
                None => Poll::Pending,
            }
        })
        .await
    }

    fn handle(&mut self, woken: Woken) {
        self.heed();
        match woken {
            Woken::Message(message) => self.message(message),
            Woken::Closed => self.open = false,
            Woken::Bell(more) => {
                if !more {
                    self.bell = None;
                }
            }
            Woken::Recalled(left, open) => self.recalled(left, open),
            Woken::Refreshed(done) => self.refreshed(done),
            Woken::Task(outcome) => self.task_done(outcome),
            Woken::Cleared(result) => self.cleared(result),
            Woken::Swept(result) => self.swept(result),
            Woken::Time => {}
        }
    }

    /// Hears what has happened to the vault.
    fn heed(&mut self) {
        let heard = self.context.shared.heard();
        if heard.unsettled {
            self.moment.unsettled += 1;
            self.bearer = None;
            if !self.must_clear && self.clearing.is_none() {
                self.apply(Input::Unsettled);
            }
        }
        // Not while a task runs: a sign-in clears the vault of what was there itself.
        self.clear_now = self.must_clear && (heard.look || self.clear_now && !heard.unsettled);
        if heard.look
            && !self.must_clear
            && !self.state.is_present()
            && self.refreshing.is_none()
            // It is looked at to bring in what waits beside it.
            && !matches!(self.held, Some(Held::Aside))
            && !self.looks()
        {
            self.tasks.push_back(Task::Look(self.moment));
        }
        if heard.look {
            self.looks += 1;
            if self.refreshing.is_none()
                && let Some(held) = self.held.take()
            {
                self.settle(held);
            }
        }
        // The vault may have been what it waited for.
        if heard.unlocked && self.sweeps_put_off > 0 {
            self.sweep_at = Some(self.context.now());
        }
    }

    /// Whether a look at the vault is to come.
    fn looks(&self) -> bool {
        self.tasks.iter().any(|task| matches!(task, Task::Look(_)))
    }

    fn message(&mut self, message: Message) {
        match message {
            Message::Bearer(refused, reply) => self.waiting.push((refused, reply)),
            Message::Begin(tokens, reply) => {
                self.tasks.push_back(Task::Begin(tokens, Call::now(&self.context), reply));
            }
            Message::SignIn(body, reply) => {
                self.tasks.push_back(Task::SignIn(body, Call::now(&self.context), reply));
            }
            Message::View(reply) => self.tasks.push_back(Task::View(reply)),
            Message::SetFields(json, reply) => self.tasks.push_back(Task::SetFields(json, reply)),
            Message::Logout(reply) => {
                self.leaving.push(reply);
                self.context.sign_outs.set(self.context.sign_outs.get() + 1);
                self.moment.sessions += 1;
                self.waiting.append(&mut self.parked);
                self.end(SignedOutCause::Requested);
                self.begin_clearing(Which::Present);
            }
            Message::Sweep(reply) => {
                self.sweepers.push(reply);
                self.sweep_at = Some(self.context.now());
            }
        }
    }

    /// Starts what can be started, and answers who can be answered.
    fn proceed(&mut self) {
        if self.recalling.is_some() {
            return;
        }
        if self.must_clear && self.clear_now && self.task.is_none() {
            self.begin_clearing(Which::Left(self.session));
        }
        // A sign-in waits for the sign-out before it, which would remove it.
        if self.clearing.is_none()
            && self.task.is_none()
            && let Some(task) = self.tasks.pop_front()
        {
            self.task_begun = self.moment;
            self.task = Some(task.run(Rc::clone(&self.context), self.must_clear).boxed_local());
        }
        self.answer();
        self.proceed_leaving();
    }

    /// Answers everyone who waits for a token, as far as that can be done now.
    fn answer(&mut self) {
        // A sign-in that is under way decides for those who came after it.
        let busy = self.task.is_some() || !self.tasks.is_empty();
        // After a sign-out nobody waits for a refresh that has become pointless.
        let refreshing = self.refreshing.is_some() && self.state.ended().is_none();
        if refreshing || busy && !self.state.is_present() {
            return;
        }
        let now = self.context.now();
        for (refused, reply) in mem::take(&mut self.waiting) {
            if reply.is_canceled() {
                continue;
            }
            // Refused, but replaced since.
            let unwanted = refused.as_ref().is_some_and(|refused| {
                self.bearer.as_ref().is_none_or(|bearer| **bearer.token() == **refused)
            });
            let need = if unwanted { Need::Another } else { Need::Token };
            let result = match (self.state.next(need, now), &self.bearer) {
                (Next::Serve, Some(bearer)) => Ok(bearer.clone()),
                (Next::SignedOut(cause), _) => Err(Error::SignedOut(cause)),
                (Next::Later(trouble, retry_after), _) => {
                    Err(Error::Later { trouble, retry_after })
                }
                (Next::StillRefused, _) => Err(Error::StillRefused),
                (Next::Ask | Next::Serve, _) => {
                    if self.refreshing.is_none() {
                        self.begin_refresh(refused.clone());
                    }
                    self.waiting.push((refused, reply));
                    continue;
                }
            };
            let _ = reply.send(result);
        }
    }

    fn begin_refresh(&mut self, refused: Option<Arc<Secret>>) {
        self.need = if refused.is_some() { Need::Another } else { Need::Token };
        // Whoever asks now may be asked to unlock the vault, so that what is held becomes durable.
        if let Some(held) = self.held.take() {
            self.start(async move |context| settle(&context, held, true).await);
            return;
        }
        let history = self.state.history();
        let reason = Reason {
            refused,
            quiet: history.quiet_now(self.context.now()).is_some(),
            answer_lost: history.answer_lost,
        };
        self.start(async move |context| refresh(context, reason).await);
    }

    fn start(&mut self, work: impl AsyncFnOnce(Rc<Context>) -> Done + 'static) {
        self.begun = self.moment;
        self.begun_looks = self.looks;
        let context = Rc::clone(&self.context);
        self.refreshing = Some(async move { work(context).await }.boxed_local());
    }

    fn refreshed(&mut self, done: Done) {
        self.waiting.append(&mut self.parked);
        if self.begun.sessions != self.moment.sessions {
            // It was about another session, and the vault holds what is to be kept of it.
            match done {
                // What waits beside the vault is found by whoever clears the vault.
                Done::Held(held @ Held::Here(_), _) => self.hold(held),
                Done::Error(error) => self.refuse(|_| true, &error),
                _ => {}
            }
            return;
        }
        self.settled = self.begun.unsettled == self.moment.unsettled;
        match done {
            Done::Found(kept, life) => {
                self.take(&kept, Input::Found(life));
                if life.is_alive(self.context.now()) {
                    self.serve_waiting();
                }
            }
            Done::Refreshed(kept, life, age) => {
                self.take(&kept, Input::Refreshed(life, self.need));
                self.context.shared.emit(Event::Refreshed);
                // Its life is counted from before it was made: an answer that took longer than that
                // may hold a token that works, and the next answer may take as long.
                let alive = life.is_alive(self.context.now());
                if alive || age == Age::JustNow {
                    self.serve_waiting();
                }
                if !alive && age == Age::JustNow {
                    // Those who do not want this one: the server has no other.
                    self.refuse(|_| true, &Error::StillRefused);
                }
            }
            Done::Failed(kept, life, trouble, asked) => {
                let jitter = self.context.jitter();
                self.take(&kept, Input::Failed { life: Some(life), trouble, asked, jitter });
                let quiet = self.state.history().quiet_now(self.context.now());
                if let Some((trouble, retry_after)) = quiet {
                    self.context.shared.emit(Event::Deferred { trouble, retry_after });
                }
            }
            Done::Irreplaceable(kept, life) => {
                self.take(&kept, Input::Found(life));
                let token = self.bearer.as_ref().map(|bearer| Arc::clone(bearer.token()));
                self.refuse(|refused| refused == token, &Error::StillRefused);
            }
            Done::Nothing => self.nothing(),
            Done::Ended(cause) => self.end(cause),
            Done::Held(held, error) => {
                match error {
                    Some(error) => self.refuse(|_| true, &error),
                    None => self.park(&held),
                }
                self.hold(held);
            }
            Done::Error(error) => return self.refuse(|_| true, &error),
        }
        self.drop_unsettled();
        self.sweep_after_start();
    }

    /// If the vault locked while an answer was on its way, whoever waited has it, and memory has not.
    fn drop_unsettled(&mut self) {
        if !mem::replace(&mut self.settled, true) && self.state.is_present() {
            self.bearer = None;
            self.apply(Input::Unsettled);
        }
    }

    /// Answers those who wait with an error.
    fn refuse(&mut self, whom: impl Fn(Option<Arc<Secret>>) -> bool, error: &Error) {
        for (refused, reply) in mem::take(&mut self.waiting) {
            match whom(refused.clone()) {
                true => drop(reply.send(Err(error.clone()))),
                false => self.waiting.push((refused, reply)),
            }
        }
    }

    /// Gives what has just come to everyone who waits for it. A token may live so shortly that it is
    /// no longer fresh when it arrives; it is the best there is, and asking again gives no better.
    fn serve_waiting(&mut self) {
        let Some(bearer) = self.bearer.clone() else {
            return;
        };
        for (refused, reply) in mem::take(&mut self.waiting) {
            match refused.as_ref().is_some_and(|refused| **refused == **bearer.token()) {
                true => self.waiting.push((refused, reply)),
                false => drop(reply.send(Ok(bearer.clone()))),
            }
        }
    }

    /// Puts a token into memory.
    fn take(&mut self, kept: &Kept, input: Input) {
        let token = match &self.bearer {
            Some(bearer) if **bearer.token() == kept.tokens.access => Arc::clone(bearer.token()),
            _ => Arc::new(kept.tokens.access.clone()),
        };
        self.bearer = Some(Bearer::new(token, Arc::clone(&self.placement)));
        self.session = Some(kept.session);
        self.apply(input);
    }

    /// Changes the state, and what is handed out from memory with it.
    fn apply(&mut self, input: Input) {
        let now = self.context.now();
        self.state = self.state.after(input, now);
        let until = self.state.serves_until(now);
        // Of a refresh that a lock has overtaken, nothing comes into memory, not even for a moment.
        let settled = self.settled;
        let hot = self.bearer.clone().filter(|_| settled && self.state.is_present());
        self.context.shared.put(hot.map(|it| (it, until)), self.context.sign_outs.get());
    }

    /// The vault has no session.
    fn nothing(&mut self) {
        if self.state.ended().is_some() {
            return;
        }
        let history = self.state.history();
        match history.known {
            true => self.end(SignedOutCause::Elsewhere),
            false => {
                let cause = history.last_end.unwrap_or(SignedOutCause::NeverSignedIn);
                self.bearer = None;
                self.apply(Input::Ended(cause));
            }
        }
    }

    fn task_done(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Same => {}
            // What it has left is to be revoked.
            Outcome::GivenUp => self.sweep_at = Some(self.context.now()),
            // Somebody signed out while it was written: it is removed again.
            Outcome::Began(_, _, reply) if self.task_begun.sessions != self.moment.sessions => {
                let _ = reply.send(Err(Error::SignedOut(SignedOutCause::Requested)));
            }
            Outcome::Began(kept, life, reply) => {
                self.moment.sessions += 1;
                if mem::take(&mut self.must_clear) {
                    self.sweep_at = Some(self.context.now());
                }
                self.bearer = None;
                self.state = State::START;
                self.settled = self.task_begun.unsettled == self.moment.unsettled;
                self.take(&kept, Input::Found(life));
                self.drop_unsettled();
                self.context.shared.emit(Event::SignedIn);
                // Only now, so that whoever hears of it finds the token in memory.
                let _ = reply.send(Ok(()));
            }
            Outcome::Seen(begun, _) if begun != self.moment => {}
            Outcome::Seen(_, Some((kept, life))) => {
                if self.state.history().last_end.is_some() {
                    self.context.shared.emit(Event::SignedIn);
                    self.state = State::START;
                }
                self.take(&kept, Input::Found(life));
                self.sweep_after_start();
            }
            Outcome::Seen(_, None) => self.nothing(),
        }
    }
}

/// Polls what may be there, and takes it away when it is done.
fn poll<T>(
    slot: &mut Option<LocalBoxFuture<'static, T>>,
    waking: &mut std::task::Context<'_>,
) -> Option<T> {
    match slot.as_mut()?.as_mut().poll(waking) {
        Poll::Ready(output) => {
            *slot = None;
            Some(output)
        }
        Poll::Pending => None,
    }
}
