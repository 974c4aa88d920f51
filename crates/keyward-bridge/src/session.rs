//! One vault, as a shell in another language holds it.

use std::cell::OnceCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use futures_core::future::LocalBoxFuture;
use futures_util::FutureExt;
use keyward::{
    Error, Invalid, Passcode, PasscodeRequest, Pending, RecoveryCode, Value, Vault, VaultInspection,
};
use zeroize::{Zeroize, Zeroizing};

use crate::answer::{Json, ok, refused};
use crate::config::{self, Manner};
use crate::messages::{Base64, Call, Entry, ErrorMessage};
use crate::notices::Notices;
use crate::read::Wrong;
use crate::{code, convert, health};

/// One vault: calls in, answers and notices out, all of them in JSON. Lives on one thread, next to
/// the vault's driver.
///
/// Dropping it dismisses the passcode request that is open; calls that are under way end by
/// themselves, and when they have, the vault's driver does.
pub struct Session {
    inner: Rc<Inner>,
}

struct Inner {
    vault: Vault,
    manner: Manner,
    notices: Rc<Notices>,
    asked: Arc<Mutex<Asked>>,
    locks: OnceCell<Box<dyn Fn()>>,
}

/// The passcode request that is open. Only kept: it is answered and dismissed through the vault, in
/// the order of the calls.
#[derive(Default)]
struct Asked {
    request: Option<PasscodeRequest>,
    /// Nobody is there to answer any more.
    ended: bool,
}

/// The answer to a call.
pub enum Reply {
    /// It was known at once.
    Ready(Json),
    /// It will be known: poll this on the thread of the session. Dropping it does not undo the
    /// call.
    Waiting(LocalBoxFuture<'static, Json>),
}

impl Session {
    /// A session on a vault that is not yet initialised and that nobody else uses. `told` hears
    /// every notice; it may call the session.
    pub fn new(vault: Vault, told: impl Fn(&str) + 'static) -> Self {
        Self::with(vault, Manner::Asks, Box::new(told))
    }

    /// A session that never asks anybody for anything. A DeviceSecurity or CustomPasscode vault
    /// locks and unlocks, and tells of it, as any other, but is stored as a DeviceSecurity vault:
    /// the platform's verification of the person must be one that asks nobody. Passcodes that the
    /// app sets are accepted and not used.
    pub fn silent(vault: Vault, told: impl Fn(&str) + 'static) -> Self {
        Self::with(vault, Manner::Silent, Box::new(told))
    }

    fn with(vault: Vault, manner: Manner, told: Box<dyn Fn(&str)>) -> Self {
        let notices = Rc::new(Notices::new(vault.events(), told));
        let (asked, locks) = (Arc::default(), OnceCell::new());
        Self { inner: Rc::new(Inner { vault, manner, notices, asked, locks }) }
    }

    /// Has `hear` called for each lock that the app has asked for, when it is done. No notice tells of
    /// one that finds the vault locked. The first call counts.
    pub fn hear_locks(&self, hear: impl Fn() + 'static) {
        let _ = self.inner.locks.set(Box::new(hear));
    }

    /// Tells the notices that no answer brings along, such as locks: spawn this next to the vault's
    /// driver, with which it ends.
    pub fn notices(&self) -> impl Future<Output = ()> + 'static {
        let notices = Rc::clone(&self.inner.notices);
        async move { notices.tell_all().await }
    }

    /// Makes a call: a [`messages::Call`](crate::messages::Call), which is answered by a
    /// [`messages::Answer`](crate::messages::Answer). Calls take effect in the order in which they
    /// are made, whether or not their answers are awaited. A call's notices have been told when its
    /// answer is there. The message is wiped.
    #[must_use = "an answer that waits must be polled for the call's notices to come before it"]
    pub fn call(&self, message: String) -> Reply {
        let message = Zeroizing::new(message);
        let call = match Call::read(&message) {
            Ok(call) => call,
            Err(Wrong::Message(error)) => {
                return Reply::Ready(self.inner.fails(code::unreadable(error)));
            }
            Err(Wrong::Argument(error)) => {
                return Reply::Ready(self.inner.fails(code::error(&error)));
            }
        };
        let made = match self.inner.make(call) {
            Ok(made) => made,
            Err(error) => return Reply::Ready(self.inner.fails(code::error(&error))),
        };
        let mut answering = Answering { inner: Rc::clone(&self.inner), made };
        match Pin::new(&mut answering).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Reply::Ready(answer),
            Poll::Pending => Reply::Waiting(Box::pin(answering)),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let mut asked = lock(&self.inner.asked);
        asked.ended = true;
        let open = asked.request.take();
        drop(asked);
        // Whoever waits for it may run at once.
        drop(open);
    }
}

/// A call that has been made, by what the engine answers to it: few kinds, so that little code has
/// to wait for them.
enum Made {
    Known(Json),
    Done(Pending<()>),
    Locked(Pending<()>),
    Configured(Pending<()>),
    Told(Pending<bool>),
    Read(Pending<Option<Value>>),
    Named(Pending<Vec<String>>),
    Exported(Pending<Vec<(String, Value)>>),
    Assured(Pending<keyward::Assurance>),
    Inspected(Pending<VaultInspection>),
    Examined(Pending<keyward::Health>),
    Capable(Pending<keyward::Capabilities>),
    Coded(Pending<RecoveryCode>),
    Sealed(Pending<Vec<u8>>),
    /// An empty passcode, which is one only for a request that is open.
    Dismissed(Pending<bool>),
    HandlerEnded(Pending<bool>),
    /// A passcode of which only its turn is waited for.
    Unused(Pending<bool>),
}

/// A call on its way to its answer.
struct Answering {
    inner: Rc<Inner>,
    made: Made,
}

impl Future for Answering {
    type Output = Json;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Json> {
        let Self { inner, made } = &mut *self;
        let outcome = ready!(inner.poll(made, context));
        inner.notices.tell();
        Poll::Ready(outcome.unwrap_or_else(|error| refused(&code::error(&error))))
    }
}

impl Inner {
    /// Makes a call, without waiting for anything.
    fn make(&self, call: Call) -> Result<Made, Error> {
        let vault = &self.vault;
        Ok(match call {
            Call::Initialize { config } => {
                Made::Configured(vault.initialize(config::to_engine(*config, self.manner)))
            }
            Call::GetValue { name } => Made::Read(vault.value(&name)),
            Call::SetValues { entries } => Made::Done(vault.set_many(entries)),
            Call::AddValues { entries } => Made::Named(vault.add_many(entries)),
            Call::RemoveValue { name } => Made::Done(vault.remove(&name)),
            Call::GetKeys => Made::Named(vault.keys()),
            Call::ExportVault => Made::Exported(vault.export()),
            Call::ImportVault { entries } => Made::Done(vault.import(entries)),
            Call::IsEmpty => Made::Told(vault.is_empty()),
            Call::DoesVaultExist => Made::Told(vault.exists()),
            Call::IsLocked => Made::Told(vault.is_locked()),
            Call::Lock => Made::Locked(vault.lock()),
            Call::Unlock => Made::Done(vault.unlock()),
            Call::Enroll => Made::Done(vault.enroll()),
            Call::PasscodeHandlerRegistered => {
                self.register_passcode_handler();
                Made::Known(ok(&()))
            }
            // In its turn, and once there is a configuration.
            Call::SetCustomPasscode { .. } if self.manner == Manner::Silent => {
                Made::Unused(vault.is_locked())
            }
            Call::SetCustomPasscode { passcode } if passcode.is_empty() => {
                Made::Dismissed(vault.dismiss_passcode(None))
            }
            Call::SetCustomPasscode { passcode: text } => {
                Made::Done(vault.set_passcode(passcode(text)?))
            }
            Call::PasscodeHandlerEnded { request } => {
                Made::HandlerEnded(vault.dismiss_passcode(Some(request)))
            }
            Call::Raise => Made::Told(vault.raise()),
            Call::UpdateConfig { config } => {
                Made::Configured(vault.update_config(config::to_engine(*config, self.manner)))
            }
            Call::Clear => Made::Done(vault.clear()),
            Call::Assurance => Made::Assured(vault.assurance()),
            Call::Inspect => Made::Inspected(vault.inspect()),
            Call::Health => Made::Examined(vault.health()),
            Call::Capabilities => Made::Capable(vault.capabilities()),
            Call::CheckKey => Made::Done(vault.check_key()),
            Call::EnrollRecovery => Made::Coded(vault.enroll_recovery()),
            Call::EnrollRecoveryKey { public_key } => {
                Made::Done(vault.enroll_recovery_key(public_key))
            }
            Call::RevokeRecovery => Made::Done(vault.revoke_recovery()),
            Call::Recover { with } => Made::Done(vault.recover(with)),
            Call::ExportSealed { copy_for } => Made::Sealed(vault.export_sealed(copy_for)),
            Call::ImportSealed { sealed, with } => Made::Done(vault.import_sealed(sealed, with)),
        })
    }

    /// How a call went: with its answer, or with an error that has been told by now.
    fn poll(&self, made: &mut Made, context: &mut Context<'_>) -> Poll<Result<Json, Error>> {
        Poll::Ready(match made {
            Made::Known(answer) => Ok(std::mem::take(answer)),
            Made::Done(done) => ready!(done.poll_unpin(context)).map(|()| ok(&())),
            Made::Locked(done) => ready!(done.poll_unpin(context)).map(|()| {
                if let Some(hear) = self.locks.get() {
                    hear();
                }
                ok(&())
            }),
            Made::Configured(done) => ready!(done.poll_unpin(context)).map(|()| self.config()),
            Made::Told(told) => ready!(told.poll_unpin(context)).map(|told| ok(&told)),
            Made::Read(read) => {
                ready!(read.poll_unpin(context)).and_then(|value| self.value(value.as_ref()))
            }
            Made::Named(names) => ready!(names.poll_unpin(context)).map(|mut names| {
                let answer = ok(&names);
                names.zeroize();
                answer
            }),
            Made::Exported(entries) => {
                ready!(entries.poll_unpin(context)).and_then(|entries| self.export(entries))
            }
            Made::Assured(assurance) => {
                ready!(assurance.poll_unpin(context)).map(|it| ok(&convert::assurance(&it)))
            }
            Made::Inspected(inspection) => {
                ready!(inspection.poll_unpin(context)).map(|it| ok(&convert::inspection(&it)))
            }
            Made::Examined(health) => {
                ready!(health.poll_unpin(context)).map(|it| ok(&health::health(&it)))
            }
            Made::Capable(capabilities) => {
                ready!(capabilities.poll_unpin(context)).map(|it| ok(&health::capabilities(&it)))
            }
            Made::Coded(code) => ready!(code.poll_unpin(context)).map(|code| ok(code.expose())),
            Made::Sealed(sealed) => {
                ready!(sealed.poll_unpin(context)).map(|sealed| ok(&Base64(&sealed)))
            }
            Made::Dismissed(dismissed) => match ready!(dismissed.poll_unpin(context)) {
                Ok(false) => self.refuses(Invalid::Passcode.into()),
                dismissed => dismissed.map(|_| ok(&())),
            },
            Made::HandlerEnded(ended) => ready!(ended.poll_unpin(context)).map(|_| ok(&())),
            Made::Unused(turn) => {
                ready!(turn.poll_unpin(context)).and_then(|_| match self.vault.config() {
                    Some(config) if !config::is_custom_passcode(&config) => {
                        self.refuses(Error::NotAPasscodeVault)
                    }
                    _ => Ok(ok(&())),
                })
            }
        })
    }

    /// The answer that says which configuration holds.
    fn config(&self) -> Json {
        let config = self.vault.config().expect("the vault is initialised");
        ok(&config::to_message(&config))
    }

    fn value(&self, value: Option<&Value>) -> Result<Json, Error> {
        match value.map(convert::value) {
            None => Ok(ok(&())),
            Some(Some(value)) => Ok(ok(&value)),
            Some(None) => self.refuses(Invalid::NotJson.into()),
        }
    }

    fn export(&self, mut entries: Vec<(String, Value)>) -> Result<Json, Error> {
        let messages: Option<Vec<Entry<'_>>> = entries
            .iter()
            .map(|(name, value)| Some(Entry { name, value: convert::value(value)? }))
            .collect();
        let answer = messages.map(|messages| ok(&messages));
        entries.iter_mut().for_each(|(name, _)| name.zeroize());
        answer.map_or_else(|| self.refuses(Invalid::NotJson.into()), Ok)
    }

    fn register_passcode_handler(&self) {
        if self.manner == Manner::Asks {
            let asked = Arc::clone(&self.asked);
            self.vault.on_passcode_requested(move |request| {
                let mut asked = lock(&asked);
                if !asked.ended {
                    asked.request = Some(request);
                }
            });
        }
    }

    /// An error that the engine has not told of.
    fn refuses<T>(&self, error: Error) -> Result<T, Error> {
        self.notices.tell_failure(code::error(&error));
        Err(error)
    }

    /// The answer to a call that does not reach the vault.
    fn fails(&self, error: ErrorMessage) -> Json {
        let answer = refused(&error);
        self.notices.tell_failure(error);
        answer
    }
}

/// Handed over, not copied.
fn passcode(mut text: Zeroizing<String>) -> Result<Passcode, Error> {
    Passcode::new(std::mem::take(&mut *text))
}

/// A panic elsewhere leaves nothing half-done in here.
fn lock(asked: &Mutex<Asked>) -> MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}
