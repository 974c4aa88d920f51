//! Keys that scripts can use but not read: the device store of pages, and all that a tab's vault
//! is opened with.

use std::rc::Rc;

use async_trait::async_trait;
use js_sys::Uint8Array;
use keyward::{
    Assurance, DeviceSecurity, Enrolled, Key, Obstacle, Probe, Protector, ProtectorError,
    Readiness, Request, Role, Theft,
};
use wasm_bindgen::prelude::*;

use crate::indexed_db::Database;
use crate::js;
use crate::stored_keys::{StoredKeys, failed, nonsense, unavailable};
use crate::tab_session::TabSession;

/// How long a computation may take, in milliseconds; it takes less than one.
const LIMIT_MS: i32 = 10_000;
/// What the code that is the material is made over, before the vault's identity.
const MATERIAL: &[u8] = b"keyward web-crypto v1";
/// What the code that names the key is made over, likewise.
const NAME: &[u8] = b"keyward web-crypto handle";
/// How much of that code a handle holds.
const NAME_LEN: usize = 8;
/// The first byte of a handle that names its key.
const NAMED: u8 = 2;
/// The whole handle that earlier programs wrote. It names no key: whichever is there is taken for
/// the slot's.
const UNNAMED: [u8; 1] = [1];

/// One non-extractable HMAC-SHA-256 key for each vault, kept in IndexedDB. The key material is the
/// key's code over a constant and the vault's identity. The handle names the key by another such
/// code, so that a key which was made after the slot's had gone is not taken for it.
pub struct WebCrypto {
    keys: StoredKeys,
    role: Role,
    session: Option<Rc<TabSession>>,
}

impl WebCrypto {
    /// Keys that stay.
    #[must_use]
    pub fn persistent(database: &Rc<Database>) -> Self {
        let keys = StoredKeys { database: Rc::clone(database), provider: "web-crypto" };
        Self { keys, role: Role::DeviceStore, session: None }
    }

    /// Keys that are of no use after the tab's session. In the role of user verification it
    /// verifies nobody, and says so: a tab's vault never prompts.
    #[must_use]
    pub fn of_tab(session: &Rc<TabSession>, role: Role) -> Self {
        let provider = match role {
            Role::UserVerification => "web-crypto-tab-silent",
            _ => "web-crypto-tab",
        };
        let keys = StoredKeys { database: Rc::clone(session.database()), provider };
        Self { keys, role, session: Some(Rc::clone(session)) }
    }

    async fn place(&self, request: &Request<'_>) -> Result<JsValue, ProtectorError> {
        let session = match &self.session {
            Some(session) => session.id().await.map_err(unavailable)?,
            None => String::new(),
        };
        Ok(self.keys.place(&session, request.vault))
    }
}

#[async_trait(?Send)]
impl Protector for WebCrypto {
    fn role(&self) -> Role {
        self.role
    }

    fn provider(&self) -> &'static str {
        self.keys.provider
    }

    fn assurance(&self) -> Assurance {
        // The browser keeps the key in the clear in its profile. It does not give it to scripts,
        // and who has the sealed bytes alone has no key.
        let mut assurance = Assurance::NONE;
        assurance.persistent = self.session.is_none();
        assurance.stolen_file = Theft::Sealed;
        assurance
    }

    async fn enroll(&self, request: &Request<'_>) -> Result<Enrolled, ProtectorError> {
        let subtle = subtle()?;
        let place = self.place(request).await?;
        let mut key = self.keys.find(&place).await?;
        if key.is_undefined() {
            let made = generate(&subtle).await.map_err(|error| failed(&error))?;
            key = self.keys.keep(&place, made).await?;
        }
        let handle = handle(&subtle, &key, request).await?;
        let material = code(&subtle, &key, MATERIAL, request).await?;
        Ok(Enrolled { handle, material })
    }

    async fn release(&self, request: &Request<'_>, slot: &[u8]) -> Result<Key, ProtectorError> {
        let names_key = slot.len() == 1 + NAME_LEN && slot.first() == Some(&NAMED);
        if !names_key && slot != UNNAMED {
            return Err(nonsense("a handle that this version does not know"));
        }
        let subtle = subtle()?;
        let key = self.keys.find(&self.place(request).await?).await?;
        if key.is_undefined() {
            return Err(ProtectorError::Lost);
        }
        if names_key && slot != handle(&subtle, &key, request).await? {
            return Err(ProtectorError::Lost);
        }
        code(&subtle, &key, MATERIAL, request).await
    }

    async fn probe(&self, request: &Request<'_>, handle: &[u8]) -> Result<Probe, ProtectorError> {
        self.release(request, handle).await.map(Probe::Released)
    }

    async fn readiness(&self, _: DeviceSecurity) -> Result<Readiness, Obstacle> {
        if subtle().is_err() {
            return Err(js::insecure_page().unwrap_or(Obstacle::NoKeyStore));
        }
        self.keys.reachable().await?;
        Ok(Readiness::Ready)
    }

    async fn forget(&self, request: &Request<'_>, _: &[u8]) -> Result<(), ProtectorError> {
        let place = self.place(request).await?;
        if let Some(session) = &self.session
            && session.is_shared().await
        {
            // A copy of this tab may have a copy of the vault. The key goes with the session.
            return Ok(());
        }
        self.keys.remove(&place).await.map(drop)
    }
}

fn subtle() -> Result<JsValue, ProtectorError> {
    let subtle = js::global_path(&["crypto", "subtle"]);
    if js::is_some(&subtle) {
        Ok(subtle)
    } else {
        Err(ProtectorError::Unsupported("WebCrypto, which takes a page over https".to_owned()))
    }
}

async fn generate(subtle: &JsValue) -> Result<JsValue, JsValue> {
    let algorithm = js::object(&[
        ("name", &"HMAC".into()),
        ("hash", &"SHA-256".into()),
        ("length", &256.into()),
    ]);
    let uses = js::list(&[&"sign".into()]);
    js::call_within(LIMIT_MS, subtle, "generateKey", &[&algorithm, &JsValue::FALSE, &uses]).await
}

/// The handle of a slot that this key is for. It is in the file, in the clear, and says nothing of
/// the material: one code of a key says nothing of another.
async fn handle(
    subtle: &JsValue,
    key: &JsValue,
    request: &Request<'_>,
) -> Result<Vec<u8>, ProtectorError> {
    let name = code(subtle, key, NAME, request).await?;
    Ok([&[NAMED], &name.expose()[..NAME_LEN]].concat())
}

/// The key's code over `label` and the vault's identity.
async fn code(
    subtle: &JsValue,
    key: &JsValue,
    label: &[u8],
    request: &Request<'_>,
) -> Result<Key, ProtectorError> {
    let said = Uint8Array::from([label, &request.vault.0].concat().as_slice());
    let code = js::call_within(LIMIT_MS, subtle, "sign", &[&"HMAC".into(), key, &said]).await;
    js::take_key(&code.map_err(|error| failed(&error))?)
        .ok_or_else(|| nonsense("a code of another length"))
}
