//! Something else where a vault's file should be, and other tools at work on the file itself.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use keyward::store::MAX_STORED_LEN;
use keyward::{StoreError, Swap};

use crate::support::{Place, bytes, put, run};

/// Something that is done at a path, and its name.
type Deed = (&'static str, fn(&Path));

/// Things that stand in the way.
const OBSTACLES: &[Deed] = &[
    ("a link to a file", |path| {
        let target = path.with_extension("target");
        fs::write(&target, b"somebody else's").expect("written");
        symlink(target, path).expect("a link");
    }),
    ("a link to nowhere", |path| symlink("nowhere", path).expect("a link")),
    ("a link to itself", |path| symlink(path, path).expect("a link")),
    ("a folder", |path| fs::create_dir(path).expect("a folder")),
    ("a FIFO", |path| {
        assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success())
    }),
    ("a socket", |path| drop(std::os::unix::net::UnixListener::bind(path).expect("a socket"))),
];

fn kind(path: &Path) -> fs::FileType {
    fs::symlink_metadata(path).expect("still there").file_type()
}

#[test]
fn what_stands_in_the_files_place_is_neither_followed_nor_replaced() {
    for (obstacle, make) in OBSTACLES {
        let place = Place::new();
        fs::create_dir(place.folder()).expect("the folder");
        let path = place.path("a.keyward");
        make(&path);
        let before = (kind(&path), place.names());
        let cells = place.open();
        for _ in 0..2 {
            let swaps = [(None, Some(&b"new"[..])), (None, None)];
            for (expected, new) in swaps {
                let error = run(cells.vault.swap(expected, new)).expect_err(obstacle);
                assert!(matches!(error, StoreError::NotAFile), "{obstacle}: {error:?}");
            }
            let error = run(bytes(&cells.vault)).expect_err(obstacle);
            assert!(matches!(error, StoreError::NotAFile), "{obstacle}: {error:?}");
        }
        assert_eq!(kind(&path), before.0, "{obstacle}");
        let names: Vec<String> =
            place.names().into_iter().filter(|name| name != "a.lock").collect();
        assert_eq!(names, before.1, "{obstacle}");
        if let Ok(target) = fs::read(path.with_extension("target")) {
            assert_eq!(target, b"somebody else's");
        }
    }
}

#[test]
fn what_stands_in_the_way_of_a_write_leaves_the_old_bytes() {
    for (obstacle, make) in OBSTACLES {
        for in_the_way in ["a.lock", "a.keyward.new"] {
            let (place, cells) = Place::with(b"old");
            let path = place.path(in_the_way);
            let _ = fs::remove_file(&path);
            make(&path);
            let before = kind(&path);
            let error = run(put(&cells.vault, b"new")).expect_err(obstacle);
            assert!(matches!(error, StoreError::NotAFile), "{obstacle}: {error:?}");
            assert_eq!(run(bytes(&cells.vault)).expect("reads").as_deref(), Some(&b"old"[..]));
            assert_eq!(kind(&path), before, "{obstacle} at {in_the_way}");
            assert!(!place.path("nowhere").exists());
        }
    }
}

#[test]
fn a_file_put_in_the_vaults_place_later_is_noticed() {
    for (obstacle, make) in OBSTACLES {
        let (place, cells) = Place::with(b"old");
        let revision = run(cells.vault.load()).expect("reads").expect("present").revision;
        let path = place.path("a.keyward");
        fs::rename(&path, place.path("kept")).expect("moved");
        make(&path);
        let error = run(cells.vault.swap(Some(revision), Some(b"new"))).expect_err(obstacle);
        assert!(matches!(error, StoreError::NotAFile), "{obstacle}: {error:?}");
        assert_eq!(fs::read(place.path("kept")).expect("kept"), b"old");
    }
}

#[test]
fn other_tools_changes_make_a_swap_conflict() {
    let tools: &[Deed] = &[
        ("restored by copying over it", |path| {
            fs::write(path.with_extension("copy"), b"xyz").expect("written");
            fs::copy(path.with_extension("copy"), path).expect("copied");
        }),
        ("restored by moving another into place", |path| {
            fs::write(path.with_extension("copy"), b"xyz").expect("written");
            fs::rename(path.with_extension("copy"), path).expect("moved");
        }),
        ("appended to", |path| {
            File::options()
                .append(true)
                .open(path)
                .expect("opens")
                .write_all(b"x")
                .expect("written");
        }),
        ("truncated", |path| drop(File::create(path).expect("truncated"))),
        ("removed", |path| fs::remove_file(path).expect("removed")),
        ("removed and created again", |path| {
            fs::remove_file(path).expect("removed");
            fs::write(path, b"old").expect("written");
        }),
    ];
    for (tool, change) in tools {
        let (place, cells) = Place::with(b"old");
        let revision = run(cells.vault.load()).expect("reads").expect("present").revision;
        change(&place.path("a.keyward"));
        let left = fs::read(place.path("a.keyward")).ok();
        for new in [Some(&b"new"[..]), None] {
            assert_eq!(
                run(cells.vault.swap(Some(revision), new)).expect("asks"),
                Swap::Conflict,
                "{tool}"
            );
        }
        assert_eq!(run(bytes(&cells.vault)).expect("reads"), left, "{tool}");
        run(put(&cells.vault, b"new")).expect(tool);
    }
}

#[test]
fn a_lock_file_that_is_removed_does_no_harm() {
    let (place, cells) = Place::with(b"old");
    fs::remove_file(place.path("a.lock")).expect("removed");
    run(put(&cells.vault, b"new")).expect("written");
    assert_eq!(place.names(), ["a.keyward", "a.lock"]);
}

#[test]
fn what_an_interrupted_write_left_is_ignored_and_removed() {
    let (place, cells) = Place::with(b"old");
    fs::write(place.path("a.keyward.new"), b"half of some").expect("written");
    assert_eq!(run(bytes(&cells.vault)).expect("reads").as_deref(), Some(&b"old"[..]));
    assert_eq!(place.stores.keys().expect("listed"), ["a"]);
    let revision = run(put(&cells.vault, b"new")).expect("written");
    assert_eq!(place.names(), ["a.keyward", "a.lock"]);

    fs::write(place.path("a.keyward.new"), b"half of some").expect("written");
    assert_eq!(run(cells.vault.swap(Some(revision), None)).expect("emptied"), Swap::Done(None));
    assert_eq!(place.names(), ["a.lock"]);
}

#[test]
fn a_file_too_large_for_a_vault_is_not_read() {
    let (place, cells) = Place::with(b"old");
    // A sparse file: reading it would take long, its size is there at once.
    let file = File::options().write(true).open(place.path("a.keyward")).expect("opens");
    file.set_len(1 << 40).expect("sparse");
    assert!(matches!(run(bytes(&cells.vault)), Err(StoreError::TooLarge)));
    assert_eq!(file.metadata().expect("there").len(), 1 << 40);

    let too_large = vec![0; MAX_STORED_LEN + 1];
    assert!(matches!(run(cells.vault.swap(None, Some(&too_large))), Err(StoreError::TooLarge)));
    assert_eq!(place.names(), ["a.keyward", "a.lock"]);
}
