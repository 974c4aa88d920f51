//! What a browser tells about the device. It tells little, and nothing is made up: where it does not
//! say, the answer is the weaker one.

use keyward::ProtectorError;
use keyward_bridge::answer::{Json, ok, refused};
use keyward_bridge::device_error;
use keyward_bridge::messages::DeviceCall;

use crate::passkey::{Passkey, is_supported};

/// Answers a [`DeviceCall`].
pub(crate) async fn answer(message: &str) -> Json {
    let call = match DeviceCall::read(message) {
        Ok(call) => call,
        Err(error) => return refused(&error),
    };
    match call {
        // Whether it is a finger or a face, the browser keeps to itself.
        DeviceCall::GetAvailableHardware => ok(&[""; 0]),
        DeviceCall::HasSecureHardware
        | DeviceCall::IsLockedOutOfBiometrics
        | DeviceCall::IsHideScreenOnBackgroundEnabled => ok(&false),
        // A platform authenticator that verifies people exists only where they have enrolled, and
        // behind it is always the device's own passcode.
        DeviceCall::IsBiometricsSupported
        | DeviceCall::IsBiometricsEnabled
        | DeviceCall::IsSystemPasscodeSet => ok(&is_supported().await),
        DeviceCall::IsBiometricsAllowed => {
            ok(if is_supported().await { "granted" } else { "denied" })
        }
        DeviceCall::GetBiometricStrengthLevel => ok("weak"),
        DeviceCall::SetHideScreenOnBackground { .. } => ok(&()),
        DeviceCall::ShowBiometricPrompt { .. } => match verify_person().await {
            Ok(()) => ok(&()),
            Err(error) => refused(&device_error(&error)),
        },
    }
}

async fn verify_person() -> Result<(), ProtectorError> {
    if is_supported().await {
        Passkey::new().verify_person().await
    } else {
        let what = "verification of the person by this device";
        Err(ProtectorError::Unsupported(what.to_owned()))
    }
}
