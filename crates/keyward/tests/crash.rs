//! A store or a registry that fails or loses power at every single step: what was acknowledged is
//! there, what was not is there whole or not at all, the vault opens, nothing seems to be lost, and
//! a real loss is noticed.

#![allow(clippy::unwrap_used)]

mod support;

use std::rc::Rc;

use keyward::{Error, Pending, Value, Vault, VaultType};
use keyward_conformance::faulty_store::{Fault, FaultyStores, Script};
use support::{ALL_TYPES, Desk, Program, config, passcode};

/// The entries and the type that a vault may be found with.
#[derive(Debug, Clone, PartialEq)]
struct Model {
    entries: Vec<(String, Value)>,
    vault_type: VaultType,
}

/// An operation and what it makes of the model.
type Step = (&'static str, fn(&Vault) -> Pending<()>, fn(&mut Model));

fn value(n: u32) -> Value {
    Value::json(&n).unwrap()
}

fn put(model: &mut Model, name: &str, n: u32) {
    model.entries.retain(|(other, _)| other != name);
    model.entries.push((name.to_owned(), value(n)));
    model.entries.sort_by(|a, b| (a.0.len(), &a.0).cmp(&(b.0.len(), &b.0)));
}

/// Goes into memory: the entries are gone with the power.
fn forget(model: &mut Model) {
    model.entries.clear();
    model.vault_type = VaultType::InMemory;
}

const STEPS: [Step; 10] = [
    ("set", |vault| vault.set("a", &1), |model| put(model, "a", 1)),
    (
        "set many",
        |vault| vault.set_many([("b", value(2)), ("c", value(3))]),
        |model| {
            put(model, "b", 2);
            put(model, "c", 3);
        },
    ),
    (
        "remove",
        |vault| vault.remove("old"),
        |model| model.entries.retain(|(name, _)| name != "old"),
    ),
    (
        "import",
        |vault| vault.import([("z", value(26))]),
        |model| {
            model.entries = vec![("z".to_owned(), value(26))];
        },
    ),
    (
        "to secure storage",
        |vault| vault.update_config(config(VaultType::SecureStorage)),
        |model| {
            model.vault_type = VaultType::SecureStorage;
        },
    ),
    (
        "to device security",
        |vault| vault.update_config(config(VaultType::DeviceSecurity)),
        |model| {
            model.vault_type = VaultType::DeviceSecurity;
        },
    ),
    (
        "to a passcode",
        |vault| vault.update_config(config(VaultType::CustomPasscode)),
        |model| {
            model.vault_type = VaultType::CustomPasscode;
        },
    ),
    ("to memory", |vault| vault.update_config(config(VaultType::InMemory)), forget),
    (
        "lock and unlock",
        |vault| {
            drop(vault.lock());
            vault.unlock()
        },
        |_| {},
    ),
    ("clear", Vault::clear, |model| model.entries.clear()),
];

/// What one operation with one fault has left on a fresh desk.
struct Left {
    desk: Desk,
    acknowledged: bool,
    /// Whether the operation has so many steps.
    reached: bool,
}

fn run_with(from: VaultType, operation: fn(&Vault) -> Pending<()>, at: u64, fault: Fault) -> Left {
    let desk = Desk::new();
    let script = Script::new();
    let faulty = |stores| Rc::new(FaultyStores::new(stores, &script));
    let program = desk.start_with_registry(faulty(&desk.stores), Some(faulty(&desk.known)));
    program.answers_with("1234");
    desk.run(async {
        program.vault.initialize(config(from)).await.unwrap();
        program.vault.set("old", &0).await.unwrap();
    });
    let steps = script.steps();
    script.fail_at(at, fault);
    let acknowledged = desk.run(operation(&program.vault)).is_ok();
    let reached = script.steps() >= steps + at;
    drop(program);
    desk.settle();
    script.revive();
    Left { desk, acknowledged, reached }
}

/// The next program finds what the model says, and misses it if it is lost.
fn assert_intact(
    left: &Left,
    program: Program,
    from: VaultType,
    effect: fn(&mut Model),
    what: &str,
) {
    let before = Model { entries: vec![("old".to_owned(), value(0))], vault_type: from };
    let mut after = before.clone();
    effect(&mut after);
    let Left { desk, acknowledged, .. } = left;
    let context = format!("{what}, acknowledged: {acknowledged}");
    let entries = desk.run(program.vault.export());
    let entries = entries.unwrap_or_else(|error| panic!("{context}: {error:?}"));
    let vault_type = program.vault.config().unwrap().vault_type;
    let found = Model { entries, vault_type };
    // What was in memory is gone with the program that held it.
    let stored = |mut model: Model| {
        if model.vault_type == VaultType::InMemory {
            forget(&mut model);
        }
        model
    };
    let (before, after) = (stored(before), stored(after));
    if *acknowledged {
        assert_eq!(found, after, "{context}");
    } else {
        assert!(found == before || found == after, "{context}: {found:?}");
    }
    let told = program.take_events();
    assert!(!told.iter().any(|event| event == "Older"), "{context}: {told:?}");
    drop(program);

    // Now it is lost in earnest.
    if !found.entries.is_empty() {
        desk.put(None);
        let program = desk.start();
        let initialized = desk.run(program.vault.initialize(config(from)));
        assert!(matches!(initialized, Err(Error::Vanished)), "{context}: {initialized:?}");
    }
}

/// Runs one operation with one fault. Returns false when the operation has fewer steps than that.
fn try_fault(from: VaultType, (name, operation, effect): Step, at: u64, fault: Fault) -> bool {
    let left = run_with(from, operation, at, fault);
    let program = left.desk.start();
    program.answers_with("1234");
    let context = format!("{name} from {from:?}, {fault:?} at step {at}");
    let initialized = left.desk.run(program.vault.initialize(config(from)));
    initialized.unwrap_or_else(|error| panic!("{context}: {error:?}"));
    assert_intact(&left, program, from, effect, &context);
    left.reached
}

#[test]
fn every_operation_survives_every_fault_at_every_step() {
    let mut tried = 0;
    for from in ALL_TYPES {
        for step in STEPS {
            for fault in Fault::ALL {
                let mut at = 1;
                while try_fault(from, step, at, fault) {
                    at += 1;
                    tried += 1;
                    assert!(at < 50, "{} does not end", step.0);
                }
            }
        }
    }
    assert!(tried >= 150, "only {tried} faults were reached");
}

/// Even a store that breaks its promise and tears a write makes no first run of it: the vault is
/// damaged, its bytes stay for whoever can mend them, and the app may clear it. What is torn beside the
/// vault costs nothing.
#[test]
fn a_torn_write_is_damage_and_is_left_alone() {
    let (mut damaged, mut intact) = (0, 0);
    for from in ALL_TYPES {
        for (name, operation, effect) in STEPS {
            for at in 1..50 {
                let left = run_with(from, operation, at, Fault::Torn);
                if !left.reached {
                    break;
                }
                let context = format!("{name} from {from:?}, torn at step {at}");
                let desk = &left.desk;
                let bytes = desk.stored();
                let program = desk.start();
                program.answers_with("1234");
                let vault = program.vault.clone();
                match desk.run(vault.initialize(config(from))) {
                    Ok(()) => {
                        assert_intact(&left, program, from, effect, &context);
                        intact += 1;
                    }
                    Err(Error::Damaged { .. }) => {
                        assert!(!left.acknowledged, "{context}");
                        desk.run(vault.set("new", &1)).unwrap_err();
                        desk.run(vault.export()).unwrap_err();
                        assert_eq!(desk.stored(), bytes, "{context}");
                        desk.run(vault.clear()).unwrap();
                        desk.run(vault.set("new", &1)).unwrap();
                        assert_eq!(desk.run(vault.get("new")).unwrap(), Some(1), "{context}");
                        damaged += 1;
                    }
                    Err(error) => panic!("{context}: {error:?}"),
                }
            }
        }
    }
    assert!(damaged > 15 && intact > 15, "{damaged} damaged, {intact} intact");
}

#[test]
fn a_changed_passcode_is_the_old_or_the_new_one() {
    for fault in Fault::ALL {
        for at in 1..4 {
            let desk = Desk::new();
            let script = Script::new();
            let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
            program.answers_with("1234");
            desk.run(async {
                program.vault.initialize(config(VaultType::CustomPasscode)).await.unwrap();
                program.vault.set("old", &0).await.unwrap();
            });
            script.fail_at(at, fault);
            let changed = desk.run(program.vault.set_passcode(passcode("5678"))).is_ok();
            drop(program);
            desk.settle();
            script.revive();
            let opens = |code: &str| {
                let program = desk.start_with(VaultType::CustomPasscode);
                program.answers_with(code);
                desk.run(program.vault.get::<u32>("old")).is_ok()
            };
            let (old, new) = (opens("1234"), opens("5678"));
            assert!(old != new && (!changed || new), "{fault:?} at {at}: {old} {new} {changed}");
        }
    }
}

#[test]
fn after_a_fault_the_same_program_goes_on() {
    for fault in [Fault::Refused, Fault::Unacknowledged] {
        let desk = Desk::new();
        let script = Script::new();
        let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
        desk.run(async {
            let vault = &program.vault;
            vault.initialize(config(VaultType::SecureStorage)).await.unwrap();
            vault.set("a", &1).await.unwrap();
            script.fail_at(1, fault);
            vault.set("b", &2).await.unwrap_err();
            assert_eq!(vault.get::<u32>("a").await.unwrap(), Some(1));
            vault.set("c", &3).await.unwrap();
            assert_eq!(vault.get::<u32>("c").await.unwrap(), Some(3));
            let b = vault.get::<u32>("b").await.unwrap();
            assert_eq!(b, fault.is_done().then_some(2), "{fault:?}");
        });
    }
}
