//! What a browser tells of its device, which is little: where it says nothing, the weaker answer.

use keyward_bridge::answer::{Json, ok, refused};
use keyward_bridge::device_error;
use keyward_bridge::messages::DeviceCall;
use wasm_bindgen::prelude::*;

use crate::indexed_db::Database;
use crate::passkey::{self, Passkey};

/// Answers a [`DeviceCall`].
#[wasm_bindgen]
pub async fn device(message: String) -> String {
    let mut answer = match DeviceCall::read(&message) {
        Ok(call) => answer(call).await,
        Err(unreadable) => refused(&unreadable),
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
        | DeviceCall::IsSystemPasscodeSet => ok(&passkey::has_authenticator().await),
        // There is no permission to ask for beforehand; a page that may not ask has no authenticator.
        DeviceCall::IsBiometricsAllowed if passkey::has_authenticator().await => ok("granted"),
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
