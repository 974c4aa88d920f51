//! What handles ask of the driver.

use std::sync::Arc;

use futures_channel::oneshot;

use super::VaultInspection;
use super::sealed_copy::{CopyFor, CopyKey};
use super::shared::Shared;
use crate::capabilities::Capabilities;
use crate::clock::Instant;
use crate::config::Config;
use crate::entry::{Change, Name, Value};
use crate::envelope::Content;
use crate::error::Error;
use crate::event::Event;
use crate::health::Health;
use crate::protector::Assurance;
use crate::recovery::{Recovery, RecoveryCode, RecoveryPublicKey};
use crate::secret::Passcode;
use crate::state::Input;

pub(super) enum Message {
    Command(Command),
    /// The app left or came back at that moment, which may be some time before the driver hears.
    Presence(Input, Instant),
    /// Nobody answers the passcode request of this number, or whichever is open.
    DismissPasscode(Option<u32>, Reply<bool>),
}

/// Reads from the open content, and returns how the result is delivered: reading happens under the
/// lock that delivering needs.
pub(super) type Read = Box<dyn FnOnce(Result<&Content, Error>) -> Deliver + Send>;
pub(super) type Deliver = Box<dyn FnOnce()>;

/// One call, with the way back to its caller.
pub(super) enum Command {
    Initialize(Config, Reply<()>),
    Read(Read),
    Change(Change, Reply<()>),
    Add(Vec<(Name, Value)>, Reply<Vec<String>>),
    IsEmpty(Reply<bool>),
    Exists(Reply<bool>),
    CatchUp(Reply<()>),
    IsLocked(Reply<bool>),
    Assurance(Reply<Assurance>),
    Inspect(Reply<VaultInspection>),
    Health(Reply<Health>),
    Capabilities(Reply<Capabilities>),
    CheckKey(Reply<()>),
    Lock(Reply<()>),
    Unlock(Reply<()>),
    Enroll(Reply<()>),
    Raise(Reply<bool>),
    UpdateConfig(Box<Config>, Reply<()>),
    SetPasscode(Passcode, Reply<()>),
    Clear(Reply<()>),
    EnrollRecovery(Reply<RecoveryCode>),
    EnrollRecoveryKey(RecoveryPublicKey, Reply<()>),
    RevokeRecovery(Reply<()>),
    Recover(Recovery, Reply<()>),
    ExportSealed(CopyFor, Reply<Vec<u8>>),
    ImportSealed(Vec<u8>, CopyKey, Reply<()>),
    /// Another process may have changed the stored bytes.
    Reload,
}

impl Command {
    pub(super) fn read<T>(
        read: impl FnOnce(&Content) -> Result<T, Error> + Send + 'static,
        reply: Reply<T>,
    ) -> Self
    where
        T: Send + 'static,
    {
        Self::Read(Box::new(move |content| {
            let result = content.and_then(read);
            Box::new(move || reply.send(result))
        }))
    }

    /// What becomes of this queued command when an unlock before it was refused with `error`.
    pub(super) fn after_refusal(&self, error: &Error) -> AfterRefusal {
        match self {
            Self::Read(_)
            | Self::Change(..)
            | Self::Add(..)
            | Self::Unlock(_)
            | Self::Enroll(_)
            | Self::Raise(_)
            | Self::EnrollRecovery(_)
            | Self::EnrollRecoveryKey(..)
            | Self::RevokeRecovery(_)
            | Self::ExportSealed(..)
            | Self::ImportSealed(..) => AfterRefusal::Shares,
            // It asks only if it must, and knows better whether the key is lost for good.
            Self::UpdateConfig(..) if error.is_refusal() => AfterRefusal::Shares,
            Self::IsEmpty(_)
            | Self::Exists(_)
            | Self::CatchUp(_)
            | Self::IsLocked(_)
            | Self::Assurance(_)
            | Self::Inspect(_)
            | Self::Health(_)
            | Self::Capabilities(_)
            | Self::Reload => AfterRefusal::RunsInTurn,
            // From here on the vault may be another one, or open in another way.
            Self::Initialize(..)
            | Self::UpdateConfig(..)
            | Self::CheckKey(_)
            | Self::Lock(_)
            | Self::SetPasscode(..)
            | Self::Recover(..)
            | Self::Clear(_) => AfterRefusal::Parts,
        }
    }

    pub(super) fn refuse(self, error: Error) {
        match self {
            Self::Read(read) => read(Err(error))(),
            Self::Change(_, reply)
            | Self::Unlock(reply)
            | Self::CatchUp(reply)
            | Self::Enroll(reply)
            | Self::EnrollRecoveryKey(_, reply)
            | Self::RevokeRecovery(reply)
            | Self::UpdateConfig(_, reply)
            | Self::ImportSealed(_, _, reply) => reply.send(Err(error)),
            Self::ExportSealed(_, reply) => reply.send(Err(error)),
            Self::Add(_, reply) => reply.send(Err(error)),
            Self::Raise(reply) => reply.send(Err(error)),
            Self::EnrollRecovery(reply) => reply.send(Err(error)),
            _ => {}
        }
    }
}

pub(super) enum AfterRefusal {
    /// It waited on the same unlock: it gets the same refusal.
    Shares,
    /// It needs no key.
    RunsInTurn,
    /// It and everything behind it did not wait on that unlock alone.
    Parts,
}

/// The way back to one caller. A caller that no longer listens is no error.
pub(super) struct Reply<T> {
    sender: Option<oneshot::Sender<Result<T, Error>>>,
    shared: Arc<Shared>,
}

impl<T> Reply<T> {
    pub(super) fn new(sender: oneshot::Sender<Result<T, Error>>, shared: Arc<Shared>) -> Self {
        shared.call_started();
        Self { sender: Some(sender), shared }
    }

    pub(super) fn send(mut self, result: Result<T, Error>) {
        if let Err(error) = &result {
            self.shared.emit(&Event::Failed(error.clone()));
        }
        if let Some(sender) = self.sender.take() {
            // Before the caller knows, so that its next read finds an empty queue.
            self.shared.call_ended();
            let _ = sender.send(result);
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if self.sender.is_some() {
            self.shared.call_ended();
        }
    }
}
