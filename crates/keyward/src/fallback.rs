//! What an app accepts where the device cannot do what it wants, and what has come of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{Config, DeviceSecurity, VaultType};

/// One way to protect a vault's key. Listed in [`Config::fallback`], and told when a vault is
/// protected in another way than its configuration wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Protection {
    /// The device's own key store, which asks nobody.
    SecureStorage,
    /// The device's passcode, PIN or password.
    SystemPasscode,
    /// Face, finger or iris.
    Biometrics,
    /// Biometrics, and the device's passcode where they fail or are not enrolled.
    Both,
    /// A passcode that the app asks for, together with a secret in the device's key store. In a
    /// [`Config::fallback`] it stands for [`Protection::PasscodeAlone`] too.
    CustomPasscode,
    /// A passcode that the app asks for, and nothing else: whoever has the sealed bytes can guess.
    PasscodeAlone,
    /// Ordinary storage: the key lies in a file, for whoever can read it. Only where the app's
    /// platform has brought such a file; see [`Protector::is_ordinary`](crate::Protector::is_ordinary).
    KeyFile,
}

impl Protection {
    /// All of them, in the order of their numbers in the sealed file.
    pub const ALL: [Self; 7] = [
        Self::SecureStorage,
        Self::SystemPasscode,
        Self::Biometrics,
        Self::Both,
        Self::CustomPasscode,
        Self::PasscodeAlone,
        Self::KeyFile,
    ];

    /// What a vault with this configuration wants; `None` if it lives in memory.
    #[must_use]
    pub fn wanted(config: &Config) -> Option<Self> {
        match (config.vault_type, config.device_security) {
            (VaultType::SecureStorage, _) => Some(Self::SecureStorage),
            (VaultType::CustomPasscode, _) => Some(Self::CustomPasscode),
            (VaultType::DeviceSecurity, DeviceSecurity::SystemPasscode) => {
                Some(Self::SystemPasscode)
            }
            (VaultType::DeviceSecurity, DeviceSecurity::Biometrics) => Some(Self::Biometrics),
            (VaultType::DeviceSecurity, _) => Some(Self::Both),
            (VaultType::InMemory, _) => None,
        }
    }

    /// Its name, which never changes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SecureStorage => "SecureStorage",
            Self::SystemPasscode => "SystemPasscode",
            Self::Biometrics => "Biometrics",
            Self::Both => "Both",
            Self::CustomPasscode => "CustomPasscode",
            Self::PasscodeAlone => "PasscodeAlone",
            Self::KeyFile => "KeyFile",
        }
    }

    /// The type as which a vault that is protected like this locks and unlocks.
    #[must_use]
    pub fn vault_type(self) -> VaultType {
        match self {
            Self::SecureStorage | Self::KeyFile => VaultType::SecureStorage,
            Self::SystemPasscode | Self::Biometrics | Self::Both => VaultType::DeviceSecurity,
            Self::CustomPasscode | Self::PasscodeAlone => VaultType::CustomPasscode,
        }
    }

    /// What the device asks a person for.
    #[must_use]
    pub fn device_security(self) -> DeviceSecurity {
        match self {
            Self::SystemPasscode => DeviceSecurity::SystemPasscode,
            Self::Biometrics => DeviceSecurity::Biometrics,
            Self::Both => DeviceSecurity::Both,
            _ => DeviceSecurity::None,
        }
    }

    /// `config`, as if it wanted this.
    pub(crate) fn in_place_of_wanted(self, config: &Config) -> Config {
        Config {
            vault_type: self.vault_type(),
            device_security: self.device_security(),
            ..config.clone()
        }
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// That a vault's protection was weakened or raised, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ProtectionChange {
    /// Which of the two.
    pub turn: Turn,
    /// What was wanted and could not be had, or, of a vault that was raised, what protected it
    /// before.
    pub from: Protection,
    /// What protected it from then on.
    pub to: Protection,
    /// Milliseconds since 1970 on the clock on the wall, which the user can set.
    pub at: u64,
}

/// The two ways in which a vault's protection changes without being told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Turn {
    /// The device could not do what was wanted.
    Weakened,
    /// It can now, or can do better than before.
    Raised,
}

impl ProtectionChange {
    pub(crate) fn new(turn: Turn, from: Protection, to: Protection, at: u64) -> Self {
        Self { turn, from, to, at }
    }
}

/// The most changes that a vault remembers; the latest ones.
pub(crate) const MAX_PROTECTION_CHANGES: usize = 16;

/// How a vault's protection stands to what its configuration wants. Empty while the configuration
/// has no fallback.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    /// What protects the vault, where that is not what is wanted.
    pub(crate) present: Option<Protection>,
    /// The latest changes, in the order in which they happened.
    pub(crate) history: Vec<ProtectionChange>,
}

impl Standing {
    /// How it stands when a vault that was protected by `held`, if it had a key, is protected by
    /// `present`.
    pub(crate) fn after(
        &self,
        config: &Config,
        held: Option<Protection>,
        present: Protection,
        now: u64,
    ) -> Self {
        let Some(wanted) = Protection::wanted(config).filter(|_| !config.fallback.is_empty())
        else {
            return Self::default();
        };
        let is_better = |held| match (config.rank(present), config.rank(held)) {
            (Some(present), Some(held)) => self.present.is_some() && present < held,
            _ => false,
        };
        let weakened = (present != wanted)
            .then(|| ProtectionChange::new(Turn::Weakened, wanted, present, now));
        let change = match held {
            // Told already, unless the configuration has come to want more than the vault has.
            Some(held) if held == present && self.present == Some(present) => None,
            Some(held) if held != present && is_better(held) => {
                Some(ProtectionChange::new(Turn::Raised, held, present, now))
            }
            _ => weakened,
        };
        let mut history = self.history.clone();
        history.extend(change);
        history.drain(..history.len().saturating_sub(MAX_PROTECTION_CHANGES));
        Self { present: (present != wanted).then_some(present), history }
    }

    /// Whether a vault with this configuration can stand like this.
    pub(crate) fn fits(&self, config: &Config) -> bool {
        let accepted =
            |present| Some(present) != Protection::wanted(config) && config.rank(present).is_some();
        let told = |change: &ProtectionChange| change.from != change.to;
        if config.fallback.is_empty() {
            return *self == Self::default();
        }
        self.present.is_none_or(accepted) && self.history.iter().all(told)
    }

    /// What has happened since it stood like `before`.
    pub(crate) fn news_since(&self, before: &Self) -> Option<ProtectionChange> {
        self.history.last().copied().filter(|_| self.history != before.history)
    }
}

impl Config {
    /// What is tried for a new key, the best first.
    pub(crate) fn acceptable(&self) -> Vec<Protection> {
        let mut all: Vec<Protection> = Protection::wanted(self).into_iter().collect();
        for listed in &self.fallback {
            if !all.contains(listed) {
                all.push(*listed);
            }
        }
        all
    }

    /// The place in the app's order, 0 the best; `None` for what the app does not accept. A passcode
    /// alone comes right behind one with a device's secret.
    pub(crate) fn rank(&self, protection: Protection) -> Option<usize> {
        let place = |wanted| self.acceptable().iter().position(|it| *it == wanted);
        match protection {
            Protection::PasscodeAlone => place(Protection::CustomPasscode).map(|it| 2 * it + 1),
            other => place(other).map(|it| 2 * it),
        }
    }

    /// What the app would rather have than `present`, the best first.
    pub(crate) fn better_than(&self, present: Protection) -> Vec<Protection> {
        let held = self.rank(present).unwrap_or(usize::MAX);
        let mut all = self.acceptable();
        all.retain(|it| self.rank(*it).is_some_and(|rank| rank < held));
        all
    }
}

#[cfg(test)]
#[path = "fallback_tests.rs"]
mod tests;
