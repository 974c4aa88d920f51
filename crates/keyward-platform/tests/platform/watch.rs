//! Changes that are noticed, and those that are not worth a word.

use std::fs;
use std::time::Duration;

use async_io::Timer;
use futures_util::future::{Either, select};
use futures_util::{FutureExt, StreamExt};
use keyward::{Cells, StoreError, Stores};
use keyward_platform::FileStores;

use crate::support::{KEY, Place, bytes, put, run};

fn another(place: &Place) -> Cells {
    FileStores::new(place.folder()).open(KEY).expect("a short key")
}

#[test]
fn own_changes_and_other_files_are_passed_over() {
    let (place, cells) = Place::with(b"old");
    let other_vault = place.stores.open("other").expect("short").vault;
    run(async {
        let mut changes = cells.vault.watch();
        for round in 0..10_u8 {
            put(&cells.vault, &[round]).await.expect("written");
            put(&cells.attempts, &[round]).await.expect("written");
            put(&other_vault, &[round]).await.expect("written");
            assert_eq!(changes.next().now_or_never(), None);
        }
        match select(changes.next(), Timer::after(Duration::from_millis(50))).await {
            Either::Left(_) => panic!("told of its own changes"),
            Either::Right(_) => {}
        }
        put(&another(&place).vault, b"theirs").await.expect("written");
        assert_eq!(changes.next().await, Some(()));
    });
}

#[test]
fn a_change_from_before_the_watch_is_noticed() {
    let (place, cells) = Place::with(b"old");
    run(async {
        put(&another(&place).vault, b"theirs").await.expect("written");
        assert_eq!(cells.vault.watch().next().await, Some(()));
    });
}

#[test]
fn a_vault_in_a_folder_that_is_yet_to_come_is_noticed() {
    let place = Place::new();
    let cells = place.open();
    run(async {
        assert_eq!(bytes(&cells.vault).await.expect("empty"), None);
        let mut changes = cells.vault.watch();
        assert_eq!(changes.next().now_or_never(), None);
        assert!(!place.folder().exists(), "watching creates nothing");
        put(&another(&place).vault, b"theirs").await.expect("written");
        assert_eq!(changes.next().await, Some(()));
        assert_eq!(bytes(&cells.vault).await.expect("loads").as_deref(), Some(&b"theirs"[..]));
        put(&another(&place).vault, b"again").await.expect("written");
        assert_eq!(changes.next().await, Some(()));
    });
}

#[test]
fn a_folder_that_vanishes_and_comes_back_is_noticed() {
    let (place, cells) = Place::with(b"old");
    let away = place.folder().with_extension("away");
    run(async {
        let mut changes = cells.vault.watch();
        assert_eq!(changes.next().now_or_never(), None);
        fs::rename(place.folder(), &away).expect("moved");
        assert_eq!(changes.next().await, Some(()));
        assert!(matches!(bytes(&cells.vault).await, Err(StoreError::Gone(_))));
        fs::write(away.join("a.keyward"), b"restored").expect("written");
        fs::rename(&away, place.folder()).expect("moved back");
        assert_eq!(changes.next().await, Some(()));
        assert_eq!(bytes(&cells.vault).await.expect("loads").as_deref(), Some(&b"restored"[..]));
    });
}

#[test]
fn other_tools_are_noticed() {
    let (place, cells) = Place::with(b"old");
    let path = place.path("a.keyward");
    run(async {
        let mut changes = cells.vault.watch();
        fs::write(&path, b"written in place").expect("written");
        assert_eq!(changes.next().await, Some(()));
        bytes(&cells.vault).await.expect("loads");
        fs::rename(&path, place.path("aside")).expect("moved");
        assert_eq!(changes.next().await, Some(()));
        bytes(&cells.vault).await.expect("loads");
        fs::hard_link(place.path("aside"), &path).expect("linked");
        assert_eq!(changes.next().await, Some(()));
        bytes(&cells.vault).await.expect("loads");
        fs::remove_file(&path).expect("removed");
        assert_eq!(changes.next().await, Some(()));
    });
}
