//! The configuration: stored with the vault, changed atomically, from every type to every other.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use keyward::{Config, DeviceSecurity, Error, VaultType};
use support::{ALL_TYPES, Desk, config, name};

#[test]
fn the_stored_configuration_counts_and_not_the_argument() {
    let desk = Desk::new();
    let program = desk.start();
    let mut first = config(VaultType::CustomPasscode);
    first.lock_after_backgrounded = Some(Duration::from_millis(2000));
    first.max_failed_attempts = 3;
    first.prompt.insert("androidBiometricsPromptTitle".into(), "Please".into());
    desk.run(program.vault.initialize(first.clone())).unwrap();
    drop(program);
    let program = desk.start();
    desk.run(program.vault.initialize(config(VaultType::InMemory))).unwrap();
    assert_eq!(program.vault.config(), Some(first));
    assert_eq!(program.take_events(), [""; 0], "nothing has changed");
}

#[test]
fn every_type_changes_into_every_other_and_keeps_the_entries() {
    for from in ALL_TYPES {
        for to in ALL_TYPES {
            let desk = Desk::new();
            let program = desk.start_with(from);
            program.answers_with("1234");
            desk.run(async {
                program.vault.set("token", "abc").await.unwrap();
                program.vault.update_config(config(to)).await.unwrap();
                let token = program.vault.get::<String>("token").await.unwrap();
                assert_eq!(token.as_deref(), Some("abc"), "{from:?} to {to:?}");
            });
            drop(program);
            let program = desk.start_with(from);
            program.answers_with("1234");
            assert_eq!(program.vault.config().unwrap().vault_type, to);
            let token = desk.run(program.vault.get::<String>("token")).unwrap();
            let expected = (to != VaultType::InMemory).then_some("abc");
            assert_eq!(token.as_deref(), expected, "{from:?} to {to:?}");
        }
    }
}

#[test]
fn a_locked_vault_is_unlocked_first_with_one_prompt() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::DeviceSecurity);
    desk.run(async {
        program.vault.set("token", "abc").await.unwrap();
        program.vault.lock().await.unwrap();
        program.vault.update_config(config(VaultType::SecureStorage)).await.unwrap();
    });
    assert_eq!(desk.person.prompts_shown(), 1);
    let events = ["Locked(Requested)", "Unlocked", "ConfigChanged(SecureStorage)"];
    assert_eq!(program.take_events(), events);
}

#[test]
fn an_empty_vault_changes_without_asking_even_while_locked() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::DeviceSecurity);
    desk.run(async {
        program.vault.set("token", "abc").await.unwrap();
        program.vault.remove("token").await.unwrap();
        program.vault.lock().await.unwrap();
        program.vault.update_config(config(VaultType::SecureStorage)).await.unwrap();
        program.vault.set("token", "def").await.unwrap();
    });
    assert_eq!(desk.person.prompts_shown(), 0);
    assert_eq!(desk.person.keys(), 0, "the old key is of no use any more");
}

#[test]
fn other_settings_change_without_touching_the_protection() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::CustomPasscode);
    let asked = program.answers_with("1234");
    let mut later = config(VaultType::CustomPasscode);
    later.lock_after_backgrounded = Some(Duration::ZERO);
    desk.run(async {
        program.vault.set("token", "abc").await.unwrap();
        program.vault.update_config(later.clone()).await.unwrap();
    });
    assert_eq!(*asked.lock().unwrap(), ["Set"]);
    program.vault.background();
    desk.settle();
    assert!(desk.run(program.vault.is_locked()).unwrap());
    drop(program);
    let program = desk.start_with(VaultType::SecureStorage);
    program.answers_with("1234");
    assert_eq!(program.vault.config(), Some(later));
    desk.run(program.vault.unlock()).unwrap();
}

#[test]
fn a_protection_that_cannot_be_made_leaves_the_old_one() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.run(program.vault.set("token", "abc")).unwrap();
    let before = desk.stored();
    program.answers_with("");
    let update = program.vault.update_config(config(VaultType::CustomPasscode));
    assert_eq!(name(&desk.run(update).unwrap_err()), "Dismissed");
    assert_eq!(desk.stored(), before);
    assert_eq!(program.vault.config().unwrap().vault_type, VaultType::SecureStorage);
}

#[test]
fn nonsense_is_refused() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    let mut wrong = vec![Config::new("another", VaultType::SecureStorage)];
    let mut change = |edit: &dyn Fn(&mut Config)| {
        let mut config = config(VaultType::SecureStorage);
        edit(&mut config);
        wrong.push(config);
    };
    change(&|config| config.key.clear());
    change(&|config| config.max_failed_attempts = 0);
    change(&|config| config.vault_type = VaultType::DeviceSecurity);
    change(&|config| config.lock_after_backgrounded = Some(Duration::MAX));
    change(&|config| {
        config.prompt.insert("x".repeat(65), String::new());
    });
    for config in wrong {
        let error = desk.run(program.vault.update_config(config)).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    }
    assert_eq!(program.vault.config().unwrap().device_security, DeviceSecurity::None);
}

#[test]
fn a_changed_header_is_found_when_the_vault_opens() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    let mut config = config(VaultType::SecureStorage);
    config.max_failed_attempts = 7;
    desk.run(async {
        program.vault.set("token", "abc").await.unwrap();
        program.vault.update_config(config).await.unwrap();
    });
    drop(program);
    // Whoever changes the header must also make the checksum right; the seal they cannot.
    desk.damage(|bytes| {
        let at = bytes.windows(2).position(|pair| pair == [6, 7]).unwrap();
        bytes[at + 1] = 9;
        support::repair_checksum(bytes);
    });
    let program = desk.start_with(VaultType::SecureStorage);
    assert_eq!(program.vault.config().unwrap().max_failed_attempts, 9, "readable while locked");
    let error = desk.run(program.vault.get::<String>("token")).unwrap_err();
    assert_eq!(name(&error), "Damaged");
}
