//! What a vault is: its name, how it is opened, and when it locks.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Invalid};
use crate::fallback::Protection;

/// How a vault is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum VaultType {
    /// By the device's own key store, without asking. Cannot be locked.
    SecureStorage,
    /// By the person's face, finger or device passcode; see [`DeviceSecurity`].
    DeviceSecurity,
    /// By a passcode that the app asks for.
    CustomPasscode,
    /// Lives in memory only: locking it, or leaving the program, ends its data.
    InMemory,
}

/// What the device asks a person for, in a [`VaultType::DeviceSecurity`] vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DeviceSecurity {
    /// Nothing; for vaults of the other types.
    #[default]
    None,
    /// The device's own passcode, PIN or password.
    SystemPasscode,
    /// Face, finger or iris.
    Biometrics,
    /// Biometrics, and the device's passcode where they fail or are not enrolled.
    Both,
}

/// A vault's configuration. It is stored with the vault, readable while the vault is locked, and
/// authenticated when it opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The vault's name, unique on this device: 1 to 1,024 bytes.
    pub key: String,
    /// How the vault is opened.
    #[serde(rename = "type")]
    pub vault_type: VaultType,
    /// What the device asks for; must not be `None` in a `DeviceSecurity` vault.
    #[serde(default)]
    pub device_security: DeviceSecurity,
    /// How long the app may be in the background before the vault locks; `None`: for ever.
    /// Counted in milliseconds.
    #[serde(default, with = "millis")]
    pub lock_after_backgrounded: Option<Duration>,
    /// Unlock as the last step of initialising, which may show a prompt.
    #[serde(default)]
    pub unlock_on_load: bool,
    /// Clear the vault when `max_failed_attempts` wrong passcodes have been given. When false,
    /// further guesses must wait, longer each time.
    #[serde(default)]
    pub clear_after_too_many_failed_attempts: bool,
    /// The limit for wrong passcodes: 1 to 1,000.
    #[serde(default = "default_max_failed_attempts")]
    pub max_failed_attempts: u32,
    /// Words for the platform's own prompts, by names that the platform's shell knows. At most 32.
    #[serde(default)]
    pub prompt: BTreeMap<String, String>,
    /// What the app accepts, in its order, where this device does not have what `vault_type` and
    /// `device_security` want. Empty: nothing, so that what would make a key answers
    /// [`Error::Unsupported`].
    ///
    /// A weaker protection is taken only when the device says that it has no such thing; not while a
    /// key store is locked or out of reach, and not when a person refuses. The app is told by
    /// [`Event::ProtectionWeakened`](crate::Event::ProtectionWeakened), and the vault is raised once
    /// the device can: by itself where nobody has to be asked, else by
    /// [`Vault::raise`](crate::Vault::raise).
    ///
    /// Each at most once; not [`Protection::PasscodeAlone`], which
    /// [`Protection::CustomPasscode`] stands for. With a list, a platform's
    /// [ordinary](crate::Protector::is_ordinary) protectors are used only for
    /// [`Protection::KeyFile`], and only if that is listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<Protection>,
}

const fn default_max_failed_attempts() -> u32 {
    5
}

impl Config {
    /// A configuration with every default.
    #[must_use]
    pub fn new(key: impl Into<String>, vault_type: VaultType) -> Self {
        Self {
            key: key.into(),
            vault_type,
            device_security: DeviceSecurity::None,
            lock_after_backgrounded: None,
            unlock_on_load: false,
            clear_after_too_many_failed_attempts: false,
            max_failed_attempts: default_max_failed_attempts(),
            prompt: BTreeMap::new(),
            fallback: Vec::new(),
        }
    }

    /// Checks what the types alone cannot say.
    ///
    /// # Errors
    /// [`Invalid::Config`] with the part that is wrong.
    pub fn validate(&self) -> Result<(), Error> {
        let wrong = |what| Err(Invalid::Config(what).into());
        if !(1..=MAX_KEY_LEN).contains(&self.key.len()) {
            return wrong("key must have 1 to 1,024 bytes");
        }
        if self.vault_type == VaultType::DeviceSecurity
            && self.device_security == DeviceSecurity::None
        {
            return wrong("a DeviceSecurity vault must say what the device asks for");
        }
        if !(1..=MAX_FAILED_ATTEMPTS).contains(&self.max_failed_attempts) {
            return wrong("the limit for failed attempts must be 1 to 1,000");
        }
        if self.lock_after_backgrounded.is_some_and(|after| after > MAX_LOCK_AFTER) {
            return wrong("lock-after-backgrounded must be at most ten years");
        }
        if self.prompt.len() > MAX_PROMPT_TEXTS
            || self.prompt.iter().any(|(name, text)| {
                name.len() > MAX_PROMPT_NAME_LEN || text.len() > MAX_PROMPT_TEXT_LEN
            })
        {
            return wrong("at most 32 prompt texts of 1,024 bytes, with names of 64 bytes");
        }
        if self.fallback.contains(&Protection::PasscodeAlone) {
            return wrong("a fallback to a passcode is called CustomPasscode");
        }
        let repeats = |(at, it): (usize, &Protection)| self.fallback[..at].contains(it);
        if self.fallback.iter().enumerate().any(repeats) {
            return wrong("a fallback is listed at most once");
        }
        Ok(())
    }

    /// Whether `other` is protected in the same way, so that no slot has to change.
    pub(crate) fn same_protection(&self, other: &Self) -> bool {
        self.vault_type == other.vault_type
            && (self.vault_type != VaultType::DeviceSecurity
                || self.device_security == other.device_security)
    }
}

pub(crate) const MAX_KEY_LEN: usize = 1024;
pub(crate) const MAX_FAILED_ATTEMPTS: u32 = 1000;
pub(crate) const MAX_PROMPT_TEXTS: usize = 32;
pub(crate) const MAX_PROMPT_NAME_LEN: usize = 64;
pub(crate) const MAX_PROMPT_TEXT_LEN: usize = 1024;
pub(crate) const MAX_LOCK_AFTER: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value
            .map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX))
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}
