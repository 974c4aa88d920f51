//! The messages, in JSON. Their TypeScript types (`packages/keyward/src/messages.ts`) are written
//! from this file by its test, so that the two sides cannot part.

use serde::{Deserialize, Serialize};

/// A call on one vault. Calls take effect in the order in which they are made; each is answered by
/// one [`Answer`].
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "call", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Call {
    /// Answers the [`VaultConfig`] that holds.
    Initialize {
        config: VaultConfig,
    },
    /// Answers an [`EntryValue`], or `null` where there is no such entry.
    GetValue {
        name: String,
    },
    /// One commit.
    SetValues {
        entries: Vec<Entry>,
    },
    RemoveValue {
        name: String,
    },
    /// Answers a list of names.
    GetKeys,
    /// Answers a list of [`Entry`].
    ExportVault,
    /// Replaces all entries, in one commit.
    ImportVault {
        entries: Vec<Entry>,
    },
    /// Answers a boolean, as do the next two.
    IsEmpty,
    DoesVaultExist,
    IsLocked,
    Lock,
    Unlock,
    /// Makes the vault's key now instead of with the first entry.
    Enroll,
    /// The new passcode, or the answer to the passcode request that is open. An empty one dismisses
    /// that request.
    SetCustomPasscode {
        passcode: String,
    },
    /// The app's handler of that passcode request has ended. If no passcode has come by then, there
    /// will be none.
    PasscodeHandlerEnded {
        request: u32,
    },
    /// Answers the [`VaultConfig`] that holds.
    UpdateConfig {
        config: VaultConfig,
    },
    Clear,
    /// Answers an [`Assurance`].
    Assurance,
    /// Answers an [`Inspection`].
    Inspect,
    /// A copy of the entries, sealed under a passphrase alone: for a backup, or another device.
    /// Answers base64.
    ExportSealed {
        passphrase: String,
    },
    /// Replaces all entries by those of a sealed copy (or of any vault's file that a passcode alone
    /// opens), in one commit.
    ImportSealed {
        sealed: String,
        passphrase: String,
    },
}

/// A question about the device. Answered by one [`Answer`].
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "call", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DeviceCall {
    /// Answers a list of `"fingerprint"`, `"face"`, `"iris"`.
    GetAvailableHardware,
    /// Answers a boolean, as do all without a comment.
    HasSecureHardware,
    IsBiometricsSupported,
    IsBiometricsEnabled,
    /// Answers `"granted"`, `"denied"` or `"prompt"`.
    IsBiometricsAllowed,
    /// Answers `"weak"` or `"strong"`.
    GetBiometricStrengthLevel,
    IsLockedOutOfBiometrics,
    IsSystemPasscodeSet,
    IsHideScreenOnBackgroundEnabled,
    /// Answers nothing.
    SetHideScreenOnBackground {
        enabled: bool,
        dim: bool,
    },
    /// Answers nothing, once the person has been verified.
    ShowBiometricPrompt {
        config: PromptConfig,
    },
}

/// How a call ended.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Answer<T> {
    Ok(T),
    Error(ErrorMessage),
}

/// Something that happened to a vault, told to the shell that opened it. A notice that belongs to a
/// call comes before the call's answer.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "notice", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Notice {
    Locked {
        cause: LockCause,
    },
    Unlocked,
    ConfigChanged {
        config: VaultConfig,
    },
    /// An operation failed.
    Failed {
        error: ErrorMessage,
    },
    /// `request` names it in [`Call::PasscodeHandlerEnded`].
    PasscodeRequested {
        request: u32,
        is_passcode_set_request: bool,
    },
    /// Another tab or process changed the entries.
    Changed,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum LockCause {
    Requested,
    Timeout,
    ProtectionChanged,
    Cleared,
}

/// An entry's name and value.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Entry {
    pub name: String,
    pub value: EntryValue,
}

/// A value: the text of one JSON value, or bytes in base64 (with padding).
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum EntryValue {
    Json(String),
    Bytes(String),
}

/// A vault's configuration, with the names that apps written for Identity Vault use.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields = nullable))]
#[serde(rename_all = "camelCase")]
pub struct VaultConfig {
    pub key: String,
    #[serde(rename = "type")]
    pub vault_type: VaultType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_security_type: Option<DeviceSecurityType>,
    /// Milliseconds; absent or `null`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number | null"))]
    pub lock_after_backgrounded: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlock_vault_on_load: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub should_clear_vault_after_too_many_failed_attempts: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_passcode_invalid_unlock_attempts: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android_biometrics_prefer_strong_vault_or_system_passcode: Option<StrongVaultOrPasscode>,
    #[serde(flatten)]
    pub prompt: PromptConfig,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ios_biometrics_localized_fallback_title: Option<String>,
}

/// Words for the device's own prompts.
#[derive(Serialize, Deserialize, Default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields = nullable))]
#[serde(rename_all = "camelCase")]
pub struct PromptConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android_biometrics_prompt_title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android_biometrics_prompt_subtitle: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android_biometrics_prompt_description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android_biometrics_negative_button_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ios_biometrics_localized_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ios_biometrics_localized_cancel_title: Option<String>,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum VaultType {
    SecureStorage,
    DeviceSecurity,
    CustomPasscode,
    InMemory,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum DeviceSecurityType {
    SystemPasscode,
    Biometrics,
    Both,
    None,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum StrongVaultOrPasscode {
    StrongVault,
    SystemPasscode,
}

/// What went wrong.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ErrorMessage {
    /// Identity Vault's number where it has one; from 100 on, Keyward's own.
    pub code: u16,
    /// The engine's name for it, which is finer than the number.
    pub kind: String,
    /// For developers, in English, without a secret.
    pub message: String,
    /// Guesses left before the limit, after a wrong passcode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
    /// Milliseconds until a passcode is taken again, after too many wrong ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number"))]
    pub retry_after: Option<u64>,
}

/// What protects the entries.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Assurance {
    pub hardware_bound: bool,
    pub user_verified: bool,
    pub persistent: bool,
    pub stolen_file: Theft,
    pub stolen_disk: Theft,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Theft {
    Opens,
    Guessable,
    Sealed,
}

/// What may be known of a vault without a key.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    pub phase: Phase,
    /// What lies in the store; `null` while nothing does.
    pub stored: Option<StoredInspection>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    Locked,
    Unlocking,
    Unlocked,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct StoredInspection {
    /// The format version of the sealed bytes.
    #[cfg_attr(test, ts(type = "number"))]
    pub version: u64,
    /// Hexadecimal.
    pub vault_id: String,
    /// Grows with every change of the configuration or the slots.
    #[cfg_attr(test, ts(type = "number"))]
    pub epoch: u64,
    pub empty: bool,
    pub sealed_bytes: u32,
    pub slots: Vec<SlotInspection>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct SlotInspection {
    /// `blank`, `device-store`, `user-verification` or `passcode`.
    pub kind: String,
    /// The protector that holds the key material, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// What a guess at the passcode costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argon2: Option<Argon2Inspection>,
    pub assurance: Assurance,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Argon2Inspection {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}
