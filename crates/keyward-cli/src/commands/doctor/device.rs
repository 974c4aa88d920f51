//! This device: its keyring, and who may use the vaults' files.

use std::fs;
use std::path::{Path, PathBuf};

use keyward::{inspect, store};
use keyward_doctor::{Device, DeviceFile, Keyring, Role};

use crate::app::App;
use crate::input;
use crate::key_store::{self, KEYRING, State};

pub(super) fn look(app: &App) -> Device {
    let keyring = match key_store::keyring() {
        State::Ready => Some(Keyring::Ready),
        State::Locked => Some(Keyring::Locked),
        State::Missing => Some(Keyring::Missing),
        State::Unreachable => Some(Keyring::Unreachable),
        State::NotNamed | State::Unknown => None,
    };
    let entries = fs::read_dir(&app.folder).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    let needs_keyring = paths.iter().find(|path| needs_keyring(path));
    let mut files: Vec<DeviceFile> = file(&app.folder, Role::Folder).into_iter().collect();
    files.extend(paths.iter().filter_map(|path| file(path, Role::InFolder)));
    files.extend(app.key_file.as_ref().and_then(|path| file(path, Role::KeyFile)));
    let needs_keyring = needs_keyring.and_then(|path| Some(path.to_str()?.to_owned()));
    Device { keyring, needs_keyring, files }
}

/// Whether the file is a vault's, and its key in the keyring.
fn needs_keyring(path: &Path) -> bool {
    let is_vault = path.extension().is_some_and(|ending| ending == "keyward");
    let bytes = is_vault.then(|| input::read_path(path, store::MAX_STORED_LEN).ok()).flatten();
    let inspection = bytes.and_then(|bytes| inspect(&bytes).ok());
    let is_there = |provider: &Option<String>| provider.as_deref() == Some(KEYRING);
    inspection.is_some_and(|it| it.slots.iter().any(|slot| is_there(&slot.provider)))
}

#[cfg(unix)]
fn file(path: &Path, role: Role) -> Option<DeviceFile> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = fs::symlink_metadata(path).ok()?;
    let right_kind = if role == Role::Folder { metadata.is_dir() } else { metadata.is_file() };
    let (path, mode) = (path.to_str()?.to_owned(), metadata.permissions().mode());
    right_kind.then_some(DeviceFile { path, mode, role })
}

/// Rights are told in another way here.
#[cfg(not(unix))]
fn file(_: &Path, _: Role) -> Option<DeviceFile> {
    None
}
