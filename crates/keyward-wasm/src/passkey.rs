//! The device's verification of the person: a passkey whose pseudo-random function (WebAuthn's PRF
//! extension) gives the key material.

mod check;
mod webauthn;

use std::rc::Rc;

use async_trait::async_trait;
use js_sys::Uint8Array;
use keyward::{
    Assurance, DeviceSecurity, Enrolled, Key, Obstacle, Probe, Protector, ProtectorError,
    Readiness, Request, Role, Theft, VaultId,
};
use wasm_bindgen::prelude::*;

use crate::indexed_db::Database;
use crate::js;
use crate::stored_keys::{StoredKeys, failed, nonsense};
use crate::web_lock::{self, Mode, WebLock};

use check::Fresh;
pub(crate) use webauthn::has_authenticator;
use webauthn::{
    GivenUp, PRF, VERIFICATION, function_output, id_of, making_of, random, signal_unknown,
    supported, unsupported, use_of,
};

/// How long a person may take, in milliseconds, and how long another page's prompt is waited for.
/// A page without an authenticator would wait for ever.
const LIMIT_MS: i32 = 120_000;
const VERSION: u8 = 1;
/// The version and the vault's identity; the credential's id follows.
const HEAD_LEN: usize = 1 + 16;

/// One passkey for each vault. Which one is remembered in IndexedDB, so that a vault that is
/// enrolled again does not get another.
pub struct Passkey {
    remembered: StoredKeys,
    limit_ms: i32,
    fresh: Fresh,
}

impl Passkey {
    /// Passkeys of this origin, remembered in `database`.
    #[must_use]
    pub fn new(database: &Rc<Database>) -> Self {
        Self::with_limit(database, LIMIT_MS)
    }

    /// Passkeys for which a person may take another time, in milliseconds.
    #[must_use]
    pub fn with_limit(database: &Rc<Database>, limit_ms: i32) -> Self {
        let remembered = StoredKeys { database: Rc::clone(database), provider: "passkey" };
        Self { remembered, limit_ms, fresh: Fresh::default() }
    }

    /// At most one prompt at a time in all pages of the origin.
    async fn turn(&self) -> Result<WebLock, ProtectorError> {
        let turn = web_lock::hold("keyward-prompt", Mode::Exclusive, self.limit_ms).await;
        turn.ok_or_else(|| nonsense("another page is asking"))
    }

    /// Asks the person, and gives up when time is up or nobody waits any more.
    async fn ask(&self, method: &str, options: JsValue) -> Result<JsValue, ProtectorError> {
        self.prompt(method, options).await?.map_err(|error| refusal(&error))
    }

    /// [`Passkey::ask`], with the browser's own error.
    async fn prompt(
        &self,
        method: &str,
        options: JsValue,
    ) -> Result<Result<JsValue, JsValue>, ProtectorError> {
        let credentials = js::global_path(&["navigator", "credentials"]);
        if !js::is_some(&credentials) {
            return Err(unsupported("passkeys, which take a page over https"));
        }
        js::set(&options, "timeout", &self.limit_ms.into());
        js::set(&options, "challenge", &random()?);
        let given_up = GivenUp::new();
        let signal = js::get(&given_up.0, "signal");
        let options = js::object(&[("publicKey", &options), ("signal", &signal)]);
        Ok(js::call_within(self.limit_ms, &credentials, method, &[&options]).await)
    }

    /// Asks for the person and for nothing else. That takes a passkey, which no vault needs: the
    /// first time one is made, which asks as well, and is remembered.
    pub(crate) async fn verify_person(&self) -> Result<(), ProtectorError> {
        if !has_authenticator().await {
            return Err(unsupported(VERIFICATION));
        }
        let _turn = self.turn().await?;
        let nobody = VaultId([0; 16]);
        let place = self.remembered.place("prompt", nobody);
        let remembered = self.remembered.find(&place).await?;
        if remembered.is_undefined() {
            let host = js::global_path(&["location", "hostname"]);
            let made = self.ask("create", making_of(&host, nobody)?).await?;
            let id = Uint8Array::new(&js::get(&made, "rawId"));
            return self.remembered.keep(&place, id.into()).await.map(drop);
        }
        let id = remembered.unchecked_into::<Uint8Array>().to_vec();
        let verified = self.ask("get", use_of(nobody, &id)).await.map(drop);
        if let Err(ProtectorError::Dismissed) = &verified {
            // As when a vault is enrolled: it may have been deleted.
            self.remembered.remove(&place).await?;
        }
        verified
    }

    /// Remembers a passkey that was just made, and answers its handle.
    async fn keep(&self, vault: VaultId, made: &JsValue) -> Result<Vec<u8>, ProtectorError> {
        let id = id_of(made);
        let handle = [&[VERSION], vault.0.as_slice(), &id].concat();
        let place = self.remembered.place("", vault);
        let kept = self.remembered.keep(&place, Uint8Array::from(handle.as_slice()).into());
        if let Err(error) = kept.await {
            signal_unknown(&id);
            return Err(error);
        }
        self.keep_maker(vault, &id, made).await;
        Ok(handle)
    }

    /// Has the passkey's function evaluated.
    async fn evaluate(&self, vault: VaultId, id: &[u8]) -> Result<Key, ProtectorError> {
        let credential = self.ask("get", use_of(vault, id)).await?;
        function_output(&credential).1.ok_or_else(|| unsupported(PRF))
    }
}

#[async_trait(?Send)]
impl Protector for Passkey {
    fn role(&self) -> Role {
        Role::UserVerification
    }

    fn provider(&self) -> &'static str {
        self.remembered.provider
    }

    fn assurance(&self) -> Assurance {
        // Most passkeys are synchronised, so that no hardware holds them.
        let mut assurance = Assurance::NONE;
        assurance.user_verified = true;
        assurance.persistent = true;
        assurance.stolen_file = Theft::Sealed;
        assurance.stolen_disk = Theft::Sealed;
        assurance
    }

    async fn enroll(&self, request: &Request<'_>) -> Result<Enrolled, ProtectorError> {
        supported().await?;
        let _turn = self.turn().await?;
        let vault = request.vault;
        let place = self.remembered.place("", vault);
        let remembered = self.remembered.find(&place).await?;
        if !remembered.is_undefined() {
            let handle = remembered.unchecked_into::<Uint8Array>().to_vec();
            if let Some(material) = self.fresh.take(&handle) {
                return Ok(Enrolled { handle, material });
            }
            let id = credential(vault, &handle)?;
            if !self.is_lost(vault, id).await? {
                let material = self.evaluate(vault, id).await;
                // The person may have deleted the passkey, which looks the same as a prompt that was
                // closed: enrolling once more makes another one. Slots keep their own handles.
                if let Err(ProtectorError::Dismissed | ProtectorError::Unsupported(_)) = &material {
                    self.remembered.remove(&place).await?;
                }
                return Ok(Enrolled { handle, material: material? });
            }
            self.remembered.remove(&place).await?;
        }
        let name = request.config.key.as_str().into();
        let made = self.ask("create", making_of(&name, vault)?).await?;
        let (enabled, material) = function_output(&made);
        if !enabled && material.is_none() {
            signal_unknown(&id_of(&made));
            return Err(unsupported(PRF));
        }
        let handle = self.keep(vault, &made).await?;
        let material = match material {
            Some(material) => material,
            // Should this prompt be closed, the passkey is remembered for the next time.
            None => self.evaluate(vault, &id_of(&made)).await?,
        };
        Ok(Enrolled { handle, material })
    }

    async fn release(&self, request: &Request<'_>, handle: &[u8]) -> Result<Key, ProtectorError> {
        let id = credential(request.vault, handle)?;
        if self.is_lost(request.vault, id).await? {
            return Err(ProtectorError::Lost);
        }
        let _turn = self.turn().await?;
        self.evaluate(request.vault, id).await
    }

    async fn probe(&self, request: &Request<'_>, handle: &[u8]) -> Result<Probe, ProtectorError> {
        let id = credential(request.vault, handle)?;
        let lost = self.is_lost(request.vault, id).await?;
        if lost { Err(ProtectorError::Lost) } else { Ok(Probe::CannotTell) }
    }

    async fn check(&self, request: &Request<'_>, handle: &[u8]) -> Result<(), ProtectorError> {
        let id = credential(request.vault, handle)?;
        let _turn = self.turn().await?;
        self.look_for(request, id).await
    }

    async fn readiness(&self, _: DeviceSecurity) -> Result<Readiness, Obstacle> {
        if let Some(obstacle) = webauthn::obstacle().await {
            return Err(obstacle);
        }
        self.remembered.reachable().await?;
        // Whether the authenticator has the function, only making a passkey tells.
        Ok(Readiness::CannotTell)
    }

    async fn forget(&self, request: &Request<'_>, handle: &[u8]) -> Result<(), ProtectorError> {
        self.fresh.drop_it();
        let place = self.remembered.place("", request.vault);
        let remembered = self.remembered.find(&place).await?;
        if !remembered.is_undefined() {
            self.remembered.remove(&place).await?;
            let remembered = remembered.unchecked_into::<Uint8Array>().to_vec();
            credential(request.vault, &remembered).into_iter().for_each(signal_unknown);
        }
        self.forget_findings(request.vault).await?;
        credential(request.vault, handle).into_iter().for_each(signal_unknown);
        Ok(())
    }
}

/// What it means that the browser answers with an error.
fn refusal(error: &JsValue) -> ProtectorError {
    match js::name(error).as_str() {
        // Time was up, or the browser does not tell which of many things it was.
        "" | "NotAllowedError" | "AbortError" => ProtectorError::Dismissed,
        "SecurityError" | "NotSupportedError" | "ConstraintError" => {
            ProtectorError::Unsupported(js::describe(error))
        }
        _ => failed(error),
    }
}

/// The credential's id in a handle.
fn credential(vault: VaultId, handle: &[u8]) -> Result<&[u8], ProtectorError> {
    match handle.split_at_checked(HEAD_LEN) {
        Some((head, id)) if head[0] == VERSION && !id.is_empty() => {
            // A passkey is made for one vault.
            if head[1..] == vault.0 { Ok(id) } else { Err(ProtectorError::Lost) }
        }
        _ => Err(nonsense("a handle that this version does not know")),
    }
}
