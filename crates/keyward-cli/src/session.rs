//! A vault that has been attached to, from the first operation to the wiping of its keys.

use std::sync::Arc;
use std::thread::JoinHandle;

use futures_util::{FutureExt, StreamExt};
use keyward::{Config, Error, Event, Events, Health, Older, Pending, Vault, VaultType};
use keyward_platform::Native;

use crate::app::{App, Found};
use crate::exit_code::Code;
use crate::explain::explain;
use crate::failure::{Failure, Outcome};
use crate::words;

/// A vault in use. When it is dropped, every key has been wiped.
pub(crate) struct Session<'a> {
    app: &'a App,
    found: Option<Found>,
    /// Taken only by [`Drop`].
    handle: Option<(Vault, Events)>,
    driver: Option<JoinHandle<()>>,
    attached: Option<Pending<()>>,
    /// What failed on the side so far.
    failures: Vec<Error>,
    /// Whether somebody was told that nothing is remembered of the vault.
    told_of_registry: bool,
}

/// The vaults of this machine, as the options say.
pub(crate) fn native(app: &App) -> Native {
    let native = Native::new(&app.folder);
    match &app.key_file {
        Some(path) => native.with_key_file(path),
        None => native,
    }
}

/// A vault whose driver runs on a thread of its own.
pub(crate) fn start(native: Native) -> Outcome<(Vault, JoinHandle<()>)> {
    native.start().map_err(|error| {
        Failure::new(Code::Failed, format!("The system starts no further thread: {error}."))
    })
}

impl<'a> Session<'a> {
    /// The vault, which must be there, with passcodes asked for as the options say.
    pub(crate) fn open(app: &'a App) -> Outcome<Self> {
        Self::of(app, app.find()?)
    }

    /// The vault that has been found.
    pub(crate) fn of(app: &'a App, found: Found) -> Outcome<Self> {
        // A vault that is there keeps its own configuration; this one is never used.
        let config = Config::new(&app.vault, VaultType::SecureStorage);
        let session = Self::start(app, Some(found), native(app).existing_only(), config)?;
        session.answer_passcodes();
        Ok(session)
    }

    /// As [`Session::of`], but nobody is asked for a passcode.
    pub(crate) fn without_asking(app: &'a App, found: Found) -> Outcome<Self> {
        let config = Config::new(&app.vault, VaultType::SecureStorage);
        Self::start(app, Some(found), native(app).existing_only(), config)
    }

    /// A vault of which nothing was found. None is created.
    pub(crate) fn without_vault(app: &'a App) -> Outcome<Self> {
        let config = Config::new(&app.vault, VaultType::SecureStorage);
        Self::start(app, None, native(app).existing_only(), config)
    }

    /// A vault that is created if it is not there.
    pub(crate) fn create(app: &'a App, config: Config) -> Outcome<Self> {
        let session = Self::start(app, None, native(app), config)?;
        session.answer_passcodes();
        Ok(session)
    }

    fn start(app: &'a App, found: Option<Found>, native: Native, config: Config) -> Outcome<Self> {
        let (vault, driver) = start(native)?;
        let events = vault.events();
        let attached = vault.initialize(config);
        Ok(Self {
            app,
            found,
            handle: Some((vault, events)),
            driver: Some(driver),
            attached: Some(attached),
            failures: Vec::new(),
            told_of_registry: false,
        })
    }

    /// Another handle on the vault, which must be gone before this session is dropped.
    pub(crate) fn handle(&self) -> Vault {
        self.vault().clone()
    }

    fn vault(&self) -> &Vault {
        let (vault, _) = self.handle.as_ref().expect("the handle lives as long as the session");
        vault
    }

    fn answer_passcodes(&self) {
        let passcodes = Arc::clone(&self.app.passcodes);
        self.vault().on_passcode_requested(move |request| passcodes.answer(request));
    }

    /// Waits for one operation on the vault. The first one is queued together with attaching, so
    /// that the two share one question and one refusal.
    pub(crate) fn run<T>(&mut self, operation: impl FnOnce(&Vault) -> Pending<T>) -> Outcome<T> {
        let result = self.try_run(operation);
        result.map_err(|error| self.explain(&error))
    }

    /// As [`Session::run`], with the engine's own error.
    pub(crate) fn try_run<T>(
        &mut self,
        operation: impl FnOnce(&Vault) -> Pending<T>,
    ) -> Result<T, Error> {
        let attached = self.attached.take();
        let operation = operation(self.vault());
        let result = self.app.progress.wait(async {
            if let Some(attached) = attached {
                attached.await?;
            }
            operation.await
        });
        self.hear();
        result
    }

    /// How the vault is, even when it could not be attached to.
    pub(crate) fn health(&mut self) -> Outcome<Health> {
        let attached = self.attached.take();
        let health = self.vault().health();
        let health = self.app.progress.wait(async {
            if let Some(attached) = attached {
                let _ = attached.await;
            }
            health.await
        });
        health.map_err(|error| self.explain(&error))
    }

    /// Removes the vault, even when its file could not be read.
    pub(crate) fn clear(&mut self) -> Outcome {
        let attached = self.attached.take();
        let cleared = self.vault().clear();
        let cleared = self.app.progress.wait(async {
            if let Some(attached) = attached {
                // Clearing works whatever the file holds.
                let _ = attached.await;
            }
            cleared.await
        });
        self.hear();
        cleared.map_err(|error| self.explain(&error))
    }

    /// The configuration, once an operation has been run.
    pub(crate) fn config(&self) -> Outcome<Config> {
        self.vault().config().ok_or_else(|| self.explain(&Error::Stopped))
    }

    /// What failed on the side, such as forgetting a key in a key store that is out of reach.
    pub(crate) fn side_failures(&mut self) -> Vec<Error> {
        self.hear();
        std::mem::take(&mut self.failures)
    }

    /// Takes down what the vault has told, and passes on what concerns people.
    fn hear(&mut self) {
        let Some((_, events)) = &mut self.handle else { return };
        let mut told = Vec::new();
        while let Some(Some(event)) = events.next().now_or_never() {
            told.push(event);
        }
        for event in told {
            match event {
                Event::Failed(error) => self.failures.push(error),
                Event::Older(older) => self.app.output.note(&older_words(&older)),
                Event::ProtectionWeakened { wanted, present } => self.app.output.note(&format!(
                    "This device cannot protect the vault with {} now. It is protected with {} until \
                     it can, as its configuration allows.",
                    words::protection(wanted),
                    words::protection(present)
                )),
                Event::ProtectionRaised { from, to } => self.app.output.note(&format!(
                    "The vault is now protected with {}, and no longer with {}.",
                    words::protection(to),
                    words::protection(from)
                )),
                Event::ProtectionCanBeRaised { to, .. } => self.app.output.note(&format!(
                    "This device has {} now. To protect the vault with it, use {} with the vault's \
                     type.",
                    words::protection(to),
                    self.app.hint("config --type")
                )),
                Event::RegistryFailed(error) if !self.told_of_registry => {
                    self.told_of_registry = true;
                    self.app.output.note(&format!("The vault was used all the same, but {error}."));
                }
                _ => {}
            }
        }
    }

    /// The failure that an engine's error is, for this vault.
    pub(crate) fn explain(&self, error: &Error) -> Failure {
        let trouble = self.app.passcodes.take_trouble();
        match trouble.filter(|_| matches!(error, Error::Dismissed)) {
            Some(failure) => failure,
            None => explain(self.app, self.found.as_ref(), error),
        }
    }
}

/// What it means that the file is older.
pub(crate) fn older_words(older: &Older) -> String {
    if older.stored_vault == older.seen_vault {
        format!(
            "The vault's file is older than what this device has seen: epoch {}, and {} was seen. \
             Somebody may have put a copy back.",
            older.stored_epoch, older.seen_epoch
        )
    } else {
        "The vault's file is another vault's than the one that this device has seen here."
            .to_owned()
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // The driver ends with the last handle, and wipes the keys when it does.
        self.handle = None;
        if let Some(driver) = self.driver.take() {
            let _ = driver.join();
        }
    }
}
