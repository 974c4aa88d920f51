//! Places that may be read and not written, or not even read.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use keyward::StoreError;

use crate::support::{Disk, Place, bytes, is_root, put, run, skipped};

#[test]
fn a_read_only_disk_still_opens_vaults() {
    let place = Place::new();
    fs::create_dir(place.folder()).expect("the folder");
    let disk = match Disk::mount(place.folder(), "mode=700") {
        Ok(disk) => disk,
        Err(why) => return skipped("a_read_only_disk_still_opens_vaults", why),
    };
    let cells = place.open();
    run(put(&cells.vault, b"old")).expect("written");
    // This works only if the store holds nothing open for writing.
    disk.remount("ro");
    assert!(matches!(run(put(&cells.vault, b"new")), Err(StoreError::Denied(_))));
    let revision = run(cells.vault.load()).expect("reads").expect("present").revision;
    assert!(matches!(run(cells.vault.swap(Some(revision), None)), Err(StoreError::Denied(_))));
    assert!(matches!(run(cells.attempts.swap(None, Some(b"1"))), Err(StoreError::Denied(_))));
    assert_eq!(run(bytes(&place.open().vault)).expect("reads").as_deref(), Some(&b"old"[..]));
    assert_eq!(place.names(), ["a.keyward", "a.lock"]);
    disk.remount("rw");
    run(put(&cells.vault, b"new")).expect("written");
}

#[test]
fn a_folder_without_write_permission_still_opens_vaults() {
    let test = "a_folder_without_write_permission_still_opens_vaults";
    if is_root() {
        return skipped(test, "permissions do not bind root; the read-only disk is tested instead");
    }
    let (place, cells) = Place::with(b"old");
    fs::set_permissions(place.folder(), Permissions::from_mode(0o500)).expect("may");
    assert!(matches!(run(put(&cells.vault, b"new")), Err(StoreError::Denied(_))));
    assert_eq!(run(bytes(&cells.vault)).expect("reads").as_deref(), Some(&b"old"[..]));
    fs::set_permissions(place.folder(), Permissions::from_mode(0o700)).expect("may");
    assert_eq!(place.names(), ["a.keyward", "a.lock"]);
}

#[test]
fn a_file_without_read_permission_is_not_taken_for_none() {
    if is_root() {
        return skipped(
            "a_file_without_read_permission_is_not_taken_for_none",
            "permissions do not bind root",
        );
    }
    let (place, cells) = Place::with(b"old");
    fs::set_permissions(place.path("a.keyward"), Permissions::from_mode(0o000)).expect("may");
    assert!(matches!(run(bytes(&cells.vault)), Err(StoreError::Denied(_))));
    assert!(matches!(run(put(&cells.vault, b"new")), Err(StoreError::Denied(_))));
}
