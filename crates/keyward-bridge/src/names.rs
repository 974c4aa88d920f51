//! The names in configurations, for reading them and for keeping them among the engine's prompt
//! texts.

use crate::messages::{
    DeviceSecurityType, PromptConfig, StrongVaultOrPasscode, VaultConfig, VaultType,
};

/// The name of [`VaultConfig::android_biometrics_prefer_strong_vault_or_system_passcode`].
pub(crate) const PREFER: &str = "androidBiometricsPreferStrongVaultOrSystemPasscode";

const TITLE: &str = "androidBiometricsPromptTitle";
const SUBTITLE: &str = "androidBiometricsPromptSubtitle";
const DESCRIPTION: &str = "androidBiometricsPromptDescription";
const NEGATIVE: &str = "androidBiometricsNegativeButtonText";
const REASON: &str = "iosBiometricsLocalizedReason";
const CANCEL: &str = "iosBiometricsLocalizedCancelTitle";
const FALLBACK: &str = "iosBiometricsLocalizedFallbackTitle";

/// A text for a prompt, by its name.
type Text<'a> = (&'static str, &'a mut Option<String>);

impl VaultConfig {
    /// A configuration with nothing that need not be given.
    #[must_use]
    pub fn new(key: String, vault_type: VaultType) -> Self {
        Self {
            key,
            vault_type,
            device_security_type: None,
            lock_after_backgrounded: None,
            unlock_vault_on_load: None,
            should_clear_vault_after_too_many_failed_attempts: None,
            custom_passcode_invalid_unlock_attempts: None,
            android_biometrics_prefer_strong_vault_or_system_passcode: None,
            android_biometrics_prompt_title: None,
            android_biometrics_prompt_subtitle: None,
            android_biometrics_prompt_description: None,
            android_biometrics_negative_button_text: None,
            ios_biometrics_localized_reason: None,
            ios_biometrics_localized_cancel_title: None,
            ios_biometrics_localized_fallback_title: None,
            fallback: None,
        }
    }

    pub(crate) fn texts(&mut self) -> [Text<'_>; 7] {
        [
            (TITLE, &mut self.android_biometrics_prompt_title),
            (SUBTITLE, &mut self.android_biometrics_prompt_subtitle),
            (DESCRIPTION, &mut self.android_biometrics_prompt_description),
            (NEGATIVE, &mut self.android_biometrics_negative_button_text),
            (REASON, &mut self.ios_biometrics_localized_reason),
            (CANCEL, &mut self.ios_biometrics_localized_cancel_title),
            (FALLBACK, &mut self.ios_biometrics_localized_fallback_title),
        ]
    }
}

impl PromptConfig {
    pub(crate) fn texts(&mut self) -> [Text<'_>; 6] {
        [
            (TITLE, &mut self.android_biometrics_prompt_title),
            (SUBTITLE, &mut self.android_biometrics_prompt_subtitle),
            (DESCRIPTION, &mut self.android_biometrics_prompt_description),
            (NEGATIVE, &mut self.android_biometrics_negative_button_text),
            (REASON, &mut self.ios_biometrics_localized_reason),
            (CANCEL, &mut self.ios_biometrics_localized_cancel_title),
        ]
    }
}

impl VaultType {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "SecureStorage" => Self::SecureStorage,
            "DeviceSecurity" => Self::DeviceSecurity,
            "CustomPasscode" => Self::CustomPasscode,
            "InMemory" => Self::InMemory,
            _ => return None,
        })
    }
}

impl DeviceSecurityType {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "SystemPasscode" => Self::SystemPasscode,
            "Biometrics" => Self::Biometrics,
            "Both" => Self::Both,
            "None" => Self::None,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SystemPasscode => "SystemPasscode",
            Self::Biometrics => "Biometrics",
            Self::Both => "Both",
            Self::None => "None",
        }
    }
}

impl StrongVaultOrPasscode {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "StrongVault" => Self::StrongVault,
            "SystemPasscode" => Self::SystemPasscode,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::StrongVault => "StrongVault",
            Self::SystemPasscode => "SystemPasscode",
        }
    }
}
