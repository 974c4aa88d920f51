//! The messages, in JSON. Their TypeScript types (`packages/keyward/src/messages.ts`) are written
//! from this file by its test, so that the two sides cannot part.
//!
//! What an app stores is in here only while it passes through: names and values are borrowed, or
//! wiped when they are dropped.

use std::fmt;

use base64ct::{Base64 as Encoding, Encoding as _};
use keyward::{CopyFor, CopyKey, Protection, Recovery, RecoveryPublicKey, Turn, Value};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

/// A call on one vault. Calls take effect in the order in which they are made; each is answered by
/// one [`Answer`].
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(tag = "call", rename_all = "camelCase", rename_all_fields = "camelCase"))]
pub enum Call {
    /// Attaches to the vault, or creates it. Answers the [`VaultConfig`] that holds.
    Initialize {
        /// Counts only when the vault is created.
        config: Box<VaultConfig>,
    },
    /// Answers an [`EntryValue`], or `null` where there is no such entry.
    GetValue {
        /// The entry's name.
        #[cfg_attr(test, ts(type = "string"))]
        name: Zeroizing<String>,
    },
    /// Sets entries, in one commit.
    SetValues {
        /// Of two with one name, the later counts.
        #[cfg_attr(test, ts(type = "Array<Entry>"))]
        entries: Vec<(Zeroizing<String>, Value)>,
    },
    /// Sets those whose names are free, in one commit. Answers a list of the names that are taken.
    AddValues {
        /// Of two with one name, the later counts.
        #[cfg_attr(test, ts(type = "Array<Entry>"))]
        entries: Vec<(Zeroizing<String>, Value)>,
    },
    /// Removes an entry, if it is there.
    RemoveValue {
        /// The entry's name.
        #[cfg_attr(test, ts(type = "string"))]
        name: Zeroizing<String>,
    },
    /// Answers a list of names.
    GetKeys,
    /// Answers a list of [`Entry`].
    ExportVault,
    /// Replaces all entries, in one commit.
    ImportVault {
        /// Of two with one name, the later counts.
        #[cfg_attr(test, ts(type = "Array<Entry>"))]
        entries: Vec<(Zeroizing<String>, Value)>,
    },
    /// Answers a boolean.
    IsEmpty,
    /// Answers a boolean.
    DoesVaultExist,
    /// Answers a boolean.
    IsLocked,
    /// Wipes keys and values. No effect on a vault that cannot be locked.
    Lock,
    /// Unlocks the vault, if it is locked.
    Unlock,
    /// Makes the vault's key now instead of with the first entry.
    Enroll,
    /// The app has somebody to ask for passcodes. Before this, a call that needs one and has none
    /// ends with `MissingPasscode`; from now on, a [`Notice::PasscodeRequested`] asks for it.
    PasscodeHandlerRegistered,
    /// The answer to the passcode request that is open, or else the new passcode. An empty one
    /// dismisses the request that is open, and is an error if there is none.
    SetCustomPasscode {
        /// 1 to 1,024 bytes of UTF-8, or empty.
        #[cfg_attr(test, ts(type = "string"))]
        passcode: Zeroizing<String>,
    },
    /// The app's handler of that passcode request has ended. If no passcode has come by then, there
    /// will be none.
    PasscodeHandlerEnded {
        /// The number that the notice gave.
        request: u32,
    },
    /// Protects a vault that was weakened better than now, where that takes asking somebody. Answers
    /// whether it is.
    Raise,
    /// Changes the whole configuration, and how the vault is protected. Answers the
    /// [`VaultConfig`] that holds.
    UpdateConfig {
        /// All of it.
        config: Box<VaultConfig>,
    },
    /// Removes the entries and the vault itself.
    Clear,
    /// Answers an [`Assurance`].
    Assurance,
    /// Answers an [`Inspection`], ahead of calls that are under way.
    Inspect,
    /// Answers a [`Health`]. Asks nobody, and changes nothing.
    Health,
    /// Answers [`Capabilities`]. Asks nobody, and changes nothing.
    Capabilities,
    /// Asks whoever has to be asked whether the vault's key is there, and opens nothing. Answers
    /// nothing if it is, and `InvalidatedCredential` only if it is gone.
    CheckKey,
    /// Makes a recovery code, in place of the one that there was. Answers it; nobody sees it again.
    EnrollRecovery,
    /// Lets whoever has the private key recover the vault.
    EnrollRecoveryKey {
        /// Base64, with padding: an uncompressed point of the curve P-256, of 65 bytes.
        #[cfg_attr(test, ts(type = "string"))]
        public_key: RecoveryPublicKey,
    },
    /// Takes every recovery code and key its use.
    RevokeRecovery,
    /// Opens the vault with a recovery code or key, and protects it anew.
    Recover {
        /// The private key is base64, with padding, of 32 bytes.
        #[cfg_attr(test, ts(type = "{ code: string } | { key: string }"))]
        with: Recovery,
    },
    /// A copy of the entries, sealed for a passphrase or a recovery key alone: for a backup, or another
    /// device. Answers base64.
    ExportSealed {
        /// The passphrase has 1 to 1,024 bytes of UTF-8.
        #[cfg_attr(test, ts(type = "{ passphrase: string } | { publicKey: string }"))]
        copy_for: CopyFor,
    },
    /// Replaces all entries by those of a sealed copy (or of any vault's file that this opens alone), in
    /// one commit.
    ImportSealed {
        /// Base64, with padding.
        #[cfg_attr(test, ts(type = "string"))]
        sealed: Vec<u8>,
        /// The copy's.
        #[cfg_attr(test, ts(type = "{ passphrase: string } | { code: string } | { key: string }"))]
        with: CopyKey,
    },
}

/// A question about the device. Answered by one [`Answer`].
#[derive(Debug)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(tag = "call", rename_all = "camelCase", rename_all_fields = "camelCase"))]
pub enum DeviceCall {
    /// Answers a list of `"fingerprint"`, `"face"`, `"iris"`.
    GetAvailableHardware,
    /// Answers a boolean.
    HasSecureHardware,
    /// Answers a boolean.
    IsBiometricsSupported,
    /// Answers a boolean.
    IsBiometricsEnabled,
    /// Answers `"granted"`, `"denied"` or `"prompt"`.
    IsBiometricsAllowed,
    /// Answers `"weak"` or `"strong"`.
    GetBiometricStrengthLevel,
    /// Answers a boolean.
    IsLockedOutOfBiometrics,
    /// Answers a boolean.
    IsSystemPasscodeSet,
    /// Answers a boolean.
    IsHideScreenOnBackgroundEnabled,
    /// Answers nothing.
    SetHideScreenOnBackground {
        /// Whether the screen is to be hidden while the app is in the background.
        enabled: bool,
        /// Whether it is to be dimmed only.
        dim: bool,
    },
    /// Answers nothing, once the person has been verified.
    ShowBiometricPrompt {
        /// The prompt's words.
        config: Box<PromptConfig>,
    },
}

/// How a call ended.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Answer<T> {
    /// As the call says; `null` where it says nothing.
    Ok(T),
    /// Nothing was changed, unless the error says otherwise.
    Error(ErrorMessage),
}

/// Something that happened to a vault, told to the shell that opened it. A notice that belongs to a
/// call comes before the call's answer.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "notice", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Notice {
    /// Every key and every decrypted value has been wiped.
    Locked {
        /// Why.
        cause: LockCause,
    },
    /// The vault can be read.
    Unlocked,
    /// The configuration is now this one.
    ConfigChanged {
        /// All of it.
        config: Box<VaultConfig>,
    },
    /// An operation failed.
    Failed {
        /// The same that the call is answered with.
        error: ErrorMessage,
    },
    /// A passcode is needed: [`Call::SetCustomPasscode`] answers.
    PasscodeRequested {
        /// Names the request in [`Call::PasscodeHandlerEnded`].
        request: u32,
        /// Whether a new passcode is to be chosen.
        is_passcode_set_request: bool,
    },
    /// Another tab or process changed the entries.
    Changed,
    /// What is stored is older than what this device has seen of the vault. Told once.
    Older {
        /// How.
        older: Older,
    },
    /// The device could not protect the vault as wanted, and something weaker that the app accepts
    /// was taken.
    ProtectionWeakened {
        /// What the configuration wants.
        #[cfg_attr(test, ts(type = "Protection"))]
        wanted: Protection,
        /// What protects the vault from now on.
        #[cfg_attr(test, ts(type = "Protection"))]
        present: Protection,
    },
    /// The vault is protected better than before, because the device can now.
    ProtectionRaised {
        /// What protected it before.
        #[cfg_attr(test, ts(type = "Protection"))]
        from: Protection,
        /// What protects it from now on.
        #[cfg_attr(test, ts(type = "Protection"))]
        to: Protection,
    },
    /// The device could now protect the vault better: [`Call::Raise`] asks somebody for it. Told at
    /// most once for each start.
    ProtectionCanBeRaised {
        /// What protects the vault now.
        #[cfg_attr(test, ts(type = "Protection"))]
        present: Protection,
        /// The best that the device seems to have.
        #[cfg_attr(test, ts(type = "Protection"))]
        to: Protection,
    },
}

/// Why a vault locked.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum LockCause {
    /// The app asked for it.
    Requested,
    /// The app was away for as long as the configuration allows.
    Timeout,
    /// Another tab or process changed how the vault is protected.
    ProtectionChanged,
    /// Another tab or process cleared the vault.
    Cleared,
}

/// An entry's name and value.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Entry<'a> {
    /// At most 1,024 bytes of UTF-8.
    pub name: &'a str,
    /// At most 8 MiB.
    pub value: EntryValue<'a>,
}

/// A value: the text of one JSON value, or bytes in base64 (with padding).
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum EntryValue<'a> {
    /// The text, white space and number notation as they were given.
    Json(&'a str),
    /// Bytes.
    #[cfg_attr(test, ts(type = "string"))]
    Bytes(Base64<'a>),
}

/// Bytes that are written as base64 (RFC 4648, section 4, with padding).
pub struct Base64<'a>(pub &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A multiple of three, so that the pieces join.
        const CHUNK: usize = 768;
        let mut buffer = Zeroizing::new([0; CHUNK / 3 * 4]);
        self.0.chunks(CHUNK).try_for_each(|chunk| {
            f.write_str(Encoding::encode(chunk, &mut *buffer).map_err(|_| fmt::Error)?)
        })
    }
}

/// A vault's configuration, with the names that apps written for Identity Vault use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields = nullable))]
#[serde(rename_all = "camelCase")]
pub struct VaultConfig {
    /// The vault's name: 1 to 1,024 bytes of UTF-8.
    pub key: String,
    /// How the vault is opened.
    #[serde(rename = "type")]
    pub vault_type: VaultType,
    /// What the device asks the person for. `None` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_security_type: Option<DeviceSecurityType>,
    /// Milliseconds; absent or `null`: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number | null", optional))]
    pub lock_after_backgrounded: Option<Option<u64>>,
    /// Whether initialising ends with an unlock. `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlock_vault_on_load: Option<bool>,
    /// Whether too many wrong passcodes clear the vault. `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub should_clear_vault_after_too_many_failed_attempts: Option<bool>,
    /// How many wrong passcodes are too many: 1 to 1,000. 5 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_passcode_invalid_unlock_attempts: Option<u32>,
    /// What a `Both` vault on Android prefers. `StrongVault` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub android_biometrics_prefer_strong_vault_or_system_passcode: Option<StrongVaultOrPasscode>,
    /// See [`PromptConfig`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub android_biometrics_prompt_title: Option<String>,
    /// See [`PromptConfig`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub android_biometrics_prompt_subtitle: Option<String>,
    /// See [`PromptConfig`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub android_biometrics_prompt_description: Option<String>,
    /// See [`PromptConfig`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub android_biometrics_negative_button_text: Option<String>,
    /// See [`PromptConfig`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ios_biometrics_localized_reason: Option<String>,
    /// See [`PromptConfig`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ios_biometrics_localized_cancel_title: Option<String>,
    /// The button that leads to the device's passcode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ios_biometrics_localized_fallback_title: Option<String>,
    /// What the app accepts, in its order, where the device does not have what is wanted. Nothing by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "Array<Protection> | null", optional))]
    pub fallback: Option<Vec<Protection>>,
}

/// Words for the device's own prompts.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields = nullable, rename_all = "camelCase"))]
pub struct PromptConfig {
    /// The title. "Please Authenticate" by default.
    pub android_biometrics_prompt_title: Option<String>,
    /// A line below the title.
    pub android_biometrics_prompt_subtitle: Option<String>,
    /// A longer text.
    pub android_biometrics_prompt_description: Option<String>,
    /// The button that dismisses the prompt. "Cancel" by default.
    pub android_biometrics_negative_button_text: Option<String>,
    /// Why the person is asked.
    pub ios_biometrics_localized_reason: Option<String>,
    /// The button that dismisses the prompt.
    pub ios_biometrics_localized_cancel_title: Option<String>,
}

/// How a vault is opened.
#[derive(Debug, Serialize, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum VaultType {
    /// By the device's own key store, without asking.
    SecureStorage,
    /// By the person's face, finger or device passcode.
    DeviceSecurity,
    /// By a passcode that the app asks for.
    CustomPasscode,
    /// Lives in memory only.
    InMemory,
}

/// What the device asks a person for.
#[derive(Debug, Serialize, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum DeviceSecurityType {
    /// The device's own passcode, PIN or password.
    SystemPasscode,
    /// Face, finger or iris.
    Biometrics,
    /// Biometrics, and the device's passcode where they fail or are not enrolled.
    Both,
    /// Nothing.
    None,
}

/// Which of two keys Android makes where it cannot make one for both.
#[derive(Debug, Serialize, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum StrongVaultOrPasscode {
    /// One in a hardware of its own.
    StrongVault,
    /// One that the device's passcode opens too.
    SystemPasscode,
}

/// What went wrong.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ErrorMessage {
    /// Identity Vault's number where it has one; from 100 on, Keyward's own.
    pub code: u16,
    /// The engine's name for it, which is finer than the number.
    #[cfg_attr(test, ts(type = "string"))]
    pub kind: &'static str,
    /// For developers, in English, without a secret.
    pub message: String,
    /// Guesses left before the limit, after a wrong passcode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
    /// Milliseconds until a passcode is taken again, after too many wrong ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub retry_after: Option<u64>,
}

/// What protects the entries.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Assurance {
    /// The key cannot leave a piece of hardware.
    pub hardware_bound: bool,
    /// The key is released only to the person.
    pub user_verified: bool,
    /// The key is still there after a restart.
    pub persistent: bool,
    /// Against whoever steals a copy of the sealed bytes alone.
    pub stolen_file: Theft,
    /// Against whoever steals everything on the disk, switched off.
    pub stolen_disk: Theft,
}

/// What a thief can do with what was stolen.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Theft {
    /// Open the vault.
    Opens,
    /// Guess.
    Guessable,
    /// Nothing.
    Sealed,
}

/// What may be known of a vault without a key.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Inspection<'a> {
    /// Whether the vault can be read. One that asks nobody is always unlocked.
    pub phase: Phase,
    /// What lies in the store; `null` while nothing does.
    pub stored: Option<StoredInspection<'a>>,
    /// The better protection that the device seemed to have when the vault was opened last, and that
    /// [`Call::Raise`] would ask somebody for; else `null`.
    #[cfg_attr(test, ts(type = "Protection | null"))]
    pub can_be_raised: Option<Protection>,
}

/// How a vault is.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The one state that the vault is in.
    #[cfg_attr(test, ts(type = "HealthCondition"))]
    pub condition: &'static str,
    /// What is safe to do next.
    #[cfg_attr(test, ts(type = "NextStep"))]
    pub next_step: &'static str,
    /// The protector whose key is unavailable or lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Of a locked vault: whether the device could say, without asking, that the key is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_seen: Option<bool>,
    /// What stands in the way of the key, as far as its protector says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "Obstacle", optional))]
    pub obstacle: Option<&'static str>,
    /// For developers, in English: what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Set when what is stored is older than what this device has seen of the vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older: Option<Older>,
    /// Whether a recovery code or key opens the vault, whatever has become of its key.
    pub recoverable: bool,
    /// Of a vault that something weaker than wanted protects: what it would rather have and the
    /// device can hold now. It is taken at the next unlock where nobody has to be asked for it, and
    /// else by `raise`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "Protection", optional))]
    pub can_be_raised: Option<Protection>,
    /// Milliseconds until a passcode is taken again, after too many wrong ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub retry_after: Option<u64>,
    /// Whether this device's memory of the vault could be asked. While it could not, an empty vault
    /// may be one that vanished, and an older copy is not recognised.
    #[cfg_attr(test, ts(type = "'absent' | 'works' | 'failed'"))]
    pub registry: &'static str,
}

/// How what is stored is older than what this device has seen.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Older {
    /// Hexadecimal: the vault that is stored.
    pub stored_vault: String,
    /// Its epoch.
    #[cfg_attr(test, ts(type = "number"))]
    pub stored_epoch: u64,
    /// Hexadecimal: the vault that this device has seen.
    pub seen_vault: String,
    /// The highest epoch that it has seen of it.
    #[cfg_attr(test, ts(type = "number"))]
    pub seen_epoch: u64,
}

/// What kinds of vaults this device can hold now.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// Vaults of the type `SecureStorage`.
    pub secure_storage: Capability,
    /// Vaults of the type `DeviceSecurity`, by what the device would ask for.
    pub system_passcode: Capability,
    /// As above.
    pub biometrics: Capability,
    /// As above.
    pub both: Capability,
    /// Vaults of the type `CustomPasscode`.
    pub custom_passcode: Capability,
    /// Vaults of the type `InMemory`.
    pub in_memory: Capability,
}

/// Whether a vault of one type could be made here now.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct Capability {
    /// `cannot-tell` where only making it tells, which may ask the person.
    #[cfg_attr(test, ts(type = "'available' | 'cannot-tell' | 'unavailable'"))]
    pub state: &'static str,
    /// Why it is unavailable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "Obstacle", optional))]
    pub obstacle: Option<&'static str>,
    /// The same for developers, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Whether a vault can be read.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// No.
    Locked,
    /// An unlock is under way.
    Unlocking,
    /// Yes.
    Unlocked,
}

/// What a vault's sealed bytes tell without a key.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct StoredInspection<'a> {
    /// The format version of the sealed bytes.
    #[cfg_attr(test, ts(type = "number"))]
    pub version: u64,
    /// Hexadecimal.
    pub vault_id: String,
    /// Grows with every change of the configuration or the slots.
    #[cfg_attr(test, ts(type = "number"))]
    pub epoch: u64,
    /// Whether there are no entries.
    pub empty: bool,
    /// The length of the sealed bytes.
    #[cfg_attr(test, ts(type = "number"))]
    pub sealed_bytes: u64,
    /// In the order of the sealed bytes.
    pub slots: Vec<SlotInspection<'a>>,
    /// What protects the vault, where that is weaker than the configuration wants; else `null`.
    #[cfg_attr(test, ts(type = "Protection | null"))]
    pub weakened_to: Option<Protection>,
    /// When the protection was weakened or raised: the latest 16 times, the last one last.
    pub protection_changes: Vec<ProtectionChange>,
}

/// That a vault's protection was weakened or raised.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ProtectionChange {
    /// Which of the two.
    #[cfg_attr(test, ts(type = "'weakened' | 'raised'"))]
    pub turn: Turn,
    /// What was wanted and could not be had; of a vault that was raised, what protected it before.
    #[cfg_attr(test, ts(type = "Protection"))]
    pub from: Protection,
    /// What protected it from then on.
    #[cfg_attr(test, ts(type = "Protection"))]
    pub to: Protection,
    /// Milliseconds since 1970, by the device's clock.
    #[cfg_attr(test, ts(type = "number"))]
    pub at: u64,
}

/// The public part of a slot.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct SlotInspection<'a> {
    /// `blank`, `device-store`, `user-verification`, `passcode`, `recovery-code` or `recovery-key`.
    pub kind: &'a str,
    /// The protector that holds the key material, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<&'a str>,
    /// What a guess at the passcode costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argon2: Option<Argon2Inspection>,
    /// What the slot promises on this device.
    pub assurance: Assurance,
}

/// The costs of Argon2id.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Argon2Inspection {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}
