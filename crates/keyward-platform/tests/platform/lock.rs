//! Waiting for another process that holds the lock.

use std::fs::File;
use std::time::Duration;

use async_io::Timer;
use futures_util::future::{Either, join, select};
use keyward::{StoreError, Swap};
use keyward_platform::FileStores;
use rustix::fs::{FlockOperation, flock};

use crate::support::{Place, bytes, run};

/// Locks the vault's files, as another process would.
fn hold(place: &Place) -> File {
    let file = File::options().write(true).open(place.path("a.lock")).expect("the lock file");
    flock(&file, FlockOperation::LockExclusive).expect("free");
    file
}

#[test]
fn a_swap_waits_for_the_lock_and_a_load_does_not() {
    let (place, cells) = Place::with(b"old");
    run(async {
        let revision = cells.vault.load().await.expect("loads").expect("present").revision;
        let held = hold(&place);
        let swap = cells.vault.swap(Some(revision), Some(b"new"));
        let release = async {
            Timer::after(Duration::from_millis(50)).await;
            let loaded = bytes(&cells.vault).await.expect("loads");
            assert_eq!(loaded.as_deref(), Some(&b"old"[..]), "the swap still waits");
            drop(held);
        };
        let (swapped, ()) = join(swap, release).await;
        assert!(matches!(swapped, Ok(Swap::Done(Some(_)))), "{swapped:?}");
    });
}

#[test]
fn a_swap_gives_up_on_a_process_that_was_stopped() {
    let (place, cells) = Place::with(b"old");
    let _held = hold(&place);
    let outcome = run(cells.vault.swap(None, None));
    assert!(matches!(outcome, Err(StoreError::Busy)), "{outcome:?}");
    let loaded = run(bytes(&cells.vault)).expect("loads");
    assert_eq!(loaded.as_deref(), Some(&b"old"[..]));
}

#[test]
fn a_swap_that_is_no_longer_wanted_leaves_nothing_behind() {
    let (place, cells) = Place::with(b"old");
    run(async {
        let revision = cells.vault.load().await.expect("loads").expect("present").revision;
        let held = hold(&place);
        let swap = cells.vault.swap(Some(revision), Some(b"new"));
        match select(swap, Timer::after(Duration::from_millis(20))).await {
            Either::Left((outcome, _)) => panic!("did not wait: {outcome:?}"),
            Either::Right((_, swap)) => drop(swap),
        }
        drop(held);
        let swapped = cells.vault.swap(Some(revision), Some(b"newer")).await;
        assert!(matches!(swapped, Ok(Swap::Done(Some(_)))), "{swapped:?}");
        assert_eq!(place.names(), ["a.keyward", "a.lock"]);
    });
}

#[test]
fn stores_can_be_handed_to_another_thread() {
    fn sent<T: Send + Sync + Clone>() {}
    sent::<FileStores>();
}
