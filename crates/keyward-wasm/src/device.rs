//! What a browser tells of its device, which is little: where it says nothing, the weaker answer.

use keyward_bridge::answer::{Json, ok, refused};
use keyward_bridge::device_error;
use keyward_bridge::messages::DeviceCall;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::indexed_db::Database;
use crate::passkey::Passkey;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = PublicKeyCredential, js_name = isUserVerifyingPlatformAuthenticatorAvailable)]
    fn verifies_the_person() -> Result<js_sys::Promise, JsValue>;
}

/// Answers a [`DeviceCall`].
#[wasm_bindgen]
pub async fn device(message: String) -> String {
    let mut answer = match DeviceCall::read(&message) {
        Ok(call) => answer(call).await,
        Err(unreadable) => refused(&unreadable.into()),
    };
    std::mem::take(&mut *answer)
}

async fn answer(call: DeviceCall) -> Json {
    match call {
        DeviceCall::GetAvailableHardware => ok(&[""; 0]),
        // An authenticator that verifies the person is set up, and so is the device's own lock,
        // without which it would not be.
        DeviceCall::IsBiometricsSupported
        | DeviceCall::IsBiometricsEnabled
        | DeviceCall::IsSystemPasscodeSet => ok(&has_authenticator().await),
        // There is no permission to ask for beforehand; a page that may not ask has no authenticator.
        DeviceCall::IsBiometricsAllowed if has_authenticator().await => ok("granted"),
        DeviceCall::IsBiometricsAllowed => ok("denied"),
        DeviceCall::GetBiometricStrengthLevel => ok("weak"),
        DeviceCall::HasSecureHardware
        | DeviceCall::IsLockedOutOfBiometrics
        | DeviceCall::IsHideScreenOnBackgroundEnabled => ok(&false),
        DeviceCall::SetHideScreenOnBackground { .. } => ok(&()),
        DeviceCall::ShowBiometricPrompt { config: _ } => {
            match Passkey::new(&Database::of_page()).verify_person().await {
                Ok(()) => ok(&()),
                Err(error) => refused(&device_error(&error)),
            }
        }
    }
}

/// Whether the device has an authenticator of its own that verifies the person, set up and ready.
async fn has_authenticator() -> bool {
    match verifies_the_person() {
        Ok(answer) => JsFuture::from(answer).await.is_ok_and(|answer| answer.is_truthy()),
        Err(_) => false,
    }
}
