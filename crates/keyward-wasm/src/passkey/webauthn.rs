//! What is said to the browser about passkeys, and what it answers.

use base64ct::{Base64Unpadded, Encoding};
use js_sys::Uint8Array;
use keyward::{Key, Obstacle, ProtectorError, VaultId};
use wasm_bindgen::prelude::*;

use crate::js;
use crate::stored_keys::nonsense;

/// How long questions may take that nobody is asked, in milliseconds.
const SILENT_LIMIT_MS: i32 = 10_000;
/// What the function is given, before the vault's identity.
const LABEL: &[u8] = b"keyward passkey v1";

/// What keeps a passkey from being made that is of use, as far as the browser tells.
pub(super) async fn obstacle() -> Option<Obstacle> {
    if !has_authenticator().await {
        return Some(js::insecure_page().unwrap_or(Obstacle::NoVerification));
    }
    let capabilities =
        js::call_within(SILENT_LIMIT_MS, &class(), "getClientCapabilities", &[]).await;
    let function = js::get(&capabilities.unwrap_or_default(), "extension:prf");
    (function == JsValue::FALSE).then_some(Obstacle::NoPrf)
}

pub(super) async fn supported() -> Result<(), ProtectorError> {
    match obstacle().await {
        None => Ok(()),
        Some(Obstacle::NoPrf) => Err(unsupported(PRF)),
        Some(_) => Err(unsupported(VERIFICATION)),
    }
}

/// Whether the device has an authenticator of its own that verifies the person, set up and ready.
pub(crate) async fn has_authenticator() -> bool {
    let available = "isUserVerifyingPlatformAuthenticatorAvailable";
    let available = js::call_within(SILENT_LIMIT_MS, &class(), available, &[]).await;
    available == Ok(JsValue::TRUE)
}

pub(super) const VERIFICATION: &str =
    "a screen lock, or a face or a finger, that the browser may use";
pub(super) const PRF: &str = "passkeys with the PRF extension";

pub(super) fn unsupported(what: &str) -> ProtectorError {
    ProtectorError::Unsupported(what.to_owned())
}

fn class() -> JsValue {
    js::get(&js::global(), "PublicKeyCredential")
}

/// The options for a passkey of a vault that people know by `name`.
pub(super) fn making_of(name: &JsValue, vault: VaultId) -> Result<JsValue, ProtectorError> {
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
pub(super) fn use_of(vault: VaultId, id: &[u8]) -> JsValue {
    let credential = descriptor(id);
    js::set(&credential, "transports", &js::list(&[&"internal".into()]));
    js::object(&[
        ("allowCredentials", &js::list(&[&credential])),
        ("userVerification", &"required".into()),
        ("extensions", &function_input(vault)),
    ])
}

/// How a passkey is named to the browser. Without its transports, so that none is left out.
pub(super) fn descriptor(id: &[u8]) -> JsValue {
    js::object(&[("type", &"public-key".into()), ("id", &Uint8Array::from(id))])
}

fn function_input(vault: VaultId) -> JsValue {
    let input = Uint8Array::from([LABEL, &vault.0].concat().as_slice());
    js::object(&[("prf", &js::object(&[("eval", &js::object(&[("first", &input)]))]))])
}

/// Whether the passkey has the function, and its output.
pub(super) fn function_output(credential: &JsValue) -> (bool, Option<Key>) {
    let results = js::call(credential, "getClientExtensionResults", &[]).unwrap_or_default();
    let function = js::get(&results, "prf");
    let output = js::get(&js::get(&function, "results"), "first");
    (js::get(&function, "enabled") == JsValue::TRUE, js::take_key(&output))
}

/// The id of a passkey.
pub(super) fn id_of(credential: &JsValue) -> Vec<u8> {
    Uint8Array::new(&js::get(credential, "rawId")).to_vec()
}

/// Which make of authenticator or password manager has just made a passkey (its AAGUID); `None` where
/// the browser does not tell.
pub(super) fn maker_of(credential: &JsValue) -> Option<Vec<u8>> {
    let response = js::get(credential, "response");
    let data = js::call(&response, "getAuthenticatorData", &[]).unwrap_or_default();
    let data = Uint8Array::new(&data).to_vec();
    let maker = data.get(AAGUID_AT..AAGUID_AT + AAGUID_LEN)?;
    maker.iter().any(|byte| *byte != 0).then(|| maker.to_vec())
}

/// Where it stands in the authenticator data (WebAuthn Level 3, section 6.1): behind the hash of the
/// host, the flags and the counter.
const AAGUID_AT: usize = 32 + 1 + 4;
const AAGUID_LEN: usize = 16;

/// Tells whoever keeps the passkey that it is of no use any more, where the browser can.
pub(super) fn signal_unknown(id: &[u8]) {
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

pub(super) fn random() -> Result<JsValue, ProtectorError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| nonsense("no random numbers"))?;
    Ok(Uint8Array::from(random.as_slice()).into())
}

/// Ends a prompt when it is dropped, if it is still open.
pub(super) struct GivenUp(pub(super) JsValue);

impl GivenUp {
    pub(super) fn new() -> Self {
        Self(js::construct("AbortController", &[]).unwrap_or_default())
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        let _ = js::call(&self.0, "abort", &[]);
    }
}
