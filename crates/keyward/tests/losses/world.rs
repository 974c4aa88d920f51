//! The device with its vault, what is true of it, and what must therefore be reported.

use std::collections::BTreeMap;
use std::rc::Rc;

use keyward::{Error, Health, RecoveryCode, VaultType, inspect};
use keyward_conformance::faulty_store::{FaultyStores, Script};
use keyward_conformance::simulated_device::{Answer, DeviceControl, DeviceKeys};
use keyward_conformance::simulated_hashing::Hashing;

use crate::support::{Desk, Program, config, name};

pub(crate) const TYPES: [VaultType; 3] =
    [VaultType::SecureStorage, VaultType::DeviceSecurity, VaultType::CustomPasscode];

/// What was acknowledged, and so must be there.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) entries: BTreeMap<String, u64>,
    pub(crate) vault_type: VaultType,
    /// A recovery code that is known to be good.
    pub(crate) code: Option<RecoveryCode>,
}

/// A copy of everything, as a backup of the whole device has it.
#[derive(Clone)]
pub(crate) struct Backup {
    pub(crate) model: Model,
    pub(crate) sealed: Vec<u8>,
    device: DeviceKeys,
    person: DeviceKeys,
}

pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) script: Script,
    pub(crate) program: Program,
    /// What is true of the sealed bytes while they read.
    pub(crate) model: Model,
}

impl World {
    pub(crate) fn new() -> Self {
        let desk = Desk::new();
        desk.hashing.go_on(Hashing::Worthless);
        let script = Script::new();
        let model = Model {
            entries: BTreeMap::from([("anchor".to_owned(), 0)]),
            vault_type: VaultType::SecureStorage,
            code: None,
        };
        let program = start(&desk, &script);
        desk.run(program.vault.initialize(config(VaultType::SecureStorage))).unwrap();
        desk.run(program.vault.set("anchor", &0)).unwrap();
        Self { desk, script, program, model }
    }

    /// Another program on the same device; the one before is killed.
    pub(crate) fn restart(&mut self) -> Result<(), Error> {
        self.program = start(&self.desk, &self.script);
        let config = config(self.model.vault_type);
        self.desk.run(self.program.vault.initialize(config))
    }

    /// What protects a vault of this type.
    pub(crate) fn protector(&self, vault_type: VaultType) -> &DeviceControl {
        match vault_type {
            VaultType::DeviceSecurity => &self.desk.person,
            _ => &self.desk.device,
        }
    }

    pub(crate) fn backup(&self) -> Backup {
        Backup {
            model: self.model.clone(),
            sealed: self.desk.stored().unwrap(),
            device: self.desk.device.copy_keys(),
            person: self.desk.person.copy_keys(),
        }
    }

    /// Everything is as it was, but for the registry, which nobody has a backup of.
    pub(crate) fn restore(&mut self, backup: &Backup) {
        self.desk.put(Some(&backup.sealed));
        self.desk.device.put_keys_back(&backup.device);
        self.desk.person.put_keys_back(&backup.person);
        self.desk.device.answer_with(Answer::Truthfully);
        self.desk.person.answer_with(Answer::Truthfully);
        self.model = backup.model.clone();
    }

    pub(crate) fn health(&self) -> Health {
        let before = (self.desk.stored(), self.desk.record());
        let prompts = self.desk.person.prompts_shown();
        let health = self.desk.run(self.program.vault.health()).unwrap();
        assert_eq!(before, (self.desk.stored(), self.desk.record()), "health changes nothing");
        assert_eq!(prompts, self.desk.person.prompts_shown(), "health asks nobody");
        health
    }

    /// All entries, or the error's name.
    pub(crate) fn read(&self) -> Result<BTreeMap<String, u64>, String> {
        let read = self.desk.run(self.program.vault.export());
        let entries = read.map_err(|error| name(&error))?;
        Ok(entries.into_iter().map(|(entry, value)| (entry, value.parse().unwrap())).collect())
    }
}

fn start(desk: &Desk, script: &Script) -> Program {
    let faulty = |stores| Rc::new(FaultyStores::new(stores, script));
    let program = desk.start_with_registry(faulty(&desk.stores), Some(faulty(&desk.known)));
    program.answers_with("1234");
    program
}

/// What a program that has nothing in memory must report of these bytes: the condition, and the
/// error of a read, if it fails.
pub(crate) fn expected(
    world: &World,
    remembered: bool,
    keys_lost: Option<VaultType>,
) -> (&'static str, Option<&'static str>) {
    let Some(stored) = world.desk.stored() else {
        return if remembered { ("vanished", Some("Vanished")) } else { ("empty", None) };
    };
    let inspection = match inspect(&stored) {
        Err(Error::TooNew { .. }) => return ("too-new", Some("TooNew")),
        Err(_) => return ("damaged", Some("Damaged")),
        Ok(inspection) => inspection,
    };
    let vault_type = inspection.config.vault_type;
    let asks_the_person = |vault_type| vault_type == VaultType::DeviceSecurity;
    let lost = keys_lost.is_some_and(|of| asks_the_person(of) == asks_the_person(vault_type));
    let protector = world.protector(vault_type);
    match protector.answer() {
        Answer::Unavailable => ("key-unavailable", Some("Unavailable")),
        Answer::LockedOut => ("key-unavailable", Some("LockedOut")),
        Answer::Unsupported => ("key-unavailable", Some("Unsupported")),
        _ if lost => ("key-lost", Some("KeyLost")),
        _ if vault_type == VaultType::SecureStorage => ("intact", None),
        _ => ("locked", None),
    }
}
