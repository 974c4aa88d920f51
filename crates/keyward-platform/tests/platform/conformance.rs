//! The suite that every store must pass, over files.

use keyward::Stores;
use keyward_conformance::store::{Handles, all};
use keyward_platform::FileStores;

use crate::support::{Place, run};

#[test]
fn files_pass_the_store_suite() {
    let place = Place::new();
    let cells = std::cell::Cell::new(0);
    run(all(async || {
        cells.set(cells.get() + 1);
        let key = format!("cell {}", cells.get());
        // As two processes would: nothing is shared but the folder.
        let handle = || FileStores::new(place.folder()).open(&key).expect("a short key");
        Handles { a: handle().vault, b: handle().vault }
    }));
}

#[test]
fn attempts_pass_the_store_suite_beside_a_vault() {
    let place = Place::new();
    let cells = std::cell::Cell::new(0);
    run(all(async || {
        cells.set(cells.get() + 1);
        let key = format!("cell {}", cells.get());
        let (a, b) =
            (place.stores.open(&key).expect("short"), place.stores.open(&key).expect("short"));
        a.vault.swap(None, Some(b"sealed")).await.expect("writing the vault beside");
        Handles { a: a.attempts, b: b.attempts }
    }));
}
