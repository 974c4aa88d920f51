//! The epoch counts changes of the configuration and of the slots, and never starts again while
//! the vault is there.

#![allow(clippy::unwrap_used)]

mod support;

use keyward::{Config, Stores, VaultType};
use support::{Desk, name, passcode};

fn epoch(bytes: &[u8]) -> u64 {
    keyward::inspect(bytes).unwrap().epoch
}

#[test]
fn a_new_vault_begins_at_1_and_each_change_of_configuration_counts() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    let vault = &program.vault;
    assert_eq!(epoch(&desk.stored().unwrap()), 1);
    desk.run(vault.set("a", &1)).unwrap();
    let enrolled = epoch(&desk.stored().unwrap());
    assert!(enrolled > 1);
    desk.run(vault.set("a", &2)).unwrap();
    assert_eq!(epoch(&desk.stored().unwrap()), enrolled);
    let mut config = vault.config().unwrap();
    config.max_failed_attempts += 1;
    desk.run(vault.update_config(config)).unwrap();
    assert_eq!(epoch(&desk.stored().unwrap()), enrolled + 1);
}

/// The vault of the vector `opens-last-epoch`: its passcode is 2580.
#[test]
fn at_the_last_epoch_entries_change_and_nothing_else() {
    let sealed = support::vector("opens-last-epoch");
    assert_eq!(epoch(&sealed), u64::MAX);
    let desk = Desk::without_protectors();
    let cell = desk.stores.open("example").unwrap().vault;
    desk.run(cell.swap(None, Some(&sealed))).unwrap();
    let stored = || desk.run(cell.load()).unwrap().unwrap().bytes;
    let program = desk.start();
    let vault = &program.vault;
    let asked = program.answers_with("2580");
    let config = Config::new("example", VaultType::CustomPasscode);
    desk.run(vault.initialize(config.clone())).unwrap();

    desk.run(vault.set("more", &1)).unwrap();
    let before = stored();
    assert_eq!(epoch(&before), u64::MAX);
    let mut other_limit = config.clone();
    other_limit.max_failed_attempts = 3;
    for refused in [
        vault.update_config(other_limit),
        vault.update_config(Config::new("example", VaultType::InMemory)),
        vault.set_passcode(passcode("1111")),
    ] {
        assert_eq!(name(&desk.run(refused).unwrap_err()), "EpochExhausted");
    }
    assert_eq!(stored(), before);
    assert_eq!(asked.lock().unwrap().as_slice(), ["Unlock"]);
    // The same configuration is no change.
    desk.run(vault.update_config(config.clone())).unwrap();
    assert_eq!(vault.config().unwrap(), config);
    // Nothing is left of the refused passcode.
    desk.run(vault.lock()).unwrap();
    assert_eq!(desk.run(vault.get("more")).unwrap(), Some(1));

    desk.run(vault.clear()).unwrap();
    desk.run(vault.set("again", &1)).unwrap();
    assert_eq!(epoch(&stored()), 1);
}

/// Anyone who can write the file can write any epoch into a vault without a key.
#[test]
fn a_vault_without_a_key_at_the_last_epoch_is_refused_its_first_entry() {
    let desk = Desk::new();
    drop(desk.start_with(VaultType::SecureStorage));
    desk.damage(|bytes| {
        let label = [0x3a, 0, 1, 0x11, 0x72];
        let at = bytes.windows(5).position(|five| five == label).unwrap();
        bytes.splice(at + 5..at + 6, [&[0x1b][..], &[0xff; 8]].concat());
        // The head of the protected header.
        bytes[4] += 8;
        support::repair_checksum(bytes);
    });
    let program = desk.start_with(VaultType::SecureStorage);
    let vault = &program.vault;
    let error = desk.run(vault.set("a", &1)).unwrap_err();
    assert_eq!(name(&error), "EpochExhausted");
    assert_eq!(epoch(&desk.stored().unwrap()), u64::MAX);
    desk.run(vault.clear()).unwrap();
    desk.run(vault.set("a", &1)).unwrap();
}
