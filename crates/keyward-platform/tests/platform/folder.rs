//! The folder and the files in it: modes, names, and what a folder must be.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use keyward::{StoreError, Stores, Swap};
use keyward_platform::FileStores;

use crate::support::{KEY, Place, bytes, put, run};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("is there").mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("may change its mode");
}

#[test]
fn looking_creates_nothing() {
    let place = Place::new();
    let cells = place.open();
    assert_eq!(place.stores.keys().expect("no vaults"), Vec::<String>::new());
    assert_eq!(run(bytes(&cells.vault)).expect("empty"), None);
    assert_eq!(run(cells.vault.swap(None, None)).expect("empty"), Swap::Done(None));
    assert!(!place.folder().exists());
}

#[test]
fn the_first_write_creates_private_folders_and_files() {
    let place = Place::new();
    let nested = place.path("deeper/still");
    let cells = FileStores::new(&nested).open(KEY).expect("short");
    run(put(&cells.vault, b"sealed")).expect("written");
    run(put(&cells.attempts, b"1")).expect("written");
    for folder in [place.folder(), &place.path("deeper"), &nested] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    for file in ["a.keyward", "a.attempts", "a.lock"] {
        assert_eq!(mode(&nested.join(file)), 0o600, "{file}");
    }
    assert_eq!(fs::read(nested.join("a.keyward")).expect("there"), b"sealed");
    assert_eq!(fs::read_dir(&nested).expect("there").count(), 3, "and nothing else");
}

#[test]
fn a_files_looser_mode_is_tightened_by_the_next_write() {
    let (place, cells) = Place::with(b"old");
    set_mode(&place.path("a.keyward"), 0o644);
    assert_eq!(run(bytes(&cells.vault)).expect("reads").as_deref(), Some(&b"old"[..]));
    run(put(&cells.vault, b"new")).expect("written");
    assert_eq!(mode(&place.path("a.keyward")), 0o600);
}

#[test]
fn a_folder_that_others_may_write_to_is_refused_and_left_as_it_is() {
    let (place, cells) = Place::with(b"old");
    for loose in [0o720, 0o702, 0o777, 0o1777] {
        set_mode(place.folder(), loose);
        let error = run(bytes(&cells.vault)).expect_err("refused");
        assert!(matches!(error, StoreError::Denied(_)), "{error:?}");
        let source = std::error::Error::source(&error).expect("says why").to_string();
        assert!(source.contains("chmod go-w"), "{source}");
        assert!(matches!(run(cells.vault.swap(None, Some(b"new"))), Err(StoreError::Denied(_))));
        assert!(matches!(place.stores.keys(), Err(StoreError::Denied(_))));
        assert_eq!(mode(place.folder()), loose);
    }
    set_mode(place.folder(), 0o755);
    assert_eq!(run(bytes(&cells.vault)).expect("fine again").as_deref(), Some(&b"old"[..]));
}

#[test]
fn the_folder_may_be_a_link() {
    let (place, _) = Place::with(b"old");
    let link = place.path("link");
    symlink(place.folder(), &link).expect("a link");
    let cells = FileStores::new(&link).open(KEY).expect("short");
    run(put(&cells.vault, b"new")).expect("written");
    assert_eq!(fs::read(place.path("a.keyward")).expect("there"), b"new");
}

#[test]
fn a_path_that_cannot_be_a_folder_is_refused() {
    let (place, _) = Place::with(b"old");
    symlink("nowhere", place.path("dangling")).expect("a link");
    for name in ["a.keyward", "dangling"] {
        let cells = FileStores::new(place.path(name)).open(KEY).expect("short");
        let error = run(cells.vault.swap(None, Some(b"new"))).expect_err("no folder");
        assert!(matches!(error, StoreError::NotAFile), "{name}: {error:?}");
    }
    assert_eq!(fs::read(place.path("a.keyward")).expect("there"), b"old");
    assert!(!place.path("nowhere").exists());
}

#[test]
fn a_folder_that_vanished_is_not_created_again() {
    let (place, cells) = Place::with(b"old");
    let away = place.folder().with_extension("away");
    fs::rename(place.folder(), &away).expect("moved");
    assert!(matches!(run(bytes(&cells.vault)), Err(StoreError::Gone(_))));
    assert!(matches!(run(cells.vault.swap(None, Some(b"new"))), Err(StoreError::Gone(_))));
    assert!(
        matches!(run(cells.attempts.swap(None, Some(b"1"))), Err(StoreError::Gone(_))),
        "never used before"
    );
    assert!(matches!(place.stores.keys(), Err(StoreError::Gone(_))));
    fs::write(place.folder(), b"something else").expect("written");
    assert!(matches!(run(bytes(&cells.vault)), Err(StoreError::Gone(_))));
    fs::remove_file(place.folder()).expect("removed");
    assert!(!place.folder().exists());
    assert_eq!(fs::read(away.join("a.keyward")).expect("there"), b"old");

    fs::rename(&away, place.folder()).expect("brought back");
    assert_eq!(run(bytes(&cells.vault)).expect("there again").as_deref(), Some(&b"old"[..]));
    run(put(&cells.vault, b"new")).expect("written");
}

#[test]
fn any_key_has_its_own_files() {
    let place = Place::new();
    let mut keys =
        vec!["a", "A", "..", "../a", "/etc/passwd", "a/b", "", "ключ", "🔑", "a.keyward", "%61"];
    for key in &keys {
        let cells = place.stores.open(key).expect("short");
        run(cells.vault.swap(None, Some(key.as_bytes()))).expect("written");
        run(cells.attempts.swap(None, Some(b"1"))).expect("written");
    }
    for key in &keys {
        let cells = place.stores.open(key).expect("short");
        assert_eq!(run(bytes(&cells.vault)).expect("reads").as_deref(), Some(key.as_bytes()));
    }
    fs::write(place.path("notes.txt"), b"").expect("written");
    fs::write(place.path("Not-Ours.keyward"), b"").expect("written");
    keys.sort_unstable();
    assert_eq!(place.stores.keys().expect("listed"), keys);
    assert_eq!(place.names().len(), 3 * keys.len() + 2);
    assert!(matches!(place.stores.open(&"long".repeat(256)), Err(StoreError::KeyTooLong)));
}
