//! One vault, as a shell in another language holds it.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::future::LocalBoxFuture;
use keyward::{Error, Invalid, Passcode, PasscodeRequest, Vault};
use zeroize::{Zeroize, Zeroizing};

use crate::answer::{Json, ok, refused};
use crate::config::{self, Manner};
use crate::messages::{Call, Entry, ErrorMessage};
use crate::notices::Notices;
use crate::read::Wrong;
use crate::{code, convert};

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

/// How a call went: with its answer, or with an error that has been told already.
type Outcome = Result<Json, Error>;

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
        Self { inner: Rc::new(Inner { vault, manner, notices, asked: Arc::default() }) }
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
        let inner = Rc::clone(&self.inner);
        let mut answer: LocalBoxFuture<'static, Json> = Box::pin(async move {
            let outcome = inner.run(call).await;
            inner.notices.tell();
            outcome.unwrap_or_else(|error| refused(&code::error(&error)))
        });
        // Up to where it has to wait, the call is made now.
        match Pin::new(&mut answer).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Reply::Ready(answer),
            Poll::Pending => Reply::Waiting(answer),
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

impl Inner {
    async fn run(&self, call: Call) -> Outcome {
        let vault = &self.vault;
        let done = |()| ok(&());
        let answered = |answer: bool| ok(&answer);
        match call {
            Call::Initialize { config } => {
                vault.initialize(config::to_engine(*config, self.manner)).await?;
                Ok(self.config())
            }
            Call::GetValue { name } => match vault.value(&name).await? {
                Some(value) => match convert::value(&value) {
                    Some(value) => Ok(ok(&value)),
                    None => self.refuses(Invalid::NotJson.into()),
                },
                None => Ok(ok(&())),
            },
            Call::SetValues { entries } => vault.set_many(entries).await.map(done),
            Call::RemoveValue { name } => vault.remove(&name).await.map(done),
            Call::GetKeys => vault.keys().await.map(|mut names| {
                let answer = ok(&names);
                names.zeroize();
                answer
            }),
            Call::ExportVault => self.export().await,
            Call::ImportVault { entries } => vault.import(entries).await.map(done),
            Call::IsEmpty => vault.is_empty().await.map(answered),
            Call::DoesVaultExist => vault.exists().await.map(answered),
            Call::IsLocked => vault.is_locked().await.map(answered),
            Call::Lock => vault.lock().await.map(done),
            Call::Unlock => vault.unlock().await.map(done),
            Call::Enroll => vault.enroll().await.map(done),
            Call::PasscodeHandlerRegistered => {
                self.register_passcode_handler();
                Ok(ok(&()))
            }
            Call::SetCustomPasscode { passcode } => self.set_passcode(passcode).await.map(done),
            Call::PasscodeHandlerEnded { request } => {
                vault.dismiss_passcode(Some(request)).await.map(|_| ok(&()))
            }
            Call::UpdateConfig { config } => {
                vault.update_config(config::to_engine(*config, self.manner)).await?;
                Ok(self.config())
            }
            Call::Clear => vault.clear().await.map(done),
            Call::Assurance => vault.assurance().await.map(|it| ok(&convert::assurance(&it))),
            Call::Inspect => vault.inspect().await.map(|it| ok(&convert::inspection(&it))),
            Call::ExportSealed { passphrase } => {
                let passphrase = self.passcode(passphrase)?;
                let sealed = vault.export_sealed(passphrase).await?;
                Ok(ok(&crate::messages::Base64(&sealed)))
            }
            Call::ImportSealed { sealed, passphrase } => {
                let passphrase = self.passcode(passphrase)?;
                vault.import_sealed(sealed, passphrase).await.map(done)
            }
        }
    }

    /// The answer that says which configuration holds.
    fn config(&self) -> Json {
        let config = self.vault.config().expect("the vault is initialised");
        ok(&config::to_message(&config))
    }

    async fn export(&self) -> Outcome {
        let mut entries = self.vault.export().await?;
        let messages: Option<Vec<Entry<'_>>> = entries
            .iter()
            .map(|(name, value)| Some(Entry { name, value: convert::value(value)? }))
            .collect();
        let answer = messages.map(|messages| ok(&messages));
        entries.iter_mut().for_each(|(name, _)| name.zeroize());
        answer.map_or_else(|| self.refuses(Invalid::NotJson.into()), Ok)
    }

    async fn set_passcode(&self, passcode: Zeroizing<String>) -> Result<(), Error> {
        if self.manner == Manner::Silent {
            // In its turn, and once there is a configuration.
            self.vault.is_locked().await?;
            if self.vault.config().is_some_and(|config| config::is_custom_passcode(&config)) {
                return Ok(());
            }
        } else if passcode.is_empty() && self.vault.dismiss_passcode(None).await? {
            return Ok(());
        }
        self.vault.set_passcode(self.passcode(passcode)?).await
    }

    fn passcode(&self, mut passcode: Zeroizing<String>) -> Result<Passcode, Error> {
        // Handed over, not copied.
        match Passcode::new(std::mem::take(&mut *passcode)) {
            Ok(passcode) => Ok(passcode),
            Err(error) => self.refuses(error),
        }
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

/// A panic elsewhere leaves nothing half-done in here.
fn lock(asked: &Mutex<Asked>) -> MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}
