//! What this origin knows of its passkeys. Nothing depends on it but the person's comfort: slots
//! have all that they need in their handles.

use js_sys::{Array, Uint8Array};
use keyward::VaultId;
use wasm_bindgen::prelude::*;

use super::handle::Handle;
use crate::database::{Database, PASSKEYS};
use crate::trouble::Trouble;

pub(super) struct Remembered(Database);

impl Remembered {
    pub(super) fn new(database: Database) -> Self {
        Self(database)
    }

    /// The credential that was made for the vault key `name`.
    pub(super) async fn credential(&self, name: &str) -> Option<Vec<u8>> {
        self.bytes(&by_name(name)).await
    }

    pub(super) async fn remember_credential(&self, name: &str, credential: &[u8]) {
        self.put(&by_name(name), credential).await;
    }

    pub(super) async fn forget_credential(&self, name: &str) {
        let _ = self.delete(&by_name(name)).await;
    }

    /// All credentials.
    pub(super) async fn credentials(&self) -> Result<Vec<Vec<u8>>, Trouble> {
        let read = self.0.read(&[PASSKEYS], async |transaction| {
            let (names, values) = (transaction.keys(PASSKEYS), transaction.values(PASSKEYS));
            futures_util::future::try_join(names, values).await
        });
        let (names, values) = read.await?;
        let (names, values) = (Array::from(&names), Array::from(&values));
        let named = names.iter().zip(values.iter()).filter(|(name, _)| {
            name.as_string().is_some_and(|name| name.starts_with(&by_name("")))
        });
        Ok(named
            .filter_map(|(_, value)| Some(value.dyn_into::<Uint8Array>().ok()?.to_vec()))
            .collect())
    }

    /// The handle of the slot that was made last for `vault`.
    pub(super) async fn handle(&self, vault: VaultId) -> Option<Handle> {
        Handle::read(&self.bytes(&by_vault(vault)).await?)
    }

    pub(super) async fn remember_handle(&self, vault: VaultId, handle: &Handle) {
        self.put(&by_vault(vault), handle.as_bytes()).await;
    }

    pub(super) async fn forget_handle(&self, vault: VaultId) -> Result<(), Trouble> {
        self.delete(&by_vault(vault)).await
    }

    async fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        let read = self.0.read(&[PASSKEYS], async |it| it.get(PASSKEYS, key).await);
        Some(read.await.ok()?.dyn_into::<Uint8Array>().ok()?.to_vec())
    }

    /// What cannot be remembered is done without.
    async fn put(&self, key: &str, bytes: &[u8]) {
        let bytes = Uint8Array::from(bytes);
        let _ = self.0.write(&[PASSKEYS], async |it| it.put(PASSKEYS, key, &bytes)).await;
    }

    async fn delete(&self, key: &str) -> Result<(), Trouble> {
        if !Database::is_supported() {
            return Ok(());
        }
        self.0.write(&[PASSKEYS], async |it| it.delete(PASSKEYS, &key.into())).await
    }
}

fn by_name(name: &str) -> String {
    ["name:", name].concat()
}

fn by_vault(vault: VaultId) -> String {
    ["vault:", &vault.to_string()].concat()
}
