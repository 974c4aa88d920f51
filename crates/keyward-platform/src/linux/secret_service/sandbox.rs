//! The keyring of an application in a sandbox: a file of its own, whose key the Secret portal keeps.

use std::fs::{self, File, TryLockError};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_io::{Async, Timer};
use futures_util::AsyncReadExt;
use keyward::{Enrolled, Key, Request, SecretBytes};
use oo7::ashpd::desktop::ResponseError;
use oo7::ashpd::desktop::secret::{RetrieveOptions, Secret as Portal};
use oo7::ashpd::{Error as PortalError, PortalError as PortalMethodError};
use oo7::file::{self, UnlockedKeyring};
use zeroize::Zeroizing;

use super::client::Bus;
use super::patience::{Timeouts, no_longer_than};
use super::place::{Place, VERSION, attributes, is_key_id, label};
use super::trouble::Trouble;
use super::{READ_BACK, key_of, no_entropy, random_key_id};

/// What a handle names as the collection.
const COLLECTION: &str = "portal";
/// The portals that exist hand out 64 bytes. Fewer than this would be no key.
const SHORTEST_PORTAL_SECRET: usize = 32;
const LONGEST_PORTAL_SECRET: u64 = 4096;
const TURN_POLL: Duration = Duration::from_millis(20);

const ASKING: &str = "asking the Secret portal for the keyring's key";
const READING: &str = "reading the sandbox's keyring";
const WRITING: &str = "writing the sandbox's keyring";

/// Where the keyring of this program's sandbox is, if it runs in one: the file that libsecret and
/// oo7 use there.
pub(super) fn default_file() -> Option<PathBuf> {
    oo7::ashpd::is_sandboxed().then(|| file::api::Keyring::default_path().ok()).flatten()
}

/// The Secret portal and the file that it goes with.
pub(super) struct Sandbox<'a> {
    portal: Portal,
    file: &'a Path,
    timeouts: Timeouts,
}

impl<'a> Sandbox<'a> {
    /// `None` when the portal of this sandbox keeps no secrets; the Secret Service may then be
    /// reachable.
    pub(super) async fn enter(
        bus: &Bus,
        timeouts: Timeouts,
        file: &'a Path,
    ) -> Result<Option<Self>, Trouble> {
        let connection = bus.connect(&timeouts).await?;
        let entering = async {
            match Portal::with_connection(connection).await {
                Ok(portal) => Ok(Some(Self { portal, file, timeouts })),
                Err(PortalError::PortalNotFound(_)) => Ok(None),
                Err(error) => Err(portal_trouble(&error)),
            }
        };
        no_longer_than(timeouts.call, ASKING, entering).await
    }

    /// Whether the portal answers, without asking it for anything.
    pub(super) async fn reach(&self) -> Result<(), Trouble> {
        let introspecting = async {
            let answer = self.portal.introspect().await;
            answer.map(drop).map_err(|error| Trouble::of(ASKING, &error.into()))
        };
        no_longer_than(self.timeouts.call, ASKING, introspecting).await
    }

    pub(super) async fn enroll(&self, request: &Request<'_>) -> Result<Enrolled, Trouble> {
        let _turn = self.take_turn().await?;
        if let Some(enrolled) = self.find(request, None).await? {
            return Ok(enrolled);
        }
        let key = Key::generate().map_err(|_| no_entropy())?;
        let key_id = random_key_id()?;
        let mut written = attributes(request.vault, Some(&key_id));
        written.insert("version", VERSION.to_owned());
        let label = label(&request.config.key);

        let keyring = self.open().await?;
        let writing = async {
            let created = keyring.create_item(&label, &written, key.expose(), false).await;
            created.map(drop).map_err(|error| file_trouble(WRITING, &error))
        };
        no_longer_than(self.timeouts.call, WRITING, writing).await?;
        // The file was synchronised and renamed; the folder has to know its new name too.
        let folder = self.file.parent().unwrap_or(Path::new("."));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| Trouble::io(WRITING, &error))?;

        match self.find(request, Some(&key_id)).await? {
            Some(enrolled) if enrolled.material.expose() == key.expose() => Ok(enrolled),
            _ => Err(Trouble::Nonsense(READ_BACK)),
        }
    }

    /// `None` when the keyring can be read and has no such key.
    pub(super) async fn release(
        &self,
        request: &Request<'_>,
        place: &Place,
    ) -> Result<Option<Key>, Trouble> {
        let found = self.find(request, place.key_id.as_deref()).await?;
        let elsewhere = place.collection.as_deref().is_some_and(|home| home != COLLECTION);
        if found.is_none() && (elsewhere || !self.folder_is_there()) {
            return Err(Trouble::Elsewhere);
        }
        Ok(found.map(|enrolled| enrolled.material))
    }

    pub(super) async fn forget(&self, request: &Request<'_>) -> Result<(), Trouble> {
        if !self.file.exists() {
            return Ok(());
        }
        let _turn = self.take_turn().await?;
        let keyring = self.open().await?;
        let writing = async {
            let deleted = keyring.delete(&attributes(request.vault, None)).await;
            deleted.map_err(|error| file_trouble(WRITING, &error))
        };
        no_longer_than(self.timeouts.call, WRITING, writing).await
    }

    async fn find(
        &self,
        request: &Request<'_>,
        key_id: Option<&str>,
    ) -> Result<Option<Enrolled>, Trouble> {
        let keyring = self.open().await?;
        let reading = async {
            let trouble = |error| file_trouble(READING, &error);
            let items =
                keyring.search_items(&attributes(request.vault, key_id)).await.map_err(trouble)?;
            if items.is_empty() {
                // An item that cannot be read may be the one.
                let all = keyring.items().await.map_err(trouble)?;
                return match all.iter().all(Result::is_ok) {
                    true => Ok(None),
                    false => Err(Trouble::Nonsense(READING)),
                };
            }
            Ok(items.into_iter().min_by_key(|item| {
                let item = item.as_unlocked();
                (item.created(), item.attributes().get("key-id").cloned())
            }))
        };
        let Some(item) = no_longer_than(self.timeouts.call, READING, reading).await? else {
            return Ok(None);
        };
        let item = item.as_unlocked();
        let found = item.attributes();
        if found.get("version").map(String::as_str) != Some(VERSION) {
            let newer = "the item was written by another version of Keyward".to_owned();
            return Err(Trouble::Failed(READING, newer));
        }
        let place = Place {
            key_id: found.get("key-id").filter(|id| is_key_id(id)).cloned(),
            collection: Some(COLLECTION.to_owned()),
        };
        let material = key_of(&SecretBytes::from(item.secret().as_bytes()))?;
        Ok(Some(Enrolled { handle: place.handle(), material }))
    }

    /// The keyring as it is in the file now, opened with the portal's key. An absent file is an
    /// empty keyring.
    async fn open(&self) -> Result<UnlockedKeyring, Trouble> {
        // The portal may have to ask the person to unlock the keyring of the session.
        let secret = no_longer_than(self.timeouts.prompt, ASKING, self.portal_secret()).await?;
        let opening = async {
            let secret = oo7::Secret::from(secret);
            UnlockedKeyring::load(self.file, secret).await.map_err(|e| file_trouble(READING, &e))
        };
        no_longer_than(self.timeouts.call, READING, opening).await
    }

    async fn portal_secret(&self) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let io = |error: std::io::Error| Trouble::io(ASKING, &error);
        let (ours, theirs) = UnixStream::pair().map_err(io)?;
        let request = self.portal.retrieve(&theirs, RetrieveOptions::default()).await;
        let request = request.map_err(|error| portal_trouble(&error))?;
        request.response().map_err(|error| portal_trouble(&error))?;
        drop(theirs);
        let ours = Async::new(ours).map_err(io)?;
        let mut secret = Zeroizing::new(Vec::with_capacity(256));
        ours.take(LONGEST_PORTAL_SECRET).read_to_end(&mut secret).await.map_err(io)?;
        if secret.len() < SHORTEST_PORTAL_SECRET {
            return Err(Trouble::Nonsense(ASKING));
        }
        Ok(secret)
    }

    /// Waits until no other program is changing the keyring for Keyward, and keeps others waiting
    /// until the file is dropped. The keyring's own format has no such lock.
    async fn take_turn(&self) -> Result<File, Trouble> {
        const DOING: &str = "waiting for another program that uses the sandbox's keyring";
        let io = |error: std::io::Error| Trouble::io(DOING, &error);
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(io)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.file.with_extension("keyward-lock"))
            .map_err(io)?;
        let waiting = async {
            loop {
                match lock.try_lock() {
                    Ok(()) => return Ok(()),
                    Err(TryLockError::WouldBlock) => Timer::after(TURN_POLL).await,
                    Err(TryLockError::Error(error)) => return Err(io(error)),
                };
            }
        };
        no_longer_than(self.timeouts.prompt, DOING, waiting).await?;
        Ok(lock)
    }

    fn folder_is_there(&self) -> bool {
        self.file.parent().is_some_and(Path::is_dir)
    }
}

fn portal_trouble(error: &PortalError) -> Trouble {
    match error {
        PortalError::Response(ResponseError::Cancelled) => Trouble::Dismissed,
        PortalError::Response(ResponseError::Other) => {
            Trouble::Failed(ASKING, "the portal refused".to_owned())
        }
        PortalError::Zbus(error) | PortalError::Portal(PortalMethodError::ZBus(error)) => {
            Trouble::of(ASKING, error)
        }
        PortalError::Portal(_) => Trouble::Failed(ASKING, "the portal failed".to_owned()),
        PortalError::IO(error) => Trouble::io(ASKING, error),
        _ => Trouble::Nonsense(ASKING),
    }
}

fn file_trouble(doing: &'static str, error: &file::Error) -> Trouble {
    match error {
        file::Error::Io(error) => Trouble::io(doing, error),
        file::Error::IncorrectSecret | file::Error::PartiallyCorruptedKeyring { .. } => {
            Trouble::Failed(doing, "the portal's key does not open it".to_owned())
        }
        file::Error::TargetFileChanged(_) => {
            Trouble::Failed(doing, "another program changed it at the same time".to_owned())
        }
        _ => Trouble::Nonsense(doing),
    }
}
