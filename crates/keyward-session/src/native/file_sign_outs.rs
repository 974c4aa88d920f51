//! What is remembered of sign-outs beside the vault's file.

use std::fs::{self, File};
use std::path::PathBuf;

use async_trait::async_trait;
use keyward::Vault;

use super::file_turns::{file_name, key_of};
use crate::sign_outs::SignOuts;

/// Remembers sign-outs by files in a folder, which are empty. Sessions whose names share a file (see
/// [`FileTurns`](super::FileTurns)) are signed out of together.
#[derive(Clone)]
pub struct FileSignOuts {
    folder: PathBuf,
    vault: Vault,
}

impl FileSignOuts {
    /// For the sessions in `vault`, by files in `folder`.
    pub fn new(folder: impl Into<PathBuf>, vault: Vault) -> Self {
        Self { folder: folder.into(), vault }
    }

    async fn path(&self, name: &str) -> Option<PathBuf> {
        let key = key_of(&self.vault).await.ok()?;
        Some(self.folder.join(file_name(&key, name, "signed-out")))
    }

    /// The folder's entries are durable after this, as far as its system has that.
    fn sync(&self) {
        let _ = File::open(&self.folder).and_then(|folder| folder.sync_all());
    }
}

#[async_trait(?Send)]
impl SignOuts for FileSignOuts {
    async fn remember(&self, name: &str) {
        if let Some(path) = self.path(name).await
            && File::create(path).is_ok()
        {
            self.sync();
        }
    }

    async fn remembers(&self, name: &str) -> bool {
        match self.path(name).await {
            Some(path) => path.symlink_metadata().is_ok(),
            None => false,
        }
    }

    async fn forget(&self, name: &str) {
        if let Some(path) = self.path(name).await
            && fs::remove_file(path).is_ok()
        {
            self.sync();
        }
    }
}
