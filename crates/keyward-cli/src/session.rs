//! A vault that has been attached to, from the first operation to the wiping of its keys.

use std::sync::Arc;
use std::thread::JoinHandle;

use futures_util::{FutureExt, StreamExt};
use keyward::{Config, Error, Event, Events, Pending, Vault, VaultType};
use keyward_platform::Native;

use crate::app::{App, Found};
use crate::exit_code::Code;
use crate::explain::explain;
use crate::failure::{Failure, Outcome};

/// A vault in use. When it is dropped, every key has been wiped.
pub(crate) struct Session<'a> {
    app: &'a App,
    found: Option<Found>,
    /// Taken only by [`Drop`].
    handle: Option<(Vault, Events)>,
    driver: Option<JoinHandle<()>>,
    attached: Option<Pending<()>>,
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
        let native = Native::new(&app.folder).existing_only();
        let session = Self::start(app, Some(found), native, config)?;
        session.answer_passcodes();
        Ok(session)
    }

    /// As [`Session::of`], but nobody is asked for a passcode.
    pub(crate) fn without_asking(app: &'a App, found: Found) -> Outcome<Self> {
        let config = Config::new(&app.vault, VaultType::SecureStorage);
        Self::start(app, Some(found), Native::new(&app.folder).existing_only(), config)
    }

    /// A vault that is created if it is not there.
    pub(crate) fn create(app: &'a App, config: Config) -> Outcome<Self> {
        let session = Self::start(app, None, Native::new(&app.folder), config)?;
        session.answer_passcodes();
        Ok(session)
    }

    fn start(app: &'a App, found: Option<Found>, native: Native, config: Config) -> Outcome<Self> {
        let native = match &app.key_file {
            Some(path) => native.with_key_file(path),
            None => native,
        };
        let (vault, driver) = native.start().map_err(|error| {
            Failure::new(Code::Failed, format!("The system starts no further thread: {error}."))
        })?;
        let events = vault.events();
        let attached = vault.initialize(config);
        Ok(Self {
            app,
            found,
            handle: Some((vault, events)),
            driver: Some(driver),
            attached: Some(attached),
        })
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
        self.app.progress.wait(async {
            if let Some(attached) = attached {
                attached.await?;
            }
            operation.await
        })
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
        cleared.map_err(|error| self.explain(&error))
    }

    /// The configuration, once an operation has been run.
    pub(crate) fn config(&self) -> Outcome<Config> {
        self.vault().config().ok_or_else(|| self.explain(&Error::Stopped))
    }

    /// What failed on the side, such as forgetting a key in a key store that is out of reach.
    pub(crate) fn side_failures(&mut self) -> Vec<Error> {
        let mut failures = Vec::new();
        let Some((_, events)) = &mut self.handle else {
            return failures;
        };
        while let Some(Some(event)) = events.next().now_or_never() {
            if let Event::Failed(error) = event {
                failures.push(error);
            }
        }
        failures
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

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // The driver ends with the last handle, and wipes the keys when it does.
        self.handle = None;
        if let Some(driver) = self.driver.take() {
            let _ = driver.join();
        }
    }
}
