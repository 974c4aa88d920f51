//! A disk that is really full.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::rc::Rc;
use std::time::Duration;

use async_io::Timer;
use keyward::{Store, StoreError, Swap};

use crate::support::{Disk, Place, bytes, put, run, skipped};

/// A place whose folder is a disk of its own.
fn on_a_disk(test: &str, options: &str) -> Option<(Place, Disk)> {
    let place = Place::new();
    fs::DirBuilder::new().mode(0o700).create(place.folder()).expect("the folder");
    match Disk::mount(place.folder(), options) {
        Ok(disk) => Some((place, disk)),
        Err(why) => {
            skipped(test, why);
            None
        }
    }
}

/// Writes, and tries again while the disk is full: another test that is just starting a process
/// holds copies of all open files for a moment, and with them the room that they take.
async fn put_once_there_is_room(store: &Rc<dyn Store>, new: &[u8]) {
    while let Err(error) = put(store, new).await {
        assert!(matches!(error, StoreError::Full), "{error:?}");
        Timer::after(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_full_disk_is_told_and_keeps_the_old_bytes() {
    let Some((place, _disk)) =
        on_a_disk("a_full_disk_is_told_and_keeps_the_old_bytes", "size=256k,mode=700")
    else {
        return;
    };
    let cells = place.open();
    let mut old = b"old".repeat(10_000);
    run(put(&cells.vault, &old)).expect("there is room");
    // Growing by a page at a time, so that the disk is full at every part of the write.
    let mut told = 0;
    for pages in 0..64 {
        fs::write(place.path("filling"), vec![0; pages * 4096]).unwrap_or_default();
        let revision = run(cells.vault.load()).expect("reads").expect("present").revision;
        let new = vec![pages as u8; 50_000];
        match run(cells.vault.swap(Some(revision), Some(&new))) {
            Ok(Swap::Done(Some(_))) => old = new,
            Err(StoreError::Full) => told += 1,
            other => panic!("with {pages} pages taken: {other:?}"),
        }
        assert!(
            run(bytes(&cells.vault)).expect("reads").as_ref() == Some(&old),
            "with {pages} pages taken"
        );
        assert!(!place.path("a.keyward.new").exists(), "with {pages} pages taken");
    }
    assert!((10..64).contains(&told), "{told} writes of 64 were refused");
    fs::remove_file(place.path("filling")).expect("removed");
    run(put_once_there_is_room(&cells.vault, b"new"));
}

#[test]
fn a_disk_that_takes_no_more_files_is_told() {
    // The disk's root, the vault's file and the lock are three; one more is for the file that is
    // being written.
    let test = "a_disk_that_takes_no_more_files_is_told";
    let Some((place, _disk)) = on_a_disk(test, "nr_inodes=4,mode=700") else {
        return;
    };
    let cells = place.open();
    run(put(&cells.vault, b"old")).expect("there is room");
    fs::write(place.path("one-more"), b"").expect("there is room for one");
    assert!(matches!(run(put(&cells.vault, b"new")), Err(StoreError::Full)));
    assert_eq!(run(bytes(&cells.vault)).expect("reads").as_deref(), Some(&b"old"[..]));
    assert_eq!(place.names(), ["a.keyward", "a.lock", "one-more"]);
    fs::remove_file(place.path("one-more")).expect("removed");
    run(put_once_there_is_room(&cells.vault, b"new"));
}

#[test]
fn a_disk_that_is_taken_out_is_not_taken_for_an_empty_one() {
    let test = "a_disk_that_is_taken_out_is_not_taken_for_an_empty_one";
    let Some((place, disk)) = on_a_disk(test, "mode=700") else {
        return;
    };
    let cells = place.open();
    let revision = run(put(&cells.vault, b"old")).expect("written");
    drop(disk);
    assert_eq!(place.names(), [""; 0], "the bare folder that the disk was mounted at");
    assert!(matches!(run(bytes(&cells.vault)), Err(StoreError::Gone(_))));
    assert!(matches!(
        run(cells.vault.swap(Some(revision), Some(b"new"))),
        Err(StoreError::Gone(_))
    ));
    assert!(matches!(run(cells.vault.swap(None, Some(b"new"))), Err(StoreError::Gone(_))));
    assert!(matches!(place.stores.keys(), Err(StoreError::Gone(_))));
    assert_eq!(place.names(), [""; 0]);
}
