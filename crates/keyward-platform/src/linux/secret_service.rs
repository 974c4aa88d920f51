//! The desktop's keyring: gnome-keyring, KWallet, KeePassXC or whoever else answers to
//! `org.freedesktop.secrets`; inside a sandbox, the sandbox's own keyring.

mod client;
mod patience;
mod place;
mod sandbox;
mod search;
mod session;
mod trouble;

use std::path::PathBuf;

use async_trait::async_trait;
use keyward::{
    Assurance, Cause, DeviceSecurity, Enrolled, Key, Obstacle, Probe, Protector, ProtectorError,
    Readiness, Request, Role, SecretBytes, Theft,
};

use self::client::{Bus, Client, Object};
use self::place::{Place, VERSION, attributes, is_key_id, label};
use self::sandbox::Sandbox;
use self::search::{Item, Search, search};
use self::trouble::Trouble;

pub use self::patience::Timeouts;

/// A device store in the user's keyring: 32 random bytes for each vault, as one item.
///
/// The item bears the attributes `application=keyward`, `vault-id` (32 hexadecimal digits),
/// `key-id` (16, random) and `version=1`, and a label that a person understands. Any program of the
/// same user can read an unlocked keyring; what it keeps out is whoever has the files alone.
///
/// # Locked, absent and unreachable
/// With a locked collection some services say "no such item" of an item that exists, and writing to
/// one may never return. So whether a collection is locked is read before anything else, every
/// time, and read again before a key counts as lost. [`ProtectorError::Lost`] needs all of these:
/// the service answers; it shows the collection that the key was put into; every collection is
/// unlocked before and after the search; none of them has the item.
///
/// A locked collection is asked to unlock, which may prompt the person: the default one when
/// enrolling; when releasing, the one that the key was put into, and any that admits to having it.
/// Forgetting never prompts, because clearing a vault needs no credential.
///
/// # Errors
/// - [`ProtectorError::Unsupported`], from `enroll` only: no session bus is named and none is in the
///   usual place, or the bus knows no Secret Service and cannot start one.
/// - [`ProtectorError::Lost`], from `release` only: see above.
/// - [`ProtectorError::Dismissed`]: a person closed the prompt.
/// - [`ProtectorError::Unavailable`]: everything else, in particular a bus or service that fails or
///   does not answer in time (see [`Timeouts`]), a keyring that stays locked, and an item that does
///   not hold 32 bytes. Such an item is neither replaced nor deleted.
///
/// # Sandboxes
/// Inside Flatpak or Snap the secrets lie in a file of the application's own, sealed with a key that
/// the Secret portal hands out, in the format that libsecret uses there too. Without the portal the
/// Secret Service is used.
///
/// # What it cannot see
/// - Whether the service has written its file. gnome-keyring answers after writing; KeePassXC answers
///   first and writes some tenths of a second later, so that a power cut right after enrolling may
///   take the key with it.
/// - Whether a service of the same kind shows the same collection under the same name. A keyring that
///   was replaced by an empty one of that name counts as the same, and its keys as lost.
///
/// Every operation opens a connection of its own, so that a restarted bus or service does no harm.
/// It needs no particular async runtime: the connection and the timers have threads of their own.
#[derive(Debug, Clone)]
pub struct SecretService {
    bus: Bus,
    timeouts: Timeouts,
    sandbox: Option<PathBuf>,
}

/// Whether the keyring could be used now, without asking anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// There is no session bus, or nobody on it offers a Secret Service.
    NoService,
    /// The service has no default collection: a keyring yet to be made, or a database to be opened.
    NoCollection,
    /// The default collection is locked.
    Locked,
    /// The default collection is unlocked.
    Ready,
    /// The bus or the service fails, or does not answer in time.
    Unreachable,
}

impl SecretService {
    /// The keyring of the user's session, or of the sandbox that this program runs in.
    #[must_use]
    pub fn new() -> Self {
        Self { bus: Bus::Session, timeouts: Timeouts::default(), sandbox: sandbox::default_file() }
    }

    /// The Secret Service on the bus at a D-Bus address, whatever the environment says.
    pub fn on_bus(address: impl Into<String>) -> Self {
        Self { bus: Bus::At(address.into()), timeouts: Timeouts::default(), sandbox: None }
    }

    /// A sandbox's keyring in `file`, with the Secret portal on the bus at a D-Bus address, whatever
    /// the environment says.
    pub fn in_sandbox(address: impl Into<String>, file: impl Into<PathBuf>) -> Self {
        Self { sandbox: Some(file.into()), ..Self::on_bus(address) }
    }

    /// Waits as long as `timeouts` says instead of the default.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// Whether the keyring could be used now. Never prompts; takes milliseconds, and at most a few
    /// times [`Timeouts::call`].
    pub async fn state(&self) -> State {
        match self.look().await {
            Ok(state) => state,
            Err(Trouble::NoBus | Trouble::NoService) => State::NoService,
            Err(_) => State::Unreachable,
        }
    }

    async fn look(&self) -> Result<State, Trouble> {
        if let Some(sandbox) = self.sandbox().await? {
            return sandbox.reach().await.map(|()| State::Ready);
        }
        let client = Client::connect(&self.bus, self.timeouts).await?;
        let Some(collection) = client.default_collection().await? else {
            return Ok(State::NoCollection);
        };
        let locked = client.is_locked(&Object::Collection(&collection)).await?;
        Ok(if locked { State::Locked } else { State::Ready })
    }

    /// The sandbox's keyring, when there is a sandbox and its portal keeps secrets.
    async fn sandbox(&self) -> Result<Option<Sandbox<'_>>, Trouble> {
        match &self.sandbox {
            None => Ok(None),
            Some(file) => Sandbox::enter(&self.bus, self.timeouts, file).await,
        }
    }

    async fn find_or_make(&self, request: &Request<'_>) -> Result<Enrolled, Trouble> {
        if let Some(sandbox) = self.sandbox().await? {
            return sandbox.enroll(request).await;
        }
        let client = Client::connect(&self.bus, self.timeouts).await?;
        let collection = match client.default_collection().await? {
            Some(collection) => collection,
            None => client.create_default_collection().await?,
        };
        unlock(&client, &Object::Collection(&collection)).await?;
        client.take_turn(request.vault).await?;

        // A key that lies in a collection which stays locked may be missed here. That does no harm:
        // this slot's handle names the key made now, and the other slots' handles name theirs.
        let anywhere = Place::default();
        if let Search::Found(items) = search(&client, request.vault, &anywhere, true).await? {
            return existing(&client, &items[0]).await;
        }

        let key = Key::generate().map_err(|_| no_entropy())?;
        let key_id = random_key_id()?;
        let mut written = attributes(request.vault, Some(&key_id));
        written.insert("version", VERSION.to_owned());
        // It was unlocked a moment ago, but writing to a locked collection may never return.
        if client.is_locked(&Object::Collection(&collection)).await? {
            return Err(Trouble::Locked);
        }
        let label = label(&request.config.key);
        client.create_item(&collection, &label, &written, key.expose()).await?;

        // What was written is found and read back before anything depends on it.
        let place = Place { key_id: Some(key_id), collection: Some(collection.to_string()) };
        let read_back = match search(&client, request.vault, &place, false).await? {
            Search::Found(items) => existing(&client, &items[0]).await?,
            Search::Absent | Search::Unsure(_) => return Err(Trouble::Nonsense(READ_BACK)),
        };
        if read_back.material.expose() != key.expose() {
            return Err(Trouble::Nonsense(READ_BACK));
        }
        // Where taking turns was impossible, another program may have been faster. The oldest item
        // is everybody's then. Ours stays: nobody uses it, and deleting is not enrolling's business.
        match search(&client, request.vault, &anywhere, false).await? {
            Search::Found(items) => existing(&client, &items[0]).await,
            Search::Absent | Search::Unsure(_) => Ok(read_back),
        }
    }

    async fn find(&self, request: &Request<'_>, handle: &[u8]) -> Result<Option<Key>, Trouble> {
        let place = Place::of_handle(handle);
        if let Some(sandbox) = self.sandbox().await? {
            return sandbox.release(request, &place).await;
        }
        let client = Client::connect(&self.bus, self.timeouts).await?;
        match search(&client, request.vault, &place, true).await? {
            Search::Found(items) => existing(&client, &items[0]).await.map(|it| Some(it.material)),
            Search::Absent => Ok(None),
            Search::Unsure(trouble) => Err(trouble),
        }
    }

    /// [`SecretService::find`], without asking anybody: `None` when there is no such key.
    async fn find_silently(
        &self,
        request: &Request<'_>,
        handle: &[u8],
    ) -> Result<Option<Probe>, Trouble> {
        if let Some(sandbox) = self.sandbox().await? {
            // Opening the sandbox's keyring may make the portal ask.
            return sandbox.reach().await.map(|()| Some(Probe::CannotTell));
        }
        let client = Client::connect(&self.bus, self.timeouts).await?;
        match search(&client, request.vault, &Place::of_handle(handle), false).await? {
            Search::Found(items) if client.is_locked(&Object::Item(&items[0].path)).await? => {
                Ok(Some(Probe::Present))
            }
            Search::Found(items) => {
                let key = key_of(&client.secret(&items[0].path).await?)?;
                Ok(Some(Probe::Released(key)))
            }
            Search::Absent => Ok(None),
            Search::Unsure(trouble) => Err(trouble),
        }
    }

    async fn delete(&self, request: &Request<'_>) -> Result<(), Trouble> {
        if let Some(sandbox) = self.sandbox().await? {
            return sandbox.forget(request).await;
        }
        let client = Client::connect(&self.bus, self.timeouts).await?;
        match search(&client, request.vault, &Place::default(), false).await? {
            Search::Found(items) => {
                for item in &items {
                    client.delete(&item.path).await?;
                }
                Ok(())
            }
            Search::Absent => Ok(()),
            Search::Unsure(trouble) => Err(trouble),
        }
    }
}

impl Default for SecretService {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait(?Send)]
impl Protector for SecretService {
    fn role(&self) -> Role {
        Role::DeviceStore
    }

    fn provider(&self) -> &'static str {
        "secret-service"
    }

    fn assurance(&self) -> Assurance {
        let mut assurance = Assurance::NONE;
        assurance.persistent = true;
        assurance.stolen_file = Theft::Sealed;
        // As strong as the keyring's password, which we cannot see.
        assurance.stolen_disk = Theft::Guessable;
        assurance
    }

    async fn enroll(&self, request: &Request<'_>) -> Result<Enrolled, ProtectorError> {
        self.find_or_make(request).await.map_err(Trouble::at_enroll)
    }

    async fn release(&self, request: &Request<'_>, handle: &[u8]) -> Result<Key, ProtectorError> {
        let key = self.find(request, handle).await.map_err(Trouble::with_a_key_there)?;
        key.ok_or(ProtectorError::Lost)
    }

    async fn probe(&self, request: &Request<'_>, handle: &[u8]) -> Result<Probe, ProtectorError> {
        let probed = self.find_silently(request, handle).await;
        probed.map_err(Trouble::with_a_key_there)?.ok_or(ProtectorError::Lost)
    }

    async fn readiness(&self, _wanted: DeviceSecurity) -> Result<Readiness, Obstacle> {
        match self.look().await {
            Ok(State::Ready) if self.sandbox.is_some() => Ok(Readiness::CannotTell),
            Ok(State::Ready) => Ok(Readiness::Ready),
            Ok(State::Locked) => Err(Obstacle::Locked),
            Ok(State::NoCollection) => Err(Obstacle::NotSetUp),
            Ok(State::NoService) | Err(Trouble::NoBus | Trouble::NoService) => {
                Err(Obstacle::NoKeyStore)
            }
            Ok(State::Unreachable) => {
                Err(Obstacle::Unreachable(Cause::new(Trouble::Nonsense("looking at the keyring"))))
            }
            Err(trouble) => Err(Obstacle::Unreachable(Cause::new(trouble))),
        }
    }

    /// Deletes every item of the vault in the collections that are unlocked. When there is none and
    /// a collection is locked, the answer is [`ProtectorError::Unavailable`].
    async fn forget(&self, request: &Request<'_>, _handle: &[u8]) -> Result<(), ProtectorError> {
        self.delete(request).await.map_err(Trouble::with_a_key_there)
    }
}

const READ_BACK: &str = "reading back what was written to the keyring";

/// Unlocks a collection or an item if it is locked.
async fn unlock(client: &Client, object: &Object<'_>) -> Result<(), Trouble> {
    if client.is_locked(object).await? {
        client.unlock(object).await?;
        if client.is_locked(object).await? {
            return Err(Trouble::Locked);
        }
    }
    Ok(())
}

/// The key in an item that was found.
async fn existing(client: &Client, item: &Item) -> Result<Enrolled, Trouble> {
    // KeePassXC locks single items until the person has let this program at them.
    unlock(client, &Object::Item(&item.path)).await?;
    let material = key_of(&client.secret(&item.path).await?)?;
    let place =
        Place { key_id: item.key_id.clone(), collection: Some(item.collection.to_string()) };
    Ok(Enrolled { handle: place.handle(), material })
}

fn key_of(secret: &SecretBytes) -> Result<Key, Trouble> {
    Key::from_slice(secret.expose()).ok_or(Trouble::Nonsense("reading the vault's key"))
}

fn random_key_id() -> Result<String, Trouble> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| no_entropy())?;
    let key_id = format!("{:016x}", u64::from_le_bytes(random));
    debug_assert!(is_key_id(&key_id));
    Ok(key_id)
}

fn no_entropy() -> Trouble {
    Trouble::Failed("making a key", "the platform gave no random numbers".to_owned())
}
