//! The words of the command line for what the engine has types for.

use std::time::{Duration, SystemTime};

use clap::ValueEnum;
use keyward::{
    Assurance, DeviceSecurity, Inspection, Protection, ProtectionChange, Theft, Turn, VaultType,
};
use serde_json::{Value, json};

use crate::output::Tone;

/// `--type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TypeWord {
    /// Opens with the device's key store, without asking
    SecureStorage,
    /// Opens when the device has recognised the person
    DeviceSecurity,
    /// Opens with a passcode of its own
    CustomPasscode,
    /// Lives in one program's memory; not for this command
    InMemory,
}

impl From<TypeWord> for VaultType {
    fn from(word: TypeWord) -> Self {
        match word {
            TypeWord::SecureStorage => Self::SecureStorage,
            TypeWord::DeviceSecurity => Self::DeviceSecurity,
            TypeWord::CustomPasscode => Self::CustomPasscode,
            TypeWord::InMemory => Self::InMemory,
        }
    }
}

/// `--device-security`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceSecurityWord {
    /// Face, finger or iris
    Biometrics,
    /// The device's own passcode, PIN or password
    SystemPasscode,
    /// Biometrics, and the device's passcode where they fail
    Both,
}

impl From<DeviceSecurityWord> for DeviceSecurity {
    fn from(word: DeviceSecurityWord) -> Self {
        match word {
            DeviceSecurityWord::Biometrics => Self::Biometrics,
            DeviceSecurityWord::SystemPasscode => Self::SystemPasscode,
            DeviceSecurityWord::Both => Self::Both,
        }
    }
}

/// `--fallback`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FallbackList(pub(crate) Vec<Protection>);

/// Those that can be listed, by the words for them.
const FALLBACKS: [(&str, Protection); 6] = [
    ("biometrics", Protection::Biometrics),
    ("system-passcode", Protection::SystemPasscode),
    ("both", Protection::Both),
    ("custom-passcode", Protection::CustomPasscode),
    ("secure-storage", Protection::SecureStorage),
    ("key-file", Protection::KeyFile),
];

/// Reads a `--fallback`: words with commas between them, or `none`.
pub(crate) fn parse_fallback(text: &str) -> Result<FallbackList, String> {
    if text == "none" {
        return Ok(FallbackList(Vec::new()));
    }
    let named = |word: &str| FALLBACKS.iter().find(|(name, _)| *name == word).map(|(_, it)| *it);
    text.split(',').map(named).collect::<Option<_>>().map(FallbackList).ok_or_else(|| {
        let words: Vec<_> = FALLBACKS.iter().map(|(name, _)| *name).collect();
        format!("say some of {}, with commas between them, or none", words.join(", "))
    })
}

/// What protects a vault, for people.
pub(crate) fn protection(protection: Protection) -> &'static str {
    match protection {
        Protection::SecureStorage => "the device's key store",
        Protection::SystemPasscode => "the device's passcode",
        Protection::Biometrics => "biometrics",
        Protection::Both => "biometrics or the device's passcode",
        Protection::CustomPasscode => "a passcode",
        Protection::PasscodeAlone => "a passcode alone",
        Protection::KeyFile => "a key file",
        _ => "something that this version does not know",
    }
}

/// The list for people.
pub(crate) fn fallback(list: &[Protection]) -> String {
    match list {
        [] => "nothing".to_owned(),
        list => list.iter().map(|it| protection(*it)).collect::<Vec<_>>().join(", then "),
    }
}

/// That a vault is weaker than its configuration wants.
pub(crate) fn weakened(inspection: &Inspection) -> Option<String> {
    let present = inspection.weakened_to?;
    let wanted = Protection::wanted(&inspection.config)?;
    Some(format!("{}, until {} can be had", protection(present), protection(wanted)))
}

/// A change of the protection, and when it was.
pub(crate) fn change(change: &ProtectionChange) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(change.at));
    // What is beyond the last year that can be written has been made up.
    let readable = time.filter(|_| change.at < 253_402_300_800_000);
    let when = readable.map_or_else(
        || "at a time that cannot be".to_owned(),
        |time| humantime::format_rfc3339_seconds(time).to_string(),
    );
    let (from, to) = (protection(change.from), protection(change.to));
    match change.turn {
        Turn::Weakened => format!("{when}: weakened, {to} instead of {from}"),
        Turn::Raised => format!("{when}: raised, from {from} to {to}"),
    }
}

/// The name that a type has in the JSON output, in the sealed file and in every binding.
pub(crate) fn name(vault_type: impl serde::Serialize) -> String {
    match serde_json::to_value(vault_type) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

/// How a vault of this type opens.
pub(crate) fn how_it_opens(vault_type: VaultType) -> &'static str {
    match vault_type {
        VaultType::SecureStorage => "opens with the device's key store, without asking",
        VaultType::DeviceSecurity => "opens when the device has recognised the person",
        VaultType::CustomPasscode => "opens with a passcode",
        VaultType::InMemory => "lives in the memory of one program",
        _ => "opens in a way that this version does not know",
    }
}

/// What somebody can do with a copy of the vault's file.
pub(crate) fn stolen_file(theft: Theft) -> &'static str {
    match theft {
        Theft::Sealed => "sealed: the key is not in it, and there is nothing to guess",
        Theft::Guessable => "guessable: as strong as the passcode",
        _ => "opens: nothing in it is secret",
    }
}

/// What somebody can do with everything on the disk.
pub(crate) fn stolen_disk(theft: Theft, vault_type: VaultType) -> &'static str {
    match (theft, vault_type) {
        (Theft::Sealed, _) => "sealed: the key is not on it",
        (Theft::Guessable, VaultType::CustomPasscode) => "guessable: as strong as the passcode",
        (Theft::Guessable, _) => "guessable: as strong as the key store's own password",
        _ => "opens: the key lies on it in the clear",
    }
}

/// The colour for what a thief can do.
pub(crate) fn tone(theft: Theft) -> Tone {
    match theft {
        Theft::Sealed => Tone::Good,
        _ => Tone::Poor,
    }
}

/// An assurance in JSON.
pub(crate) fn assurance(assurance: Assurance) -> Value {
    let theft = |theft| match theft {
        Theft::Sealed => "sealed",
        Theft::Guessable => "guessable",
        _ => "opens",
    };
    json!({
        "hardwareBound": assurance.hardware_bound,
        "userVerified": assurance.user_verified,
        "persistent": assurance.persistent,
        "stolenFile": theft(assurance.stolen_file),
        "stolenDisk": theft(assurance.stolen_disk),
    })
}

/// `yes` or `no`.
pub(crate) fn parse_yes(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err("say yes or no".to_owned()),
    }
}

/// A time such as `90s`, `5m` or `1h30m`; `0`; or `never`.
pub(crate) fn parse_lock_after(text: &str) -> Result<LockAfter, String> {
    match text {
        "never" => Ok(LockAfter(None)),
        "0" => Ok(LockAfter(Some(Duration::ZERO))),
        text => parse_duration(text)
            .map(|duration| LockAfter(Some(duration)))
            .ok_or_else(|| "say a time such as 90s, 5m or 1h30m, or 0, or never".to_owned()),
    }
}

/// How long somebody is waited for: a second to an hour.
pub(crate) fn parse_patience(text: &str) -> Result<Duration, String> {
    let sensible = Duration::from_secs(1)..=Duration::from_secs(3600);
    parse_duration(text)
        .filter(|time| sensible.contains(time))
        .ok_or_else(|| "say a time from 1s to 1h, such as 90s or 5m".to_owned())
}

/// `--lock-after`; `None` is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LockAfter(pub(crate) Option<Duration>);

const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut millis = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == &rest[..unit])?;
        millis = millis.checked_add(number.checked_mul(*factor)?)?;
        rest = &rest[unit..];
    }
    (!text.is_empty()).then_some(Duration::from_millis(millis))
}

/// A duration in the form that [`parse_lock_after`] reads.
pub(crate) fn duration(duration: Duration) -> String {
    let mut millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0".to_owned();
    }
    let mut text = String::new();
    for (unit, factor) in UNITS.iter().rev() {
        let number = millis / factor;
        millis %= factor;
        if number > 0 {
            text.push_str(&format!("{number}{unit}"));
        }
    }
    text
}

/// A count and its noun: `1 entry`, `3 entries`.
pub(crate) fn entries(count: usize) -> String {
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}

/// Yes or no.
pub(crate) fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// How long somebody has to wait, so that it is not too early.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000).max(1)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_they_are_written() {
        for (text, millis) in [
            ("0", 0),
            ("250ms", 250),
            ("90s", 90_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("2d", 172_800_000),
        ] {
            let parsed = parse_lock_after(text).expect("a time");
            assert_eq!(parsed, LockAfter(Some(Duration::from_millis(millis))), "{text}");
        }
        for duration_of in [0, 1, 999, 61_000, 86_461_001] {
            let text = duration(Duration::from_millis(duration_of));
            let expected = LockAfter(Some(Duration::from_millis(duration_of)));
            assert_eq!(parse_lock_after(&text), Ok(expected), "{text}");
        }
        assert_eq!(parse_lock_after("never"), Ok(LockAfter(None)));
        for text in
            ["", "5", "m", "-5m", "5 m", "5x", "5m3", "99999999999999999999s", "9999999999999999d"]
        {
            assert!(parse_lock_after(text).is_err(), "{text}");
        }
    }
}
