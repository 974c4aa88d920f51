//! A vault in files of its own, with one entry and a recovery code, and what a program that is
//! started anew finds of it.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use futures_executor::block_on;
use futures_util::future::join;
use keyward::{
    Argon2Costs, Condition, Config, Error, HashInPlace, Health, Passcode, Platform, Protector,
    Recovery, RecoveryCode, RegistryState, Vault, VaultType,
};
use keyward_conformance::manual_clock::ManualClock;
use keyward_platform::{FileRegistry, FileStores, KeyFile, SecretService, Timeouts};
use tempfile::TempDir;

use crate::common::nobody_there;
use crate::page::Table;

/// What keeps the vault's key.
#[derive(Debug, Clone)]
pub(crate) enum Keeper {
    /// Only the passcode.
    Nobody,
    KeyFile,
    /// The keyring on the bus of this address.
    Keyring(String),
}

pub(crate) struct Scene {
    root: TempDir,
    vault_type: VaultType,
    keeper: Keeper,
    code: RefCell<Option<RecoveryCode>>,
    pub(crate) clock: ManualClock,
    /// Whether programs are told of the key file.
    pub(crate) named: Cell<bool>,
    pub(crate) timeouts: Cell<Timeouts>,
    pub(crate) passcode: Cell<&'static str>,
}

/// What a program reports that has just been started.
struct Found {
    initialized: Result<(), Error>,
    health: Health,
    read: Result<Option<String>, Error>,
}

impl Scene {
    pub(crate) fn new(vault_type: VaultType, keeper: &Keeper) -> Self {
        let scene = Self {
            root: tempfile::Builder::new().prefix("kw").tempdir().unwrap(),
            vault_type,
            keeper: keeper.clone(),
            code: RefCell::new(None),
            clock: ManualClock::new(),
            named: Cell::new(true),
            timeouts: Cell::new(nobody_there()),
            passcode: Cell::new("2580"),
        };
        fs::create_dir(scene.at("key")).unwrap();
        let code = scene.run(async |vault| {
            vault.set("token", "abc").await?;
            vault.enroll_recovery().await
        });
        *scene.code.borrow_mut() = Some(code.unwrap());
        scene
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The folder that the vault is in.
    pub(crate) fn vaults(&self) -> PathBuf {
        self.at("vaults")
    }

    /// The vault's file.
    pub(crate) fn file(&self) -> PathBuf {
        FileStores::new(self.vaults()).vault_file("session").unwrap()
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.at("key/device")
    }

    pub(crate) fn registry(&self) -> FileRegistry {
        FileRegistry::new(self.at("state"), self.vaults())
    }

    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        fs::read(self.file()).ok()
    }

    fn platform(&self) -> Platform {
        let protector: Option<Rc<dyn Protector>> = match &self.keeper {
            Keeper::KeyFile if self.named.get() => Some(Rc::new(KeyFile::new(self.key_file()))),
            Keeper::Nobody | Keeper::KeyFile => None,
            Keeper::Keyring(bus) => {
                Some(Rc::new(SecretService::on_bus(bus).with_timeouts(self.timeouts.get())))
            }
        };
        Platform {
            clock: Arc::new(self.clock.clone()),
            stores: Rc::new(FileStores::new(self.vaults())),
            protectors: protector.into_iter().collect(),
            registry: Some(Rc::new(self.registry())),
            hashing: Rc::new(HashInPlace),
            argon2: Argon2Costs::MINIMUM,
        }
    }

    /// A program that uses a vault of this folder, from its start to its end.
    fn with<T>(&self, key: &str, app: impl AsyncFnOnce(&Vault, Result<(), Error>) -> T) -> T {
        let (vault, driver) = Vault::new(self.platform());
        let passcode = self.passcode.get();
        vault.on_passcode_requested(move |request| {
            request.answer(Passcode::new(passcode).unwrap());
        });
        let config = Config::new(key, self.vault_type);
        block_on(join(
            async move {
                let initialized = vault.initialize(config).await;
                app(&vault, initialized).await
            },
            driver.run(),
        ))
        .0
    }

    /// What a program does that can attach to the vault.
    pub(crate) fn run<T>(
        &self,
        app: impl AsyncFnOnce(&Vault) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.with("session", async |vault, initialized| {
            initialized?;
            app(vault).await
        })
    }

    /// Another vault in the same folder, kept by the same keeper; its file.
    pub(crate) fn another(&self) -> PathBuf {
        self.with("another", async |vault, initialized| {
            initialized?;
            vault.set("token", "another vault's").await
        })
        .unwrap();
        FileStores::new(self.vaults()).vault_file("another").unwrap()
    }

    pub(crate) fn token(&self) -> Option<String> {
        self.run(async |vault| vault.get("token").await).unwrap()
    }

    /// Recovers the vault with its code.
    pub(crate) fn recover(&self) {
        let code = self.code.borrow().clone().unwrap();
        self.run(async |vault| vault.recover(Recovery::Code(code)).await).unwrap();
    }

    /// The state that is told.
    pub(crate) fn condition(&self) -> &'static str {
        self.look().health.condition.name()
    }

    fn look(&self) -> Found {
        self.with("session", async |vault, initialized| Found {
            initialized,
            health: vault.health().await.unwrap(),
            read: vault.get("token").await,
        })
    }

    /// Has something lost, writes down what is reported, and brings it back.
    pub(crate) fn lose(
        &self,
        table: &mut Table,
        (loss, way_back): (&str, &str),
        inflict: impl FnOnce(),
        bring_back: impl FnOnce(),
    ) {
        inflict();
        let bytes = self.bytes();
        let found = self.look();
        assert_eq!(self.bytes(), bytes, "{loss}: the bytes are untouched");
        table.row(&[loss, &found.state(), &found.answer(), way_back]);
        bring_back();
        assert_eq!(self.token().as_deref(), Some("abc"), "{loss}: {way_back}");
        let now = self.look();
        assert!(now.health.older.is_none(), "{loss}: {:?}", now.health);
        assert!(now.initialized.is_ok(), "{loss}: {:?}", now.initialized);
    }

    /// [`Scene::lose`] of something that a copy of the vault's file brings back.
    pub(crate) fn lose_bytes(
        &self,
        table: &mut Table,
        words: (&str, &str),
        inflict: impl FnOnce(&Path),
    ) {
        let (file, bytes) = (self.file(), self.bytes().unwrap());
        self.lose(
            table,
            words,
            || inflict(&file),
            || {
                if file.is_dir() {
                    fs::remove_dir(&file).unwrap();
                }
                fs::create_dir_all(self.vaults()).unwrap();
                fs::write(&file, &bytes).unwrap();
            },
        );
    }
}

impl Found {
    fn state(&self) -> String {
        let state = match &self.health.condition {
            Condition::KeyUnavailable { obstacle: Some(obstacle), .. } => {
                format!("`key-unavailable`: {}", obstacle.name())
            }
            condition => format!("`{}`", condition.name()),
        };
        match self.health.older {
            Some(older) if older.stored_vault == older.seen_vault => state + ", older",
            Some(_) => state + ", another vault",
            None if self.registry_failed() => state + ", registry `failed`",
            None => state,
        }
    }

    fn registry_failed(&self) -> bool {
        matches!(self.health.registry, RegistryState::Failed(_))
    }

    fn answer(&self) -> String {
        match (&self.read, &self.initialized) {
            (Err(error), initialized) => {
                let error = name(error);
                if let Err(at_first) = initialized {
                    assert_eq!(name(at_first), error, "initialising says the same");
                }
                format!("`{error}`")
            }
            (Ok(Some(token)), Ok(())) if token == "abc" => "the entries".to_owned(),
            (Ok(None), Ok(())) if self.registry_failed() => "nothing".to_owned(),
            (Ok(Some(_)), Ok(())) => "that file's entries".to_owned(),
            (read, initialized) => panic!("{initialized:?}, then {read:?}"),
        }
    }
}

/// The error's variant, without its fields.
fn name(error: &Error) -> String {
    let text = format!("{error:?}");
    text.split([' ', '(', '{']).next().unwrap().to_owned()
}
