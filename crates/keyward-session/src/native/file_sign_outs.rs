//! What is remembered of sign-outs beside the vault's file.

use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;

use async_trait::async_trait;
use keyward::Vault;

use super::file_turns::{file_name, has_own_file, key_of};
use crate::sign_outs::SignOuts;

/// Remembers sign-outs by files in a folder, which are empty. Not of sessions with names so long that
/// they may share a file: one must not be signed out of with another.
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
        let key = key_of(&self.vault).await.ok().filter(|key| has_own_file(key, name))?;
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
        let Some(path) = self.path(name).await else { return };
        // Whatever stands there already is not touched, nor what a link there leads to.
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        if options.open(path).is_ok() {
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use futures_executor::block_on;
    use keyward::{Config, VaultType};
    use keyward_platform::Native;

    use super::*;

    #[test]
    fn what_a_link_in_the_way_leads_to_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = Native::new(folder.path().join("vaults")).open().expect("a vault");
        block_on(vault.initialize(Config::new("v", VaultType::InMemory))).expect("attaches");
        let sign_outs = FileSignOuts::new(folder.path(), vault);
        assert!(!block_on(sign_outs.remembers("s")));
        let other = folder.path().join("other");
        fs::write(&other, "kept").expect("writes");
        symlink(&other, folder.path().join(".v.s.signed-out")).expect("links");
        block_on(sign_outs.remember("s"));
        assert!(block_on(sign_outs.remembers("s")));
        block_on(sign_outs.forget("s"));
        assert!(!block_on(sign_outs.remembers("s")));
        assert_eq!(fs::read_to_string(&other).expect("it is there"), "kept");
    }
}
