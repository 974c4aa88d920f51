//! The engine's errors in words for whoever runs the command: what happened, that nothing was lost,
//! and what to do.

use std::path::Path;

use keyward::{Config, Error, Invalid, SealedCopyError, StoreError, VaultType};
use rustix::fs::Access;

use crate::app::{App, Found};
use crate::exit_code::Code;
use crate::failure::Failure;
use crate::key_store::{self, KEY_FILE, KEYRING, State};
use crate::words;

/// The failure that an engine's error is.
pub(crate) fn explain(app: &App, found: Option<&Found>, error: &Error) -> Failure {
    let name = app.name();
    let file = || {
        let path = app.stores().vault_file(&app.vault);
        path.map_or_else(|_| name.clone(), |path| path.display().to_string())
    };
    let config = found.and_then(|found| found.inspection.as_ref().ok()).map(|it| &it.config);
    match error {
        Error::Dismissed => Failure::new(
            Code::Dismissed,
            "The prompt was closed without an answer. Nothing was changed.",
        ),
        Error::NotVerified => Failure::new(
            Code::NotVerified,
            "The device did not recognise you. Nothing was changed; try again.",
        ),
        Error::LockedOut => Failure::new(
            Code::LockedOut,
            "The device has seen too many failed attempts and refuses to look again for now. \
             Nothing was lost; unlock the device with its passcode and try again.",
        ),
        Error::WrongPasscode { attempts_left } => wrong_passcode(*attempts_left, config),
        Error::TooManyAttempts { retry_after } => {
            let seconds = words::whole_seconds(*retry_after);
            Failure::new(
                Code::TooManyAttempts,
                format!(
                    "There have been too many failed attempts, so none is taken for another \
                     {seconds} s. Nothing was lost; wait and try again."
                ),
            )
            .with("retryAfterSeconds", seconds)
        }
        Error::ClearedAfterTooManyAttempts => Failure::new(
            Code::VaultCleared,
            format!(
                "That was one wrong passcode too many: the vault \"{name}\" has been cleared, as \
                 its configuration asks, and its entries are gone. {} makes a new one.",
                app.hint("init")
            ),
        ),
        Error::WrongRecoveryCode { attempts_left } => wrong_recovery_code(*attempts_left),
        Error::WrongRecoveryKey => Failure::new(
            Code::WrongRecovery,
            format!("That recovery key is none of the vault \"{name}\". Nothing was changed."),
        ),
        Error::NoRecovery => Failure::new(
            Code::NoRecovery,
            format!(
                "The vault \"{name}\" has no recovery of that kind: none was enrolled, or it was \
                 revoked. Nothing was changed."
            ),
        ),
        Error::NothingToRecover => Failure::new(
            Code::Unsupported,
            format!(
                "The vault \"{name}\" keeps its entries in memory, so that there is nothing to \
                 recover. Nothing was changed."
            ),
        ),
        Error::PasscodeRequired => Failure::new(
            Code::PasscodeRequired,
            format!("The vault \"{name}\" opens with a passcode. Nothing was changed."),
        ),
        Error::NotAPasscodeVault => Failure::new(
            Code::NotAPasscodeVault,
            format!(
                "The vault \"{name}\" has no passcode. Nothing was changed. {} gives it one.",
                app.hint("config --type custom-passcode")
            ),
        ),
        Error::Unavailable { provider, cause } => unavailable(app, provider, &cause.to_string()),
        Error::KeyLost { provider } => key_lost(app, found, provider, &file()),
        Error::Unsupported { what, .. } => unsupported(app, found, what),
        Error::Damaged { what } => Failure::new(
            Code::Damaged,
            format!(
                "The file {} is damaged ({what}). It was left as it is. Put a copy of it back, or \
                 start over with {} and {}.",
                file(),
                app.hint("clear"),
                app.hint("init")
            ),
        ),
        Error::Vanished => Failure::new(
            Code::Vanished,
            format!(
                "The vault \"{name}\" was here, and its file {} has vanished. Nothing was written in \
                 its place. See whether a disk is not mounted or the folder was moved, and put the \
                 file back; or start over with {} and {}.",
                file(),
                app.hint("clear"),
                app.hint("init")
            ),
        ),
        Error::TooNew { version } => Failure::new(
            Code::TooNew,
            format!(
                "A newer Keyward wrote the file {} (format version {version}). It was left as it \
                 is; update this one.",
                file()
            ),
        ),
        Error::SealedCopy(error) => sealed_copy(*error),
        Error::Store(error) => store(app, config, error, &file()),
        Error::Invalid(error) => invalid(*error),
        Error::NotHashed(cause) => Failure::new(
            Code::Failed,
            format!(
                "The passcode could not be hashed ({cause}). Nothing was changed or lost; free \
                 memory and try again."
            ),
        ),
        Error::NoEntropy => Failure::new(
            Code::Failed,
            "The system gave no random numbers. Nothing was changed; try again.",
        ),
        error => Failure::new(Code::Failed, format!("The vault could not be used: {error}.")),
    }
}

fn wrong_passcode(attempts_left: u32, config: Option<&Config>) -> Failure {
    let clears = config.is_some_and(|config| config.clear_after_too_many_failed_attempts);
    let next = match (attempts_left, clears) {
        (0, _) => "The next attempt has to wait.".to_owned(),
        (1, true) => "After one more wrong one the vault is cleared.".to_owned(),
        (left, true) => format!("After {left} more wrong ones the vault is cleared."),
        (1, false) => "After one more wrong one, attempts have to wait.".to_owned(),
        (left, false) => format!("After {left} more wrong ones, attempts have to wait."),
    };
    Failure::new(
        Code::WrongPasscode,
        format!("Wrong passcode. Nothing was changed or lost. {next}"),
    )
    .with("attemptsLeft", attempts_left)
}

/// A credential that is wrong is that here, too. All else is a file that cannot be read: the codes of a
/// vault that is damaged or too new would send who reads them to a vault with which nothing is wrong.
fn sealed_copy(error: SealedCopyError) -> Failure {
    match error {
        SealedCopyError::WrongPassphrase => Failure::new(
            Code::WrongPasscode,
            "That passphrase does not open the sealed copy. Nothing was changed.",
        ),
        SealedCopyError::WrongRecovery => Failure::new(
            Code::WrongRecovery,
            "That recovery code or key does not open the sealed copy. Nothing was changed.",
        ),
        error => Failure::new(
            Code::Invalid,
            format!("The sealed copy cannot be imported ({error}). Nothing was changed."),
        ),
    }
}

fn wrong_recovery_code(attempts_left: u32) -> Failure {
    let next = match attempts_left {
        0 => "The next attempt has to wait.".to_owned(),
        1 => "After one more wrong one, attempts have to wait.".to_owned(),
        left => format!("After {left} more wrong ones, attempts have to wait."),
    };
    Failure::new(
        Code::WrongRecovery,
        format!(
            "That is a recovery code, but not this vault's. Nothing was changed or lost. {next}"
        ),
    )
    .with("attemptsLeft", attempts_left)
}

fn unavailable(app: &App, provider: &str, cause: &str) -> Failure {
    match provider {
        KEYRING if key_store::keyring() == State::Locked => Failure::new(
            Code::KeyringLocked,
            "The keyring is locked, so the vault's key cannot be used now. Nothing was changed or \
             lost. Unlock the keyring (log in to the desktop, or open it in its own program) and \
             try again.",
        ),
        KEYRING => Failure::new(
            Code::KeyStoreUnreachable,
            format!(
                "The keyring cannot be used now ({cause}). Nothing was changed or lost. Start it \
                 (gnome-keyring, KWallet or KeePassXC, in a session with D-Bus) and try again."
            ),
        ),
        KEY_FILE => Failure::new(
            Code::KeyStoreUnreachable,
            format!(
                "The key file {} cannot be used now ({cause}). Nothing was changed or lost. Bring \
                 the file, or its folder, back to what it was, from a backup if need be, and try \
                 again.",
                key_file(app)
            ),
        ),
        provider => Failure::new(
            Code::KeyStoreUnreachable,
            format!("The key store {provider} cannot be used now ({cause}). Nothing was changed or lost."),
        ),
    }
    .with("keyStore", provider)
}

fn key_lost(app: &App, found: Option<&Found>, provider: &str, file: &str) -> Failure {
    let what = match provider {
        KEY_FILE => format!(
            "The key file {} is missing, or it is not the one that this vault was made with. Name \
             the right one with --key-file, or put it back from a backup",
            key_file(app)
        ),
        KEYRING => "The keyring, unlocked, no longer has this vault's key. Put the keyring back \
                    from a backup, and the vault opens again"
            .to_owned(),
        provider => format!("The key store {provider} no longer has this vault's key"),
    };
    let inspection = found.and_then(|found| found.inspection.as_ref().ok());
    let recoverable = inspection.is_some_and(|inspection| {
        inspection.slots.iter().any(|slot| slot.recovery_key().is_some())
    });
    let next = if recoverable {
        format!("recover the vault with its recovery code or key: {}", app.hint("recover"))
    } else {
        format!("start over with {} and {}", app.hint("clear"), app.hint("init"))
    };
    Failure::new(
        Code::KeyLost,
        format!("{what}; or {next}. The vault's file {file} was left as it is."),
    )
    .with("keyStore", provider)
}

fn unsupported(app: &App, found: Option<&Found>, what: &str) -> Failure {
    let inspection = found.and_then(|found| found.inspection.as_ref().ok());
    let needs_key_file = inspection.is_some_and(|inspection| {
        inspection.slots.iter().any(|slot| slot.provider.as_deref() == Some(KEY_FILE))
    });
    if needs_key_file && app.key_file.is_none() {
        return Failure::new(
            Code::KeyFileNeeded,
            format!(
                "The key of the vault \"{}\" is in a key file. Nothing was changed. Name the file \
                 with --key-file PATH or KEYWARD_KEY_FILE.",
                app.name()
            ),
        );
    }
    Failure::new(
        Code::Unsupported,
        format!("This device does not have {what}. Nothing was changed."),
    )
}

/// What a new vault of this type needs and this device does not have.
pub(crate) fn cannot_protect(vault_type: VaultType) -> Failure {
    let message = match vault_type {
        VaultType::SecureStorage => {
            "This machine has no key store that keyward can use: no Secret Service (gnome-keyring, \
             KWallet, KeePassXC) is on the session bus. Nothing was changed. Choose `--type \
             custom-passcode`, or name a key file with --key-file PATH."
        }
        _ => {
            "This machine has no way to recognise a person that keyward can use. Nothing was \
             changed. Choose `--type custom-passcode` or `--type secure-storage`."
        }
    };
    Failure::new(Code::Unsupported, message)
}

fn store(app: &App, config: Option<&Config>, error: &StoreError, file: &str) -> Failure {
    let folder = app.folder.display();
    let because = |cause: &dyn std::fmt::Display| format!("({cause})");
    let (code, message) = match error {
        StoreError::Full => (
            Code::DiskFull,
            format!(
                "There is no space left to write {file}, or its key. The vault is what it was \
                 before; free some space and try again."
            ),
        ),
        StoreError::Denied(cause) if may_only_read(&app.folder) => (
            Code::Denied,
            format!(
                "There is no permission to write in the folder {folder} {}. {file} was left as it \
                 is.{} Take the permission (chmod u+w, or mount the disk for writing) and try again.",
                because(cause),
                match config.map(|config| config.vault_type) {
                    Some(VaultType::CustomPasscode) => {
                        " A vault with a passcode needs it even to be read, because attempts are \
                         counted there."
                    }
                    _ => "",
                }
            ),
        ),
        StoreError::Denied(cause) => (
            Code::Denied,
            format!(
                "There is no permission to use {file} {}. It was left as it is.",
                because(cause)
            ),
        ),
        StoreError::Gone(cause) => (
            Code::PlaceGone,
            format!(
                "The vault or its folder {folder} has vanished {}. Nothing was written; see \
                 whether a disk is missing or another program has cleared the vault.",
                because(cause)
            ),
        ),
        StoreError::NotAFile => (Code::NotAFile, in_the_way(&app.folder, Path::new(file))),
        StoreError::KeyTooLong => (
            Code::Invalid,
            "The vault's name is too long for a file name. Nothing was changed; choose a shorter \
             one."
                .to_owned(),
        ),
        StoreError::Busy => (
            Code::Busy,
            format!("Another process keeps {file} busy. Nothing was changed; try again."),
        ),
        StoreError::TooLarge => (
            Code::TooLarge,
            format!("The file {file} is larger than a vault can be. It was left as it is."),
        ),
        StoreError::Io(cause) => (
            Code::ReadWriteFailed,
            format!(
                "Reading or writing {file} failed {}. The vault is what it was before.",
                because(cause)
            ),
        ),
        error => (Code::Failed, format!("{file} could not be used: {error}.")),
    };
    Failure::new(code, message)
}

/// Whether the folder is there, and nothing can be written in it.
fn may_only_read(folder: &Path) -> bool {
    folder.is_dir() && rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_err()
}

/// What stands where the vault's file should be, or one of the files beside it, or their folder.
fn in_the_way(folder: &Path, file: &Path) -> String {
    let place = folder.display();
    match folder.ancestors().find(|above| above.symlink_metadata().is_ok()) {
        Some(above) if above.is_dir() => {}
        Some(above) if above == folder => {
            return format!(
                "{place} is where vaults should be, and is not a folder. It was not touched."
            );
        }
        Some(above) => {
            return format!(
                "{} is not a folder, so that there can be no vaults in {place}. It was not touched.",
                above.display()
            );
        }
        None => {}
    }
    let is_other = |path: &Path| path.symlink_metadata().is_ok_and(|found| !found.is_file());
    let beside = ["lock", "attempts", "keyward.new", "attempts.new"];
    let mut places = beside.iter().map(|ending| file.with_extension(ending));
    let other = match is_other(file) {
        true => None,
        false => places.find(|path| is_other(path)),
    };
    format!(
        "Something that is not a plain file stands at {}. It was not touched; move it away.",
        other.as_deref().unwrap_or(file).display()
    )
}

fn invalid(error: Invalid) -> Failure {
    let mut message = error.to_string();
    if let Some(first) = message.get(..1) {
        message = first.to_uppercase() + &message[1..];
    }
    Failure::invalid(format!("{message}. Nothing was changed."))
}

fn key_file(app: &App) -> String {
    app.key_file
        .as_ref()
        .map_or_else(|| "of this vault".to_owned(), |path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::Duration;

    use keyward::{Cause, Role};

    use super::*;
    use crate::output::Output;
    use crate::passcode::{Passcodes, Source};
    use crate::progress::Progress;

    fn app() -> App {
        let progress = Progress::new(true);
        let source = Source::Terminal("--passcode-file");
        App {
            vault: "work".to_owned(),
            folder: PathBuf::from("/nowhere"),
            key_file: None,
            output: Output { json: false },
            passcodes: Arc::new(Passcodes::new("work", source, None, progress.clone())),
            code: None,
            progress,
        }
    }

    /// Every error, with the name that scripts rely on.
    fn errors() -> Vec<(Error, &'static str)> {
        let cause = || Cause::new("the cause");
        let provider = || "a-store".to_owned();
        vec![
            (Error::Dismissed, "dismissed"),
            (Error::NotVerified, "not-verified"),
            (Error::LockedOut, "locked-out"),
            (Error::WrongPasscode { attempts_left: 1 }, "wrong-passcode"),
            (Error::TooManyAttempts { retry_after: Duration::from_millis(1) }, "too-many-attempts"),
            (Error::ClearedAfterTooManyAttempts, "vault-cleared"),
            (Error::WrongRecoveryCode { attempts_left: 1 }, "wrong-recovery"),
            (Error::WrongRecoveryKey, "wrong-recovery"),
            (Error::NoRecovery, "no-recovery"),
            (Error::NothingToRecover, "unsupported"),
            (Error::Invalid(Invalid::RecoveryCode("there is a typo in it")), "invalid"),
            (Error::Invalid(Invalid::RecoveryKey), "invalid"),
            (Error::Invalid(Invalid::TooManySlots), "invalid"),
            (Error::PasscodeRequired, "passcode-required"),
            (Error::NotAPasscodeVault, "not-a-passcode-vault"),
            (Error::Unavailable { provider: provider(), cause: cause() }, "key-store-unreachable"),
            (Error::KeyLost { provider: provider() }, "key-lost"),
            (
                Error::Unsupported { role: Role::DeviceStore, what: "a thing".to_owned() },
                "unsupported",
            ),
            (Error::NotHashed(cause()), "failed"),
            (Error::Damaged { what: "its header" }, "damaged"),
            (Error::Vanished, "vanished"),
            (Error::TooNew { version: 2 }, "too-new"),
            (Error::SealedCopy(SealedCopyError::WrongPassphrase), "wrong-passcode"),
            (Error::SealedCopy(SealedCopyError::WrongRecovery), "wrong-recovery"),
            (Error::SealedCopy(SealedCopyError::NeedsMore), "invalid"),
            (Error::SealedCopy(SealedCopyError::Damaged { what: "its header" }), "invalid"),
            (Error::SealedCopy(SealedCopyError::TooNew { version: 3 }), "invalid"),
            (Error::Store(StoreError::Full), "disk-full"),
            (Error::Store(StoreError::Denied(cause())), "denied"),
            (Error::Store(StoreError::Gone(cause())), "place-gone"),
            (Error::Store(StoreError::NotAFile), "not-a-file"),
            (Error::Store(StoreError::KeyTooLong), "invalid"),
            (Error::Store(StoreError::Busy), "busy"),
            (Error::Store(StoreError::TooLarge), "too-large"),
            (Error::Store(StoreError::Io(cause())), "read-write-failed"),
            (Error::Invalid(Invalid::NameTooLong), "invalid"),
            (Error::NoEntropy, "failed"),
            (Error::Stopped, "failed"),
        ]
    }

    #[test]
    fn every_error_has_its_name_and_says_what_became_of_the_vault() {
        let safe = ["Nothing was", "left as it is", "not touched", "what it was", "are gone"];
        for (error, name) in errors() {
            let failure = explain(&app(), None, &error);
            assert_eq!(failure.code.name(), name, "{error:?}");
            let told = safe.iter().any(|words| failure.message.contains(words));
            assert!(told || matches!(error, Error::Stopped), "{}", failure.message);
            assert!(failure.message.ends_with('.'), "{}", failure.message);
        }
    }

    #[test]
    fn hints_name_the_vault() {
        let failure = explain(&app(), None, &Error::Damaged { what: "its header" });
        assert!(failure.message.contains("`keyward --vault work clear`"), "{}", failure.message);
    }
}
