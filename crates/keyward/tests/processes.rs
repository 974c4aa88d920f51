//! Two programs with the same vault: neither loses the other's update, and each hears of it.

#![allow(clippy::unwrap_used)]

mod support;

use keyward::VaultType;
use support::{Desk, config, name, passcode};

#[test]
fn neither_loses_the_others_update() {
    let desk = Desk::new();
    let (one, two) =
        (desk.start_with(VaultType::SecureStorage), desk.start_with(VaultType::SecureStorage));
    desk.run(async {
        for n in 0..20_u32 {
            one.vault.set(&format!("one {n}"), &n).await.unwrap();
            two.vault.set(&format!("two {n}"), &n).await.unwrap();
        }
        assert_eq!(one.vault.keys().await.unwrap().len(), 40);
        assert_eq!(two.vault.keys().await.unwrap(), one.vault.keys().await.unwrap());
    });
}

#[test]
fn each_hears_what_the_other_wrote() {
    let desk = Desk::new();
    let (one, two) =
        (desk.start_with(VaultType::SecureStorage), desk.start_with(VaultType::SecureStorage));
    desk.run(async {
        one.vault.set("token", "abc").await.unwrap();
        two.vault.unlock().await.unwrap();
        one.vault.set("token", "def").await.unwrap();
    });
    desk.settle();
    assert!(one.take_events().is_empty(), "one's own writes are no news");
    assert!(two.take_events().contains(&"Changed".to_owned()));
    let token = desk.run(two.vault.get::<String>("token"));
    assert_eq!(token.unwrap().as_deref(), Some("def"));
}

#[test]
fn a_clear_in_one_is_a_lock_in_the_other() {
    let desk = Desk::new();
    let (one, two) =
        (desk.start_with(VaultType::CustomPasscode), desk.start_with(VaultType::CustomPasscode));
    one.answers_with("1234");
    two.answers_with("1234");
    desk.run(async {
        one.vault.set("token", "abc").await.unwrap();
        two.vault.unlock().await.unwrap();
    });
    desk.settle();
    two.take_events();
    desk.run(one.vault.clear()).unwrap();
    desk.settle();
    assert_eq!(two.take_events(), ["Locked(Cleared)", "Changed"]);
    assert_eq!(desk.run(two.vault.get::<String>("token")).unwrap(), None);
    assert!(desk.run(two.vault.is_empty()).unwrap());
}

#[test]
fn a_changed_passcode_locks_the_other() {
    let desk = Desk::new();
    let (one, two) =
        (desk.start_with(VaultType::CustomPasscode), desk.start_with(VaultType::CustomPasscode));
    one.answers_with("1234");
    two.answers_with("1234");
    desk.run(async {
        one.vault.set("token", "abc").await.unwrap();
        two.vault.unlock().await.unwrap();
        one.vault.set_passcode(passcode("5678")).await.unwrap();
    });
    desk.settle();
    assert!(two.take_events().contains(&"Locked(ProtectionChanged)".to_owned()));
    let error = desk.run(two.vault.set("token", "def")).unwrap_err();
    assert_eq!(name(&error), "WrongPasscode");
    two.answers_with("5678");
    desk.run(two.vault.set("token", "def")).unwrap();
    desk.settle();
    let token = desk.run(one.vault.get::<String>("token"));
    assert_eq!(token.unwrap().as_deref(), Some("def"));
}

#[test]
fn a_changed_setting_reaches_the_other_without_a_prompt() {
    let desk = Desk::new();
    let (one, two) =
        (desk.start_with(VaultType::CustomPasscode), desk.start_with(VaultType::CustomPasscode));
    one.answers_with("1234");
    let asked = two.answers_with("1234");
    let mut later = config(VaultType::CustomPasscode);
    later.max_failed_attempts = 9;
    desk.run(async {
        one.vault.set("token", "abc").await.unwrap();
        two.vault.unlock().await.unwrap();
        one.vault.update_config(later).await.unwrap();
    });
    desk.settle();
    assert_eq!(two.vault.config().unwrap().max_failed_attempts, 9);
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert!(!desk.run(two.vault.is_locked()).unwrap());
}

#[test]
fn a_vault_that_grew_too_new_is_left_alone() {
    let desk = Desk::new();
    let (one, two) = (desk.start_with(VaultType::SecureStorage), desk.start());
    desk.run(one.vault.set("token", "abc")).unwrap();
    desk.damage(|bytes| {
        let label = [0x3a, 0x00, 0x01, 0x11, 0x70, 0x01];
        let at = bytes.windows(6).position(|window| window == label).unwrap();
        bytes[at + 5] = 3;
    });
    let newer = desk.stored();
    let error = desk.run(two.vault.initialize(config(VaultType::SecureStorage))).unwrap_err();
    assert_eq!(name(&error), "TooNew");
    for program in [&one, &two] {
        let error = desk.run(program.vault.set("token", "def")).unwrap_err();
        assert_eq!(name(&error), "TooNew");
    }
    assert_eq!(desk.stored(), newer);
}
