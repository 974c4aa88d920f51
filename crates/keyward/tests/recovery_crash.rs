//! Power that fails at every single step of enrolling, revoking and recovering: the vault is the one
//! before or the one after, it opens, and whoever could recover it still can.

#![allow(clippy::unwrap_used)]

mod support;

use std::rc::Rc;

use keyward::{Error, Key, Recovery, RecoveryCode, RecoveryPrivateKey, Vault, VaultType};
use keyward_conformance::faulty_store::{Fault, FaultyStores, Script};
use support::{Desk, Program, config, name};

const TYPES: [VaultType; 3] =
    [VaultType::SecureStorage, VaultType::DeviceSecurity, VaultType::CustomPasscode];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operation {
    EnrollCode,
    EnrollKey,
    Revoke,
    /// With the protector's key lost.
    Recover,
    /// With a protector that still opens the vault.
    RecoverAnyway,
}

const OPERATIONS: [Operation; 5] = [
    Operation::EnrollCode,
    Operation::EnrollKey,
    Operation::Revoke,
    Operation::Recover,
    Operation::RecoverAnyway,
];

fn private(n: u8) -> RecoveryPrivateKey {
    RecoveryPrivateKey::new(Key::from_bytes([n; 32])).unwrap()
}

/// Runs the operation. The code, where one was made.
async fn run(operation: Operation, vault: &Vault) -> Result<Option<RecoveryCode>, Error> {
    match operation {
        Operation::EnrollCode => vault.enroll_recovery().await.map(Some),
        Operation::EnrollKey => {
            vault.enroll_recovery_key(private(2).public_key()).await.map(|()| None)
        }
        Operation::Revoke => vault.revoke_recovery().await.map(|()| None),
        Operation::Recover | Operation::RecoverAnyway => {
            vault.recover(Recovery::Key(private(1))).await.map(|()| None)
        }
    }
}

/// A program that finds what is stored now.
fn restarted(desk: &Desk, vault_type: VaultType) -> Program {
    let program = desk.start_with(vault_type);
    program.answers_with("1234");
    program
}

fn recovers(desk: &Desk, vault_type: VaultType, recovery: Recovery) -> Result<(), Error> {
    let program = restarted(desk, vault_type);
    desk.run(program.vault.recover(recovery))?;
    assert_eq!(desk.run(program.vault.get::<u32>("old"))?, Some(0));
    Ok(())
}

/// Runs one operation with one fault on a fresh desk. Returns false when the operation has fewer
/// steps than that.
fn try_fault(vault_type: VaultType, operation: Operation, at: u64, fault: Fault) -> bool {
    let desk = Desk::new();
    let script = Script::new();
    let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
    program.answers_with("1234");
    desk.run(async {
        program.vault.initialize(config(vault_type)).await.unwrap();
        program.vault.set("old", &0).await.unwrap();
        program.vault.enroll_recovery_key(private(1).public_key()).await.unwrap();
    });
    if operation == Operation::Recover {
        desk.run(program.vault.lock()).unwrap();
        desk.device.lose_keys();
        desk.person.lose_keys();
    }
    let steps = script.steps();
    script.fail_at(at, fault);
    let result = desk.run(run(operation, &program.vault));
    let reached = script.steps() >= steps + at;
    drop(program);
    desk.settle();
    script.revive();

    let context = format!("{operation:?} of {vault_type:?}, {fault:?} at step {at}: {result:?}");
    let program = restarted(&desk, vault_type);
    let read = desk.run(program.vault.get::<u32>("old"));
    match &read {
        Ok(found) => assert_eq!(*found, Some(0), "{context}"),
        // Nothing but a recovery that was not acknowledged leaves the lost key as it was.
        Err(error) => {
            let unfinished = operation == Operation::Recover && result.is_err();
            assert!(unfinished && name(error) == "KeyLost", "{context}: {error:?}");
        }
    }
    drop(program);
    let first = recovers(&desk, vault_type, Recovery::Key(private(1)));
    match (operation, first) {
        (Operation::Revoke, Err(error)) => assert_eq!(name(&error), "NoRecovery", "{context}"),
        (Operation::Revoke, Ok(())) => assert!(result.is_err(), "{context}"),
        (_, first) => first.unwrap_or_else(|error| panic!("{context}: {error:?}")),
    }
    if operation == Operation::EnrollKey {
        let second = recovers(&desk, vault_type, Recovery::Key(private(2)));
        assert!(second.is_ok() || result.is_err(), "{context}: {second:?}");
    }
    if let Ok(Some(code)) = result {
        recovers(&desk, vault_type, Recovery::Code(code)).unwrap();
    }
    reached
}

#[test]
fn every_step_of_recovery_survives_every_fault() {
    let mut tried = 0;
    for vault_type in TYPES {
        for operation in OPERATIONS {
            for fault in Fault::ALL {
                let mut at = 1;
                while try_fault(vault_type, operation, at, fault) {
                    at += 1;
                    tried += 1;
                    assert!(at < 50, "{operation:?} does not end");
                }
            }
        }
    }
    assert!(tried >= 60, "only {tried} faults were reached");
}

/// A wrong code is counted before it is looked at: a kill does not give it back.
#[test]
fn a_kill_forgets_no_wrong_code() {
    let wrong = || Recovery::Code(RecoveryCode::generate().unwrap());
    for fault in Fault::ALL {
        for at in 1..8 {
            let desk = Desk::new();
            let script = Script::new();
            let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
            desk.run(async {
                program.vault.initialize(config(VaultType::SecureStorage)).await.unwrap();
                program.vault.set("old", &0).await.unwrap();
                program.vault.enroll_recovery().await.unwrap();
            });
            script.fail_at(at, fault);
            let told = desk.run(program.vault.recover(wrong())).unwrap_err();
            drop(program);
            desk.settle();
            script.revive();
            let program = desk.start_with(VaultType::SecureStorage);
            let error = desk.run(program.vault.recover(wrong())).unwrap_err();
            let Error::WrongRecoveryCode { attempts_left } = error else { panic!("{error:?}") };
            // Whoever was told that the first one was wrong has spent an attempt on it.
            let spent = matches!(told, Error::WrongRecoveryCode { .. });
            assert!(attempts_left == 3 || (attempts_left == 4 && !spent), "{fault:?} at {at}");
        }
    }
}
