//! A protector in memory that does what a test tells it, for faults that a real key store or a real
//! person cannot be made to show on demand.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use async_trait::async_trait;
use futures_util::future::poll_fn;
use keyward::{
    Assurance, Cause, DeviceSecurity, Enrolled, Key, Obstacle, Probe, Protector, ProtectorError,
    Readiness, Request, Role, Theft, VaultId,
};

/// How the device answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// As a working device does: with the key, or with [`ProtectorError::Lost`] when there is none.
    Truthfully,
    /// The person closes the prompt.
    Dismissed,
    /// The person is not recognised.
    NotVerified,
    /// The device refuses to look for now.
    LockedOut,
    /// The key store is locked or cannot be reached.
    Unavailable,
    /// There is no such device.
    Unsupported,
    /// Not at all, until [`DeviceControl::answer_with`] says how.
    Held,
}

/// What a protector is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// [`Protector::enroll`].
    Enroll,
    /// [`Protector::release`].
    Release,
    /// [`Protector::forget`].
    Forget,
}

/// One call that reached the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// What was asked.
    pub operation: Operation,
    /// For which vault.
    pub vault: VaultId,
    /// What the vault's configuration asks the person for.
    pub device_security: DeviceSecurity,
}

/// A device in memory, in either role. Its clones share one set of keys, as a restarted program
/// shares the device with the program before it.
#[derive(Clone)]
pub struct SimulatedDevice {
    role: Role,
    ordinary: bool,
    state: Arc<Mutex<State>>,
}

/// The test's hold on a [`SimulatedDevice`].
#[derive(Clone)]
pub struct DeviceControl {
    state: Arc<Mutex<State>>,
}

/// The keys of a device, as a backup has them.
#[derive(Clone)]
pub struct DeviceKeys(HashMap<VaultId, NamedKey>);

/// A key, and the number by which a handle names it.
#[derive(Clone)]
struct NamedKey {
    number: u64,
    key: Key,
}

struct State {
    answer: Answer,
    prompting: Vec<Operation>,
    assurance: Assurance,
    says_nothing_unasked: bool,
    keys: HashMap<VaultId, NamedKey>,
    /// How many keys were ever made.
    made: u64,
    asked: Vec<Asked>,
    shown: usize,
    open: usize,
    most_open: usize,
    waiting: Vec<Waker>,
}

impl SimulatedDevice {
    /// A device that answers truthfully, and the means to change that. In the role of user
    /// verification every release shows a prompt; a device store shows none.
    #[must_use]
    pub fn new(role: Role) -> (Self, DeviceControl) {
        let verifies = role == Role::UserVerification;
        let mut assurance = Assurance::NONE;
        assurance.hardware_bound = verifies;
        assurance.user_verified = verifies;
        assurance.persistent = true;
        assurance.stolen_file = Theft::Sealed;
        assurance.stolen_disk = if verifies { Theft::Sealed } else { Theft::Guessable };
        let state = Arc::new(Mutex::new(State {
            answer: Answer::Truthfully,
            prompting: if verifies { vec![Operation::Release] } else { Vec::new() },
            assurance,
            says_nothing_unasked: false,
            keys: HashMap::new(),
            made: 0,
            asked: Vec::new(),
            shown: 0,
            open: 0,
            most_open: 0,
            waiting: Vec::new(),
        }));
        (Self { role, ordinary: false, state: Arc::clone(&state) }, DeviceControl { state })
    }

    /// A device store that keeps its keys in an ordinary place.
    #[must_use]
    pub fn ordinary() -> (Self, DeviceControl) {
        let (device, control) = Self::new(Role::DeviceStore);
        let mut assurance = Assurance::NONE;
        assurance.persistent = true;
        assurance.stolen_file = Theft::Sealed;
        control.promise(assurance);
        (Self { ordinary: true, ..device }, control)
    }

    /// Records the call, shows the prompt if there is one, and waits for the answer.
    async fn ask(&self, operation: Operation, request: &Request<'_>) -> Answer {
        let prompts = {
            let mut state = lock(&self.state);
            state.asked.push(Asked {
                operation,
                vault: request.vault,
                device_security: request.device_security(),
            });
            state.prompting.contains(&operation)
        };
        let _open = prompts.then(|| OpenPrompt::show(&self.state));
        poll_fn(|context| {
            let mut state = lock(&self.state);
            if state.answer == Answer::Held {
                state.waiting.push(context.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(state.answer)
        })
        .await
    }
}

impl DeviceControl {
    /// How it answers now.
    #[must_use]
    pub fn answer(&self) -> Answer {
        lock(&self.state).answer
    }

    /// Answers every call from now on like this, and every call that is being held.
    pub fn answer_with(&self, answer: Answer) {
        let waiting = {
            let mut state = lock(&self.state);
            state.answer = answer;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Which operations show a prompt from now on.
    pub fn prompt_on(&self, operations: &[Operation]) {
        lock(&self.state).prompting = operations.to_vec();
    }

    /// What the device promises from now on.
    pub fn promise(&self, assurance: Assurance) {
        lock(&self.state).assurance = assurance;
    }

    /// Makes the device one that has to ask before it can tell whether a key is there, as a passkey
    /// has to.
    pub fn say_nothing_unasked(&self) {
        lock(&self.state).says_nothing_unasked = true;
    }

    /// Destroys every key, as a person does who removes the screen lock or resets the keyring.
    pub fn lose_keys(&self) {
        lock(&self.state).keys.clear();
    }

    /// Puts back the keys that [`DeviceControl::copy_keys`] has copied, as a restored backup does.
    pub fn put_keys_back(&self, keys: &DeviceKeys) {
        lock(&self.state).keys.clone_from(&keys.0);
    }

    /// A copy of all keys.
    #[must_use]
    pub fn copy_keys(&self) -> DeviceKeys {
        DeviceKeys(lock(&self.state).keys.clone())
    }

    /// How many vaults have a key in the device.
    #[must_use]
    pub fn keys(&self) -> usize {
        lock(&self.state).keys.len()
    }

    /// Every call so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.state).asked.clone()
    }

    /// How many prompts have been shown so far.
    #[must_use]
    pub fn prompts_shown(&self) -> usize {
        lock(&self.state).shown
    }

    /// How many prompts are open now.
    #[must_use]
    pub fn prompts_open(&self) -> usize {
        lock(&self.state).open
    }

    /// The most prompts that were ever open at the same time.
    #[must_use]
    pub fn most_prompts_open(&self) -> usize {
        lock(&self.state).most_open
    }
}

#[async_trait(?Send)]
impl Protector for SimulatedDevice {
    fn role(&self) -> Role {
        self.role
    }

    fn provider(&self) -> &'static str {
        match self.role {
            Role::UserVerification => "simulated-verification",
            _ if self.ordinary => "simulated-file",
            _ => "simulated-store",
        }
    }

    fn is_ordinary(&self) -> bool {
        self.ordinary
    }

    fn assurance(&self) -> Assurance {
        lock(&self.state).assurance
    }

    async fn enroll(&self, request: &Request<'_>) -> Result<Enrolled, ProtectorError> {
        refusal(self.ask(Operation::Enroll, request).await)?;
        let fresh =
            Key::generate().map_err(|error| ProtectorError::Unavailable(Cause::new(error)))?;
        let mut state = lock(&self.state);
        if !state.keys.contains_key(&request.vault) {
            state.made += 1;
        }
        let fresh = NamedKey { number: state.made, key: fresh };
        let NamedKey { number, key } = state.keys.entry(request.vault).or_insert(fresh).clone();
        Ok(Enrolled { handle: number.to_be_bytes().to_vec(), material: key })
    }

    async fn release(&self, request: &Request<'_>, handle: &[u8]) -> Result<Key, ProtectorError> {
        refusal(self.ask(Operation::Release, request).await)?;
        lock(&self.state).key(request.vault, handle).cloned().ok_or(ProtectorError::Lost)
    }

    /// Shows nothing and is not among the calls that reached the device.
    async fn probe(&self, request: &Request<'_>, handle: &[u8]) -> Result<Probe, ProtectorError> {
        let state = lock(&self.state);
        match state.answer {
            Answer::Held => return Ok(Probe::CannotTell),
            // These are a person's, and no person is asked.
            Answer::Truthfully | Answer::Dismissed | Answer::NotVerified => {}
            answer => refusal(answer)?,
        }
        if state.says_nothing_unasked {
            return Ok(Probe::CannotTell);
        }
        let key = state.key(request.vault, handle).ok_or(ProtectorError::Lost)?;
        let asks = state.prompting.contains(&Operation::Release);
        Ok(if asks { Probe::Present } else { Probe::Released(key.clone()) })
    }

    async fn readiness(&self, _wanted: DeviceSecurity) -> Result<Readiness, Obstacle> {
        match (lock(&self.state).answer, self.role) {
            (Answer::Truthfully | Answer::Dismissed | Answer::NotVerified, _) => {
                Ok(Readiness::Ready)
            }
            (Answer::Held, _) => Ok(Readiness::CannotTell),
            (Answer::LockedOut, _) => Err(Obstacle::LockedOut),
            (Answer::Unavailable, _) => Err(Obstacle::Locked),
            (Answer::Unsupported, Role::UserVerification) => Err(Obstacle::NoVerification),
            (Answer::Unsupported, _) => Err(Obstacle::NoKeyStore),
        }
    }

    async fn forget(&self, request: &Request<'_>, _handle: &[u8]) -> Result<(), ProtectorError> {
        refusal(self.ask(Operation::Forget, request).await)?;
        lock(&self.state).keys.remove(&request.vault);
        Ok(())
    }
}

impl fmt::Debug for SimulatedDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedDevice").field("role", &self.role).finish_non_exhaustive()
    }
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKeys").finish_non_exhaustive()
    }
}

impl fmt::Debug for DeviceControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceControl").finish_non_exhaustive()
    }
}

impl State {
    /// The key that a handle names, if the device has it.
    fn key(&self, vault: VaultId, handle: &[u8]) -> Option<&Key> {
        let named = self.keys.get(&vault)?;
        (handle == named.number.to_be_bytes()).then_some(&named.key)
    }
}

fn refusal(answer: Answer) -> Result<(), ProtectorError> {
    match answer {
        Answer::Truthfully | Answer::Held => Ok(()),
        Answer::Dismissed => Err(ProtectorError::Dismissed),
        Answer::NotVerified => Err(ProtectorError::NotVerified),
        Answer::LockedOut => Err(ProtectorError::LockedOut),
        Answer::Unavailable => {
            Err(ProtectorError::Unavailable(Cause::new("the simulated device cannot be reached")))
        }
        Answer::Unsupported => Err(ProtectorError::Unsupported("the simulated device".to_owned())),
    }
}

/// Counts a prompt as open until it is dropped, which a cancelled call does too.
struct OpenPrompt<'a>(&'a Mutex<State>);

impl<'a> OpenPrompt<'a> {
    fn show(device: &'a Mutex<State>) -> Self {
        let mut state = lock(device);
        state.shown += 1;
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
        Self(device)
    }
}

impl Drop for OpenPrompt<'_> {
    fn drop(&mut self) {
        lock(self.0).open -= 1;
    }
}

/// A test that panicked elsewhere must not hide its own message behind a poisoned lock.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
