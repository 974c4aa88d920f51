//! The vault as an app holds it: a handle that anyone may clone and call from anywhere. Calls are
//! queued in the order in which they are made and run one at a time by the [`Driver`].

mod attempts;
mod changing;
mod choosing;
mod command;
mod driver;
mod engine;
mod health;
mod keys;
#[cfg(all(test, target_os = "linux"))]
mod memory_tests;
mod opening;
mod passcode;
mod protection;
mod raising;
mod recovery;
mod registry;
mod sealed_copy;
mod shared;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_channel::{mpsc, oneshot};
use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::capabilities::Capabilities;
use crate::config::Config;
use crate::entry::{Change, Entry, Name, Value};
use crate::envelope::{Content, Inspection};
use crate::error::Error;
use crate::event::Event;
use crate::fallback::Protection;
use crate::health::Health;
use crate::platform::Platform;
use crate::protector::Assurance;
use crate::recovery::{Recovery, RecoveryCode, RecoveryPublicKey};
use crate::secret::Passcode;
use crate::state::{Input, Phase};

use command::{Command, Message, Reply};
use shared::Shared;

pub use driver::Driver;
pub use opening::inspect_cell;
pub use passcode::PasscodeRequest;
pub use sealed_copy::{CopyFor, CopyKey};

/// A vault. Clones are handles on the same vault.
///
/// - Calls take effect in the order in which they are made, whether or not their results are
///   awaited. A result that is dropped does not undo or stop its call.
/// - Every call waits for [`Vault::initialize`]; calling early is no mistake.
/// - A call that needs the vault open unlocks it. However many calls wait, there is one prompt,
///   and they share how it ends.
#[derive(Clone)]
pub struct Vault {
    inbox: mpsc::UnboundedSender<Message>,
    shared: Arc<Shared>,
}

impl Vault {
    /// A vault on `platform`, not yet initialised, and the driver that does its work.
    ///
    /// Nothing happens until the driver is polled, on one thread, for as long as the vault is
    /// used. The platform is made where the driver runs.
    #[must_use]
    pub fn new(platform: Platform) -> (Self, Driver) {
        let (inbox, messages) = mpsc::unbounded();
        let shared = Arc::new(Shared::new(Arc::clone(&platform.clock)));
        let driver = Driver::new(platform, messages, Arc::clone(&shared));
        (Self { inbox, shared }, driver)
    }

    /// Attaches to the vault called `config.key`, or creates it. A vault that exists keeps its
    /// stored configuration. Never prompts, unless the configuration says `unlock_on_load`; how
    /// that unlock ends is told as an event.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`], [`Error::TooNew`], [`Error::Vanished`]: [`Vault::clear`]
    /// works even then.
    pub fn initialize(&self, config: Config) -> Pending<()> {
        match config.validate() {
            Ok(()) => self.submit(|reply| Command::Initialize(config, reply)),
            Err(error) => self.failed(error),
        }
    }

    /// The configuration; `None` before initialisation.
    #[must_use]
    pub fn config(&self) -> Option<Config> {
        self.shared.config()
    }

    /// The JSON value called `name`; `None` if there is no such entry.
    ///
    /// From an open vault with no call before it in the queue, the result is there at once.
    ///
    /// # Errors
    /// [`Invalid::WrongType`](crate::Invalid::WrongType) when the entry is bytes or another shape of JSON, or what unlocking
    /// answers.
    pub fn get<T: DeserializeOwned + Send + 'static>(&self, name: &str) -> Pending<Option<T>> {
        self.read_entry(name, |entry| entry.map(|entry| entry.parse()).transpose())
    }

    /// The value called `name`, JSON or bytes.
    ///
    /// # Errors
    /// What unlocking answers.
    #[inline]
    pub fn value(&self, name: &str) -> Pending<Option<Value>> {
        self.read_entry(name, |entry| Ok(entry.map(|entry| entry.to_value())))
    }

    /// Sets the entry `name` to the JSON form of `value`. When this has succeeded, it is durable.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Store`], or what unlocking answers.
    pub fn set(&self, name: &str, value: &(impl Serialize + ?Sized)) -> Pending<()> {
        match Value::json(value) {
            Ok(value) => self.set_many([(name, value)]),
            Err(error) => self.failed(error),
        }
    }

    /// Sets the entry `name` to bytes.
    ///
    /// # Errors
    /// As [`Vault::set`].
    pub fn set_bytes(&self, name: &str, bytes: &[u8]) -> Pending<()> {
        match Value::bytes(bytes) {
            Ok(value) => self.set_many([(name, value)]),
            Err(error) => self.failed(error),
        }
    }

    /// Sets several entries in one commit: all of them or none. Of two with the same name, the
    /// later counts.
    ///
    /// # Errors
    /// As [`Vault::set`].
    pub fn set_many<N: AsRef<str>>(
        &self,
        entries: impl IntoIterator<Item = (N, Value)>,
    ) -> Pending<()> {
        self.change(named(entries).map(Change::Put))
    }

    /// Sets those of these entries whose names are free, in one commit, and answers the names that
    /// are taken: their entries stay as they are, whoever has set them, and be it another process a
    /// moment ago. Of two new ones with the same name, the later counts.
    ///
    /// # Errors
    /// As [`Vault::set`].
    pub fn add_many<N: AsRef<str>>(
        &self,
        entries: impl IntoIterator<Item = (N, Value)>,
    ) -> Pending<Vec<String>> {
        match named(entries) {
            Ok(new) => self.submit(|reply| Command::Add(new, reply)),
            Err(error) => self.failed(error),
        }
    }

    /// Removes the entry `name`; an absent one is removed already.
    ///
    /// # Errors
    /// As [`Vault::set`].
    pub fn remove(&self, name: &str) -> Pending<()> {
        self.remove_many([name])
    }

    /// Removes several entries in one commit: all of them or none. Absent ones are removed already.
    ///
    /// # Errors
    /// As [`Vault::set`].
    pub fn remove_many<N: AsRef<str>>(&self, names: impl IntoIterator<Item = N>) -> Pending<()> {
        let names = names.into_iter().map(|name| Name::new(name.as_ref())).collect();
        self.change(Result::map(names, Change::Remove))
    }

    /// The names of all entries, shorter first, then by their bytes.
    ///
    /// # Errors
    /// What unlocking answers.
    pub fn keys(&self) -> Pending<Vec<String>> {
        self.read(|content| Ok(content.entries().map(|entry| entry.name.to_owned()).collect()))
    }

    /// All entries, in the order of [`Vault::keys`].
    ///
    /// # Errors
    /// What unlocking answers.
    pub fn export(&self) -> Pending<Vec<(String, Value)>> {
        self.read(|content| {
            Ok(content.entries().map(|entry| (entry.name.to_owned(), entry.to_value())).collect())
        })
    }

    /// Replaces all entries by these, in one commit.
    ///
    /// # Errors
    /// As [`Vault::set`]; then the entries are what they were.
    pub fn import<N: AsRef<str>>(
        &self,
        entries: impl IntoIterator<Item = (N, Value)>,
    ) -> Pending<()> {
        self.change(named(entries).map(Change::Replace))
    }

    /// Whether there are no entries. Answers while locked.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`], [`Error::TooNew`], [`Error::Vanished`].
    pub fn is_empty(&self) -> Pending<bool> {
        self.submit(Command::IsEmpty)
    }

    /// Whether anything has been stored since the vault was created or cleared; it still exists
    /// when its last entry has been removed.
    ///
    /// # Errors
    /// As [`Vault::is_empty`].
    pub fn exists(&self) -> Pending<bool> {
        self.submit(Command::Exists)
    }

    /// Takes over what other processes have stored before this call. A vault hears of that by itself,
    /// but a little later, and reads from memory until then. For those who agree with other processes
    /// by another way than the vault, such as a lock. Asks nobody.
    ///
    /// # Errors
    /// As [`Vault::is_empty`].
    pub fn catch_up(&self) -> Pending<()> {
        self.submit(Command::CatchUp)
    }

    /// Whether an operation would have to unlock the vault by asking. Always false for
    /// SecureStorage and InMemory vaults.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn is_locked(&self) -> Pending<bool> {
        self.submit(Command::IsLocked)
    }

    /// What protects the entries now. [`Assurance::NONE`] while there is nothing to protect.
    ///
    /// # Errors
    /// As [`Vault::is_empty`].
    pub fn assurance(&self) -> Pending<Assurance> {
        self.submit(Command::Assurance)
    }

    /// What may be known of the vault without a key: answers while locked, and asks nobody. Answers
    /// at once, ahead of calls that are under way, so that an unlock can be watched; what is stored
    /// is told as this handle last saw it.
    ///
    /// # Errors
    /// As [`Vault::is_empty`].
    pub fn inspect(&self) -> Pending<VaultInspection> {
        self.submit(Command::Inspect)
    }

    /// How the vault is, by what is stored now, what its protectors say without asking, and what
    /// this device remembers of it. Never prompts and changes nothing. Answers while locked, and
    /// ahead of calls that are under way; a call that is made before [`Vault::initialize`] waits for
    /// it, because only that says which vault is meant, and answers even when it fails.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn health(&self) -> Pending<Health> {
        self.submit(Command::Health)
    }

    /// Looks whether the vault's key is there, asking whoever has to be asked: for a person who says
    /// that their face, finger or passkey does not open the vault any more. An unlock that was
    /// dismissed says nothing about the key; this does, and if it answers that the key is lost, the
    /// vault knows it from then on: [`Vault::health`] says so, and unlocking asks in vain no more. It
    /// does not open the vault. Succeeds if the key is there, or none is needed.
    ///
    /// # Errors
    /// [`Error::KeyLost`] only if the key is gone; otherwise as [`Vault::unlock`], with nothing known
    /// about the key.
    pub fn check_key(&self) -> Pending<()> {
        self.submit(Command::CheckKey)
    }

    /// What kinds of vaults this device can hold now, and why not. Never prompts and changes
    /// nothing. Answers at once, before initialisation too.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn capabilities(&self) -> Pending<Capabilities> {
        self.submit(Command::Capabilities)
    }

    /// A sealed copy of the entries, for a backup or another device: a sealed file of its own, with
    /// an identity and a key of its own, which opens anywhere: with a passphrase alone, or with the
    /// private half of a recovery key alone.
    ///
    /// Whoever gets hold of the copy can guess at a passphrase, at Argon2id's price a guess, and
    /// nothing counts or delays the guesses: unlike a passcode, it must be long.
    ///
    /// # Errors
    /// What unlocking answers; [`Error::NotHashed`].
    pub fn export_sealed(&self, copy_for: impl Into<CopyFor>) -> Pending<Vec<u8>> {
        let copy_for = copy_for.into();
        self.submit(|reply| Command::ExportSealed(copy_for, reply))
    }

    /// Replaces all entries by those of a sealed copy, or of any vault's sealed file that this
    /// passcode, or this recovery code or key, opens alone, in one commit. This vault keeps its own configuration and slots.
    ///
    /// # Errors
    /// [`Error::SealedCopy`], before anybody is asked to unlock this vault;
    /// [`Invalid::NotJson`](crate::Invalid::NotJson) when the copy of another program has a JSON
    /// value that is none; [`Error::NotHashed`]; as [`Vault::set`]. Then the entries are what they
    /// were. No attempt is counted: the copy is the caller's, who could guess at it elsewhere.
    pub fn import_sealed(&self, sealed: Vec<u8>, key: impl Into<CopyKey>) -> Pending<()> {
        let key = key.into();
        self.submit(|reply| Command::ImportSealed(sealed, key, reply))
    }

    /// Locks: wipes every key and every decrypted value. No effect on a SecureStorage vault; ends
    /// the data of an InMemory vault.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn lock(&self) -> Pending<()> {
        self.submit(Command::Lock)
    }

    /// Unlocks, if the vault is locked.
    ///
    /// # Errors
    /// Everything that can keep a vault shut: see [`Error`].
    pub fn unlock(&self) -> Pending<()> {
        self.submit(Command::Unlock)
    }

    /// Changes the configuration, and with it how the vault is protected, in one atomic swap. A
    /// locked vault is unlocked first, except when it is empty and has no recovery slot, its key is lost
    /// or its bytes have vanished: then nobody is asked. (With a lost key or vanished bytes the new
    /// configuration holds for this handle only, and what is stored stays as it is until
    /// [`Vault::recover`] or [`Vault::clear`].)
    ///
    /// # Errors
    /// [`Invalid::Config`](crate::Invalid::Config); what unlocking answers; what the new protection
    /// answers; [`Error::EpochExhausted`]. Then the vault is as it was.
    pub fn update_config(&self, config: Config) -> Pending<()> {
        match config.validate() {
            Ok(()) => self.submit(|reply| Command::UpdateConfig(Box::new(config), reply)),
            Err(error) => self.failed(error),
        }
    }

    /// Makes the vault's key now, and not only with the first entry: whoever sets a vault up learns
    /// at once that a key store is missing, and chooses the passcode then. No effect on a vault
    /// that has its key, except that it is unlocked, and on one in memory.
    ///
    /// # Errors
    /// As [`Vault::set`].
    pub fn enroll(&self) -> Pending<()> {
        self.submit(Command::Enroll)
    }

    /// Protects the vault better than now, where the device can and that takes asking somebody: one
    /// whose configuration has a [`Config::fallback`] and that was weakened. Goes through what the
    /// app would rather have, the best first, and takes the first that can be had, in one atomic
    /// swap. True if there was one; false if the vault is protected as wanted, or the device still
    /// cannot.
    ///
    /// # Errors
    /// What unlocking answers; what the better protection answers, a refusal among others. Then the
    /// vault is as it was.
    pub fn raise(&self) -> Pending<bool> {
        self.submit(Command::Raise)
    }

    /// Hands over a passcode. While one is being asked for, it is the answer; while the vault is
    /// unlocked, it is the new passcode; while it is locked, it is used to unlock it the next time
    /// that is needed; and while the vault has no key yet, it is the passcode that its first entry
    /// will need. It is never used for anything else: if the vault is another one by then, the
    /// passcode is asked for.
    ///
    /// If another process has changed how an unlocked vault is protected, the passcode in force is
    /// asked for first.
    ///
    /// # Errors
    /// [`Error::NotAPasscodeVault`]; as [`Vault::set`] when it changes the passcode;
    /// [`Error::EpochExhausted`]. Then the passcode in force is what it was.
    pub fn set_passcode(&self, passcode: Passcode) -> Pending<()> {
        self.submit(|reply| Command::SetPasscode(passcode, reply))
    }

    /// Dismisses the passcode request that is open, if it is the one with this number, or whichever
    /// it is (`None`). False if there is none. As an answer, this acts ahead of the calls that wait
    /// for the passcode; but a passcode handed over before it counts.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn dismiss_passcode(&self, request: Option<u32>) -> Pending<bool> {
        self.send(|reply| Message::DismissPasscode(request, reply))
    }

    /// Registers who asks for passcodes, in place of whoever did before. The handler is called on
    /// the driver's thread and must return soon; it answers through the request, then or later. It
    /// lives as long as the vault's driver does: a handler that holds a handle on its own vault
    /// keeps both alive.
    pub fn on_passcode_requested(&self, handler: impl Fn(PasscodeRequest) + Send + Sync + 'static) {
        self.shared.set_passcode_handler(Arc::new(handler));
    }

    /// Makes a recovery code, in place of the one that there was: a way in for when the vault's
    /// protector is gone. The result is the only time that anybody sees it. Asks nobody while the
    /// vault is open; an empty vault is given its key first, as by [`Vault::enroll`].
    ///
    /// The code stays good through every change of the passcode and of the configuration, until it is
    /// replaced or revoked, or the vault cleared or made an InMemory vault.
    ///
    /// # Errors
    /// [`Error::NothingToRecover`] for an InMemory vault; as [`Vault::set`];
    /// [`Error::EpochExhausted`]. Then the code that there was is good.
    pub fn enroll_recovery(&self) -> Pending<RecoveryCode> {
        self.submit(Command::EnrollRecovery)
    }

    /// Lets whoever has the private key to `public` recover the vault, beside others who can. One
    /// that is enrolled already stays enrolled once.
    ///
    /// # Errors
    /// As [`Vault::enroll_recovery`]; [`Invalid::TooManySlots`](crate::Invalid::TooManySlots) after
    /// some 15 of them.
    pub fn enroll_recovery_key(&self, public: RecoveryPublicKey) -> Pending<()> {
        self.submit(|reply| Command::EnrollRecoveryKey(public, reply))
    }

    /// Takes every recovery code and key of the vault its use, from now on: an older copy of the
    /// sealed bytes still opens with them. No effect if there is none.
    ///
    /// # Errors
    /// As [`Vault::set`]; [`Error::EpochExhausted`].
    pub fn revoke_recovery(&self) -> Pending<()> {
        self.submit(Command::RevokeRecovery)
    }

    /// Opens the vault with a recovery code or key, whatever has become of its protector, and
    /// protects it anew as it is configured, in one atomic swap: the protector is enrolled again
    /// (which may ask the person once), what it had before opens nothing any more and is forgotten, the
    /// vault has a new identity, and the recovery codes and keys stay. Afterwards the vault is
    /// unlocked. (If its key is lost and
    /// [`Vault::update_config`] was called, it is protected as that said.)
    ///
    /// A device that cannot protect it so answers with its error. Then nothing that is stored has
    /// changed, and the code or key is as good as before; but the vault is open, so that its entries
    /// can be read and exported, and [`Vault::update_config`] with a protection that this device has
    /// ends the recovery.
    ///
    /// # Errors
    /// [`Error::NoRecovery`]; [`Error::WrongRecoveryCode`], which is counted like a wrong passcode but
    /// never clears the vault; [`Error::TooManyAttempts`]; [`Error::WrongRecoveryKey`];
    /// [`Error::NothingToRecover`] for an InMemory vault; [`Error::Damaged`], [`Error::TooNew`],
    /// [`Error::Store`]; what enrolling the protector answers; [`Error::EpochExhausted`].
    pub fn recover(&self, recovery: Recovery) -> Pending<()> {
        self.submit(|reply| Command::Recover(recovery, reply))
    }

    /// Removes the entries and the vault itself, without asking for a credential, and forgets the
    /// vault's key in the device's store. Of a vault that has vanished this is the acknowledgement:
    /// the loss is forgotten with it. A passcode request that is open is dismissed. The
    /// configuration stays with this handle, for the vault that the next write creates.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn clear(&self) -> Pending<()> {
        self.submit(Command::Clear)
    }

    /// The app has gone to the background. Takes effect at once, ahead of what is queued.
    pub fn background(&self) {
        self.presence(Input::Background);
    }

    /// The app is back. Takes effect at once, ahead of what is queued.
    pub fn resume(&self) {
        self.presence(Input::Resume);
    }

    /// What happens to the vault from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        Events(self.shared.subscribe())
    }

    fn presence(&self, input: Input) {
        // Until the driver has heard of it, no read may pass the queue.
        self.shared.call_started();
        let message = Message::Presence(input, self.shared.now());
        if self.inbox.unbounded_send(message).is_err() {
            self.shared.call_ended();
        }
    }

    /// [`Vault::read`] of one entry. Its name is copied only if the call has to wait.
    #[inline]
    fn read_entry<T: Send + 'static>(
        &self,
        name: &str,
        read: impl Fn(Option<Entry<'_>>) -> Result<T, Error> + Send + 'static,
    ) -> Pending<T> {
        match self.shared.read_now(|content| read(content.find(name))) {
            Ok(result) => Pending(Inner::Ready(Some(result))),
            Err(_) => {
                let name = name.to_owned();
                self.submit(|reply| Command::read(move |content| read(content.find(&name)), reply))
            }
        }
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Content) -> Result<T, Error> + Send + 'static,
    ) -> Pending<T> {
        match self.shared.read_now(read) {
            Ok(result) => Pending(Inner::Ready(Some(result))),
            Err(read) => self.submit(|reply| Command::read(read, reply)),
        }
    }

    fn change(&self, change: Result<Change, Error>) -> Pending<()> {
        match change {
            Ok(change) => self.submit(|reply| Command::Change(change, reply)),
            Err(error) => self.failed(error),
        }
    }

    fn failed<T>(&self, error: Error) -> Pending<T> {
        self.shared.emit(&Event::Failed(error.clone()));
        Pending(Inner::Ready(Some(Err(error))))
    }

    fn submit<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Pending<T> {
        self.send(|reply| Message::Command(command(reply)))
    }

    fn send<T>(&self, message: impl FnOnce(Reply<T>) -> Message) -> Pending<T> {
        let (sender, receiver) = oneshot::channel();
        let message = message(Reply::new(sender, Arc::clone(&self.shared)));
        match self.inbox.unbounded_send(message) {
            Ok(()) => Pending(Inner::Waiting(receiver)),
            Err(_) => Pending(Inner::Ready(Some(Err(Error::Stopped)))),
        }
    }
}

fn named<N: AsRef<str>>(
    entries: impl IntoIterator<Item = (N, Value)>,
) -> Result<Vec<(Name, Value)>, Error> {
    entries.into_iter().map(|(name, value)| Ok((Name::new(name.as_ref())?, value))).collect()
}

/// What may be known of a vault without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VaultInspection {
    /// Whether it can be read. A vault that asks nobody is always unlocked.
    pub phase: Phase,
    /// What lies in the store; `None` while nothing does. Of an InMemory vault that is only its
    /// configuration.
    pub stored: Option<Inspection>,
    /// What each of the stored slots promises on this device, in their order.
    pub slot_assurances: Vec<Assurance>,
    /// The better protection that the device seemed to have when the vault was opened last, and that
    /// [`Vault::raise`] would ask somebody for.
    pub can_be_raised: Option<Protection>,
}

/// The result of a call on a [`Vault`], to be awaited by whoever wants it.
pub struct Pending<T>(Inner<T>);

enum Inner<T> {
    Ready(Option<Result<T, Error>>),
    Waiting(oneshot::Receiver<Result<T, Error>>),
}

impl<T> Unpin for Pending<T> {}

impl<T> Future for Pending<T> {
    type Output = Result<T, Error>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Inner::Ready(result) => Poll::Ready(result.take().expect("polled once after its end")),
            Inner::Waiting(receiver) => {
                Pin::new(receiver).poll(cx).map(|result| result.unwrap_or(Err(Error::Stopped)))
            }
        }
    }
}

/// The events of a vault, as a stream that ends with its driver.
pub struct Events(mpsc::UnboundedReceiver<Event>);

impl Events {
    /// The next event that has happened already, without waiting for one.
    pub fn next_now(&mut self) -> Option<Event> {
        self.0.try_recv().ok()
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        Pin::new(&mut self.0).poll_next(cx)
    }
}
