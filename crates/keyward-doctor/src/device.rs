//! The device that a program runs on, as a shell has looked at it.

use crate::finding::{Finding, Severity};
use crate::repair::Repair;
use crate::report::Report;

/// What a shell has found on its device.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// The keyring, where the system should have one.
    pub keyring: Option<Keyring>,
    /// Files and folders of vaults that others than their owner may use.
    pub open_files: Vec<OpenFile>,
}

/// How the Secret Service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// A file or folder that others than its owner may read or write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    /// The whole path.
    pub path: String,
    /// Its rights, for example `0o644`.
    pub mode: u32,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Whether whoever reads it can open a vault: it is a key file.
    pub has_key: bool,
}

/// Looks at a device.
#[must_use]
pub fn examine_device(device: &Device) -> Report {
    let mut findings: Vec<Finding> = device.open_files.iter().map(of_file).collect();
    findings.extend(device.keyring.and_then(of_keyring));
    findings.sort_by_key(|finding| finding.severity);
    Report { findings }
}

fn of_keyring(keyring: Keyring) -> Option<Finding> {
    let (check, severity, what, add) = match keyring {
        Keyring::Ready => return None,
        Keyring::Locked => (
            "keyring-locked",
            Severity::Hint,
            "The keyring is locked.",
            "unlock it, for example by logging in to the desktop",
        ),
        Keyring::Missing => (
            "keyring-missing",
            Severity::Warning,
            "There is no Secret Service, or it has no place for keys yet.",
            "apt-get install gnome-keyring (or KeePassXC), or a vault with a passcode",
        ),
        Keyring::Unreachable => (
            "keyring-unreachable",
            Severity::Warning,
            "The Secret Service does not answer.",
            "restart it, or log out and in again",
        ),
    };
    let why = "SecureStorage vaults take it, and passcode vaults are guessable from a stolen file without it.";
    Some(Finding::new(check, severity, what, why).adding(add))
}

fn of_file(file: &OpenFile) -> Finding {
    let OpenFile { path, mode, is_folder, has_key } = file;
    let (severity, why) = match has_key {
        true => (Severity::Error, "Whoever reads it and the vault's file can open the vault."),
        false => (Severity::Warning, "Others can copy the sealed bytes, or replace them."),
    };
    let mode_wanted = if *is_folder { 0o700 } else { 0o600 };
    Finding::new(
        "open-file",
        severity,
        format!("Others may use {path} (its rights are {mode:o})."),
        why,
    )
    .adding(format!("chmod {mode_wanted:o} {path}"))
    .repaired_by(Repair::Restrict { path: path.clone(), mode: mode_wanted })
}
