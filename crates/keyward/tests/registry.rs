//! What the device remembers: a vault that has vanished is no first run, an older copy is told from
//! the newest, and what is given up on purpose is not missed.

#![allow(clippy::unwrap_used)]

mod support;

use std::rc::Rc;

use keyward::{Error, RegistryState, Stores, VaultType};
use keyward_conformance::faulty_store::{Fault, FaultyStores, Script};
use keyward_conformance::simulated_device::Answer;
use support::{Desk, Program, config, name};

const STORED_TYPES: [VaultType; 3] =
    [VaultType::SecureStorage, VaultType::DeviceSecurity, VaultType::CustomPasscode];

impl Desk {
    /// A program with a vault of this type and one entry, open.
    fn filled(&self, vault_type: VaultType) -> Program {
        let program = self.start_with(vault_type);
        program.answers_with("1234");
        self.run(program.vault.set("token", "abc")).unwrap();
        program
    }

    /// The next program on the same device, and how its initialisation ended.
    fn next(&self, vault_type: VaultType) -> (Program, Result<(), Error>) {
        let program = self.start();
        program.answers_with("1234");
        let initialized = self.run(program.vault.initialize(config(vault_type)));
        (program, initialized)
    }

    fn token(&self, program: &Program) -> Option<String> {
        self.run(program.vault.get::<String>("token")).unwrap()
    }

    fn condition(&self, program: &Program) -> &'static str {
        self.run(program.vault.health()).unwrap().condition.name()
    }

    fn is_older(&self, program: &Program) -> bool {
        self.run(program.vault.health()).unwrap().older.is_some()
    }
}

/// Everything that reads or writes a vault, by name, and how it ends.
fn everything(desk: &Desk, program: &Program) -> Vec<(&'static str, Option<String>)> {
    let vault = &program.vault;
    let ended = |result: Result<(), Error>| result.err().map(|error| name(&error));
    let sealed = Desk::new();
    let copy = sealed.run(
        sealed
            .filled(VaultType::SecureStorage)
            .vault
            .export_sealed(support::passcode("correct horse")),
    );
    let copy = copy.unwrap();
    vec![
        ("get", ended(desk.run(vault.get::<String>("token")).map(drop))),
        ("value", ended(desk.run(vault.value("token")).map(drop))),
        ("keys", ended(desk.run(vault.keys()).map(drop))),
        ("export", ended(desk.run(vault.export()).map(drop))),
        ("is_empty", ended(desk.run(vault.is_empty()).map(drop))),
        ("exists", ended(desk.run(vault.exists()).map(drop))),
        ("assurance", ended(desk.run(vault.assurance()).map(drop))),
        ("inspect", ended(desk.run(vault.inspect()).map(drop))),
        ("unlock", ended(desk.run(vault.unlock()))),
        ("enroll", ended(desk.run(vault.enroll()))),
        ("set", ended(desk.run(vault.set("token", "def")))),
        ("remove", ended(desk.run(vault.remove("token")))),
        ("import", ended(desk.run(vault.import([("b", keyward::Value::json(&1).unwrap())])))),
        (
            "import_sealed",
            ended(desk.run(vault.import_sealed(copy, support::passcode("correct horse")))),
        ),
        (
            "export_sealed",
            ended(desk.run(vault.export_sealed(support::passcode("correct horse"))).map(drop)),
        ),
    ]
}

#[test]
fn a_vault_that_has_vanished_is_no_first_run() {
    for vault_type in STORED_TYPES {
        let desk = Desk::new();
        drop(desk.filled(vault_type));
        let (sealed, keys) = (desk.stored().unwrap(), desk.device.keys() + desk.person.keys());
        desk.put(None);

        let (program, initialized) = desk.next(vault_type);
        assert!(matches!(initialized, Err(Error::Vanished)), "{initialized:?}");
        for (operation, error) in everything(&desk, &program) {
            assert_eq!(error.as_deref(), Some("Vanished"), "{operation} of {vault_type:?}");
            assert_eq!(desk.stored(), None, "{operation} writes nothing");
        }
        assert_eq!(desk.person.prompts_shown(), 0, "and nobody is asked");
        assert_eq!(desk.device.keys() + desk.person.keys(), keys);

        // Put back, it is what it was.
        desk.put(Some(&sealed));
        assert_eq!(desk.token(&program).as_deref(), Some("abc"));
        let (program, initialized) = desk.next(vault_type);
        initialized.unwrap();
        assert_eq!(desk.token(&program).as_deref(), Some("abc"));
        assert!(!desk.is_older(&program));
    }
}

#[test]
fn clearing_acknowledges_the_loss() {
    for vault_type in STORED_TYPES {
        let desk = Desk::new();
        drop(desk.filled(vault_type));
        desk.put(None);
        let (program, initialized) = desk.next(vault_type);
        initialized.unwrap_err();
        desk.run(program.vault.clear()).unwrap();
        assert_eq!(desk.record(), None);
        assert_eq!(desk.device.keys(), 0, "the key of the vault that is gone is forgotten too");
        assert_eq!(desk.condition(&program), "empty");
        assert_eq!(desk.token(&program), None);
        desk.run(program.vault.set("token", "new")).unwrap();
        drop(program);
        let (program, initialized) = desk.next(vault_type);
        initialized.unwrap();
        assert_eq!(desk.token(&program).as_deref(), Some("new"));
    }
}

/// Apps recover like this from a key that is lost.
#[test]
fn a_change_of_type_neither_asks_nor_fails_and_writes_nothing() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::DeviceSecurity));
    desk.put(None);
    let (program, initialized) = desk.next(VaultType::DeviceSecurity);
    initialized.unwrap_err();
    desk.run(program.vault.update_config(config(VaultType::SecureStorage))).unwrap();
    assert_eq!((desk.stored(), desk.person.prompts_shown()), (None, 0));
    assert_eq!(program.vault.config().unwrap().vault_type, VaultType::SecureStorage);
    desk.run(program.vault.clear()).unwrap();
    desk.run(program.vault.set("token", "new")).unwrap();
    assert_eq!(desk.token(&program).as_deref(), Some("new"));
}

#[test]
fn entries_that_are_open_when_the_bytes_vanish_can_be_saved() {
    for vault_type in STORED_TYPES {
        let desk = Desk::new();
        let program = desk.filled(vault_type);
        let sealed = desk.stored().unwrap();
        program.take_events();
        desk.put(None);
        desk.settle();
        assert_eq!(program.take_events(), ["Failed(Vanished)"], "{vault_type:?}");
        assert_eq!(desk.token(&program).as_deref(), Some("abc"));
        assert_eq!(desk.run(program.vault.export()).unwrap().len(), 1);
        for write in [program.vault.set("token", "def"), program.vault.remove("token")] {
            let written = desk.run(write);
            assert!(matches!(written, Err(Error::Vanished)), "{written:?}");
            assert_eq!(desk.stored(), None);
        }
        assert_eq!(desk.condition(&program), "vanished");

        desk.put(Some(&sealed));
        desk.settle();
        desk.run(program.vault.set("token", "def")).unwrap();
        assert_eq!(desk.token(&program).as_deref(), Some("def"));

        // What a lock wipes is not there any more, and that is said.
        if vault_type != VaultType::SecureStorage {
            desk.put(None);
            desk.settle();
            desk.run(program.vault.lock()).unwrap();
            let read = desk.run(program.vault.get::<String>("token"));
            assert!(matches!(read, Err(Error::Vanished)), "{read:?}");
        }
    }
}

/// As above: what is open may be the last copy.
#[test]
fn entries_that_are_open_when_the_bytes_are_damaged_can_be_saved() {
    for vault_type in STORED_TYPES {
        let desk = Desk::new();
        let program = desk.filled(vault_type);
        let sealed = desk.stored().unwrap();
        let mut unsealed = sealed.clone();
        // The last byte of the content, which no checksum covers but the seal does.
        let slots = unsealed.windows(2).rposition(|at| at == [0x81, 0x83]).unwrap();
        unsealed[slots - 1] ^= 1;
        for damaged in [&sealed[..sealed.len() / 2], &unsealed, b""] {
            program.take_events();
            desk.put(Some(damaged));
            desk.settle();
            assert_eq!(program.take_events(), ["Failed(Damaged)"], "{vault_type:?}");
            assert_eq!(desk.token(&program).as_deref(), Some("abc"));
            assert_eq!(desk.run(program.vault.export()).unwrap().len(), 1);
            desk.run(program.vault.export_sealed(support::passcode("correct horse"))).unwrap();
            for write in [program.vault.set("token", "def"), program.vault.remove("token")] {
                let written = desk.run(write);
                assert!(matches!(written, Err(Error::Damaged { .. })), "{written:?}");
                assert_eq!(desk.stored().as_deref(), Some(damaged), "the bytes stay as they are");
            }
            assert_eq!(desk.condition(&program), "damaged");

            desk.put(Some(&sealed));
            desk.settle();
            assert_eq!(desk.condition(&program), "intact");
            desk.run(program.vault.set("other", &1)).unwrap();
            desk.put(Some(&sealed));
            desk.settle();
        }

        // What a lock wipes is not there any more, and that is said.
        if vault_type != VaultType::SecureStorage {
            desk.put(Some(b"nonsense"));
            desk.settle();
            desk.run(program.vault.lock()).unwrap();
            let read = desk.run(program.vault.get::<String>("token"));
            assert!(matches!(read, Err(Error::Damaged { .. })), "{read:?}");
        }
    }
}

#[test]
fn bytes_that_vanish_under_a_locked_vault_are_missed_by_its_next_unlock() {
    let desk = Desk::new();
    let program = desk.filled(VaultType::DeviceSecurity);
    desk.run(program.vault.lock()).unwrap();
    let shown = desk.person.prompts_shown();
    desk.put(None);
    let read = desk.run(program.vault.get::<String>("token"));
    assert!(matches!(read, Err(Error::Vanished)), "{read:?}");
    assert_eq!(desk.person.prompts_shown(), shown, "nobody is asked for nothing");
}

/// A store that fails while it is looked at whether the vault was given up has not said so.
#[test]
fn a_store_that_fails_is_no_vault_that_was_cleared() {
    for step in 1..=2 {
        let desk = Desk::new();
        drop(desk.filled(VaultType::DeviceSecurity));
        let script = Script::new();
        let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
        desk.run(program.vault.initialize(config(VaultType::DeviceSecurity))).unwrap();
        let sealed = desk.stored().unwrap();
        desk.put(None);
        script.fail_at(step, Fault::CrashBefore);
        let read = desk.run(program.vault.get::<String>("token"));
        assert!(matches!(read, Err(Error::Store(_))), "step {step}: {read:?}");
        script.revive();
        desk.put(Some(&sealed));
        assert_eq!(desk.token(&program).as_deref(), Some("abc"));
    }
}

#[test]
fn a_vault_that_another_program_clears_is_not_missed() {
    for vault_type in STORED_TYPES {
        let desk = Desk::new();
        let (one, other) = (desk.filled(vault_type), desk.next(vault_type).0);
        desk.run(other.vault.clear()).unwrap();
        desk.settle();
        assert_eq!(desk.token(&one), None);
        assert_eq!(desk.condition(&one), "empty");
        desk.run(one.vault.set("token", "new")).unwrap();
        assert_eq!(desk.token(&other).as_deref(), Some("new"));
        assert!(!one.take_events().iter().any(|event| event == "Failed(Vanished)"));
    }
}

#[test]
fn what_never_had_an_entry_or_has_none_left_is_not_missed() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.run(program.vault.enroll()).unwrap();
    assert_eq!(desk.record(), None, "there is nothing to remember yet");
    drop(program);
    desk.put(None);
    desk.next(VaultType::SecureStorage).1.unwrap();

    let program = desk.filled(VaultType::SecureStorage);
    desk.run(program.vault.remove("token")).unwrap();
    drop(program);
    desk.put(None);
    desk.next(VaultType::SecureStorage).1.unwrap();

    let program = desk.filled(VaultType::SecureStorage);
    desk.run(program.vault.update_config(config(VaultType::InMemory))).unwrap();
    drop(program);
    desk.put(None);
    desk.next(VaultType::InMemory).1.unwrap();
}

#[test]
fn a_vault_from_before_there_was_a_registry_is_remembered_when_it_is_seen() {
    let desk = Desk::new();
    let program = desk.start_with_registry(Rc::new(desk.stores.clone()), None);
    desk.run(program.vault.initialize(config(VaultType::SecureStorage))).unwrap();
    desk.run(program.vault.set("token", "abc")).unwrap();
    let health = desk.run(program.vault.health()).unwrap();
    assert!(matches!(health.registry, RegistryState::Absent));
    drop(program);
    assert_eq!(desk.record(), None);
    desk.next(VaultType::SecureStorage).1.unwrap();
    assert!(desk.record().is_some());
    desk.put(None);
    assert!(matches!(desk.next(VaultType::SecureStorage).1, Err(Error::Vanished)));
}

#[test]
fn an_older_copy_is_told_once_and_used_as_any_other() {
    let desk = Desk::new();
    let program = desk.filled(VaultType::SecureStorage);
    let older = desk.stored().unwrap();
    desk.run(program.vault.update_config(config(VaultType::CustomPasscode))).unwrap();
    let newer = desk.stored().unwrap();
    drop(program);

    desk.put(Some(&older));
    let (program, initialized) = desk.next(VaultType::SecureStorage);
    initialized.unwrap();
    assert_eq!(program.take_events(), ["Older"]);
    let health = desk.run(program.vault.health()).unwrap();
    let told = health.older.unwrap();
    assert_eq!(told.stored_vault, told.seen_vault);
    assert!(told.stored_epoch < told.seen_epoch);
    assert_eq!(health.next_step(), keyward::NextStep::ChooseCopy);
    desk.run(program.vault.set("other", &1)).unwrap();
    assert_eq!(desk.token(&program).as_deref(), Some("abc"));
    drop(program);

    // Told, it stays so for whoever looks.
    let (program, initialized) = desk.next(VaultType::SecureStorage);
    initialized.unwrap();
    assert_eq!(program.take_events(), [""; 0]);
    assert!(desk.is_older(&program));
    drop(program);

    // The newer one is back.
    desk.put(Some(&newer));
    let (program, initialized) = desk.next(VaultType::SecureStorage);
    initialized.unwrap();
    assert!(!desk.is_older(&program));
    drop(program);

    // And the older again: that is told again. A change of the protection decides for it.
    desk.put(Some(&older));
    let (program, initialized) = desk.next(VaultType::SecureStorage);
    initialized.unwrap();
    assert_eq!(program.take_events(), ["Older"]);
    desk.run(program.vault.update_config(config(VaultType::DeviceSecurity))).unwrap();
    assert!(!desk.is_older(&program));
    drop(program);
    let (program, initialized) = desk.next(VaultType::SecureStorage);
    initialized.unwrap();
    assert!(!desk.is_older(&program));
    assert_eq!(program.take_events(), [""; 0]);
}

#[test]
fn another_vaults_file_is_told_too() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::SecureStorage));
    let another = {
        let program = desk.start();
        let mut config = config(VaultType::SecureStorage);
        config.key = "another".to_owned();
        desk.run(program.vault.initialize(config)).unwrap();
        desk.run(program.vault.set("token", "of another")).unwrap();
        let cell = desk.stores.open("another").unwrap().vault;
        desk.run(cell.load()).unwrap().unwrap().bytes
    };
    desk.put(Some(&another));
    let (program, initialized) = desk.next(VaultType::SecureStorage);
    initialized.unwrap();
    let older = desk.run(program.vault.health()).unwrap().older.unwrap();
    assert_ne!(older.stored_vault, older.seen_vault);
    assert!(program.take_events().contains(&"Older".to_owned()));
}

#[test]
fn an_older_copy_of_the_same_epoch_is_not_recognised() {
    let desk = Desk::new();
    let program = desk.filled(VaultType::SecureStorage);
    let older = desk.stored().unwrap();
    desk.run(program.vault.set("token", "def")).unwrap();
    drop(program);
    desk.put(Some(&older));
    let (program, initialized) = desk.next(VaultType::SecureStorage);
    initialized.unwrap();
    assert!(!desk.is_older(&program), "the documentation says so");
}

#[test]
fn an_ordinary_write_costs_the_registry_nothing() {
    let desk = Desk::new();
    let script = Script::new();
    let registry = Rc::new(FaultyStores::new(&desk.known, &script));
    let program = desk.start_with_registry(Rc::new(desk.stores.clone()), Some(registry));
    desk.run(program.vault.initialize(config(VaultType::SecureStorage))).unwrap();
    assert_eq!(script.steps(), 2, "initialising looks whether the vault is missed, and no more");
    desk.run(program.vault.set("token", "abc")).unwrap();
    let after_the_first = script.steps();
    assert_eq!(after_the_first, 4, "the first entry is remembered: one look, one write");
    for n in 0..50 {
        desk.run(program.vault.set("token", &n)).unwrap();
        desk.run(program.vault.set(&n.to_string(), &n)).unwrap();
        desk.run(program.vault.remove(&n.to_string())).unwrap();
    }
    assert_eq!(script.steps(), after_the_first);
}

#[test]
fn a_registry_in_trouble_never_makes_an_operation_fail() {
    for fault in [Fault::Refused, Fault::CrashBefore] {
        let desk = Desk::new();
        let script = Script::new();
        let registry = Rc::new(FaultyStores::new(&desk.known, &script));
        let program = desk.start_with_registry(Rc::new(desk.stores.clone()), Some(registry));
        script.fail_at(1, Fault::CrashBefore);
        program.answers_with("1234");
        desk.run(program.vault.initialize(config(VaultType::SecureStorage))).unwrap();
        desk.run(program.vault.set("token", "abc")).unwrap();
        desk.run(program.vault.update_config(config(VaultType::CustomPasscode))).unwrap();
        let health = desk.run(program.vault.health()).unwrap();
        assert_eq!(health.condition.name(), "intact");
        assert!(matches!(health.registry, RegistryState::Failed(_)), "{health:?}");
        desk.run(program.vault.clear()).unwrap();
        desk.run(program.vault.set("token", "abc")).unwrap();
        let told = program.take_events();
        assert!(told.contains(&"RegistryFailed".to_owned()), "{told:?}");
        assert!(!told.iter().any(|event| event.starts_with("Failed")), "{told:?}");
        script.revive();
        script.fail_at(1, fault);
        assert_eq!(desk.token(&program).as_deref(), Some("abc"));
    }
}

/// Breaks the registry for the programs that are started with it, until it is told to work again.
fn breakable(desk: &Desk) -> (Script, impl Fn(VaultType) -> Program) {
    let script = Script::new();
    let faulty = Rc::new(FaultyStores::new(&desk.known, &script));
    let start = move |vault_type| {
        let stores = Rc::new(desk.stores.clone());
        let program = desk.start_with_registry(stores, Some(Rc::clone(&faulty) as _));
        program.answers_with("1234");
        desk.run(program.vault.initialize(config(vault_type))).unwrap();
        program
    };
    (script, start)
}

/// Nobody can say that it is a loss; but nothing is written in its place, and when the registry can be
/// asked again, it is one.
#[test]
fn an_empty_place_is_left_as_it_is_while_nobody_can_say_whether_it_is_a_loss() {
    for vault_type in STORED_TYPES {
        let desk = Desk::new();
        drop(desk.filled(vault_type));
        let (sealed, record) = (desk.stored().unwrap(), desk.record().unwrap());
        desk.put(None);
        let (script, start) = breakable(&desk);
        script.fail_at(1, Fault::CrashBefore);
        let program = start(vault_type);
        assert_eq!(program.take_events(), ["RegistryFailed"]);
        let health = desk.run(program.vault.health()).unwrap();
        assert_eq!(health.condition.name(), "empty");
        assert!(matches!(health.registry, RegistryState::Failed(_)));
        assert_eq!(desk.token(&program), None);
        assert!(!desk.run(program.vault.exists()).unwrap());
        desk.run(program.vault.inspect()).unwrap();
        let changed = config(VaultType::DeviceSecurity);
        desk.run(program.vault.update_config(changed.clone())).unwrap();
        assert_eq!(program.vault.config().unwrap(), changed);
        assert_eq!(desk.stored(), None, "nothing is written in its place");
        assert_eq!(desk.record().as_ref(), Some(&record));
        program.take_events();

        script.revive();
        let written = desk.run(program.vault.set("token", "new"));
        assert!(matches!(written, Err(Error::Vanished)), "{written:?}");
        let read = desk.run(program.vault.get::<String>("token"));
        assert!(matches!(read, Err(Error::Vanished)), "nor does it read as absent: {read:?}");
        assert_eq!(desk.condition(&program), "vanished");
        assert_eq!((desk.stored(), desk.record()), (None, Some(record)));

        desk.put(Some(&sealed));
        assert_eq!(desk.token(&program).as_deref(), Some("abc"));
    }
}

#[test]
fn a_place_that_was_never_used_is_used_when_the_registry_does_not_answer() {
    let desk = Desk::new();
    let (script, start) = breakable(&desk);
    script.fail_at(1, Fault::CrashBefore);
    let program = start(VaultType::SecureStorage);
    desk.run(program.vault.set("token", "abc")).unwrap();
    drop(program);
    assert_eq!(desk.token(&start(VaultType::SecureStorage)).as_deref(), Some("abc"));
    script.revive();
    let program = start(VaultType::SecureStorage);
    assert!(desk.record().is_some(), "it is remembered when it is seen");
    assert_eq!(desk.condition(&program), "intact");
}

/// The first entry must be written, because the registry never stands in the way. What was missed is
/// told then, and missed again should the new vault go too.
#[test]
fn what_is_missed_is_never_written_over_in_silence() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::SecureStorage));
    desk.put(None);
    let (script, start) = breakable(&desk);
    script.fail_at(1, Fault::CrashBefore);
    let program = start(VaultType::SecureStorage);
    desk.run(program.vault.set("token", "new")).unwrap();
    drop(program);
    script.revive();

    let program = start(VaultType::SecureStorage);
    assert!(program.take_events().contains(&"Older".to_owned()));
    assert!(desk.is_older(&program), "another vault was seen here");
    desk.run(program.vault.set("token", "newer")).unwrap();
    assert!(desk.is_older(&program));
    // Whoever changes the protection decides for the new one.
    desk.run(program.vault.update_config(config(VaultType::DeviceSecurity))).unwrap();
    assert!(!desk.is_older(&program));
}

/// As above, but the registry works again between the look and the entry's record.
#[test]
fn what_is_missed_is_told_by_the_write_that_finds_it() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::SecureStorage));
    let record = desk.record().unwrap();
    desk.put(None);
    // Another program's registry, which this one does not see at first.
    desk.put_record(Some(b"nonsense"));
    let (program, initialized) = desk.next(VaultType::SecureStorage);
    initialized.unwrap();
    assert_eq!(desk.stored(), None, "a record that does not read is no first run");
    assert_eq!(desk.record().as_deref(), Some(&b"nonsense"[..]));
    program.take_events();
    let mut set = program.vault.set("token", "new");
    desk.device.answer_with(Answer::Held);
    assert!(desk.peek(&mut set).is_none());
    desk.put_record(Some(&record));
    desk.device.answer_with(Answer::Truthfully);
    desk.run(set).unwrap();
    assert_eq!(program.take_events(), ["Older"]);
    assert!(desk.is_older(&program));
}

#[test]
fn what_was_seen_before_the_registry_failed_is_missed_all_the_same() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::DeviceSecurity));
    let (script, start) = breakable(&desk);
    let program = start(VaultType::DeviceSecurity);
    assert_eq!(desk.token(&program).as_deref(), Some("abc"));
    script.fail_at(1, Fault::CrashBefore);
    desk.put(None);
    desk.settle();
    assert_eq!(desk.token(&program).as_deref(), Some("abc"), "it can still be saved");
    let written = desk.run(program.vault.set("token", "def"));
    assert!(matches!(written, Err(Error::Vanished)), "{written:?}");
}

#[test]
fn clearing_is_remembered_when_the_registry_can_be_told() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::SecureStorage));
    let (script, start) = breakable(&desk);
    let program = start(VaultType::SecureStorage);
    script.fail_at(1, Fault::CrashBefore);
    desk.run(program.vault.clear()).unwrap();
    script.revive();
    program.take_events();
    desk.run(program.vault.initialize(config(VaultType::SecureStorage))).unwrap();
    desk.run(program.vault.set("token", "new")).unwrap();
    assert_eq!(program.take_events(), [""; 0], "what was cleared is not missed");
    assert!(!desk.is_older(&program));
}

/// What is older than what was seen stays so when clearing it fails, and so does another vault's.
#[test]
fn a_failed_clear_does_not_hide_that_a_copy_is_older() {
    let desk = Desk::new();
    let program = desk.filled(VaultType::SecureStorage);
    let older = desk.stored().unwrap();
    desk.run(program.vault.update_config(config(VaultType::CustomPasscode))).unwrap();
    drop(program);
    let another = {
        let another = Desk::new();
        drop(another.filled(VaultType::CustomPasscode));
        another.stored().unwrap()
    };
    for copy in [older, another] {
        desk.put(Some(&copy));
        let script = Script::new();
        let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
        desk.run(program.vault.initialize(config(VaultType::SecureStorage))).unwrap();
        assert!(desk.is_older(&program));
        // It loads, and then refuses to go.
        script.fail_at(2, Fault::Refused);
        let cleared = desk.run(program.vault.clear());
        assert!(matches!(cleared, Err(Error::Store(_))), "{cleared:?}");
        assert_eq!(desk.stored().as_ref(), Some(&copy));
        assert!(desk.is_older(&program), "it is as old as before");
        drop(program);
        let (program, initialized) = desk.next(VaultType::SecureStorage);
        initialized.unwrap();
        assert!(desk.is_older(&program));
    }
}

#[test]
fn a_damaged_record_is_replaced_and_a_newer_one_is_kept() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::SecureStorage));
    let record = desk.record().unwrap();
    let mut damaged = record.clone();
    damaged[20] ^= 1;
    let mut newer = record.clone();
    newer[1] = 2;
    for (bytes, kept) in [(&damaged[..], false), (b"nonsense", false), (b"", false), (&newer, true)]
    {
        desk.put_record(Some(bytes));
        let program = desk.start();
        desk.run(program.vault.initialize(config(VaultType::SecureStorage))).unwrap();
        assert_eq!(desk.token(&program).as_deref(), Some("abc"));
        let expected = if kept { bytes } else { &record };
        assert_eq!(desk.record().as_deref(), Some(expected));
        assert!(kept || !program.take_events().is_empty());
        let health = desk.run(program.vault.health()).unwrap();
        assert_eq!(matches!(health.registry, RegistryState::Failed(_)), kept);
    }
    // Without a record that reads, a loss cannot be told; but that is told.
    desk.put_record(Some(&damaged));
    desk.put(None);
    let (program, initialized) = desk.next(VaultType::SecureStorage);
    initialized.unwrap();
    assert!(program.take_events().contains(&"RegistryFailed".to_owned()));
    assert_eq!(desk.stored(), None, "and nothing is written in its place");
    desk.run(program.vault.set("token", "new")).unwrap();
    assert_eq!(desk.condition(&program), "intact");
}
