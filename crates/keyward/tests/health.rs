//! How a vault is: each state told apart from the others, by looking only.

#![allow(clippy::unwrap_used)]

mod support;

use std::rc::Rc;

use async_trait::async_trait;
use keyward::{
    Assurance, Capability, Cause, Condition, DeviceSecurity, Enrolled, Error, Health, Key,
    MemoryStores, NextStep, Obstacle, Probe, Protector, ProtectorError, RegistryState, Request,
    Role, Theft, Vault, VaultType,
};
use keyward_conformance::faulty_store::{Fault, FaultyStores, Script};
use keyward_conformance::simulated_device::{Answer, Operation};
use support::{ALL_TYPES, Desk, Program, config, passcode};

impl Desk {
    fn health(&self, program: &Program) -> Health {
        let prompts = self.person.prompts_shown() + self.device.prompts_shown();
        let (stored, record) = (self.stored(), self.record());
        let asked = (self.device.asked().len(), self.person.asked().len());
        let health = self.run(program.vault.health()).unwrap();
        let after = self.person.prompts_shown() + self.device.prompts_shown();
        assert_eq!(prompts, after, "health never prompts");
        assert_eq!((stored, record), (self.stored(), self.record()), "health changes nothing");
        assert_eq!(asked, (self.device.asked().len(), self.person.asked().len()));
        health
    }

    fn condition(&self, program: &Program) -> &'static str {
        self.health(program).condition.name()
    }

    /// A program with a vault of this type and one entry, unlocked.
    fn filled(&self, vault_type: VaultType) -> Program {
        let program = self.start_with(vault_type);
        program.answers_with("1234");
        self.run(program.vault.set("token", "abc")).unwrap();
        program
    }
}

/// The next program on the same device, which has initialised the vault or failed to.
fn again(desk: &Desk, vault_type: VaultType) -> (Program, Result<(), Error>) {
    let program = desk.start();
    program.answers_with("1234");
    let initialized = desk.run(program.vault.initialize(config(vault_type)));
    (program, initialized)
}

#[test]
fn a_new_vault_is_empty_and_one_with_entries_is_intact() {
    for vault_type in ALL_TYPES {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        assert_eq!(desk.condition(&program), "empty", "{vault_type:?}");
        program.answers_with("1234");
        desk.run(program.vault.set("token", "abc")).unwrap();
        let health = desk.health(&program);
        assert_eq!(health.condition.name(), "intact", "{vault_type:?}");
        assert!(matches!(health.registry, RegistryState::Works), "{vault_type:?}");
        assert_eq!(health.next_step(), NextStep::Nothing);
        desk.run(program.vault.remove("token")).unwrap();
        assert_eq!(desk.condition(&program), "empty", "{vault_type:?}");
    }
}

#[test]
fn a_check_asks_whether_the_key_is_there_and_opens_nothing() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::DeviceSecurity);
    assert_eq!(desk.run(program.vault.check_key()).map_err(name), Ok(()), "there is no key yet");
    assert_eq!(desk.person.prompts_shown(), 0);
    let program = desk.filled(VaultType::DeviceSecurity);
    desk.run(program.vault.lock()).unwrap();
    let (stored, prompts) = (desk.stored(), desk.person.prompts_shown());
    assert_eq!(desk.run(program.vault.check_key()).map_err(name), Ok(()));
    assert_eq!(desk.person.prompts_shown(), prompts + 1);
    assert!(desk.run(program.vault.is_locked()).unwrap());
    desk.person.answer_with(Answer::Dismissed);
    assert_eq!(desk.run(program.vault.check_key()).map_err(name), Err("dismissed"));
    desk.person.answer_with(Answer::Truthfully);
    desk.person.lose_keys();
    assert_eq!(desk.run(program.vault.check_key()).map_err(name), Err("lost"));
    assert_eq!(desk.stored(), stored, "nothing is written");
}

fn name(error: Error) -> &'static str {
    match error {
        Error::Dismissed => "dismissed",
        Error::KeyLost { .. } => "lost",
        _ => "another error",
    }
}

#[test]
fn a_locked_vault_says_whether_its_key_was_seen() {
    for vault_type in [VaultType::DeviceSecurity, VaultType::CustomPasscode] {
        let desk = Desk::new();
        let program = desk.filled(vault_type);
        desk.run(program.vault.lock()).unwrap();
        let health = desk.health(&program);
        assert!(matches!(health.condition, Condition::Locked { key_seen: true }), "{health:?}");
        assert_eq!(health.next_step(), NextStep::Unlock);
        desk.person.say_nothing_unasked();
        desk.device.say_nothing_unasked();
        let health = desk.health(&program);
        assert!(matches!(health.condition, Condition::Locked { key_seen: false }), "{health:?}");
        desk.run(program.vault.unlock()).unwrap();
        assert_eq!(desk.condition(&program), "intact");
    }
}

#[test]
fn a_vault_that_asks_nobody_is_verified_without_being_opened() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::SecureStorage));
    let (program, initialized) = again(&desk, VaultType::SecureStorage);
    initialized.unwrap();
    assert_eq!(desk.condition(&program), "intact");
    // The last byte of the content, which no checksum covers but the seal does.
    desk.damage(|bytes| {
        let slots = bytes.windows(2).rposition(|at| at == [0x81, 0x83]).unwrap();
        bytes[slots - 1] ^= 1;
    });
    let health = desk.health(&program);
    assert!(matches!(health.condition, Condition::Damaged { what: "its seal" }), "{health:?}");
    assert_eq!(health.next_step(), NextStep::RestoreCopy);
    let read = desk.run(program.vault.get::<String>("token"));
    assert!(matches!(read, Err(Error::Damaged { .. })), "{read:?}");
}

#[test]
fn a_key_that_is_lost_and_one_that_is_out_of_reach_are_told_apart() {
    for vault_type in
        [VaultType::SecureStorage, VaultType::DeviceSecurity, VaultType::CustomPasscode]
    {
        let desk = Desk::new();
        drop(desk.filled(vault_type));
        let (program, initialized) = again(&desk, vault_type);
        initialized.unwrap();
        let device =
            if vault_type == VaultType::DeviceSecurity { &desk.person } else { &desk.device };
        for (answer, obstacle) in [
            (Answer::Unavailable, "locked"),
            (Answer::LockedOut, "locked-out"),
            (
                Answer::Unsupported,
                if vault_type == VaultType::DeviceSecurity {
                    "no-verification"
                } else {
                    "no-key-store"
                },
            ),
        ] {
            device.answer_with(answer);
            let health = desk.health(&program);
            let Condition::KeyUnavailable { obstacle: found, .. } = &health.condition else {
                panic!("{vault_type:?} {answer:?}: {health:?}");
            };
            assert_eq!(found.as_ref().map(Obstacle::name), Some(obstacle));
            assert_ne!(health.next_step(), NextStep::BringBackKey);
        }
        device.answer_with(Answer::Truthfully);
        let keys = device.copy_keys();
        device.lose_keys();
        let health = desk.health(&program);
        assert!(matches!(health.condition, Condition::KeyLost { .. }), "{health:?}");
        assert_eq!(health.next_step(), NextStep::BringBackKey);
        let read = desk.run(program.vault.get::<String>("token"));
        assert!(matches!(read, Err(Error::KeyLost { .. })), "{read:?}");
        device.put_keys_back(&keys);
        let value = desk.run(program.vault.get::<String>("token")).unwrap();
        assert_eq!(value.as_deref(), Some("abc"));
    }
}

#[test]
fn bytes_that_cannot_be_read_are_told_apart() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::SecureStorage));
    let sealed = desk.stored().unwrap();
    desk.put(Some(&sealed[..sealed.len() / 2]));
    let (program, initialized) = again(&desk, VaultType::SecureStorage);
    assert!(matches!(initialized, Err(Error::Damaged { .. })));
    assert_eq!(desk.condition(&program), "damaged");

    desk.put(Some(&support::vector("version-3")));
    let health = desk.health(&program);
    assert!(matches!(health.condition, Condition::TooNew { version: 3 }), "{health:?}");
    assert_eq!(health.next_step(), NextStep::UpdateProgram);

    desk.put(Some(&sealed));
    assert_eq!(desk.condition(&program), "intact");

    let script = Script::new();
    let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
    desk.run(program.vault.initialize(config(VaultType::SecureStorage))).unwrap();
    script.fail_at(1, Fault::CrashBefore);
    let health = desk.health(&program);
    assert!(matches!(health.condition, Condition::StoreFailed(_)), "{health:?}");
    assert_eq!(health.next_step(), NextStep::MendPlace);
}

#[test]
fn a_vault_whose_initialisation_was_refused_still_says_how_it_is() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::SecureStorage));
    desk.put(None);
    let (program, initialized) = again(&desk, VaultType::SecureStorage);
    assert!(matches!(initialized, Err(Error::Vanished)), "{initialized:?}");
    let health = desk.health(&program);
    assert!(matches!(health.condition, Condition::Vanished), "{health:?}");
    assert_eq!(health.next_step(), NextStep::FindBytes);
}

#[test]
fn health_waits_for_nobody() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::DeviceSecurity));
    let program = desk.start();
    let mut early = program.vault.health();
    assert!(desk.peek(&mut early).is_none(), "nobody has said which vault");
    desk.run(program.vault.initialize(config(VaultType::DeviceSecurity))).unwrap();
    assert_eq!(desk.run(early).unwrap().condition.name(), "locked");

    desk.person.answer_with(Answer::Held);
    let mut read = program.vault.get::<String>("token");
    assert!(desk.peek(&mut read).is_none());
    assert_eq!(desk.person.prompts_open(), 1);
    assert_eq!(desk.condition(&program), "locked", "while somebody is being asked");
    desk.person.answer_with(Answer::Truthfully);
    assert_eq!(desk.run(read).unwrap().as_deref(), Some("abc"));
}

#[test]
fn a_look_does_not_outlive_the_program() {
    let desk = Desk::new();
    let (vault, health) = {
        let program = desk.filled(VaultType::SecureStorage);
        let health = program.vault.health();
        (program.vault.clone(), health)
    };
    assert!(matches!(desk.run(health), Err(Error::Stopped)));
    assert!(matches!(desk.run(vault.health()), Err(Error::Stopped)));
}

#[test]
fn the_last_handle_may_go_while_its_look_is_under_way() {
    let desk = Desk::new();
    let (vault, driver) = Vault::new(keyward::Platform {
        clock: std::sync::Arc::new(desk.clock.clone()),
        stores: Rc::new(MemoryStores::new()),
        protectors: Vec::new(),
        registry: None,
        hashing: Rc::new(desk.hashing.clone()),
        argon2: keyward::Argon2Costs::MINIMUM,
    });
    let initialized = vault.initialize(config(VaultType::CustomPasscode));
    let health = vault.health();
    drop(vault);
    desk.run(driver.run());
    desk.run(initialized).unwrap();
    let health = desk.run(health).unwrap();
    assert_eq!(health.condition.name(), "empty");
    assert!(matches!(health.registry, RegistryState::Absent));
}

#[test]
fn a_key_store_that_would_ask_is_not_asked() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::SecureStorage));
    let (program, initialized) = again(&desk, VaultType::SecureStorage);
    initialized.unwrap();
    desk.device.prompt_on(&[Operation::Release]);
    let health = desk.health(&program);
    assert!(matches!(health.condition, Condition::Locked { key_seen: true }), "{health:?}");
}

#[test]
fn capabilities_are_what_enrolling_would_do() {
    let desk = Desk::new();
    let program = desk.start();
    let all = desk.run(program.vault.capabilities()).unwrap();
    assert_eq!(all.all().filter(|(.., it)| matches!(it, Capability::Available)).count(), 6);

    desk.device.answer_with(Answer::Unavailable);
    desk.person.answer_with(Answer::LockedOut);
    let all = desk.run(program.vault.capabilities()).unwrap();
    let why = |vault_type, wanted| all.of(vault_type, wanted).obstacle().map(Obstacle::name);
    assert_eq!(why(VaultType::SecureStorage, DeviceSecurity::None), Some("locked"));
    assert_eq!(why(VaultType::CustomPasscode, DeviceSecurity::None), Some("locked"));
    assert_eq!(why(VaultType::DeviceSecurity, DeviceSecurity::Both), Some("locked-out"));
    assert_eq!(why(VaultType::InMemory, DeviceSecurity::None), None);
    // As they say, so it is.
    desk.run(program.vault.initialize(config(VaultType::CustomPasscode))).unwrap();
    desk.run(program.vault.set_passcode(passcode("1234"))).unwrap();
    let set = desk.run(program.vault.set("token", "abc"));
    assert!(matches!(set, Err(Error::Unavailable { .. })), "{set:?}");

    desk.device.answer_with(Answer::Unsupported);
    let all = desk.run(program.vault.capabilities()).unwrap();
    assert_eq!(all.secure_storage.obstacle().map(Obstacle::name), Some("no-key-store"));
    assert!(matches!(all.custom_passcode, Capability::Available));
    desk.run(program.vault.set_passcode(passcode("1234"))).unwrap();
    desk.run(program.vault.set("token", "abc")).unwrap();

    desk.person.answer_with(Answer::Held);
    let all = desk.run(program.vault.capabilities()).unwrap();
    assert!(matches!(all.both, Capability::CannotTell));

    let bare = Desk::without_protectors();
    let program = bare.start();
    let all = bare.run(program.vault.capabilities()).unwrap();
    assert_eq!(all.secure_storage.obstacle().map(Obstacle::name), Some("no-key-store"));
    assert_eq!(all.biometrics.obstacle().map(Obstacle::name), Some("no-verification"));
    assert!(matches!(all.custom_passcode, Capability::Available));
}

#[test]
fn a_vault_without_entries_says_when_its_key_is_lost_or_out_of_reach() {
    for vault_type in
        [VaultType::SecureStorage, VaultType::DeviceSecurity, VaultType::CustomPasscode]
    {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        program.answers_with("1234");
        desk.run(program.vault.enroll()).unwrap();
        drop(program);
        let (program, initialized) = again(&desk, vault_type);
        initialized.unwrap();
        assert_eq!(desk.condition(&program), "empty", "{vault_type:?}");
        let device =
            if vault_type == VaultType::DeviceSecurity { &desk.person } else { &desk.device };
        device.answer_with(Answer::Unavailable);
        assert_eq!(desk.condition(&program), "key-unavailable", "{vault_type:?}");
        let read = desk.run(program.vault.get::<String>("token"));
        assert!(matches!(read, Err(Error::Unavailable { .. })), "{read:?}");
        device.answer_with(Answer::Truthfully);
        device.lose_keys();
        assert_eq!(desk.condition(&program), "key-lost", "{vault_type:?}");
        let read = desk.run(program.vault.get::<String>("token"));
        assert!(matches!(read, Err(Error::KeyLost { .. })), "{read:?}");
    }
}

/// A store that has lost the keys of all slots but one, of which it cannot say.
struct LocksOne(u8);

#[async_trait(?Send)]
impl Protector for LocksOne {
    fn role(&self) -> Role {
        Role::DeviceStore
    }

    fn provider(&self) -> &'static str {
        "secret-service"
    }

    fn assurance(&self) -> Assurance {
        Assurance::NONE
    }

    async fn enroll(&self, _: &Request<'_>) -> Result<Enrolled, ProtectorError> {
        Err(ProtectorError::Unavailable(Cause::new("it is not for writing")))
    }

    async fn release(&self, _: &Request<'_>, handle: &[u8]) -> Result<Key, ProtectorError> {
        Err(if handle == [self.0] {
            ProtectorError::Unavailable(Cause::new("locked"))
        } else {
            ProtectorError::Lost
        })
    }

    async fn probe(&self, request: &Request<'_>, handle: &[u8]) -> Result<Probe, ProtectorError> {
        self.release(request, handle).await.map(Probe::Released)
    }

    async fn forget(&self, _: &Request<'_>, _: &[u8]) -> Result<(), ProtectorError> {
        Ok(())
    }
}

/// A lost key is final, and apps clear for it: it is told only when waiting is of no use.
#[test]
fn of_several_keys_one_that_is_out_of_reach_comes_before_those_that_are_lost() {
    let sixteen = support::vector("opens-sixteen-slots");
    for locked in [0, 7, 15] {
        let desk = Desk::with_protector(LocksOne(locked));
        desk.put(Some(&sixteen));
        let (program, initialized) = again(&desk, VaultType::SecureStorage);
        initialized.unwrap();
        assert_eq!(desk.condition(&program), "key-unavailable", "slot {locked}");
        let read = desk.run(program.vault.get::<String>("session"));
        assert!(matches!(read, Err(Error::Unavailable { .. })), "slot {locked}: {read:?}");
        let checked = desk.run(program.vault.check_key());
        assert!(matches!(checked, Err(Error::Unavailable { .. })), "slot {locked}: {checked:?}");
    }
    let desk = Desk::with_protector(LocksOne(16));
    desk.put(Some(&sixteen));
    let (program, initialized) = again(&desk, VaultType::SecureStorage);
    initialized.unwrap();
    assert_eq!(desk.condition(&program), "key-lost");
    let read = desk.run(program.vault.get::<String>("session"));
    assert!(matches!(read, Err(Error::KeyLost { .. })), "{read:?}");
}

/// What an app goes on with after a lost key is not what protects the bytes that are still there.
#[test]
fn what_is_stored_keeps_its_assurance_until_it_is_cleared() {
    let desk = Desk::new();
    drop(desk.filled(VaultType::SecureStorage));
    let (program, initialized) = again(&desk, VaultType::SecureStorage);
    initialized.unwrap();
    let stored = desk.run(program.vault.assurance()).unwrap();
    desk.device.lose_keys();
    desk.run(program.vault.update_config(config(VaultType::InMemory))).unwrap();
    assert_eq!(desk.run(program.vault.assurance()).unwrap(), stored);
    desk.run(program.vault.clear()).unwrap();
    let in_memory = desk.run(program.vault.assurance()).unwrap();
    assert!(!in_memory.persistent && in_memory.stolen_disk == Theft::Sealed, "{in_memory:?}");
}
