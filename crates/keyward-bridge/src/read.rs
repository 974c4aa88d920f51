//! From JSON to calls. The JSON comes from outside: whatever it holds, the outcome is a call or an
//! error that quotes nothing of it.

use std::str::FromStr;

use base64ct::{Base64, Encoding};
use keyward::secret::Json;
use keyward::store::MAX_STORED_LEN;
use keyward::{
    CopyFor, CopyKey, Error, Invalid, Key, Passcode, Protection, Recovery, RecoveryCode,
    RecoveryPrivateKey, RecoveryPublicKey, Value,
};
use zeroize::{Zeroize, Zeroizing};

use crate::code;
use crate::messages::{
    Call, DeviceCall, DeviceSecurityType, ErrorMessage, PromptConfig, StrongVaultOrPasscode,
    VaultConfig, VaultType,
};
use crate::names::PREFER;

/// The longest message, in bytes: 1 GiB. Every vault's entries fit into one.
pub const MAX_MESSAGE_LEN: usize = keyward::export::MAX_EXPORT_LEN;

/// Why a message is not a call; never with anything of the message.
#[derive(Clone, Copy)]
pub(crate) struct Unreadable(pub(crate) &'static str);

/// What is wrong with a call.
pub(crate) enum Wrong {
    Message(Unreadable),
    /// An argument that the engine does not take.
    Argument(Error),
}

impl From<Unreadable> for Wrong {
    fn from(error: Unreadable) -> Self {
        Self::Message(error)
    }
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        Self::Argument(error)
    }
}

impl Call {
    pub(crate) fn read(message: &str) -> Result<Self, Wrong> {
        let members = Members::read(message)?;
        Ok(match members.call()? {
            "initialize" => Self::Initialize { config: members.config()? },
            "getValue" => Self::GetValue { name: members.text("name")? },
            "setValues" => Self::SetValues { entries: members.entries()? },
            "addValues" => Self::AddValues { entries: members.entries()? },
            "removeValue" => Self::RemoveValue { name: members.text("name")? },
            "getKeys" => Self::GetKeys,
            "exportVault" => Self::ExportVault,
            "importVault" => Self::ImportVault { entries: members.entries()? },
            "isEmpty" => Self::IsEmpty,
            "doesVaultExist" => Self::DoesVaultExist,
            "isLocked" => Self::IsLocked,
            "lock" => Self::Lock,
            "unlock" => Self::Unlock,
            "enroll" => Self::Enroll,
            "passcodeHandlerRegistered" => Self::PasscodeHandlerRegistered,
            "setCustomPasscode" => Self::SetCustomPasscode { passcode: members.text("passcode")? },
            "passcodeHandlerEnded" => Self::PasscodeHandlerEnded { request: members.request()? },
            "raise" => Self::Raise,
            "updateConfig" => Self::UpdateConfig { config: members.config()? },
            "clear" => Self::Clear,
            "assurance" => Self::Assurance,
            "inspect" => Self::Inspect,
            "health" => Self::Health,
            "capabilities" => Self::Capabilities,
            "checkKey" => Self::CheckKey,
            "enrollRecovery" => Self::EnrollRecovery,
            "enrollRecoveryKey" => Self::EnrollRecoveryKey { public_key: members.public_key()? },
            "revokeRecovery" => Self::RevokeRecovery,
            "recover" => Self::Recover { with: members.object("with")?.recovery()? },
            "exportSealed" => {
                Self::ExportSealed { copy_for: members.object("copyFor")?.copy_for()? }
            }
            "importSealed" => Self::ImportSealed {
                sealed: members.sealed()?,
                with: members.object("with")?.copy_key()?,
            },
            _ => return Err(UNKNOWN_CALL.into()),
        })
    }
}

impl DeviceCall {
    /// Reads a question about the device.
    ///
    /// # Errors
    /// What to answer instead, with [`answer::refused`](crate::answer::refused).
    pub fn read(message: &str) -> Result<Self, ErrorMessage> {
        Self::of(message).map_err(code::unreadable_question)
    }

    fn of(message: &str) -> Result<Self, Unreadable> {
        let members = Members::read(message)?;
        Ok(match members.call()? {
            "getAvailableHardware" => Self::GetAvailableHardware,
            "hasSecureHardware" => Self::HasSecureHardware,
            "isBiometricsSupported" => Self::IsBiometricsSupported,
            "isBiometricsEnabled" => Self::IsBiometricsEnabled,
            "isBiometricsAllowed" => Self::IsBiometricsAllowed,
            "getBiometricStrengthLevel" => Self::GetBiometricStrengthLevel,
            "isLockedOutOfBiometrics" => Self::IsLockedOutOfBiometrics,
            "isSystemPasscodeSet" => Self::IsSystemPasscodeSet,
            "isHideScreenOnBackgroundEnabled" => Self::IsHideScreenOnBackgroundEnabled,
            "setHideScreenOnBackground" => Self::SetHideScreenOnBackground {
                enabled: members.flag("enabled")?,
                dim: members.flag("dim")?,
            },
            "showBiometricPrompt" => Self::ShowBiometricPrompt { config: members.prompt()? },
            _ => return Err(UNKNOWN_CALL),
        })
    }
}

const NOT_JSON: Unreadable = Unreadable("it is not a JSON object");
const UNKNOWN_CALL: Unreadable = Unreadable("there is no such call");
const MISSING: Unreadable = Unreadable("a member is missing, there twice, or of another type");
const BAD_CONFIG: Unreadable = Unreadable("config must be a configuration");
const BAD_ENTRIES: Unreadable =
    Unreadable("entries must be a list of objects with a name and a value, json or bytes");
const BAD_BASE64: Unreadable = Unreadable("bytes, keys and sealed must be base64 with padding");

/// The members of an object. What is not known is passed over.
struct Members<'a>(Vec<(Json<'a>, Json<'a>)>);

impl<'a> Members<'a> {
    fn read(message: &'a str) -> Result<Self, Unreadable> {
        if message.len() > MAX_MESSAGE_LEN {
            return Err(Unreadable("it is longer than 1 GiB"));
        }
        Json::read(message).and_then(Self::of).ok_or(NOT_JSON)
    }

    fn of(json: Json<'a>) -> Option<Self> {
        json.object().map(Self)
    }

    /// A member, if it is there once. Names are not spelled with escapes.
    fn find(&self, name: &str) -> Option<Json<'a>> {
        let mut named = self.0.iter().filter(|(member, _)| member.plain_string() == Some(name));
        named.next().filter(|_| named.next().is_none()).map(|(_, value)| *value)
    }

    fn call(&self) -> Result<&'a str, Unreadable> {
        self.find("call").and_then(Json::plain_string).ok_or(UNKNOWN_CALL)
    }

    fn text(&self, name: &str) -> Result<Zeroizing<String>, Unreadable> {
        self.find(name).and_then(Json::string).ok_or(MISSING)
    }

    fn object(&self, name: &str) -> Result<Self, Unreadable> {
        self.find(name).and_then(Self::of).ok_or(MISSING)
    }

    /// Handed over, not copied.
    fn passphrase(&self) -> Result<Passcode, Wrong> {
        let mut passphrase = self.text("passphrase")?;
        Ok(Passcode::new(std::mem::take(&mut *passphrase))?)
    }

    fn public_key(&self) -> Result<RecoveryPublicKey, Wrong> {
        let point = base64(&self.text("publicKey")?)?;
        let point = point.try_into().map_err(|_| Error::from(Invalid::RecoveryKey))?;
        Ok(RecoveryPublicKey::new(point)?)
    }

    fn recovery(&self) -> Result<Recovery, Wrong> {
        if self.find("key").is_none() {
            let mut code = self.text("code")?;
            return Ok(Recovery::Code(RecoveryCode::parse(std::mem::take(&mut *code))?));
        }
        let private = Zeroizing::new(base64(&self.text("key")?)?);
        let mut number: [u8; Key::LEN] =
            private.as_slice().try_into().map_err(|_| Error::from(Invalid::RecoveryKey))?;
        let key = Key::from_bytes(number);
        number.zeroize();
        Ok(Recovery::Key(RecoveryPrivateKey::new(key)?))
    }

    fn copy_for(&self) -> Result<CopyFor, Wrong> {
        match self.find("publicKey") {
            Some(_) => Ok(self.public_key()?.into()),
            None => Ok(self.passphrase()?.into()),
        }
    }

    fn copy_key(&self) -> Result<CopyKey, Wrong> {
        match self.find("passphrase") {
            Some(_) => Ok(self.passphrase()?.into()),
            None => Ok(self.recovery()?.into()),
        }
    }

    fn flag(&self, name: &str) -> Result<bool, Unreadable> {
        self.find(name).and_then(plain).ok_or(MISSING)
    }

    fn request(&self) -> Result<u32, Unreadable> {
        self.find("request").and_then(plain).ok_or(MISSING)
    }

    fn config(&self) -> Result<Box<VaultConfig>, Unreadable> {
        self.find("config").and_then(config).map(Box::new).ok_or(BAD_CONFIG)
    }

    fn prompt(&self) -> Result<Box<PromptConfig>, Unreadable> {
        self.find("config").and_then(prompt).map(Box::new).ok_or(BAD_CONFIG)
    }

    fn sealed(&self) -> Result<Vec<u8>, Unreadable> {
        let text = self.text("sealed")?;
        if text.len() / 4 * 3 > MAX_STORED_LEN + 2 {
            return Err(Unreadable("sealed is longer than any sealed file"));
        }
        base64(&text)
    }

    fn entries(&self) -> Result<Vec<(Zeroizing<String>, Value)>, Wrong> {
        let entries = self.find("entries").and_then(Json::array).ok_or(BAD_ENTRIES)?;
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            let entry = Self::of(entry).ok_or(BAD_ENTRIES)?;
            let name = entry.find("name").and_then(Json::string).ok_or(BAD_ENTRIES)?;
            let value = entry.find("value").and_then(Self::of);
            read.push((name, value.ok_or(BAD_ENTRIES)?.value()?));
        }
        Ok(read)
    }

    fn value(&self) -> Result<Value, Wrong> {
        let text = |name| self.find(name).and_then(Json::string);
        match (text("json"), text("bytes")) {
            // Handed over, not copied.
            (Some(mut json), None) => Ok(Value::json_text(std::mem::take(&mut *json))?),
            (None, Some(bytes)) => {
                if bytes.len() / 4 * 3 > keyward::MAX_VALUE_LEN + 2 {
                    return Err(Error::from(Invalid::ValueTooLarge).into());
                }
                Ok(Value::bytes(base64(&bytes)?)?)
            }
            _ => Err(BAD_ENTRIES.into()),
        }
    }
}

fn config(json: Json<'_>) -> Option<VaultConfig> {
    let mut config = VaultConfig::new(String::new(), VaultType::SecureStorage);
    let (mut key, mut vault_type) = (None, None);
    for (name, value) in json.object()? {
        let Some(name) = name.plain_string() else { continue };
        match name {
            "key" => key = Some(string(value)?),
            "type" => vault_type = Some(VaultType::named(value.plain_string()?)?),
            "lockAfterBackgrounded" => {
                config.lock_after_backgrounded = Some(given(value, plain)?);
            }
            "deviceSecurityType" => {
                let named = |json: Json<'_>| DeviceSecurityType::named(json.plain_string()?);
                config.device_security_type = given(value, named)?;
            }
            "unlockVaultOnLoad" => {
                config.unlock_vault_on_load = given(value, plain)?;
            }
            "shouldClearVaultAfterTooManyFailedAttempts" => {
                config.should_clear_vault_after_too_many_failed_attempts = given(value, plain)?;
            }
            "customPasscodeInvalidUnlockAttempts" => {
                config.custom_passcode_invalid_unlock_attempts = given(value, plain)?;
            }
            "fallback" => config.fallback = given(value, protections)?,
            PREFER => {
                let named = |json: Json<'_>| StrongVaultOrPasscode::named(json.plain_string()?);
                config.android_biometrics_prefer_strong_vault_or_system_passcode =
                    given(value, named)?;
            }
            _ => {
                let mut texts = config.texts().into_iter();
                if let Some((_, text)) = texts.find(|(text, _)| *text == name) {
                    *text = given(value, string)?;
                }
            }
        }
    }
    config.key = key?;
    config.vault_type = vault_type?;
    Some(config)
}

fn prompt(json: Json<'_>) -> Option<PromptConfig> {
    let mut prompt = PromptConfig::default();
    for (name, value) in json.object()? {
        let Some(name) = name.plain_string() else { continue };
        if let Some((_, text)) = prompt.texts().into_iter().find(|(text, _)| *text == name) {
            *text = given(value, string)?;
        }
    }
    Some(prompt)
}

fn protections(json: Json<'_>) -> Option<Vec<Protection>> {
    let named = |name: &str| Protection::ALL.into_iter().find(|it| it.name() == name);
    json.array()?.into_iter().map(|json| named(json.plain_string()?)).collect()
}

/// A member that may be `null`; the outer `None` when it is of another type.
fn given<T>(json: Json<'_>, read: impl FnOnce(Json<'_>) -> Option<T>) -> Option<Option<T>> {
    if json.text() == "null" { Some(None) } else { read(json).map(Some) }
}

/// A number or a boolean.
fn plain<T: FromStr>(json: Json<'_>) -> Option<T> {
    json.text().parse().ok()
}

/// Text that is no secret.
fn string(json: Json<'_>) -> Option<String> {
    json.string().map(|mut text| std::mem::take(&mut *text))
}

fn base64(text: &str) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Zeroizing::new(vec![0; text.len() / 4 * 3]);
    let len = Base64::decode(text, &mut bytes).map_err(|_| BAD_BASE64)?.len();
    bytes.truncate(len);
    Ok(std::mem::take(&mut *bytes))
}
