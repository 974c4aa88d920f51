//! A key that WebCrypto keeps and does not give out.

use std::time::Duration;

use async_trait::async_trait;
use js_sys::{Array, Uint8Array};
use keyward::{Assurance, Enrolled, Key, Protector, ProtectorError, Request, Role, Theft, VaultId};
use wasm_bindgen::prelude::*;
use web_sys::{CryptoKey, SubtleCrypto};

use crate::database::{Database, KEYS};
use crate::timer::within;
use crate::trouble::Trouble;
use crate::{js, persistence, random, tab_session};

/// A device store: one HMAC-SHA-256 key for each vault, made by the browser, not extractable, kept
/// in this origin's IndexedDB. The material is the MAC of a label and the vault's identity
/// (SPEC.md).
///
/// Scripts of the origin can use such a key, and cannot read it. The browser keeps it as plain bytes
/// in its profile: whoever has the disk has the key.
pub struct WebCrypto {
    database: Database,
    scope: Scope,
}

/// For how long, and for what, a key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Until the vault is cleared.
    Device,
    /// As long as the tab; in place of both of a device's protectors, asking nobody.
    Tab(Role),
}

/// Says what the MAC is for; the vault's 16 bytes follow.
const LABEL: &[u8] = b"keyward web-crypto 1\0";
const KEY_ID_LEN: usize = 8;
const HANDLE_VERSION: u8 = 1;
const PATIENCE: Duration = Duration::from_secs(20);

impl WebCrypto {
    /// The keys of this origin.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Database::new())
    }

    /// Keys of this tab's session, standing in for the protector of `role`, and asking nobody.
    #[must_use]
    pub fn of_tab(role: Role) -> Self {
        Self { database: Database::new(), scope: Scope::Tab(role) }
    }

    pub(crate) fn with(database: Database) -> Self {
        Self { database, scope: Scope::Device }
    }

    /// Under what name a vault's key is kept.
    async fn name(&self, vault: VaultId) -> Result<String, Trouble> {
        Ok(match self.scope {
            Scope::Device => vault.to_string(),
            Scope::Tab(_) => tab_session::key_name(&self.database, vault).await?,
        })
    }

    async fn find(&self, name: &str) -> Result<Option<Kept>, Trouble> {
        let record = self.database.read(&[KEYS], async |it| it.get(KEYS, name).await).await?;
        Kept::read(&record)
    }

    async fn find_or_make(&self, vault: VaultId) -> Result<Kept, Trouble> {
        let name = self.name(vault).await?;
        if let Some(kept) = self.find(&name).await? {
            return Ok(kept);
        }
        let made = Kept::generate().await?;
        let write = self.database.write(&[KEYS], async |transaction| {
            // Another page may have been faster.
            let present = Kept::read(&transaction.get(KEYS, &name).await?)?;
            if present.is_none() {
                transaction.put(KEYS, &name, &made.to_record())?;
            }
            Ok(present)
        });
        let present = write.await?;
        if self.scope == Scope::Device && present.is_none() {
            persistence::ask_once(&self.database);
        }
        Ok(present.unwrap_or(made))
    }
}

impl Default for WebCrypto {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait(?Send)]
impl Protector for WebCrypto {
    fn role(&self) -> Role {
        match self.scope {
            Scope::Device => Role::DeviceStore,
            Scope::Tab(role) => role,
        }
    }

    fn provider(&self) -> &'static str {
        match self.scope {
            Scope::Device => "web-crypto",
            Scope::Tab(Role::UserVerification) => "web-crypto-tab-silent",
            Scope::Tab(_) => "web-crypto-tab",
        }
    }

    fn assurance(&self) -> Assurance {
        let mut assurance = Assurance::NONE;
        assurance.persistent = self.scope == Scope::Device;
        assurance.stolen_file = Theft::Sealed;
        assurance
    }

    async fn enroll(&self, request: &Request<'_>) -> Result<Enrolled, ProtectorError> {
        let enrolled = async {
            let kept = self.find_or_make(request.vault).await?;
            let handle = [&[HANDLE_VERSION], &kept.id[..]].concat();
            Ok(Enrolled { handle, material: kept.material(request.vault).await? })
        };
        enrolled.await.map_err(Trouble::at_enrollment)
    }

    async fn release(&self, request: &Request<'_>, handle: &[u8]) -> Result<Key, ProtectorError> {
        let id = handle.strip_prefix(&[HANDLE_VERSION]).ok_or_else(|| {
            Trouble::new("DataError", "a newer Keyward made the slot").at_release()
        })?;
        let released = async {
            let name = self.name(request.vault).await?;
            match self.find(&name).await?.filter(|kept| kept.id == id) {
                Some(kept) => kept.material(request.vault).await.map(Some),
                None => Ok(None),
            }
        };
        released.await.map_err(Trouble::at_release)?.ok_or(ProtectorError::Lost)
    }

    async fn forget(&self, request: &Request<'_>, _handle: &[u8]) -> Result<(), ProtectorError> {
        // Where there is no database, there never was a key.
        if !Database::is_supported() {
            return Ok(());
        }
        let forgotten = async {
            let name = self.name(request.vault).await?;
            // The tab may have been duplicated, and the copy's vault needs the key. It goes with the
            // session.
            if self.scope != Scope::Device && tab_session::is_shared().await? {
                return Ok(());
            }
            self.database.write(&[KEYS], async |it| it.delete(KEYS, &name.into())).await
        };
        forgotten.await.map_err(Trouble::at_release)
    }
}

/// What is kept for a vault.
struct Kept {
    /// Random; in the slot's handle, so that a key that was made anew is not taken for the one that
    /// is lost.
    id: [u8; KEY_ID_LEN],
    key: CryptoKey,
}

impl Kept {
    async fn generate() -> Result<Self, Trouble> {
        let algorithm = js::object(&[
            ("name", "HMAC".into()),
            ("hash", "SHA-256".into()),
            ("length", 256.into()),
        ]);
        let uses = Array::of1(&"sign".into());
        let made = subtle()?.generate_key_with_object(&algorithm, false, &uses)?;
        let key = within(PATIENCE, async { made.await }).await;
        let key = key.ok_or_else(|| Trouble::late("WebCrypto"))??;
        Ok(Self { id: random::bytes(), key: key.unchecked_into() })
    }

    fn to_record(&self) -> JsValue {
        let id = Uint8Array::from(&self.id[..]).into();
        js::object(&[("id", id), ("key", self.key.clone().into())]).into()
    }

    /// A record that makes no sense is no absent one.
    fn read(record: &JsValue) -> Result<Option<Self>, Trouble> {
        if record.is_undefined() {
            return Ok(None);
        }
        let nonsense = || Trouble::new("DataError", "what is kept for the vault is not a key");
        let id: Uint8Array = js::get(record, "id").dyn_into().map_err(|_| nonsense())?;
        let id = id.to_vec().try_into().map_err(|_| nonsense())?;
        let key = js::get(record, "key").dyn_into().map_err(|_| nonsense())?;
        Ok(Some(Self { id, key }))
    }

    async fn material(&self, vault: VaultId) -> Result<Key, Trouble> {
        let message = [LABEL, &vault.0].concat();
        let signed = subtle()?.sign_with_str_and_u8_array("HMAC", &self.key, &message)?;
        let signature = within(PATIENCE, async { signed.await }).await;
        let signature = signature.ok_or_else(|| Trouble::late("WebCrypto"))??;
        js::take_key(&signature).ok_or_else(|| Trouble::new("DataError", "not a MAC of 32 bytes"))
    }
}

fn subtle() -> Result<SubtleCrypto, Trouble> {
    let subtle = js::get(&js::global("crypto"), "subtle");
    if subtle.is_object() {
        Ok(subtle.unchecked_into())
    } else {
        Err(Trouble::missing("WebCrypto, which needs a secure context (https),"))
    }
}
