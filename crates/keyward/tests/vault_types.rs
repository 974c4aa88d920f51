//! What each type does on lock, after a restart, and when its key is gone.

#![allow(clippy::unwrap_used)]

mod support;

use std::rc::Rc;

use keyward::{Assurance, DeviceSecurity, Error, Theft, VaultType};
use keyward_conformance::faulty_store::{Fault, FaultyStores, Script};
use keyward_conformance::simulated_device::Answer;
use support::{ALL_TYPES, Desk, config, name};

#[test]
fn secure_storage_never_asks_and_cannot_be_locked() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.run(async {
        let vault = &program.vault;
        vault.set("token", "abc").await.unwrap();
        vault.lock().await.unwrap();
        assert!(!vault.is_locked().await.unwrap());
        assert_eq!(vault.get::<String>("token").await.unwrap().as_deref(), Some("abc"));
    });
    assert!(program.take_events().is_empty());
    drop(program);
    let program = desk.start_with(VaultType::SecureStorage);
    assert!(!desk.run(program.vault.is_locked()).unwrap());
    let token = desk.run(program.vault.get::<String>("token"));
    assert_eq!(token.unwrap().as_deref(), Some("abc"));
    assert_eq!(desk.person.prompts_shown(), 0);
}

#[test]
fn device_security_asks_the_person_as_configured() {
    for method in [DeviceSecurity::Biometrics, DeviceSecurity::SystemPasscode, DeviceSecurity::Both]
    {
        let desk = Desk::new();
        let mut config = config(VaultType::DeviceSecurity);
        config.device_security = method;
        let program = desk.start();
        desk.run(async {
            let vault = &program.vault;
            vault.initialize(config.clone()).await.unwrap();
            vault.set("token", "abc").await.unwrap();
            vault.lock().await.unwrap();
            vault.lock().await.unwrap();
            assert!(vault.is_locked().await.unwrap());
            assert_eq!(vault.get::<String>("token").await.unwrap().as_deref(), Some("abc"));
        });
        assert_eq!(program.take_events(), ["Locked(Requested)", "Unlocked"]);
        assert!(desk.person.asked().iter().all(|asked| asked.device_security == method));
        drop(program);

        let program = desk.start_with(VaultType::DeviceSecurity);
        assert!(desk.run(program.vault.is_locked()).unwrap(), "locked after a restart");
        assert!(!desk.run(program.vault.is_empty()).unwrap(), "answers while locked");
        assert!(desk.run(program.vault.is_locked()).unwrap());
        desk.run(program.vault.unlock()).unwrap();
        assert!(!desk.run(program.vault.is_locked()).unwrap());
    }
}

#[test]
fn a_vault_in_memory_ends_with_lock_and_with_the_program() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::InMemory);
    desk.run(async {
        let vault = &program.vault;
        vault.set("token", "abc").await.unwrap();
        assert!(vault.exists().await.unwrap() && !vault.is_empty().await.unwrap());
        vault.lock().await.unwrap();
        assert!(!vault.is_locked().await.unwrap(), "there is nothing to unlock");
        assert!(vault.is_empty().await.unwrap());
        assert_eq!(vault.get::<String>("token").await.unwrap(), None);
        vault.set("token", "def").await.unwrap();
    });
    assert_eq!(program.take_events(), ["Locked(Requested)"]);
    drop(program);
    let program = desk.start_with(VaultType::SecureStorage);
    assert_eq!(program.vault.config().unwrap().vault_type, VaultType::InMemory);
    assert_eq!(desk.run(program.vault.get::<String>("token")).unwrap(), None);
    assert_eq!(desk.device.asked().len() + desk.person.asked().len(), 0);
}

#[test]
fn an_empty_vault_can_be_locked_and_opens_without_asking() {
    for vault_type in [VaultType::DeviceSecurity, VaultType::CustomPasscode] {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        desk.run(async {
            let vault = &program.vault;
            assert!(vault.is_empty().await.unwrap() && !vault.exists().await.unwrap());
            vault.lock().await.unwrap();
            assert!(vault.is_locked().await.unwrap());
            vault.unlock().await.unwrap();
            assert!(!vault.is_locked().await.unwrap());
            vault.remove("absent").await.unwrap();
        });
        assert_eq!(desk.person.asked().len(), 0);
        assert_eq!(program.take_events(), ["Locked(Requested)", "Unlocked"]);
    }
}

#[test]
fn clearing_asks_nobody_forgets_the_key_and_starts_anew() {
    for vault_type in ALL_TYPES {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        program.answers_with("1234");
        desk.run(async {
            let vault = &program.vault;
            vault.set("token", "abc").await.unwrap();
            vault.lock().await.unwrap();
            let prompts = desk.person.prompts_shown();
            vault.clear().await.unwrap();
            assert_eq!(desk.person.prompts_shown(), prompts);
            assert_eq!(desk.device.keys() + desk.person.keys(), 0, "{vault_type:?}");
            assert!(!vault.exists().await.unwrap() && vault.is_empty().await.unwrap());
            assert_eq!(vault.config().unwrap().vault_type, vault_type);
            vault.set("token", "def").await.unwrap();
            assert_eq!(vault.get::<String>("token").await.unwrap().as_deref(), Some("def"));
        });
        drop(program);
        let program = desk.start_with(VaultType::SecureStorage);
        assert_eq!(program.vault.config().unwrap().vault_type, vault_type, "it was stored again");
    }
}

#[test]
fn a_lost_key_is_said_and_the_bytes_stay() {
    for vault_type in [VaultType::SecureStorage, VaultType::DeviceSecurity] {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        desk.run(program.vault.set("token", "abc")).unwrap();
        drop(program);
        desk.device.lose_keys();
        desk.person.lose_keys();
        let before = desk.stored();

        let program = desk.start_with(vault_type);
        let vault = &program.vault;
        let error = desk.run(vault.get::<String>("token")).unwrap_err();
        assert!(matches!(error, Error::KeyLost { .. }), "{error:?}");
        let error = desk.run(vault.set("token", "def")).unwrap_err();
        assert!(matches!(error, Error::KeyLost { .. }), "{error:?}");
        assert_eq!(desk.stored(), before);

        // The way out that existing apps take: another type, then clear.
        let asked = desk.person.prompts_shown();
        let way_out = config(VaultType::SecureStorage);
        desk.run(vault.update_config(way_out)).unwrap();
        assert_eq!(desk.stored(), before, "still nothing is overwritten");
        desk.run(vault.clear()).unwrap();
        desk.run(vault.set("token", "new")).unwrap();
        assert_eq!(vault.config().unwrap().vault_type, VaultType::SecureStorage);
        assert!(desk.person.prompts_shown() <= asked + 1);
    }
}

#[test]
fn a_store_that_is_unavailable_is_not_a_lost_key() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.run(program.vault.set("token", "abc")).unwrap();
    drop(program);
    desk.device.answer_with(Answer::Unavailable);
    let program = desk.start_with(VaultType::SecureStorage);
    let error = desk.run(program.vault.get::<String>("token")).unwrap_err();
    assert_eq!(name(&error), "Unavailable");
    let update = program.vault.update_config(config(VaultType::InMemory));
    assert_eq!(name(&desk.run(update).unwrap_err()), "Unavailable");
    desk.device.answer_with(Answer::Truthfully);
    let token = desk.run(program.vault.get::<String>("token"));
    assert_eq!(token.unwrap().as_deref(), Some("abc"));
}

#[test]
fn a_device_that_cannot_is_told_apart() {
    let desk = Desk::without_protectors();
    for vault_type in [VaultType::SecureStorage, VaultType::DeviceSecurity] {
        let program = desk.start_with(vault_type);
        let error = desk.run(program.vault.set("token", "abc")).unwrap_err();
        assert_eq!(name(&error), "Unsupported");
        desk.run(program.vault.clear()).unwrap();
    }
}

#[test]
fn assurance_is_what_the_slots_promise() {
    let cases = [
        (VaultType::SecureStorage, false, Theft::Sealed, Theft::Guessable),
        (VaultType::DeviceSecurity, true, Theft::Sealed, Theft::Sealed),
        (VaultType::CustomPasscode, true, Theft::Sealed, Theft::Guessable),
    ];
    for (vault_type, user_verified, stolen_file, stolen_disk) in cases {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        program.answers_with("1234");
        assert_eq!(desk.run(program.vault.assurance()).unwrap(), Assurance::NONE);
        desk.run(program.vault.set("token", "abc")).unwrap();
        let assurance = desk.run(program.vault.assurance()).unwrap();
        let seen = (assurance.user_verified, assurance.stolen_file, assurance.stolen_disk);
        assert_eq!(seen, (user_verified, stolen_file, stolen_disk), "{vault_type:?}");
        assert!(assurance.persistent);
    }
    let desk = Desk::without_protectors();
    let program = desk.start_with(VaultType::CustomPasscode);
    program.answers_with("1234");
    desk.run(program.vault.set("token", "abc")).unwrap();
    let assurance = desk.run(program.vault.assurance()).unwrap();
    assert_eq!(assurance.stolen_file, Theft::Guessable, "no device secret: said plainly");
}

#[test]
fn a_clear_that_fails_leaves_the_vault_as_it_was() {
    for vault_type in ALL_TYPES {
        let desk = Desk::new();
        let script = Script::new();
        let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
        program.answers_with("1234");
        desk.run(async {
            program.vault.initialize(config(vault_type)).await.unwrap();
            program.vault.set("token", "abc").await.unwrap();
        });
        program.take_events();
        let before = (desk.person.prompts_shown(), desk.stored());
        script.fail_at(1, Fault::Refused);
        let error = desk.run(program.vault.clear()).unwrap_err();
        assert_eq!(name(&error), "Store");
        assert_eq!(program.take_events(), ["Failed(Store)"]);
        assert!(!desk.run(program.vault.is_locked()).unwrap());
        let token = desk.run(program.vault.get::<String>("token"));
        assert_eq!(token.unwrap().as_deref(), Some("abc"), "{vault_type:?}");
        assert_eq!((desk.person.prompts_shown(), desk.stored()), before);
    }
}

#[test]
fn a_clear_that_fails_while_locked_unlocks_nothing() {
    let desk = Desk::new();
    let script = Script::new();
    let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
    program.answers_with("1234");
    desk.run(async {
        program.vault.initialize(config(VaultType::CustomPasscode)).await.unwrap();
        program.vault.set("token", "abc").await.unwrap();
        program.vault.lock().await.unwrap();
    });
    script.fail_at(1, Fault::Refused);
    desk.run(program.vault.clear()).unwrap_err();
    assert!(desk.run(program.vault.is_locked()).unwrap());
}

#[test]
fn entries_in_memory_outlive_damage_to_the_stored_configuration() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::InMemory);
    desk.run(program.vault.set("token", "abc")).unwrap();
    let whole = desk.stored().unwrap();
    desk.damage(|bytes| bytes.truncate(40));
    desk.settle();
    assert_eq!(program.take_events(), ["Failed(Damaged)"]);
    let error = desk.run(program.vault.set("token", "def")).unwrap_err();
    assert_eq!(name(&error), "Damaged");
    desk.damage(|bytes| bytes.clone_from(&whole));
    desk.settle();
    desk.run(program.vault.set("other", &1)).unwrap();
    let token = desk.run(program.vault.get::<String>("token"));
    assert_eq!(token.unwrap().as_deref(), Some("abc"));
}

#[test]
fn a_damaged_vault_is_cleared_with_the_key_that_was_last_seen() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.run(program.vault.set("token", "abc")).unwrap();
    let other = desk.start_with(VaultType::SecureStorage);
    desk.damage(|bytes| bytes.truncate(100));
    desk.run(other.vault.clear()).unwrap();
    assert_eq!(desk.device.keys(), 0);
    drop(program);
}
