//! Configurations, from the names that apps know to the engine's and back. What an app has passed
//! comes back the same: what the engine has no field for is kept among its prompt texts.

use std::time::Duration;

use keyward::{Config, DeviceSecurity, Protection, VaultType as EngineType};

use crate::messages::{DeviceSecurityType, StrongVaultOrPasscode, VaultConfig, VaultType};
use crate::names::PREFER;

/// Which members the app has given though their values are the defaults, one letter each.
const GIVEN: &str = "keyward:given";
const SECURITY: char = 'd';
const LOCK_AFTER: char = 'l';
const UNLOCK: char = 'u';
const CLEAR: char = 'c';
const ATTEMPTS: char = 'a';
const FALLBACK: char = 'f';

/// In the vault of a silent session: the app asked for a CustomPasscode vault, with this device
/// security.
const SILENT: &str = "keyward:silent";

/// A vault that nobody is to be asked about is opened by a protector that asks nobody, so that it
/// locks and unlocks, and tells of it, as the app's type does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Asks,
    Silent,
}

pub(crate) fn to_engine(mut message: VaultConfig, manner: Manner) -> Config {
    let mut config = Config::new(std::mem::take(&mut message.key), to_type(message.vault_type));
    let mut given = String::new();
    if let Some(security) = message.device_security_type {
        config.device_security = to_security(security);
        given.push(SECURITY);
    }
    if let Some(after) = message.lock_after_backgrounded {
        config.lock_after_backgrounded = after.map(Duration::from_millis);
        given.push(LOCK_AFTER);
    }
    if let Some(unlock) = message.unlock_vault_on_load {
        config.unlock_on_load = unlock;
        given.push(UNLOCK);
    }
    if let Some(clear) = message.should_clear_vault_after_too_many_failed_attempts {
        config.clear_after_too_many_failed_attempts = clear;
        given.push(CLEAR);
    }
    if let Some(attempts) = message.custom_passcode_invalid_unlock_attempts {
        config.max_failed_attempts = attempts;
        given.push(ATTEMPTS);
    }
    if let Some(fallback) = message.fallback.take() {
        config.fallback = fallback;
        given.push(FALLBACK);
    }
    let mut keep = |name: &str, text| {
        config.prompt.insert(name.to_owned(), text);
    };
    if !given.is_empty() {
        keep(GIVEN, given);
    }
    if let Some(preferred) = message.android_biometrics_prefer_strong_vault_or_system_passcode {
        keep(PREFER, preferred.name().to_owned());
    }
    for (name, text) in message.texts() {
        if let Some(text) = text.take() {
            keep(name, text);
        }
    }
    if manner == Manner::Silent && config.vault_type == EngineType::CustomPasscode {
        keep(SILENT, from_security(config.device_security).name().to_owned());
        config.vault_type = EngineType::DeviceSecurity;
        config.device_security = DeviceSecurity::Both;
    }
    config
}

pub(crate) fn to_message(config: &Config) -> VaultConfig {
    let kept = |name: &str| config.prompt.get(name).map(String::as_str);
    let (mut vault_type, mut security) =
        (from_type(config.vault_type), from_security(config.device_security));
    if let Some(asked) = kept(SILENT).and_then(DeviceSecurityType::named) {
        (vault_type, security) = (VaultType::CustomPasscode, asked);
    }
    let given = kept(GIVEN).unwrap_or_default();
    let has = |letter: char, differs: bool| given.contains(letter) || differs;
    let lock_after = config.lock_after_backgrounded.map(|after| after.as_millis());
    let lock_after = lock_after.map(|after| u64::try_from(after).unwrap_or(u64::MAX));
    let clear = config.clear_after_too_many_failed_attempts;
    let attempts = config.max_failed_attempts;
    let default_attempts = Config::new(String::new(), config.vault_type).max_failed_attempts;

    let mut message = VaultConfig::new(config.key.clone(), vault_type);
    message.device_security_type =
        has(SECURITY, security != DeviceSecurityType::None).then_some(security);
    message.lock_after_backgrounded = has(LOCK_AFTER, lock_after.is_some()).then_some(lock_after);
    message.unlock_vault_on_load =
        has(UNLOCK, config.unlock_on_load).then_some(config.unlock_on_load);
    message.should_clear_vault_after_too_many_failed_attempts = has(CLEAR, clear).then_some(clear);
    message.custom_passcode_invalid_unlock_attempts =
        has(ATTEMPTS, attempts != default_attempts).then_some(attempts);
    message.android_biometrics_prefer_strong_vault_or_system_passcode =
        kept(PREFER).and_then(StrongVaultOrPasscode::named);
    message.fallback = has(FALLBACK, !config.fallback.is_empty()).then(|| config.fallback.clone());
    for (name, text) in message.texts() {
        *text = config.prompt.get(name).cloned();
    }
    message
}

/// Whether the app asked for a vault with a passcode.
pub(crate) fn is_custom_passcode(config: &Config) -> bool {
    config.vault_type == EngineType::CustomPasscode
        || config.fallback.contains(&Protection::CustomPasscode)
        || config.prompt.contains_key(SILENT)
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
