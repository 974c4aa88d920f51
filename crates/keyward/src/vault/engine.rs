//! What runs a vault: its state, its keys, and the commands, one at a time. Keys and entries are
//! borrowed between awaits, never across one, so that a lock takes effect at once whatever is
//! under way.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use futures_channel::mpsc;
use futures_core::stream::LocalBoxStream;
use futures_util::StreamExt;

use super::VaultInspection;
use super::command::Command;
use super::keys::Keys;
use super::passcode::PasscodeRequest;
use super::shared::Shared;
use crate::clock::Instant;
use crate::config::Config;
use crate::entry::Change;
use crate::envelope::{self, Content, Head, Lengths, PasscodeParams, Record};
use crate::error::{Error, StoreError};
use crate::event::{Event, PasscodePurpose};
use crate::fallback::Protection;
use crate::platform::Platform;
use crate::secret::{Guarded, Key, Passcode};
use crate::state::{Effect, Input, State};
use crate::store::{Cells, Revision, Store, Stored};

pub(super) struct Engine {
    pub(super) platform: Platform,
    pub(super) shared: Arc<Shared>,
    pub(super) inner: RefCell<Inner>,
}

pub(super) struct Inner {
    pub(super) state: State,
    /// The key that was attached to. A file that was copied from another vault's names that one's.
    pub(super) attached: String,
    /// Set by the first initialisation; an error when there was no place to attach to.
    pub(super) cells: Option<Result<Cells, StoreError>>,
    /// The cell that remembers the vault, where the device remembers anything.
    pub(super) registry: Option<Rc<dyn Store>>,
    /// What that cell was last seen to hold: for when it cannot be asked.
    pub(super) last_record: Option<Record>,
    /// The vault was cleared, and the cell could not be told: what it holds is not missed.
    pub(super) given_up: bool,
    /// The stored configuration is about to become known as the outcome of the initialisation,
    /// which is no change of it.
    pub(super) initializing: bool,
    pub(super) known: Known,
    pub(super) keys: Option<Keys>,
    /// What a write under way will make of the entries and keys.
    pub(super) next: Option<Next>,
    /// A guarded buffer without a secret, for the entries that the next write or unlock brings.
    pub(super) spare: Option<Guarded>,
    /// Sealed bytes that were read while a passcode was being hashed.
    pub(super) ahead: Option<Stored>,
    /// A passcode that was handed over before it was needed, and what for: a new one is never a
    /// guess at the one in force, nor the other way round.
    pub(super) passcode: Option<(PasscodePurpose, Passcode)>,
    /// The way to whoever waits for a passcode, with the number of the request.
    asking: Option<(u32, mpsc::UnboundedSender<Option<Passcode>>)>,
    /// How many passcode requests there have been.
    requests: u32,
    /// The passcode with which the vault has just been opened, stretched, while it may be bound to
    /// the device by it.
    pub(super) at_hand: Option<(PasscodeParams, Key)>,
    /// The better protection of which the app has been told that it could be had.
    pub(super) can_be_raised: Option<Protection>,
    pub(super) watch: Option<LocalBoxStream<'static, ()>>,
    /// What was stored when an unlock was told that the key is gone.
    pub(super) lost_at: Option<Revision>,
    /// The error of the unlock that failed last, for everyone who waited on it.
    pub(super) unlock_error: Option<Error>,
    /// Whether those who waited are still to be told.
    refuse_waiting: bool,
}

pub(super) struct Next {
    pub(super) content: Content,
    pub(super) new_keys: Option<Keys>,
}

/// What the store was last seen to hold.
#[allow(clippy::large_enum_variant, reason = "an engine has one")]
pub(super) enum Known {
    Absent,
    Present {
        head: Head,
        revision: Revision,
        lengths: Lengths,
    },
    /// Bytes that could not be loaded or parsed. They are left alone.
    Unreadable,
    /// Nothing, and the registry could not say whether that is a loss. Until it can, nothing is
    /// written but what an app cannot do without: its first entry.
    Unsure,
    /// Nothing, and that is a loss. Entries that are open stay readable until the vault locks, so
    /// that they can be saved; but nothing is written before the loss is acknowledged.
    Vanished,
}

impl Known {
    pub(super) fn head(&self) -> Option<&Head> {
        match self {
            Self::Present { head, .. } => Some(head),
            Self::Absent | Self::Unsure | Self::Unreadable | Self::Vanished => None,
        }
    }

    pub(super) fn revision(&self) -> Option<Revision> {
        match self {
            Self::Present { revision, .. } => Some(*revision),
            Self::Absent | Self::Unsure | Self::Unreadable | Self::Vanished => None,
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.head().map_or(0, |head| head.header.epoch)
    }

    /// The epoch after a change of the configuration or of the slots.
    pub(super) fn next_epoch(&self) -> Result<u64, Error> {
        self.epoch().checked_add(1).ok_or(Error::EpochExhausted)
    }
}

impl Engine {
    pub(super) fn new(platform: Platform, shared: Arc<Shared>) -> Self {
        let inner = Inner {
            state: State::new(),
            attached: String::new(),
            cells: None,
            registry: None,
            last_record: None,
            given_up: false,
            initializing: false,
            known: Known::Absent,
            keys: None,
            next: None,
            spare: None,
            ahead: None,
            passcode: None,
            asking: None,
            requests: 0,
            at_hand: None,
            can_be_raised: None,
            watch: None,
            lost_at: None,
            unlock_error: None,
            refuse_waiting: false,
        };
        Self { platform, shared, inner: RefCell::new(inner) }
    }

    pub(super) async fn run(&self, command: Command) {
        match command {
            Command::Initialize(config, reply) => reply.send(self.initialize(config).await),
            Command::Read(read) => {
                let opened = self.ensure_open().await;
                let deliver = {
                    let hot = self.shared.hot();
                    read(opened.and(hot.content.as_ref().ok_or(Error::Dismissed)))
                };
                deliver();
            }
            Command::Change(change, reply) => reply.send(self.change(&change).await.map(drop)),
            Command::Add(new, reply) => reply.send(self.change(&Change::Add(new)).await),
            Command::IsEmpty(reply) => reply.send(self.is_empty().await),
            Command::Exists(reply) => reply.send(self.exists().await),
            Command::CatchUp(reply) => reply.send(self.reload().await),
            Command::IsLocked(reply) => reply.send(Ok(self.inner.borrow().state.is_locked())),
            Command::Assurance(reply) => reply.send(self.assurance().await),
            Command::Inspect(reply) => {
                let readable = self.ensure_readable().await;
                reply.send(readable.and_then(|()| self.inspection().ok_or(Error::Stopped)));
            }
            Command::Health(reply) => reply.send(Ok(self.health().await)),
            Command::Capabilities(reply) => reply.send(Ok(self.capabilities().await)),
            Command::CheckKey(reply) => reply.send(self.check_key().await),
            Command::ExportSealed(copy_for, reply) => {
                reply.send(self.export_sealed(&copy_for).await);
            }
            Command::ImportSealed(sealed, key, reply) => {
                reply.send(self.import_sealed(&sealed, &key).await);
            }
            Command::Lock(reply) => {
                self.step(Input::LockRequested);
                reply.send(Ok(()));
            }
            Command::Unlock(reply) => reply.send(self.ensure_open().await),
            Command::Enroll(reply) => reply.send(self.enroll_early().await),
            Command::Raise(reply) => reply.send(self.raise().await),
            Command::UpdateConfig(config, reply) => reply.send(self.update_config(*config).await),
            Command::SetPasscode(passcode, reply) => {
                reply.send(self.set_passcode(passcode).await);
            }
            Command::EnrollRecovery(reply) => reply.send(self.enroll_recovery().await),
            Command::EnrollRecoveryKey(public, reply) => {
                reply.send(self.enroll_recovery_key(public).await);
            }
            Command::RevokeRecovery(reply) => reply.send(self.revoke_recovery().await),
            Command::Recover(recovery, reply) => reply.send(self.recover(&recovery).await),
            Command::Clear(reply) => reply.send(self.clear().await),
            Command::Reload => {
                if let Err(error) = self.reload().await {
                    self.shared.emit(&Event::Failed(error));
                }
            }
        }
    }

    /// Puts an input through the state machine and does what it says, at once.
    pub(super) fn step(&self, input: Input) {
        self.step_at(input, self.platform.clock.now());
    }

    /// [`Engine::step`], for something that happened at `at`.
    pub(super) fn step_at(&self, input: Input, at: Instant) {
        let effects = self.inner.borrow_mut().state.step(input, at);
        self.refresh_deadline();
        for effect in effects {
            match effect {
                Effect::DropKeys => self.drop_keys(),
                Effect::AnnounceLocked(cause) => self.shared.emit(&Event::Locked(cause)),
                Effect::AnnounceUnlocked => self.shared.emit(&Event::Unlocked),
                Effect::RefuseWaiting => self.inner.borrow_mut().refuse_waiting = true,
            }
        }
    }

    fn refresh_deadline(&self) {
        self.shared.hot().deadline = self.deadline();
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.inner.borrow().state.deadline()
    }

    /// Wipes the keys and the entries.
    pub(super) fn drop_keys(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.keys = None;
        inner.next = None;
        inner.at_hand = None;
        inner.spare = None;
        self.shared.hot().content = None;
    }

    /// Makes `config` the vault's, and tells the app if that is news.
    pub(super) fn adopt_config(&self, config: &Config) {
        self.configure_state(config);
        let before = self.shared.hot().config.replace(config.clone());
        let initializing = self.inner.borrow().initializing;
        if before.is_some_and(|before| before != *config) && !initializing {
            self.shared.emit(&Event::ConfigChanged(config.clone()));
        }
    }

    /// Locks and unlocks as what protects the vault asks for, which may not be what is wanted.
    pub(super) fn configure_state(&self, config: &Config) {
        let in_force = self.in_force_of(config);
        self.inner.borrow_mut().state.configure(&in_force);
        self.refresh_deadline();
    }

    /// The configuration, with what protects the vault in the place of what is wanted.
    pub(super) fn in_force(&self) -> Result<Config, Error> {
        Ok(self.in_force_of(&self.config()?))
    }

    fn in_force_of(&self, config: &Config) -> Config {
        let inner = self.inner.borrow();
        let stored = inner.known.head().filter(|head| head.header.config == *config);
        stored.map_or_else(|| config.clone(), |head| head.header.in_force().into_owned())
    }

    pub(super) fn config(&self) -> Result<Config, Error> {
        self.shared.config().ok_or(Error::Stopped)
    }

    pub(super) fn cells(&self) -> Result<Cells, Error> {
        match &self.inner.borrow().cells {
            Some(cells) => Ok(cells.clone()?),
            None => Err(Error::Stopped),
        }
    }

    pub(super) fn is_initialized(&self) -> bool {
        self.inner.borrow().cells.is_some()
    }

    /// What may be known without a key, by what the store was last seen to hold; `None` if that is
    /// not known.
    pub(super) fn inspection(&self) -> Option<VaultInspection> {
        let inner = self.inner.borrow();
        let stored = match &inner.known {
            _ if inner.cells.is_none() => return None,
            Known::Unreadable | Known::Vanished => return None,
            Known::Absent | Known::Unsure => None,
            Known::Present { head, lengths, .. } => {
                Some(envelope::inspection(head.clone(), *lengths))
            }
        };
        let slots = stored.iter().flat_map(|stored| &stored.slots);
        let slot_assurances = slots.map(|slot| slot.assurance(&self.platform)).collect();
        let can_be_raised = inner.can_be_raised;
        Some(VaultInspection {
            phase: inner.state.told_phase(),
            stored,
            slot_assurances,
            can_be_raised,
        })
    }

    /// The open content, looked at under its lock.
    pub(super) fn with_content<T>(&self, look: impl FnOnce(Option<&Content>) -> T) -> T {
        look(self.shared.hot().content.as_ref())
    }

    /// The passcode that was handed over, or the one that the app gives when asked.
    pub(super) async fn passcode(&self, purpose: PasscodePurpose) -> Result<Passcode, Error> {
        let handed_over = self.inner.borrow_mut().passcode.take();
        if let Some((_, passcode)) = handed_over.filter(|(meant_for, _)| *meant_for == purpose) {
            return Ok(passcode);
        }
        let handler = self.shared.passcode_handler().ok_or(Error::PasscodeRequired)?;
        let (sender, mut answers) = mpsc::unbounded();
        let number = {
            let mut inner = self.inner.borrow_mut();
            inner.requests = inner.requests.wrapping_add(1);
            inner.asking = Some((inner.requests, sender.clone()));
            inner.requests
        };
        self.shared.emit(&Event::PasscodeRequested(purpose));
        handler(PasscodeRequest::new(number, purpose, sender));
        let answer = answers.next().await;
        self.inner.borrow_mut().asking = None;
        answer.flatten().ok_or(Error::Dismissed)
    }

    /// Answers an open passcode request. Gives the passcode back if there is none.
    pub(super) fn answer_passcode(&self, passcode: Passcode) -> Result<(), Passcode> {
        match self.inner.borrow_mut().asking.take() {
            Some((_, asking)) => {
                let _ = asking.unbounded_send(Some(passcode));
                Ok(())
            }
            None => Err(passcode),
        }
    }

    /// The refusal that everyone who waits on the unlock is to share, once.
    pub(super) fn take_refusal(&self) -> Option<Error> {
        let mut inner = self.inner.borrow_mut();
        let error = inner.unlock_error.take();
        error.filter(|_| std::mem::take(&mut inner.refuse_waiting))
    }

    /// Dismisses the passcode request that is open, if it is the one with this number, or
    /// whichever it is. False if there is none.
    pub(super) fn dismiss_passcode(&self, number: Option<u32>) -> bool {
        let wanted = |(open, _): &mut (u32, _)| number.is_none_or(|number| number == *open);
        let Some((_, asking)) = self.inner.borrow_mut().asking.take_if(wanted) else {
            return false;
        };
        let _ = asking.unbounded_send(None);
        true
    }
}
