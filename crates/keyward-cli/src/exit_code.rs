//! How the command ends: every outcome has an exit code and a name, and both never change.

use std::fmt::Write;

/// Why the command did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Failed,
    Usage,
    NotFound,
    NoVault,
    VaultExists,
    ConfirmationNeeded,
    WrongPasscode,
    TooManyAttempts,
    VaultCleared,
    PasscodeRequired,
    Dismissed,
    NotVerified,
    LockedOut,
    NotAPasscodeVault,
    WrongRecovery,
    NoRecovery,
    KeyringLocked,
    KeyStoreUnreachable,
    KeyLost,
    Unsupported,
    KeyFileNeeded,
    Damaged,
    TooNew,
    Vanished,
    DiskFull,
    Denied,
    PlaceGone,
    NotAFile,
    Busy,
    TooLarge,
    ReadWriteFailed,
    Invalid,
    Conflict,
    SourceChanged,
    SourceKept,
    Findings,
    SignedOut,
    SignedIn,
    AccessDenied,
    TimedOut,
    ProviderUnavailable,
    ProviderRefuses,
    NotTrusted,
    CannotRun,
    CommandNotFound,
    OutputClosed,
}

/// One line of the table of outcomes.
pub(crate) struct Row {
    pub(crate) code: Code,
    pub(crate) exit: u8,
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
}

const fn row(code: Code, exit: u8, name: &'static str, meaning: &'static str) -> Row {
    Row { code, exit, name, meaning }
}

/// Every outcome but success, which is 0.
pub(crate) const TABLE: &[Row] = &[
    row(
        Code::Failed,
        1,
        "failed",
        "something that no other code stands for; the message says what",
    ),
    row(Code::Usage, 2, "usage", "the command line makes no sense"),
    row(Code::NotFound, 3, "not-found", "the vault has no entry of that name"),
    row(Code::NoVault, 4, "no-vault", "there is no vault of that name"),
    row(Code::VaultExists, 5, "vault-exists", "there is a vault of that name already"),
    row(
        Code::ConfirmationNeeded,
        6,
        "confirmation-needed",
        "asked for --yes or --force, or answered no",
    ),
    row(
        Code::WrongPasscode,
        10,
        "wrong-passcode",
        "the passcode is wrong, or the passphrase of a sealed copy",
    ),
    row(
        Code::TooManyAttempts,
        11,
        "too-many-attempts",
        "too many wrong passcodes or recovery codes: the next has to wait",
    ),
    row(
        Code::VaultCleared,
        12,
        "vault-cleared",
        "one wrong passcode too many, and the vault is set to be cleared then",
    ),
    row(
        Code::PasscodeRequired,
        13,
        "passcode-required",
        "a passcode is needed, and there is no terminal to ask on",
    ),
    row(Code::Dismissed, 14, "dismissed", "whoever was asked gave no answer"),
    row(Code::NotVerified, 15, "not-verified", "the device did not recognise the person"),
    row(
        Code::LockedOut,
        16,
        "locked-out",
        "the device refuses to look at the person again for now",
    ),
    row(
        Code::NotAPasscodeVault,
        17,
        "not-a-passcode-vault",
        "the vault does not open with a passcode",
    ),
    row(
        Code::WrongRecovery,
        18,
        "wrong-recovery",
        "the recovery code or key is not the vault's, or not the sealed copy's",
    ),
    row(Code::NoRecovery, 19, "no-recovery", "the vault has no recovery code or key to use"),
    row(Code::KeyringLocked, 20, "keyring-locked", "the keyring is locked"),
    row(
        Code::KeyStoreUnreachable,
        21,
        "key-store-unreachable",
        "the key store is missing or does not answer",
    ),
    row(Code::KeyLost, 22, "key-lost", "the key store no longer has the vault's key"),
    row(Code::Unsupported, 23, "unsupported", "this device cannot do what was asked"),
    row(
        Code::KeyFileNeeded,
        24,
        "key-file-needed",
        "the vault's key is in a key file that was not named",
    ),
    row(Code::Damaged, 30, "damaged", "the vault's file is not what Keyward wrote"),
    row(Code::TooNew, 31, "too-new", "a newer Keyward wrote the vault's file"),
    row(
        Code::Vanished,
        32,
        "vanished",
        "this device knows the vault with entries, and its file is gone",
    ),
    row(Code::DiskFull, 40, "disk-full", "there is no space left to write"),
    row(
        Code::Denied,
        41,
        "denied",
        "there is no permission to use the vault's file, or to remove a file",
    ),
    row(
        Code::PlaceGone,
        42,
        "place-gone",
        "the vault's folder, or the vault itself, has vanished meanwhile",
    ),
    row(Code::NotAFile, 43, "not-a-file", "something else stands where the vault's file should be"),
    row(Code::Busy, 44, "busy", "another process keeps the vault busy"),
    row(Code::TooLarge, 45, "too-large", "the file is larger than a vault can be"),
    row(Code::ReadWriteFailed, 46, "read-write-failed", "the disk failed in another way"),
    row(
        Code::Invalid,
        50,
        "invalid",
        "a name, a value, a passcode, or a file that is read is not valid",
    ),
    row(
        Code::Conflict,
        51,
        "conflict",
        "the vault has another value under a name that is to be moved",
    ),
    row(
        Code::SourceChanged,
        52,
        "source-changed",
        "the file has changed while it was being moved, and was left",
    ),
    row(
        Code::SourceKept,
        53,
        "source-kept",
        "everything was moved, but the file could not be removed",
    ),
    row(Code::Findings, 60, "findings", "`doctor` found something to mend"),
    row(Code::SignedOut, 70, "signed-out", "there is no sign-in of that name, or it has ended"),
    row(Code::SignedIn, 71, "signed-in", "there is a sign-in of that name at another provider"),
    row(Code::AccessDenied, 72, "access-denied", "the sign-in was refused, or given up"),
    row(Code::TimedOut, 73, "timed-out", "nobody signed in within the time"),
    row(
        Code::ProviderUnavailable,
        74,
        "provider-unavailable",
        "the provider cannot be reached, or cannot answer now",
    ),
    row(
        Code::ProviderRefuses,
        75,
        "provider-refuses",
        "the provider does not accept the program or the request, or lacks what it takes",
    ),
    row(Code::NotTrusted, 76, "not-trusted", "what came back has failed a check"),
    row(Code::CannotRun, 126, "cannot-run", "`exec` found the command but could not run it"),
    row(Code::CommandNotFound, 127, "command-not-found", "`exec` did not find the command"),
    row(
        Code::OutputClosed,
        141,
        "output-closed",
        "whoever read the output went away; nothing is printed",
    ),
];

impl Code {
    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.code == self).expect("every code has its row")
    }

    pub(crate) fn exit(self) -> u8 {
        self.row().exit
    }

    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }
}

/// The table as text.
pub(crate) fn table() -> String {
    let mut text = String::from("  0  (success)\n");
    for row in TABLE {
        let _ = writeln!(text, "{:>3}  {:<22} {}", row.exit, row.name, row.meaning);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_outcomes_share_a_code_or_a_name() {
        assert_eq!(TABLE.iter().map(|row| row.exit).collect::<HashSet<_>>().len(), TABLE.len());
        assert_eq!(TABLE.iter().map(|row| row.name).collect::<HashSet<_>>().len(), TABLE.len());
        assert!(TABLE.iter().all(|row| row.exit != 0));
    }

    #[test]
    fn every_code_has_its_row() {
        // The codes are listed in the order of the table.
        for (place, row) in TABLE.iter().enumerate() {
            assert_eq!(row.code as usize, place);
        }
        assert_eq!(TABLE.len(), Code::OutputClosed as usize + 1);
    }
}
