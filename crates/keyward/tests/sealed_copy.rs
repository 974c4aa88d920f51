//! Sealed copies: out of any vault and into any, with a passphrase and nothing else.

#![allow(clippy::unwrap_used)]

mod support;

use keyward::{Config, Error, SealedCopyError, Stores, Value, VaultType, inspect};
use keyward_conformance::simulated_device::Answer;
use keyward_conformance::simulated_hashing::Hashing;
use support::{ALL_TYPES, Desk, Program, config, name, passcode, repair_checksum, vector};

const PASSPHRASE: &str = "a long passphrase for the copy";

/// A program with a vault of this type that has two entries.
fn stored(desk: &Desk, vault_type: VaultType) -> Program {
    let program = desk.start_with(vault_type);
    program.answers_with("1234");
    desk.run(async {
        program.vault.set("token", "abc").await.unwrap();
        program.vault.set_bytes("key", &[0, 255, 7]).await.unwrap();
    });
    program.take_events();
    program
}

fn copy_of(desk: &Desk, program: &Program) -> Vec<u8> {
    desk.run(program.vault.export_sealed(passcode(PASSPHRASE))).unwrap()
}

fn entries() -> [(String, Value); 2] {
    let key = ("key".to_owned(), Value::bytes([0, 255, 7].to_vec()).unwrap());
    [key, ("token".to_owned(), Value::json("abc").unwrap())]
}

#[test]
fn a_copy_of_every_type_can_be_imported_into_every_type_of_another_device() {
    for from in ALL_TYPES {
        let desk = Desk::new();
        let copy = copy_of(&desk, &stored(&desk, from));
        for to in ALL_TYPES {
            let other = Desk::new();
            let program = other.start_with(to);
            program.answers_with("5678");
            other.run(async {
                program.vault.set("before", "it goes").await.unwrap();
                let imported = program.vault.import_sealed(copy.clone(), passcode(PASSPHRASE));
                imported.await.unwrap();
                assert_eq!(program.vault.export().await.unwrap(), entries());
                assert_eq!(program.vault.config().unwrap().vault_type, to);
            });
        }
    }
}

#[test]
fn a_copy_has_an_identity_of_its_own_and_one_slot_that_takes_a_passphrase_alone() {
    let desk = Desk::new();
    let program = desk.start();
    program.answers_with("1234");
    let mut strict = config(VaultType::CustomPasscode);
    strict.max_failed_attempts = 1;
    strict.clear_after_too_many_failed_attempts = true;
    strict.prompt.insert("title".to_owned(), "Unlock".to_owned());
    desk.run(async {
        program.vault.initialize(strict).await.unwrap();
        program.vault.set("token", "abc").await.unwrap();
    });
    let vault = inspect(&desk.stored().unwrap()).unwrap();
    let copy = inspect(&copy_of(&desk, &program)).unwrap();
    assert_ne!(copy.vault, vault.vault);
    assert_eq!(copy.slots.len(), 1);
    assert_eq!((copy.slots[0].kind, &copy.slots[0].provider), ("passcode", &None));
    assert_eq!(copy.config, Config::new("session", VaultType::CustomPasscode));
    let again = inspect(&copy_of(&desk, &program)).unwrap();
    assert_ne!(copy.vault, again.vault);
}

#[test]
fn a_copy_opens_as_a_vault_of_its_own() {
    let desk = Desk::new();
    let copy = copy_of(&desk, &stored(&desk, VaultType::SecureStorage));
    let other = Desk::without_protectors();
    let cell = other.stores.open("session").unwrap().vault;
    other.run(cell.swap(None, Some(&copy))).unwrap();
    let program = other.start_with(VaultType::SecureStorage);
    program.answers_with(PASSPHRASE);
    assert_eq!(other.run(program.vault.export()).unwrap(), entries());
}

#[test]
fn an_export_unlocks_and_shares_its_refusal() {
    let desk = Desk::new();
    let program = stored(&desk, VaultType::DeviceSecurity);
    desk.run(program.vault.lock()).unwrap();
    let before = desk.person.prompts_shown();
    desk.person.answer_with(Answer::Dismissed);
    let calls = [(); 2].map(|()| program.vault.export_sealed(passcode(PASSPHRASE)));
    for call in calls {
        assert_eq!(name(&desk.run(call).unwrap_err()), "Dismissed");
    }
    assert_eq!(desk.person.prompts_shown(), before + 1);
    desk.person.answer_with(Answer::Truthfully);
    copy_of(&desk, &program);
}

#[test]
fn an_empty_vault_has_an_empty_copy_that_empties() {
    let desk = Desk::new();
    let copy = copy_of(&desk, &desk.start_with(VaultType::SecureStorage));
    assert!(inspect(&copy).unwrap().empty);
    let program = stored(&desk, VaultType::SecureStorage);
    desk.run(program.vault.import_sealed(copy, passcode(PASSPHRASE))).unwrap();
    assert!(desk.run(program.vault.is_empty()).unwrap());
}

/// Imports what must be refused, into a locked vault that must not even be unlocked for it.
fn refused(desk: &Desk, program: &Program, copy: Vec<u8>, passphrase: &str) -> Error {
    let asked = program.answers_with("1234");
    let before = desk.stored();
    let imported = program.vault.import_sealed(copy, passcode(passphrase));
    let error = desk.run(imported).unwrap_err();
    assert!(asked.lock().unwrap().is_empty());
    assert_eq!(desk.stored(), before);
    assert!(desk.run(program.vault.is_locked()).unwrap());
    error
}

fn refused_copy(desk: &Desk, program: &Program, copy: Vec<u8>) -> SealedCopyError {
    match refused(desk, program, copy, PASSPHRASE) {
        Error::SealedCopy(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_good_copy_is_refused_by_its_own_error_and_counts_no_attempt() {
    let desk = Desk::new();
    let program = stored(&desk, VaultType::CustomPasscode);
    let copy = copy_of(&desk, &program);
    desk.run(program.vault.lock()).unwrap();

    for _ in 0..10 {
        let error = refused(&desk, &program, copy.clone(), "another passphrase");
        assert!(matches!(error, Error::SealedCopy(SealedCopyError::WrongPassphrase)), "{error:?}");
    }
    let its_own = desk.stored().unwrap();
    assert_eq!(refused_copy(&desk, &program, its_own), SealedCopyError::NeedsMore);

    let damaged = |error| matches!(error, SealedCopyError::Damaged { .. });
    assert!(damaged(refused_copy(&desk, &program, Vec::new())));
    assert!(damaged(refused_copy(&desk, &program, b"PK\x03\x04".to_vec())));
    for at in [20, copy.len() / 2, copy.len() - 1] {
        let mut copy = copy.clone();
        copy[at] ^= 1;
        assert!(damaged(refused_copy(&desk, &program, copy)), "byte {at}");
    }
    let newer = vector("version-3");
    assert_eq!(refused_copy(&desk, &program, newer), SealedCopyError::TooNew { version: 3 });

    // All of that was no guess at the vault's own passcode.
    program.answers_with("9999");
    let error = desk.run(program.vault.unlock()).unwrap_err();
    assert!(matches!(error, Error::WrongPasscode { attempts_left: 4 }), "{error:?}");
}

#[test]
fn costs_out_of_bounds_are_refused_before_they_are_spent() {
    let desk = Desk::new();
    let program = stored(&desk, VaultType::CustomPasscode);
    let copy = copy_of(&desk, &program);
    desk.run(program.vault.lock()).unwrap();
    // Whoever hashed now would wait for ever.
    desk.hashing.go_on(Hashing::Held);
    let minimum = [0x84, 0x19, 0x4c, 0x00, 0x02, 0x01];
    let at = copy.windows(6).position(|window| window == minimum).unwrap();
    for (memory, passes) in [(18_u16, 2_u8), (19 * 1024, 1), (19 * 1024, 17)] {
        let mut copy = copy.clone();
        let memory = if memory < 256 { memory << 8 | 0xff } else { memory };
        copy[at + 2..at + 4].copy_from_slice(&memory.to_be_bytes());
        copy[at + 4] = passes;
        repair_checksum(&mut copy);
        let expected = SealedCopyError::Damaged { what: "the passcode slot's costs" };
        assert_eq!(refused_copy(&desk, &program, copy), expected);
    }
}

#[test]
fn every_file_that_a_passcode_alone_opens_is_a_copy() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::InMemory);
    // One of its five slots takes a passcode alone.
    let file = vector("opens-several-slots");
    desk.run(program.vault.import_sealed(file, passcode("2580"))).unwrap();
    assert_eq!(desk.run(program.vault.keys()).unwrap(), ["key", "session"]);
}

#[test]
fn an_import_is_done_on_top_of_what_another_program_wrote() {
    let desk = Desk::new();
    let (one, two) = (stored(&desk, VaultType::SecureStorage), desk.start());
    let copy = copy_of(&desk, &one);
    desk.run(async {
        two.vault.initialize(config(VaultType::SecureStorage)).await.unwrap();
        two.vault.unlock().await.unwrap();
        let import = two.vault.import_sealed(copy, passcode(PASSPHRASE));
        let set = one.vault.set("late", "it goes");
        set.await.unwrap();
        import.await.unwrap();
        assert_eq!(two.vault.export().await.unwrap(), entries());
    });
}
