//! Configurations, from the names that apps know to the engine's and back. What an app has passed
//! comes back the same: what the engine has no field for is kept among its prompt texts.

use std::time::Duration;

use keyward::{Config, DeviceSecurity, VaultType as EngineType};

use crate::messages::{DeviceSecurityType, StrongVaultOrPasscode, VaultConfig, VaultType};

/// Which members the app has given though their values are the defaults, one letter each.
const GIVEN: &str = "keyward:given";
/// In the vault of a silent session: the app asked for a CustomPasscode vault, with this device
/// security.
const SILENT: &str = "keyward:silent";
const PREFER: &str = "androidBiometricsPreferStrongVaultOrSystemPasscode";

/// A vault that nobody is to be asked about is opened by a protector that asks nobody, so that it
/// locks and unlocks, and tells of it, as the app's type does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Asks,
    Silent,
}

pub(crate) fn to_engine(mut message: VaultConfig, manner: Manner) -> Config {
    let mut config = Config::new(std::mem::take(&mut message.key), to_type(message.vault_type));
    config.device_security = message.device_security_type.map_or(DeviceSecurity::None, to_security);
    config.lock_after_backgrounded =
        message.lock_after_backgrounded.flatten().map(Duration::from_millis);
    config.unlock_on_load = message.unlock_vault_on_load.unwrap_or(config.unlock_on_load);
    config.clear_after_too_many_failed_attempts = message
        .should_clear_vault_after_too_many_failed_attempts
        .unwrap_or(config.clear_after_too_many_failed_attempts);
    config.max_failed_attempts =
        message.custom_passcode_invalid_unlock_attempts.unwrap_or(config.max_failed_attempts);
    let given: String = members_given(&message).into_iter().flatten().collect();
    if !given.is_empty() {
        config.prompt.insert(GIVEN.to_owned(), given);
    }
    if let Some(preferred) = message.android_biometrics_prefer_strong_vault_or_system_passcode {
        config.prompt.insert(PREFER.to_owned(), preferred_name(preferred).to_owned());
    }
    for (name, text) in texts(&mut message) {
        if let Some(text) = text.take() {
            config.prompt.insert(name.to_owned(), text);
        }
    }
    if manner == Manner::Silent && config.vault_type == EngineType::CustomPasscode {
        let asked = security_name(config.device_security).to_owned();
        config.prompt.insert(SILENT.to_owned(), asked);
        config.vault_type = EngineType::DeviceSecurity;
        config.device_security = DeviceSecurity::Both;
    }
    config
}

pub(crate) fn to_message(config: &Config) -> VaultConfig {
    let default = Config::new(String::new(), config.vault_type);
    let given = config.prompt.get(GIVEN).map_or("", String::as_str);
    let silent = config.prompt.get(SILENT);
    let vault_type = silent.map_or(config.vault_type, |_| EngineType::CustomPasscode);
    let security = silent.map_or(config.device_security, |name| security_named(name));
    let has = |letter| given.contains(letter);
    let lock_after = config.lock_after_backgrounded.map(|after| after.as_millis());
    let lock_after = lock_after.map(|after| u64::try_from(after).unwrap_or(u64::MAX));
    let mut message = VaultConfig {
        key: config.key.clone(),
        vault_type: from_type(vault_type),
        device_security_type: (has(SECURITY) || security != DeviceSecurity::None)
            .then(|| from_security(security)),
        lock_after_backgrounded: (has(LOCK_AFTER) || lock_after.is_some()).then_some(lock_after),
        unlock_vault_on_load: (has(UNLOCK) || config.unlock_on_load)
            .then_some(config.unlock_on_load),
        should_clear_vault_after_too_many_failed_attempts: (has(CLEAR)
            || config.clear_after_too_many_failed_attempts)
            .then_some(config.clear_after_too_many_failed_attempts),
        custom_passcode_invalid_unlock_attempts: (has(ATTEMPTS)
            || config.max_failed_attempts != default.max_failed_attempts)
            .then_some(config.max_failed_attempts),
        android_biometrics_prefer_strong_vault_or_system_passcode: config
            .prompt
            .get(PREFER)
            .map(|name| preferred_named(name)),
        android_biometrics_prompt_title: None,
        android_biometrics_prompt_subtitle: None,
        android_biometrics_prompt_description: None,
        android_biometrics_negative_button_text: None,
        ios_biometrics_localized_reason: None,
        ios_biometrics_localized_cancel_title: None,
        ios_biometrics_localized_fallback_title: None,
    };
    for (name, text) in texts(&mut message) {
        *text = config.prompt.get(name).cloned();
    }
    message
}

/// The type that the app asked for.
pub(crate) fn is_custom_passcode(config: &Config) -> bool {
    config.vault_type == EngineType::CustomPasscode || config.prompt.contains_key(SILENT)
}

const SECURITY: char = 'd';
const LOCK_AFTER: char = 'l';
const UNLOCK: char = 'u';
const CLEAR: char = 'c';
const ATTEMPTS: char = 'a';

fn members_given(message: &VaultConfig) -> [Option<char>; 5] {
    [
        message.device_security_type.map(|_| SECURITY),
        message.lock_after_backgrounded.map(|_| LOCK_AFTER),
        message.unlock_vault_on_load.map(|_| UNLOCK),
        message.should_clear_vault_after_too_many_failed_attempts.map(|_| CLEAR),
        message.custom_passcode_invalid_unlock_attempts.map(|_| ATTEMPTS),
    ]
}

/// The words for prompts, by the names under which the platforms find them.
fn texts(message: &mut VaultConfig) -> [(&'static str, &mut Option<String>); 7] {
    [
        ("androidBiometricsPromptTitle", &mut message.android_biometrics_prompt_title),
        ("androidBiometricsPromptSubtitle", &mut message.android_biometrics_prompt_subtitle),
        ("androidBiometricsPromptDescription", &mut message.android_biometrics_prompt_description),
        (
            "androidBiometricsNegativeButtonText",
            &mut message.android_biometrics_negative_button_text,
        ),
        ("iosBiometricsLocalizedReason", &mut message.ios_biometrics_localized_reason),
        ("iosBiometricsLocalizedCancelTitle", &mut message.ios_biometrics_localized_cancel_title),
        (
            "iosBiometricsLocalizedFallbackTitle",
            &mut message.ios_biometrics_localized_fallback_title,
        ),
    ]
}

fn to_type(vault_type: VaultType) -> EngineType {
    match vault_type {
        VaultType::SecureStorage => EngineType::SecureStorage,
        VaultType::DeviceSecurity => EngineType::DeviceSecurity,
        VaultType::CustomPasscode => EngineType::CustomPasscode,
        VaultType::InMemory => EngineType::InMemory,
    }
}

fn from_type(vault_type: EngineType) -> VaultType {
    match vault_type {
        EngineType::DeviceSecurity => VaultType::DeviceSecurity,
        EngineType::CustomPasscode => VaultType::CustomPasscode,
        EngineType::InMemory => VaultType::InMemory,
        _ => VaultType::SecureStorage,
    }
}

fn to_security(security: DeviceSecurityType) -> DeviceSecurity {
    match security {
        DeviceSecurityType::SystemPasscode => DeviceSecurity::SystemPasscode,
        DeviceSecurityType::Biometrics => DeviceSecurity::Biometrics,
        DeviceSecurityType::Both => DeviceSecurity::Both,
        DeviceSecurityType::None => DeviceSecurity::None,
    }
}

fn from_security(security: DeviceSecurity) -> DeviceSecurityType {
    match security {
        DeviceSecurity::SystemPasscode => DeviceSecurityType::SystemPasscode,
        DeviceSecurity::Biometrics => DeviceSecurityType::Biometrics,
        DeviceSecurity::Both => DeviceSecurityType::Both,
        _ => DeviceSecurityType::None,
    }
}

fn security_name(security: DeviceSecurity) -> &'static str {
    match security {
        DeviceSecurity::SystemPasscode => "SystemPasscode",
        DeviceSecurity::Biometrics => "Biometrics",
        DeviceSecurity::Both => "Both",
        _ => "None",
    }
}

fn security_named(name: &str) -> DeviceSecurity {
    match name {
        "SystemPasscode" => DeviceSecurity::SystemPasscode,
        "Biometrics" => DeviceSecurity::Biometrics,
        "Both" => DeviceSecurity::Both,
        _ => DeviceSecurity::None,
    }
}

fn preferred_name(preferred: StrongVaultOrPasscode) -> &'static str {
    match preferred {
        StrongVaultOrPasscode::StrongVault => "StrongVault",
        StrongVaultOrPasscode::SystemPasscode => "SystemPasscode",
    }
}

fn preferred_named(name: &str) -> StrongVaultOrPasscode {
    match name {
        "SystemPasscode" => StrongVaultOrPasscode::SystemPasscode,
        _ => StrongVaultOrPasscode::StrongVault,
    }
}
