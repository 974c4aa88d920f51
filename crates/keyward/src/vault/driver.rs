//! The loop that does a vault's work: takes calls in their order, one at a time, and hears lock
//! signals, time and other processes even while one is running.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_channel::mpsc;
use futures_core::Stream;
use futures_core::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::command::{AfterRefusal, Command, Message};
use super::engine::Engine;
use super::shared::Shared;
use crate::error::Error;
use crate::platform::Platform;
use crate::state::Input;

/// Does the work of one [`Vault`](crate::Vault). Await [`Driver::run`] for as long as the vault is
/// used; it ends when the last handle is gone and its calls are done. Dropping it locks the vault
/// and fails whatever is queued with [`Error::Stopped`].
pub struct Driver {
    engine: Engine,
    messages: mpsc::UnboundedReceiver<Message>,
}

/// What the driver wakes up for.
enum Turn {
    Finished,
    /// A look has ended, which concerns only whoever called for it.
    Looked,
    Message(Option<Message>),
    Deadline,
    Changed,
}

/// The calls that have not ended.
#[derive(Default)]
struct Calls<'a> {
    /// Those that wait for their turn.
    queue: VecDeque<Command>,
    /// Those that only look: they wait for nobody, and nobody waits for them.
    looking: FuturesUnordered<LocalBoxFuture<'a, ()>>,
}

impl Driver {
    pub(super) fn new(
        platform: Platform,
        messages: mpsc::UnboundedReceiver<Message>,
        shared: Arc<Shared>,
    ) -> Self {
        Self { engine: Engine::new(platform, shared), messages }
    }

    /// Runs until the last handle is gone.
    pub async fn run(mut self) {
        let Self { engine, messages } = &mut self;
        let engine = &*engine;
        let mut running: Option<LocalBoxFuture<'_, ()>> = None;
        let mut calls = Calls::default();
        let mut handles_live = true;
        loop {
            if running.is_none() {
                // What the app said while a command kept the driver busy counts before the time.
                while let Ok(message) = messages.try_recv() {
                    engine.receive(message, &mut calls);
                }
                // The device may have slept: no command reads what should be locked by now.
                engine.step(Input::Tick);
                match next(&mut calls.queue, engine.is_initialized()) {
                    Some(command) => running = Some(engine.run(command).boxed_local()),
                    None if !handles_live && calls.looking.is_empty() => return,
                    None => {}
                }
            }
            let deadline = engine.deadline();
            let mut timer = deadline.map(|at| engine.platform.clock.sleep_until(at));
            let turn = poll_fn(|cx| {
                if let Some(command) = &mut running
                    && command.poll_unpin(cx).is_ready()
                {
                    return Poll::Ready(Turn::Finished);
                }
                if let Poll::Ready(Some(())) = calls.looking.poll_next_unpin(cx) {
                    return Poll::Ready(Turn::Looked);
                }
                // A command can start the time away without ending: its prompt has closed.
                if engine.deadline() != deadline {
                    return Poll::Ready(Turn::Deadline);
                }
                if handles_live && let Poll::Ready(message) = Pin::new(&mut *messages).poll_next(cx)
                {
                    return Poll::Ready(Turn::Message(message));
                }
                if let Some(timer) = &mut timer
                    && timer.poll_unpin(cx).is_ready()
                {
                    return Poll::Ready(Turn::Deadline);
                }
                engine.poll_changed(cx).map(|()| Turn::Changed)
            })
            .await;
            match turn {
                Turn::Finished => {
                    running = None;
                    if let Some(error) = engine.take_refusal() {
                        // Whoever called before the outcome was known waited on it.
                        while let Ok(message) = messages.try_recv() {
                            engine.receive(message, &mut calls);
                        }
                        refuse_waiting(&mut calls.queue, &error);
                    }
                }
                Turn::Message(Some(message)) => engine.receive(message, &mut calls),
                Turn::Message(None) => handles_live = false,
                Turn::Looked => {}
                Turn::Deadline => engine.step(Input::Tick),
                Turn::Changed => {
                    if !calls.queue.iter().any(|command| matches!(command, Command::Reload)) {
                        calls.queue.push_back(Command::Reload);
                    }
                }
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.engine.drop_keys();
        self.engine.shared.close();
    }
}

impl Engine {
    /// Signals act at once, and a passcode goes to whoever waits for it; everything else waits
    /// for its turn.
    fn receive<'a>(&'a self, message: Message, calls: &mut Calls<'a>) {
        let queue = &mut calls.queue;
        match message {
            Message::Presence(input, at) => {
                self.step_at(input, at);
                self.shared.call_ended();
            }
            Message::Command(Command::SetPasscode(passcode, reply)) => {
                match self.answer_passcode(passcode) {
                    Ok(()) => reply.send(Ok(())),
                    Err(passcode) => queue.push_back(Command::SetPasscode(passcode, reply)),
                }
            }
            Message::DismissPasscode(number, reply) => {
                reply.send(Ok(self.dismiss_passcode(number)));
            }
            // At once, so that an unlock under way can be seen.
            Message::Command(Command::Inspect(reply)) => match self.inspection() {
                Some(inspection) => reply.send(Ok(inspection)),
                None => queue.push_back(Command::Inspect(reply)),
            },
            Message::Command(command @ Command::Capabilities(_)) => {
                calls.looking.push(self.run(command).boxed_local());
            }
            Message::Command(command @ Command::Health(_)) if self.is_initialized() => {
                calls.looking.push(self.run(command).boxed_local());
            }
            Message::Command(command) => {
                // The app itself would have to answer: by locking it has.
                if matches!(command, Command::Lock(_) | Command::Clear(_)) {
                    self.dismiss_passcode(None);
                }
                queue.push_back(command);
            }
        }
    }

    fn poll_changed(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.inner.borrow_mut();
        match inner.watch.as_mut().map(|watch| watch.as_mut().poll_next(cx)) {
            Some(Poll::Ready(Some(()))) => Poll::Ready(()),
            Some(Poll::Ready(None)) => {
                inner.watch = None;
                Poll::Pending
            }
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }
}

/// The next command that may run. Before initialisation that is only the initialisation.
fn next(queue: &mut VecDeque<Command>, initialized: bool) -> Option<Command> {
    if initialized {
        return queue.pop_front();
    }
    let at = queue.iter().position(|command| matches!(command, Command::Initialize(..)))?;
    queue.remove(at)
}

fn refuse_waiting(queue: &mut VecDeque<Command>, error: &Error) {
    let mut kept = VecDeque::with_capacity(queue.len());
    while let Some(command) = queue.pop_front() {
        match command.after_refusal(error) {
            AfterRefusal::Shares => command.refuse(error.clone()),
            AfterRefusal::RunsInTurn => kept.push_back(command),
            AfterRefusal::Parts => {
                kept.push_back(command);
                kept.append(queue);
            }
        }
    }
    *queue = kept;
}
