//! The device's verification of the person: a passkey whose pseudo-random function (WebAuthn's PRF
//! extension) gives the key material.

use std::rc::Rc;

use async_trait::async_trait;
use base64ct::{Base64Unpadded, Encoding};
use js_sys::Uint8Array;
use keyward::{Assurance, Enrolled, Key, Protector, ProtectorError, Request, Role, Theft, VaultId};
use wasm_bindgen::prelude::*;

use crate::indexed_db::Database;
use crate::js;
use crate::stored_keys::{StoredKeys, failed, nonsense};
use crate::web_lock::{self, Mode, WebLock};

/// How long a person may take, in milliseconds, and how long another page's prompt is waited for.
/// A page without an authenticator would wait for ever.
const LIMIT_MS: i32 = 120_000;
/// How long questions may take that nobody is asked.
const SILENT_LIMIT_MS: i32 = 10_000;
const VERSION: u8 = 1;
/// What the function is given, before the vault's identity.
const LABEL: &[u8] = b"keyward passkey v1";
/// The version and the vault's identity; the credential's id follows.
const HEAD_LEN: usize = 1 + 16;

/// One passkey for each vault. Which one is remembered in IndexedDB, so that a vault that is
/// enrolled again does not get another.
pub struct Passkey {
    remembered: StoredKeys,
    limit_ms: i32,
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
        Self { remembered, limit_ms }
    }

    /// At most one prompt at a time in all pages of the origin.
    async fn turn(&self) -> Result<WebLock, ProtectorError> {
        let turn = web_lock::hold("keyward-prompt", Mode::Exclusive, self.limit_ms).await;
        turn.ok_or_else(|| nonsense("another page is asking"))
    }

    /// Asks the person, and gives up when time is up or nobody waits any more.
    async fn ask(&self, method: &str, options: JsValue) -> Result<JsValue, ProtectorError> {
        let credentials = js::global_path(&["navigator", "credentials"]);
        if !js::is_some(&credentials) {
            return Err(unsupported("passkeys, which take a page over https"));
        }
        js::set(&options, "timeout", &self.limit_ms.into());
        js::set(&options, "challenge", &random()?);
        let given_up = GivenUp::new();
        let signal = js::get(&given_up.0, "signal");
        let options = js::object(&[("publicKey", &options), ("signal", &signal)]);
        js::call_within(self.limit_ms, &credentials, method, &[&options]).await.map_err(|error| {
            match js::name(&error).as_str() {
                // Time was up, or the browser does not tell which of many things it was.
                "" | "NotAllowedError" | "AbortError" => ProtectorError::Dismissed,
                "SecurityError" | "NotSupportedError" | "ConstraintError" => {
                    ProtectorError::Unsupported(js::describe(&error))
                }
                _ => failed(&error),
            }
        })
    }

    /// Asks for the person and for nothing else. That takes a passkey, which no vault needs: the
    /// first time one is made, which asks as well, and is remembered.
    pub(crate) async fn verify_person(&self) -> Result<(), ProtectorError> {
        supported().await?;
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
        let place = self.remembered.place("", request.vault);
        let remembered = self.remembered.find(&place).await?;
        if !remembered.is_undefined() {
            let handle = remembered.unchecked_into::<Uint8Array>().to_vec();
            let id = credential(request.vault, &handle)?;
            let material = self.evaluate(request.vault, id).await;
            // The person may have deleted the passkey, which looks the same as a prompt that was
            // closed: enrolling once more makes another one. Slots keep their own handles.
            if let Err(ProtectorError::Dismissed | ProtectorError::Unsupported(_)) = &material {
                self.remembered.remove(&place).await?;
            }
            return Ok(Enrolled { handle, material: material? });
        }
        let name = request.config.key.as_str().into();
        let made = self.ask("create", making_of(&name, request.vault)?).await?;
        let id = &Uint8Array::new(&js::get(&made, "rawId")).to_vec();
        let (enabled, material) = function_output(&made);
        if !enabled && material.is_none() {
            signal_unknown(id);
            return Err(unsupported(PRF));
        }
        let handle = [&[VERSION], request.vault.0.as_slice(), id].concat();
        let kept = self.remembered.keep(&place, Uint8Array::from(handle.as_slice()).into());
        if let Err(error) = kept.await {
            signal_unknown(id);
            return Err(error);
        }
        let material = match material {
            Some(material) => material,
            // Should this prompt be closed, the passkey is remembered for the next time.
            None => self.evaluate(request.vault, id).await?,
        };
        Ok(Enrolled { handle, material })
    }

    async fn release(&self, request: &Request<'_>, handle: &[u8]) -> Result<Key, ProtectorError> {
        let id = credential(request.vault, handle)?;
        let _turn = self.turn().await?;
        self.evaluate(request.vault, id).await
    }

    async fn forget(&self, request: &Request<'_>, handle: &[u8]) -> Result<(), ProtectorError> {
        let place = self.remembered.place("", request.vault);
        let remembered = self.remembered.find(&place).await?;
        if !remembered.is_undefined() {
            self.remembered.remove(&place).await?;
            let remembered = remembered.unchecked_into::<Uint8Array>().to_vec();
            credential(request.vault, &remembered).into_iter().for_each(signal_unknown);
        }
        credential(request.vault, handle).into_iter().for_each(signal_unknown);
        Ok(())
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

/// Whether a passkey could be made that is of use, as far as the browser tells.
async fn supported() -> Result<(), ProtectorError> {
    if !has_authenticator().await {
        return Err(unsupported("a screen lock, or a face or a finger, that the browser may use"));
    }
    let capabilities =
        js::call_within(SILENT_LIMIT_MS, &class(), "getClientCapabilities", &[]).await;
    if js::get(&capabilities.unwrap_or_default(), "extension:prf") == JsValue::FALSE {
        return Err(unsupported(PRF));
    }
    Ok(())
}

/// Whether the device has an authenticator of its own that verifies the person, set up and ready.
pub(crate) async fn has_authenticator() -> bool {
    let available = "isUserVerifyingPlatformAuthenticatorAvailable";
    let available = js::call_within(SILENT_LIMIT_MS, &class(), available, &[]).await;
    available == Ok(JsValue::TRUE)
}

const PRF: &str = "passkeys with the PRF extension";

fn unsupported(what: &str) -> ProtectorError {
    ProtectorError::Unsupported(what.to_owned())
}

fn class() -> JsValue {
    js::get(&js::global(), "PublicKeyCredential")
}

/// The options for a passkey of a vault that people know by `name`.
fn making_of(name: &JsValue, vault: VaultId) -> Result<JsValue, ProtectorError> {
    let kind =
        |algorithm: i32| js::object(&[("type", &"public-key".into()), ("alg", &algorithm.into())]);
    Ok(js::object(&[
        ("rp", &js::object(&[("name", &js::global_path(&["location", "hostname"]))])),
        // A passkey replaces another of the same user.
        ("user", &js::object(&[("id", &random()?), ("name", name), ("displayName", name)])),
        // ES256 and RS256; nothing is ever signed that anybody verifies.
        ("pubKeyCredParams", &js::list(&[&kind(-7), &kind(-257)])),
        (
            "authenticatorSelection",
            &js::object(&[
                ("authenticatorAttachment", &"platform".into()),
                ("residentKey", &"preferred".into()),
                ("userVerification", &"required".into()),
            ]),
        ),
        ("extensions", &function_input(vault)),
    ]))
}

/// The options for the use of a passkey.
fn use_of(vault: VaultId, id: &[u8]) -> JsValue {
    let credential = js::object(&[
        ("type", &"public-key".into()),
        ("id", &Uint8Array::from(id)),
        ("transports", &js::list(&[&"internal".into()])),
    ]);
    js::object(&[
        ("allowCredentials", &js::list(&[&credential])),
        ("userVerification", &"required".into()),
        ("extensions", &function_input(vault)),
    ])
}

fn function_input(vault: VaultId) -> JsValue {
    let input = Uint8Array::from([LABEL, &vault.0].concat().as_slice());
    js::object(&[("prf", &js::object(&[("eval", &js::object(&[("first", &input)]))]))])
}

/// Whether the passkey has the function, and its output.
fn function_output(credential: &JsValue) -> (bool, Option<Key>) {
    let results = js::call(credential, "getClientExtensionResults", &[]).unwrap_or_default();
    let function = js::get(&results, "prf");
    let output = js::get(&js::get(&function, "results"), "first");
    (js::get(&function, "enabled") == JsValue::TRUE, js::take_key(&output))
}

/// Tells whoever keeps the passkey that it is of no use any more, where the browser can.
fn signal_unknown(id: &[u8]) {
    let options = js::object(&[
        ("rpId", &js::global_path(&["location", "hostname"])),
        ("credentialId", &base64_url(id).into()),
    ]);
    if let Ok(signalled) = js::call(&class(), "signalUnknownCredential", &[&options]) {
        js::ignore(signalled);
    }
}

fn base64_url(bytes: &[u8]) -> String {
    // The other alphabet is needed anyway, and a second implementation is a kilobyte.
    Base64Unpadded::encode_string(bytes).replace('+', "-").replace('/', "_")
}

fn random() -> Result<JsValue, ProtectorError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| nonsense("no random numbers"))?;
    Ok(Uint8Array::from(random.as_slice()).into())
}

/// Ends a prompt when it is dropped, if it is still open.
struct GivenUp(JsValue);

impl GivenUp {
    fn new() -> Self {
        Self(js::construct("AbortController", &[]).unwrap_or_default())
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        let _ = js::call(&self.0, "abort", &[]);
    }
}
