//! What may be known of a vault without a key, at any time and without asking anybody.

#![allow(clippy::unwrap_used)]

mod support;

use keyward::{Phase, Stores, Theft, VaultInspection, VaultType, inspect};
use keyward_conformance::simulated_device::Answer;
use support::{ALL_TYPES, Desk, Program, config, name};

fn look(desk: &Desk, program: &Program) -> VaultInspection {
    desk.run(program.vault.inspect()).unwrap()
}

#[test]
fn what_is_told_is_what_is_stored() {
    for vault_type in ALL_TYPES {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        program.answers_with("1234");
        let agree = || {
            let told = look(&desk, &program);
            assert_eq!(told.stored, desk.stored().map(|bytes| inspect(&bytes).unwrap()));
            assert_eq!(told.slot_assurances.len(), told.stored.map_or(0, |it| it.slots.len()));
        };
        agree();
        desk.run(program.vault.set("token", "abc")).unwrap();
        agree();
        desk.run(program.vault.set("token", &"abc".repeat(1000))).unwrap();
        agree();
        let mut later = config(vault_type);
        later.max_failed_attempts = 9;
        desk.run(program.vault.update_config(later)).unwrap();
        agree();
        desk.run(program.vault.lock()).unwrap();
        agree();
        // A second program has only read it.
        let other = desk.start_with(vault_type);
        assert_eq!(look(&desk, &other).stored, look(&desk, &program).stored);
        desk.run(program.vault.clear()).unwrap();
        agree();
        desk.settle();
        assert_eq!(look(&desk, &other).stored, None);
    }
}

#[test]
fn the_phase_follows_an_unlock_while_it_is_under_way() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::DeviceSecurity);
    let phase = || look(&desk, &program).phase;
    desk.run(program.vault.set("token", "abc")).unwrap();
    assert_eq!(phase(), Phase::Unlocked);
    desk.run(program.vault.lock()).unwrap();
    assert_eq!(phase(), Phase::Locked);
    desk.person.answer_with(Answer::Held);
    let mut unlocked = program.vault.unlock();
    assert!(desk.peek(&mut unlocked).is_none());
    assert_eq!(phase(), Phase::Unlocking);
    desk.person.answer_with(Answer::Truthfully);
    desk.run(unlocked).unwrap();
    assert_eq!(phase(), Phase::Unlocked);
}

#[test]
fn a_vault_that_asks_nobody_is_never_told_to_be_locked() {
    let desk = Desk::new();
    drop(desk.start_with(VaultType::SecureStorage).vault.set("token", "abc"));
    let program = desk.start_with(VaultType::SecureStorage);
    assert_eq!(look(&desk, &program).phase, Phase::Unlocked);
}

#[test]
fn each_slot_says_what_it_promises() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::DeviceSecurity);
    assert_eq!(look(&desk, &program).slot_assurances[0].stolen_file, Theft::Opens, "it is blank");
    desk.run(program.vault.set("token", "abc")).unwrap();
    let [assurance] = look(&desk, &program).slot_assurances[..] else { panic!("one slot") };
    assert!(assurance.hardware_bound && assurance.stolen_disk == Theft::Sealed);
    assert_eq!(assurance, desk.run(program.vault.assurance()).unwrap());
}

#[test]
fn nothing_is_told_before_initialisation_and_of_damage_only_that() {
    let desk = Desk::new();
    let program = desk.start();
    let mut early = program.vault.inspect();
    assert!(desk.peek(&mut early).is_none());
    desk.run(program.vault.initialize(config(VaultType::SecureStorage))).unwrap();
    assert!(desk.run(early).unwrap().stored.is_some());

    desk.damage(|bytes| bytes[40] ^= 1);
    let other = desk.start();
    desk.run(other.vault.initialize(config(VaultType::SecureStorage))).unwrap_err();
    assert_eq!(name(&desk.run(other.vault.inspect()).unwrap_err()), "Damaged");
    let cell = desk.stores.open("session").unwrap().vault;
    desk.run(async {
        let stored = cell.load().await.unwrap().unwrap();
        cell.swap(Some(stored.revision), None).await.unwrap();
    });
    assert!(look(&desk, &other).stored.is_some(), "a blank vault takes the place of nothing");
}
