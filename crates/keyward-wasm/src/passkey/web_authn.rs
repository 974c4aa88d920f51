//! The WebAuthn calls, each under a limit of our own: a browser may let a prompt stand for ever.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use js_sys::{Array, Object, Reflect, Uint8Array};
use keyward::{Key, ProtectorError, VaultId};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, Window};

use super::handle::{Handle, fresh_input};
use super::unsupported;
use crate::locks::{self, Held};
use crate::timer::within;
use crate::trouble::Trouble;
use crate::{js, random};

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a page waits for another page's prompt.
const TURN: Duration = Duration::from_secs(90);

/// ES256, RS256, EdDSA: whatever the authenticator has. The signatures are of no interest here.
const ALGORITHMS: [i32; 3] = [-7, -257, -8];

/// The turn to show a prompt: one at a time in all pages of this origin.
pub(super) struct Prompt(#[expect(dead_code, reason = "held")] Held);

/// Whether a passkey that was just made has said what its function gives.
pub(super) enum Evaluated {
    Now(Key),
    /// It has the function, and will say when it is asked.
    Later,
}

/// Whether this device verifies people for pages, and, as far as the browser says, has the
/// extension.
pub(crate) async fn is_supported() -> bool {
    let class = js::global("PublicKeyCredential");
    if !class.is_function() || !is_secure() {
        return false;
    }
    let ask = async |name| js::call(&class, name, &[]).await.unwrap_or(JsValue::UNDEFINED);
    let asked = within(PATIENCE, async {
        let verifies = ask("isUserVerifyingPlatformAuthenticatorAvailable").await.is_truthy();
        // Where the browser does not say, making a passkey will show it.
        verifies && js::get(&ask("getClientCapabilities").await, "extension:prf") != JsValue::FALSE
    });
    asked.await.unwrap_or(false)
}

impl Prompt {
    /// Waits for the turn.
    pub(super) async fn open() -> Result<Self, ProtectorError> {
        let turn = within(TURN, locks::exclusive("keyward:prompt")).await;
        let turn = turn.unwrap_or_else(|| Err(Trouble::late("another page's prompt")));
        Ok(Self(turn.map_err(Trouble::at_release)?))
    }

    /// Makes a passkey for the vault key `name`, for the device's own verification of the person.
    pub(super) async fn create(
        &self,
        vault: VaultId,
        name: &str,
    ) -> Result<(Handle, Evaluated), ProtectorError> {
        let (salt, input) = fresh_input(vault);
        let host = page().map(|page| page.location().hostname().unwrap_or_default());
        let host = host.map_err(Trouble::at_enrollment)?;
        let user = js::object(&[
            // Never one that exists: the authenticator would replace the passkey that has it.
            ("id", bytes(&random::bytes::<32>())),
            ("name", [name, " @ ", &host].concat().into()),
            ("displayName", name.into()),
        ]);
        let selection = js::object(&[
            ("authenticatorAttachment", "platform".into()),
            ("residentKey", "preferred".into()),
            ("userVerification", "required".into()),
        ]);
        let algorithms: Array = ALGORITHMS
            .iter()
            .map(|&algorithm| {
                js::object(&[("type", "public-key".into()), ("alg", algorithm.into())])
            })
            .collect();
        let options = js::object(&[
            ("rp", js::object(&[("name", host.as_str().into())]).into()),
            ("user", user.into()),
            ("challenge", bytes(&random::bytes::<32>())),
            ("pubKeyCredParams", algorithms.into()),
            ("authenticatorSelection", selection.into()),
            ("attestation", "none".into()),
            ("extensions", prf(&input)),
        ]);
        let credential = ask("create", &options).await?;
        let id = Uint8Array::new(&js::get(&credential, "rawId")).to_vec();
        let prf = prf_results(&credential);
        let handle = Handle::with_salt(vault, &salt, &id);
        if let Some(material) = first_result(&prf) {
            Ok((handle, Evaluated::Now(material)))
        } else if js::get(&prf, "enabled").is_truthy() {
            Ok((handle, Evaluated::Later))
        } else {
            signal_useless(&host, &id).await;
            Err(unsupported("a passkey with the PRF extension"))
        }
    }

    /// What the function of the handle's passkey gives, once it has verified the person.
    pub(super) async fn evaluate(&self, handle: &Handle) -> Result<Key, ProtectorError> {
        let extensions = prf(&handle.prf_input());
        let credential = get(&[handle.credential()], Some(extensions)).await?;
        first_result(&prf_results(&credential)).ok_or_else(|| {
            Trouble::new("DataError", "the passkey did not evaluate the PRF extension").at_release()
        })
    }

    /// Verifies the person, with any of these.
    pub(super) async fn verify(&self, credentials: &[Vec<u8>]) -> Result<(), ProtectorError> {
        let credentials: Vec<&[u8]> = credentials.iter().map(Vec::as_slice).collect();
        get(&credentials, None).await.map(drop)
    }
}

async fn get(
    credentials: &[&[u8]],
    extensions: Option<JsValue>,
) -> Result<JsValue, ProtectorError> {
    let allowed: Array = credentials
        .iter()
        .map(|id| {
            let transports = Array::of2(&"internal".into(), &"hybrid".into());
            js::object(&[
                ("type", "public-key".into()),
                ("id", bytes(id)),
                ("transports", transports.into()),
            ])
        })
        .collect();
    let options = js::object(&[
        ("challenge", bytes(&random::bytes::<32>())),
        ("allowCredentials", allowed.into()),
        ("userVerification", "required".into()),
        ("extensions", extensions.unwrap_or(JsValue::UNDEFINED)),
    ]);
    ask("get", &options).await
}

/// Calls WebAuthn and takes the prompt away when the time is over.
async fn ask(name: &str, public_key: &Object) -> Result<JsValue, ProtectorError> {
    let credentials = js::get(&js::global("navigator"), "credentials");
    if !credentials.is_object() || !is_secure() {
        return Err(
            Trouble::missing("WebAuthn, which needs a secure context (https),").at_release()
        );
    }
    let controller = AbortController::new().map_err(|error| Trouble::from(error).at_release())?;
    let _ = Reflect::set(public_key, &"timeout".into(), &(PATIENCE.as_millis() as f64).into());
    let options =
        js::object(&[("publicKey", public_key.into()), ("signal", controller.signal().into())]);
    match within(PATIENCE, js::call(&credentials, name, &[options.into()])).await {
        Some(Ok(credential)) => Ok(credential),
        Some(Err(error)) => Err(refusal(error.into())),
        None => {
            controller.abort();
            Err(ProtectorError::Dismissed)
        }
    }
}

/// `NotAllowedError` stands for everything that a page must not learn: that the person refused, was
/// not recognised, let the time pass, or has no such passkey.
fn refusal(trouble: Trouble) -> ProtectorError {
    if trouble.is("NotAllowedError") || trouble.is("AbortError") {
        ProtectorError::Dismissed
    } else if trouble.is("ConstraintError") {
        unsupported("verification of the person by this device")
    } else {
        trouble.at_enrollment()
    }
}

fn prf(input: &[u8]) -> JsValue {
    let eval = js::object(&[("first", bytes(input))]);
    js::object(&[("prf", js::object(&[("eval", eval.into())]).into())]).into()
}

fn prf_results(credential: &JsValue) -> JsValue {
    let results = js::invoke(credential, "getClientExtensionResults", &[]);
    js::get(&results.unwrap_or(JsValue::UNDEFINED), "prf")
}

fn first_result(prf: &JsValue) -> Option<Key> {
    let first = js::get(&js::get(prf, "results"), "first");
    if first.is_undefined() { None } else { js::take_key(&first) }
}

/// Tells whoever keeps the person's passkeys that this one is of no use.
async fn signal_useless(host: &str, id: &[u8]) {
    let id = Base64UrlUnpadded::encode_string(id);
    let which = js::object(&[("rpId", host.into()), ("credentialId", id.into())]);
    let class = js::global("PublicKeyCredential");
    let arguments = [which.into()];
    let signalled = js::call(&class, "signalUnknownCredential", &arguments);
    let _ = within(PATIENCE, signalled).await;
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

fn is_secure() -> bool {
    js::global("isSecureContext").is_truthy()
}

fn page() -> Result<Window, Trouble> {
    web_sys::window().ok_or_else(|| Trouble::missing("a page"))
}
