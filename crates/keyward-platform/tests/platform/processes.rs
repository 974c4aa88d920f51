//! Several processes at once.

use std::process::Stdio;

use keyward::{Stores, Swap};

use crate::support::{KEY, Place, bytes, child, child_stores, number, numbered, run};

const PROCESSES: u64 = 8;
const EACH: u64 = 100;

#[test]
fn eight_processes_lose_no_update() {
    let place = Place::new();
    let mut command = child("processes::counter", place.folder());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let children: Vec<_> = (0..PROCESSES).map(|_| command.spawn().expect("a child")).collect();
    for child in children {
        let output = child.wait_with_output().expect("ended");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let counted = run(bytes(&place.open().vault)).expect("loads").expect("present");
    assert_eq!(number(&counted), PROCESSES * EACH);
    assert_eq!(place.names(), ["a.keyward", "a.lock"]);
}

#[test]
#[ignore = "the child of another test"]
fn counter() {
    let Some(stores) = child_stores() else { return };
    let vault = stores.open(KEY).expect("a short key").vault;
    for _ in 0..EACH {
        run(async {
            loop {
                let stored = vault.load().await.expect("loads");
                let next = stored.as_ref().map_or(0, |stored| number(&stored.bytes)) + 1;
                let expected = stored.map(|stored| stored.revision);
                if vault.swap(expected, Some(&numbered(next))).await.expect("swaps")
                    != Swap::Conflict
                {
                    break;
                }
            }
        });
    }
}
