//! The device that a program runs on, as a shell has looked at it.

use serde::Deserialize;

use crate::finding::{Finding, Severity};
use crate::repair::Repair;
use crate::report::Report;

/// What a shell has found on its device.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Device {
    /// The keyring, where the system should have one and the shell can ask it.
    #[serde(default)]
    pub keyring: Option<Keyring>,
    /// Of a vault whose key is in the keyring, the file's whole path, where there is such a vault
    /// and the shell can tell.
    #[serde(default)]
    pub needs_keyring: Option<String>,
    /// The folder of the vaults, what is in it, and the key file if one is named. Without the
    /// rights that tell whether others may use a file, it is left out.
    pub files: Vec<DeviceFile>,
}

/// How the Secret Service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keyring {
    /// It is there and open.
    Ready,
    /// It is there and locked.
    Locked,
    /// There is none, or it has no place for keys yet.
    Missing,
    /// It does not answer.
    Unreachable,
}

/// A file or folder of vaults, as it was found; links are not followed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeviceFile {
    /// The whole path.
    pub path: String,
    /// Its rights, for example `0o644`; what else a mode says (its kind, sticky bits) is ignored.
    pub mode: u32,
    /// Which of them it is.
    pub role: Role,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The folder that vaults live in.
    Folder,
    /// A file in that folder.
    InFolder,
    /// The key file: whoever reads it can open a vault.
    KeyFile,
}

/// Looks at a device.
#[must_use]
pub fn examine_device(device: &Device) -> Report {
    let mut findings: Vec<Finding> = device.files.iter().filter_map(of_file).collect();
    findings.extend(device.keyring.and_then(|it| of_keyring(it, device.needs_keyring.as_deref())));
    findings.sort_by_key(|finding| finding.severity);
    Report { findings }
}

fn of_keyring(keyring: Keyring, needed_by: Option<&str>) -> Option<Finding> {
    let (check, what, add) = match keyring {
        Keyring::Ready => return None,
        Keyring::Locked => (
            "keyring-locked",
            "The keyring is locked",
            "unlock it, for example by logging in to the desktop",
        ),
        Keyring::Missing => (
            "keyring-missing",
            "There is no Secret Service, or it has no place for keys yet",
            "apt-get install gnome-keyring (or KeePassXC), or a vault with a passcode",
        ),
        Keyring::Unreachable => (
            "keyring-unreachable",
            "The Secret Service does not answer",
            "restart it, or log out and in again",
        ),
    };
    let add = match (keyring, needed_by) {
        (Keyring::Missing, Some(_)) => {
            "install or start the one that keeps the key, or recover the vault with its code"
        }
        _ => add,
    };
    let (severity, what, why) = match needed_by {
        // It is locked whenever nobody is logged in.
        Some(path) if keyring == Keyring::Locked => (
            Severity::Hint,
            format!("{what}, and {path} needs it."),
            "Until it is unlocked the vault does not open; nothing is lost.",
        ),
        Some(path) => (
            Severity::Error,
            format!("{what}, and {path} needs it."),
            "The vault does not open without the key that is kept there; what is in it is not lost.",
        ),
        None => (
            if keyring == Keyring::Locked { Severity::Hint } else { Severity::Warning },
            format!("{what}."),
            "SecureStorage vaults take it, and passcode vaults are guessable from a stolen file without it.",
        ),
    };
    Some(Finding::new(check, severity, what, why).adding(add))
}

fn of_file(file: &DeviceFile) -> Option<Finding> {
    let DeviceFile { path, mode, role } = file;
    let mode = mode & 0o777;
    if mode & 0o077 == 0 || (*role == Role::InFolder && !path.ends_with(".keyward")) {
        return None;
    }
    let (severity, why) = match role {
        Role::KeyFile => {
            (Severity::Error, "Whoever reads it and the vault's file can open the vault.")
        }
        Role::Folder | Role::InFolder => {
            (Severity::Warning, "Others can copy the sealed bytes, or replace them.")
        }
    };
    let wanted = if *role == Role::Folder { 0o700 } else { 0o600 };
    let what = format!("Others may use {path} (its rights are {mode:o}).");
    let finding = Finding::new("open-file", severity, what, why)
        .adding(format!("chmod {wanted:o} {path}"))
        .repaired_by(Repair::Restrict { path: path.clone(), mode: wanted });
    Some(finding)
}
