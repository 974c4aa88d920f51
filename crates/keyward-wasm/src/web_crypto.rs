//! Keys that scripts can use but not read: the device store of pages, and all that a tab's vault
//! is opened with.

use std::rc::Rc;

use async_trait::async_trait;
use js_sys::Uint8Array;
use keyward::{
    Assurance, Cause, Enrolled, Key, Protector, ProtectorError, Request, Role, StoreError, Theft,
};
use wasm_bindgen::prelude::*;

use crate::indexed_db::{Access, Database, KEYS};
use crate::js;
use crate::tab_session::TabSession;

/// How long a computation may take, in milliseconds; it takes less than one.
const LIMIT_MS: i32 = 10_000;
/// The only handle: which version of this protector made the slot. Everything else is the vault's.
const HANDLE: [u8; 1] = [1];
/// What the code is made over, before the vault's identity.
const LABEL: &[u8] = b"keyward web-crypto v1";

/// One non-extractable HMAC-SHA-256 key for each vault, kept in IndexedDB. The key material is the
/// key's HMAC over a constant and the vault's identity.
pub struct WebCrypto {
    database: Rc<Database>,
    role: Role,
    provider: &'static str,
    session: Option<Rc<TabSession>>,
}

impl WebCrypto {
    /// Keys that stay.
    #[must_use]
    pub fn persistent(database: &Rc<Database>) -> Self {
        Self {
            database: Rc::clone(database),
            role: Role::DeviceStore,
            provider: "web-crypto",
            session: None,
        }
    }

    /// Keys that are of no use after the tab's session. In the role of user verification it
    /// verifies nobody, and says so: a tab's vault never prompts.
    #[must_use]
    pub fn of_tab(session: &Rc<TabSession>, role: Role) -> Self {
        let provider = match role {
            Role::UserVerification => "web-crypto-tab-silent",
            _ => "web-crypto-tab",
        };
        Self {
            database: Rc::clone(session.database()),
            role,
            provider,
            session: Some(Rc::clone(session)),
        }
    }

    /// Where a vault's key lies: `[session, provider, vault]`, the session empty for keys that
    /// stay.
    async fn place(&self, request: &Request<'_>) -> Result<JsValue, ProtectorError> {
        let session = match &self.session {
            Some(session) => session.id().await.map_err(unavailable)?,
            None => String::new(),
        };
        let vault = Uint8Array::from(request.vault.0.as_slice());
        Ok(js::list(&[&session.into(), &self.provider.into(), &vault]).into())
    }

    async fn stored(&self, place: &JsValue) -> Result<JsValue, ProtectorError> {
        let found =
            async { self.database.begin(KEYS, Access::Read).await?.ask("get", &[place]).await };
        found.await.map_err(unavailable)
    }

    /// Stores `key` unless there is one already, and answers the one that is there.
    async fn keep(&self, place: &JsValue, key: JsValue) -> Result<JsValue, StoreError> {
        let transaction = self.database.begin(KEYS, Access::Write).await?;
        let found = transaction.ask("get", &[place]).await?;
        if js::is_some(&found) {
            return Ok(found);
        }
        transaction.request("put", &[&key, place])?;
        transaction.commit().await?;
        Ok(key)
    }

    async fn material(
        &self,
        subtle: &JsValue,
        key: &JsValue,
        request: &Request<'_>,
    ) -> Result<Key, ProtectorError> {
        let said = [LABEL, &request.vault.0].concat();
        let said = Uint8Array::from(said.as_slice());
        let mac = js::call_within(LIMIT_MS, subtle, "sign", &[&"HMAC".into(), key, &said]).await;
        js::take_key(&Uint8Array::new(&mac.map_err(|error| failed(&error))?))
            .ok_or_else(|| nonsense("a code of another length"))
    }
}

#[async_trait(?Send)]
impl Protector for WebCrypto {
    fn role(&self) -> Role {
        self.role
    }

    fn provider(&self) -> &'static str {
        self.provider
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
        let mut key = self.stored(&place).await?;
        if !js::is_some(&key) {
            let algorithm = js::object(&[
                ("name", &"HMAC".into()),
                ("hash", &"SHA-256".into()),
                ("length", &256.into()),
            ]);
            let uses = js::list(&[&"sign".into()]);
            let arguments = [&algorithm, &JsValue::FALSE, &uses];
            let made = js::call_within(LIMIT_MS, &subtle, "generateKey", &arguments).await;
            let made = made.map_err(|error| failed(&error))?;
            key = self.keep(&place, made).await.map_err(unavailable)?;
        }
        let material = self.material(&subtle, &key, request).await?;
        Ok(Enrolled { handle: HANDLE.to_vec(), material })
    }

    async fn release(&self, request: &Request<'_>, handle: &[u8]) -> Result<Key, ProtectorError> {
        if handle != HANDLE {
            return Err(nonsense("a handle that this version does not know"));
        }
        let subtle = subtle()?;
        let key = self.stored(&self.place(request).await?).await?;
        if !js::is_some(&key) {
            return Err(ProtectorError::Lost);
        }
        self.material(&subtle, &key, request).await
    }

    async fn forget(&self, request: &Request<'_>, _: &[u8]) -> Result<(), ProtectorError> {
        let place = self.place(request).await?;
        if let Some(session) = &self.session
            && session.is_shared().await
        {
            // A copy of this tab may have a copy of the vault. The key goes with the session.
            return Ok(());
        }
        let forgotten = async {
            let transaction = self.database.begin(KEYS, Access::Write).await?;
            transaction.request("delete", &[&place])?;
            transaction.commit().await
        };
        forgotten.await.map_err(unavailable)
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

fn unavailable(error: StoreError) -> ProtectorError {
    ProtectorError::Unavailable(Cause::new(error))
}

fn failed(error: &JsValue) -> ProtectorError {
    ProtectorError::Unavailable(Cause::new(js::describe(error)))
}

fn nonsense(what: &'static str) -> ProtectorError {
    ProtectorError::Unavailable(Cause::new(what))
}
