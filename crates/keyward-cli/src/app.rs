//! What all commands share: which vault, where it is, and how the command talks.

use std::path::PathBuf;
use std::sync::Arc;

use async_io::block_on;
use keyward::{
    Condition, Error, Inspection, RegistryError, RegistryState, StoreError, Stores, inspect_cell,
};
use keyward_platform::FileStores;

use crate::exit_code::Code;
use crate::explain::explain;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, escaped};
use crate::passcode::{Passcodes, Source};
use crate::progress::Progress;
use crate::session::Session;

/// One run of the command.
pub(crate) struct App {
    /// The vault's name.
    pub(crate) vault: String,
    /// The folder that vaults live in.
    pub(crate) folder: PathBuf,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) output: Output,
    pub(crate) passcodes: Arc<Passcodes>,
    /// Where a recovery code comes from, for the commands that take one.
    pub(crate) code: Option<Source>,
    pub(crate) progress: Progress,
}

/// A vault's file, as it was found.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) inspection: Result<Inspection, Error>,
}

impl App {
    /// The vault's name for messages.
    pub(crate) fn name(&self) -> String {
        escaped(&self.vault)
    }

    /// Where the vault's file is, or would be.
    pub(crate) fn path(&self) -> Outcome<PathBuf> {
        self.stores().vault_file(&self.vault).map_err(|error| self.store_failure(error))
    }

    pub(crate) fn stores(&self) -> FileStores {
        FileStores::new(&self.folder)
    }

    /// Looks at the vault's file; `None` when there is none.
    pub(crate) fn look(&self) -> Outcome<Option<Found>> {
        let path = self.path()?;
        let cells = self.stores().open(&self.vault).map_err(|error| self.store_failure(error))?;
        let inspection = match block_on(inspect_cell(&*cells.vault)) {
            Err(Error::Store(error)) => return Err(self.store_failure(error)),
            inspection => inspection.transpose(),
        };
        Ok(inspection.map(|inspection| Found { path, inspection }))
    }

    /// Looks at the vault's file, which must be there.
    pub(crate) fn find(&self) -> Outcome<Found> {
        match self.look()? {
            Some(found) => Ok(found),
            None => Err(self.missing()?),
        }
    }

    /// What it means that nothing was found of the vault. Only `init` makes one, so that this can be
    /// said where an app's first run could not be told from a loss.
    pub(crate) fn missing(&self) -> Outcome<Failure> {
        let health = Session::without_vault(self)?.health()?;
        Ok(match (&health.condition, &health.registry) {
            (Condition::Vanished, _) => self.vanished(),
            (_, RegistryState::Failed(error)) => self.cannot_tell(error),
            _ => self.no_vault(),
        })
    }

    /// Whether the vault, of which nothing was found, was here before.
    pub(crate) fn has_vanished(&self) -> Outcome<bool> {
        let health = Session::without_vault(self)?.health()?;
        Ok(matches!(health.condition, Condition::Vanished))
    }

    pub(crate) fn vanished(&self) -> Failure {
        explain(self, None, &Error::Vanished)
    }

    fn cannot_tell(&self, error: &RegistryError) -> Failure {
        let (name, folder, init) = (self.name(), self.folder.display(), self.hint("init"));
        Failure::new(
            Code::ReadWriteFailed,
            format!(
                "There is no vault \"{name}\" in {folder}, and whether there was one cannot be told: \
                 {error}. Nothing was changed. If there was none, create it with {init}; if there was, \
                 put its file back."
            ),
        )
    }

    fn no_vault(&self) -> Failure {
        let (name, folder, init) = (self.name(), self.folder.display(), self.hint("init"));
        Failure::new(
            Code::NoVault,
            format!("There is no vault \"{name}\" in {folder}. Create it with {init}."),
        )
    }

    /// A command on this vault, as somebody would type it.
    pub(crate) fn hint(&self, command: &str) -> String {
        match self.vault.as_str() {
            "default" => format!("`keyward {command}`"),
            _ => format!("`keyward --vault {} {command}`", shell_word(&self.name())),
        }
    }

    /// The failure that a store's error is, before the vault has been opened.
    pub(crate) fn store_failure(&self, error: StoreError) -> Failure {
        explain(self, None, &Error::Store(error))
    }
}

/// Text as one word of a shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("work.tokens-2"), "work.tokens-2");
        assert_eq!(shell_word("my vault"), "'my vault'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
