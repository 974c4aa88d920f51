//! The front door for programs on a desktop or in a shell: a vault on this machine, ready to use.

mod existing;

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use keyward::{Argon2Costs, Platform, Protector, Registry, Stores, Vault, secret};

use crate::{FileRegistry, FileStores, HashOnThread, KeyFile, LockedPages, SystemClock, thread};

/// A vault in a folder of this machine, protected by what this machine has.
///
/// Protectors, in the order in which they are preferred for new keys: the key file, if one was
/// asked for; on Linux, the keyring of the user's session ([`SecretService`](crate::SecretService)).
///
/// ```no_run
/// use keyward::{Config, VaultType};
/// use keyward_platform::Native;
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let vault = Native::new("/home/alice/.local/share/my-app").open()?;
///     // Calls are queued in their order, so that only results that matter need to be awaited.
///     async_io::block_on(async {
///         vault.initialize(Config::new("session", VaultType::SecureStorage)).await?;
///         vault.set("refresh-token", "8xLOxBtZp8").await?;
///         let token: Option<String> = vault.get("refresh-token").await?;
///         assert_eq!(token.as_deref(), Some("8xLOxBtZp8"));
///         Ok::<_, keyward::Error>(())
///     })?;
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Native {
    folder: PathBuf,
    key_file: Option<PathBuf>,
    state: Option<PathBuf>,
    existing_only: bool,
}

impl Native {
    /// Vaults in `folder`, which the first write creates. See [`FileStores`]. What is remembered of
    /// them lies in this user's state folder: see [`FileRegistry`].
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let state = FileRegistry::default_state();
        Self { folder: folder.into(), key_file: None, state, existing_only: false }
    }

    /// Makes the file at `path` the preferred device store; see [`KeyFile`] for what it promises.
    /// A vault whose key is in a key file opens only when that file is named here.
    #[must_use]
    pub fn with_key_file(self, path: impl Into<PathBuf>) -> Self {
        Self { key_file: Some(path.into()), ..self }
    }

    /// Remembers in `folder` which vaults were here, and not in this user's state folder. It should
    /// not lie in the vaults' own folder: what takes that away would take the memory with it.
    #[must_use]
    pub fn with_state_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { state: Some(folder.into()), ..self }
    }

    /// Never creates a vault, and never creates one again that another process has cleared:
    /// whatever would, answers [`StoreError::Gone`](keyward::StoreError::Gone).
    #[must_use]
    pub fn existing_only(self) -> Self {
        Self { existing_only: true, ..self }
    }

    /// Everything that the engine needs, for programs that run the vault's driver themselves.
    #[must_use]
    pub fn platform(&self) -> Platform {
        let files: Rc<dyn Stores> = Rc::new(FileStores::new(&self.folder));
        let stores = if self.existing_only { existing::existing_only(files) } else { files };
        let mut protectors: Vec<Rc<dyn Protector>> = Vec::new();
        if let Some(path) = &self.key_file {
            protectors.push(Rc::new(KeyFile::new(path)));
        }
        #[cfg(target_os = "linux")]
        protectors.push(Rc::new(crate::SecretService::new()));
        let registry = self.state.as_ref().map(|state| {
            let registry: Rc<dyn Registry> = Rc::new(FileRegistry::new(state, &self.folder));
            registry
        });
        Platform {
            clock: Arc::new(SystemClock),
            stores,
            protectors,
            registry,
            hashing: Rc::new(HashOnThread),
            argon2: Argon2Costs::DEFAULT,
        }
    }

    /// A vault whose driver runs on a thread of its own until the last handle is gone.
    ///
    /// Installs [`LockedPages`] as the process's page guard, unless the program has installed one
    /// before.
    ///
    /// # Errors
    /// When the system can start no further thread.
    pub fn open(self) -> io::Result<Vault> {
        self.start().map(|(vault, _)| vault)
    }

    /// As [`Native::open`], with the driver's thread: when that has been joined, after the last
    /// handle is gone, every key has been wiped from memory.
    ///
    /// # Errors
    /// When the system can start no further thread.
    pub fn start(self) -> io::Result<(Vault, JoinHandle<()>)> {
        secret::install_page_guard(&LockedPages);
        let (sender, receiver) = mpsc::sync_channel(1);
        let driver = thread::spawn("keyward", move || {
            let (vault, driver) = Vault::new(self.platform());
            let _ = sender.send(vault);
            driver.run()
        })?;
        match receiver.recv() {
            Ok(vault) => Ok((vault, driver)),
            Err(_) => Err(io::Error::other("the vault's thread ended before it began")),
        }
    }
}
