//! From JSON to calls. The JSON comes from outside: whatever it holds, the outcome is a call or an
//! error that quotes nothing of it.

use base64ct::{Base64, Encoding};
use keyward::secret::json_string;
use keyward::store::MAX_STORED_LEN;
use keyward::{Error, Invalid, Value};
use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::code;
use crate::messages::{Call, DeviceCall, ErrorMessage};

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

/// Every member that some call has, as it stands in the text: the JSON reader keeps copies of the
/// strings that it resolves escapes in, and a call's variants would make it copy everything. What
/// is not known is passed over.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow)]
    call: &'a RawValue,
    #[serde(borrow, default)]
    config: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    entries: Option<Vec<EntryMembers<'a>>>,
    #[serde(borrow, default)]
    passcode: Option<&'a RawValue>,
    #[serde(default)]
    request: Option<u32>,
    #[serde(borrow, default)]
    sealed: Option<&'a RawValue>,
    #[serde(borrow, default)]
    passphrase: Option<&'a RawValue>,
    #[serde(default)]
    enabled: Option<bool>,
    #[serde(default)]
    dim: Option<bool>,
}

#[derive(Deserialize)]
struct EntryMembers<'a> {
    #[serde(borrow)]
    name: &'a RawValue,
    #[serde(borrow)]
    value: ValueMembers<'a>,
}

#[derive(Deserialize)]
struct ValueMembers<'a> {
    #[serde(borrow, default)]
    json: Option<&'a RawValue>,
    #[serde(borrow, default)]
    bytes: Option<&'a RawValue>,
}

impl Call {
    pub(crate) fn read(message: &str) -> Result<Self, Wrong> {
        let members = Members::read(message)?;
        Ok(match members.call.get() {
            "\"initialize\"" => Self::Initialize { config: members.config()? },
            "\"getValue\"" => Self::GetValue { name: members.name()? },
            "\"setValues\"" => Self::SetValues { entries: members.entries()? },
            "\"removeValue\"" => Self::RemoveValue { name: members.name()? },
            "\"getKeys\"" => Self::GetKeys,
            "\"exportVault\"" => Self::ExportVault,
            "\"importVault\"" => Self::ImportVault { entries: members.entries()? },
            "\"isEmpty\"" => Self::IsEmpty,
            "\"doesVaultExist\"" => Self::DoesVaultExist,
            "\"isLocked\"" => Self::IsLocked,
            "\"lock\"" => Self::Lock,
            "\"unlock\"" => Self::Unlock,
            "\"enroll\"" => Self::Enroll,
            "\"passcodeHandlerRegistered\"" => Self::PasscodeHandlerRegistered,
            "\"setCustomPasscode\"" => Self::SetCustomPasscode {
                passcode: text(members.passcode, Unreadable("passcode must be a string"))?,
            },
            "\"passcodeHandlerEnded\"" => Self::PasscodeHandlerEnded {
                request: members.request.ok_or(Unreadable("request must be a number"))?,
            },
            "\"updateConfig\"" => Self::UpdateConfig { config: members.config()? },
            "\"clear\"" => Self::Clear,
            "\"assurance\"" => Self::Assurance,
            "\"inspect\"" => Self::Inspect,
            "\"exportSealed\"" => Self::ExportSealed { passphrase: members.passphrase()? },
            "\"importSealed\"" => {
                Self::ImportSealed { sealed: members.sealed()?, passphrase: members.passphrase()? }
            }
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
        let bool = |member: Option<bool>| member.ok_or(Unreadable("enabled and dim must be there"));
        Ok(match members.call.get() {
            "\"getAvailableHardware\"" => Self::GetAvailableHardware,
            "\"hasSecureHardware\"" => Self::HasSecureHardware,
            "\"isBiometricsSupported\"" => Self::IsBiometricsSupported,
            "\"isBiometricsEnabled\"" => Self::IsBiometricsEnabled,
            "\"isBiometricsAllowed\"" => Self::IsBiometricsAllowed,
            "\"getBiometricStrengthLevel\"" => Self::GetBiometricStrengthLevel,
            "\"isLockedOutOfBiometrics\"" => Self::IsLockedOutOfBiometrics,
            "\"isSystemPasscodeSet\"" => Self::IsSystemPasscodeSet,
            "\"isHideScreenOnBackgroundEnabled\"" => Self::IsHideScreenOnBackgroundEnabled,
            "\"setHideScreenOnBackground\"" => Self::SetHideScreenOnBackground {
                enabled: bool(members.enabled)?,
                dim: bool(members.dim)?,
            },
            "\"showBiometricPrompt\"" => Self::ShowBiometricPrompt { config: members.config()? },
            _ => return Err(UNKNOWN_CALL),
        })
    }
}

const UNKNOWN_CALL: Unreadable = Unreadable("there is no such call");

impl<'a> Members<'a> {
    fn read(message: &'a str) -> Result<Self, Unreadable> {
        if message.len() > MAX_MESSAGE_LEN {
            return Err(Unreadable("it is longer than 1 GiB"));
        }
        // The reader's own error may quote the message.
        serde_json::from_str(message).map_err(|_| Unreadable("it is not JSON of the right form"))
    }

    fn config<T: Deserialize<'a>>(&self) -> Result<Box<T>, Unreadable> {
        const BAD: Unreadable = Unreadable("config must be a configuration");
        let raw = self.config.ok_or(BAD)?;
        serde_json::from_str(raw.get()).map(Box::new).map_err(|_| BAD)
    }

    fn name(&self) -> Result<Zeroizing<String>, Unreadable> {
        text(self.name, Unreadable("name must be a string"))
    }

    fn passphrase(&self) -> Result<Zeroizing<String>, Unreadable> {
        text(self.passphrase, Unreadable("passphrase must be a string"))
    }

    fn sealed(&self) -> Result<Vec<u8>, Unreadable> {
        const BAD: Unreadable = Unreadable("sealed must be base64, of at most 145 MiB");
        let text = text(self.sealed, BAD)?;
        base64(&text, MAX_STORED_LEN).ok_or(BAD)
    }

    fn entries(&self) -> Result<Vec<(Zeroizing<String>, Value)>, Wrong> {
        let entries = self.entries.as_ref().ok_or(Unreadable("entries must be a list"))?;
        entries.iter().map(EntryMembers::read).collect()
    }
}

impl EntryMembers<'_> {
    fn read(&self) -> Result<(Zeroizing<String>, Value), Wrong> {
        let name = text(Some(self.name), Unreadable("an entry's name must be a string"))?;
        let value = match (self.value.json, self.value.bytes) {
            (Some(json), None) => {
                let mut json = text(Some(json), Unreadable("an entry's json must be a string"))?;
                // Handed over, not copied.
                Value::json_text(std::mem::take(&mut *json))?
            }
            (None, Some(bytes)) => {
                const BAD: Unreadable = Unreadable("an entry's bytes must be base64");
                let text = text(Some(bytes), BAD)?;
                if text.len() / 4 * 3 > keyward::MAX_VALUE_LEN + 2 {
                    return Err(Error::from(Invalid::ValueTooLarge).into());
                }
                Value::bytes(base64(&text, usize::MAX).ok_or(BAD)?)?
            }
            _ => return Err(Unreadable("an entry's value must be json or bytes").into()),
        };
        Ok((name, value))
    }
}

fn text(member: Option<&RawValue>, wrong: Unreadable) -> Result<Zeroizing<String>, Unreadable> {
    member.and_then(|raw| json_string(raw.get())).ok_or(wrong)
}

fn base64(text: &str, max: usize) -> Option<Vec<u8>> {
    let room = text.len() / 4 * 3;
    if room.saturating_sub(2) > max {
        return None;
    }
    let mut bytes = Zeroizing::new(vec![0; room]);
    let len = Base64::decode(text, &mut bytes).ok()?.len();
    bytes.truncate(len);
    Some(std::mem::take(&mut *bytes))
}
