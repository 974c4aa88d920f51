//! What is found on a device.
#![allow(missing_docs)]

use keyward_doctor::{
    Device, DeviceFile, Finding, Keyring, Repair, Role, Severity, examine_device,
};

fn of_keyring(keyring: Keyring, needed_by: Option<&str>) -> Option<(&'static str, Severity)> {
    let device = Device {
        keyring: Some(keyring),
        needs_keyring: needed_by.map(str::to_owned),
        files: Vec::new(),
    };
    let findings = examine_device(&device).findings;
    assert!(findings.len() < 2);
    let said = |it: &Finding| needed_by.is_none_or(|path| it.what.contains(path));
    assert!(findings.iter().all(said), "{findings:?}");
    findings.first().map(|it| (it.check, it.severity))
}

#[test]
fn a_keyring_that_a_vault_needs_is_an_error_when_it_is_missing() {
    let vault = Some("/home/a/.local/share/keyward/default.keyward");
    assert_eq!(of_keyring(Keyring::Missing, vault), Some(("keyring-missing", Severity::Error)));
    assert_eq!(of_keyring(Keyring::Missing, None), Some(("keyring-missing", Severity::Warning)));
    let unreachable = of_keyring(Keyring::Unreachable, vault);
    assert_eq!(unreachable, Some(("keyring-unreachable", Severity::Error)));
    let unreachable = of_keyring(Keyring::Unreachable, None);
    assert_eq!(unreachable, Some(("keyring-unreachable", Severity::Warning)));
    // Whoever unlocks it has the vault.
    assert_eq!(of_keyring(Keyring::Locked, vault), Some(("keyring-locked", Severity::Hint)));
    assert_eq!(of_keyring(Keyring::Ready, vault), None);
}

#[test]
fn files_that_others_may_use_are_told_by_what_they_are_for() {
    let file = |path: &str, mode, role| DeviceFile { path: path.to_owned(), mode, role };
    let device = Device {
        files: vec![
            file("/v", 0o040_755, Role::Folder),
            file("/v/a.keyward", 0o100_604, Role::InFolder),
            file("/v/b.keyward", 0o100_600, Role::InFolder),
            file("/v/a.lock", 0o100_644, Role::InFolder),
            file("/k", 0o100_620, Role::KeyFile),
        ],
        ..Device::default()
    };
    let report = examine_device(&device);
    let severities: Vec<Severity> = report.findings.iter().map(|it| it.severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Warning, Severity::Warning]);
    let restrict = |path: &str, mode| Repair::Restrict { path: path.to_owned(), mode };
    let expected = [restrict("/k", 0o600), restrict("/v", 0o700), restrict("/v/a.keyward", 0o600)];
    assert_eq!(report.repairs(), expected);
}
