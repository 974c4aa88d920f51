//! `SecretService` where nobody answers, or where a service answers what real ones never would.
#![cfg(target_os = "linux")]

mod common;
mod peers;

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Vault, assert_lost, assert_unavailable, assert_unsupported, nobody_there};
use futures_executor::block_on;
use keyward::{Protector, ProtectorError, Role, Theft};
use keyward_conformance::protector::{self, Forgotten, Subject};
use keyward_platform::{SecretService, State, Timeouts};
use peers::Bus;
use peers::fake_service::{FakeItem, FakeService, Person};

fn service(bus: &Bus) -> SecretService {
    SecretService::on_bus(bus.address()).with_timeouts(nobody_there())
}

/// Timeouts with which every prompt that is closed was closed by a person.
fn somebody_there() -> Timeouts {
    Timeouts { unseen: Duration::ZERO, ..nobody_there() }
}

#[test]
fn says_what_it_promises() {
    let service = SecretService::on_bus("unix:path=/nowhere");
    assert_eq!((service.role(), service.provider()), (Role::DeviceStore, "secret-service"));
    let assurance = service.assurance();
    assert!(!assurance.hardware_bound && !assurance.user_verified && assurance.persistent);
    assert_eq!(assurance.stolen_file, Theft::Sealed);
    assert_eq!(assurance.stolen_disk, Theft::Guessable);
}

#[test]
fn a_bus_without_a_service() {
    let bus = Bus::start();
    let vault = Vault::new();
    assert_unsupported(vault.enroll(&service(&bus)));
    assert_unavailable(vault.release(&service(&bus), b""));
    assert_unavailable(vault.forget(&service(&bus)));
    assert_eq!(block_on(service(&bus).state()), State::NoService);
}

/// A bus that is named and not there has failed, which is another thing than having none.
#[test]
fn a_named_bus_that_is_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = format!("unix:path={}/bus", folder.path().display());
    for address in [&gone[..], "nonsense", "", "unix:", "tcp:host=127.0.0.1,port=1"] {
        let service = SecretService::on_bus(address).with_timeouts(nobody_there());
        let vault = Vault::new();
        assert_unavailable(vault.enroll(&service));
        assert_unavailable(vault.release(&service, b""));
        assert_eq!(block_on(service.state()), State::Unreachable);
    }
}

const CHILD: &str = "KEYWARD_TEST_ENVIRONMENT_HAS";

/// What the environment says is process-wide, so that each case needs a process.
#[test]
fn what_the_environment_says() {
    let bus = Bus::start();
    let _fake = FakeService::start(&bus);
    let empty = tempfile::tempdir().expect("a folder");
    let bare = || {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "looks_into_its_environment"]).stdout(Stdio::piped());
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("XDG_RUNTIME_DIR", empty.path());
        command
    };
    let passes = |command: &mut Command, what: &str| {
        let output = command.env(CHILD, what).output().expect("starts");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "with {what}:\n{text}");
    };
    passes(&mut bare(), "no bus");
    passes(bare().env("DBUS_SESSION_BUS_ADDRESS", ""), "no bus");
    passes(bare().env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus"), "a dead bus");
    passes(bare().env("DBUS_SESSION_BUS_ADDRESS", bus.address()), "a bus");
    passes(bare().env("XDG_RUNTIME_DIR", bus.root()), "a bus");
}

/// The other half of the test above. By itself it does nothing.
#[test]
fn looks_into_its_environment() {
    let Ok(environment) = std::env::var(CHILD) else {
        return;
    };
    let service = SecretService::new();
    let vault = Vault::new();
    match &environment[..] {
        "no bus" => {
            assert_unsupported(vault.enroll(&service));
            assert_unavailable(vault.release(&service, b""));
            assert_eq!(block_on(service.state()), State::NoService);
        }
        "a dead bus" => {
            assert_unavailable(vault.enroll(&service));
            assert_unavailable(vault.release(&service, b""));
            assert_eq!(block_on(service.state()), State::Unreachable);
        }
        "a bus" => {
            vault.enroll(&service).expect("enrolls");
            assert_eq!(block_on(service.state()), State::Ready);
        }
        other => panic!("no such case: {other}"),
    }
}

#[test]
fn a_service_without_encryption_passes_the_suite() {
    let bus = Bus::start();
    // The fake has room for few items, so the suite's functions run one by one.
    let open = || -> Box<dyn Protector> { Box::new(service(&bus)) };
    let subject = Subject { open: &open, forgotten: Forgotten::Lost };
    {
        let _fake = FakeService::start(&bus);
        block_on(protector::release_returns_what_was_enrolled(&subject));
        block_on(protector::enrolling_twice_at_once_returns_the_same_material(&subject));
        block_on(protector::an_unknown_vault_is_lost(&subject));
    }
    let _fake = FakeService::start(&bus);
    block_on(protector::what_is_forgotten_is_lost(&subject));
    block_on(protector::forgetting_what_is_absent_succeeds(&subject));
}

#[test]
fn a_prompt_that_is_answered_unlocks() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    let vault = Vault::new();
    fake.script().locked = true;
    let enrolled = vault.enroll(&service(&bus)).expect("unlocks, then enrolls");
    assert_eq!(fake.script().prompts_shown, 1);
    vault.assert_releases(&service(&bus), &enrolled);
    fake.script().locked = true;
    vault.assert_releases(&service(&bus), &enrolled);
    assert_eq!(fake.script().prompts_shown, 2);
    assert_eq!(fake.script().written_while_locked, 0);
}

#[test]
fn a_prompt_that_a_person_closes_is_dismissed() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&service(&bus)).expect("enrolls");
    fake.script().locked = true;
    fake.script().person = Person::Dismisses;

    let seen = service(&bus).with_timeouts(somebody_there());
    let dismissed = |answer| matches!(answer, Err(ProtectorError::Dismissed));
    assert!(dismissed(vault.release(&seen, &enrolled.handle).map(drop)));
    assert!(dismissed(vault.enroll(&seen).map(drop)));
    assert!(dismissed(Vault::new().enroll(&seen).map(drop)));
    assert_eq!(fake.script().prompts_shown, 3, "one prompt for each operation");

    // The same answer, sooner than any person could give it.
    assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
    // Clearing a vault asks nobody.
    let shown = fake.script().prompts_shown;
    assert_unavailable(vault.forget(&seen));
    assert_eq!(fake.script().prompts_shown, shown);
    assert_eq!(fake.script().written_while_locked, 0);
}

#[test]
fn a_prompt_that_nobody_answers_is_closed_and_unavailable() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&service(&bus)).expect("enrolls");
    fake.script().locked = true;
    fake.script().person = Person::IsAbsent;
    assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
    assert_eq!(fake.script().prompts_closed, 1);
    assert_unavailable(vault.enroll(&service(&bus)));
    assert_eq!(fake.script().prompts_closed, 2);
}

#[test]
fn a_service_that_dies_during_a_prompt_is_unavailable_at_once() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&service(&bus)).expect("enrolls");
    fake.script().locked = true;
    fake.script().person = Person::IsAbsent;
    let mut patient = nobody_there();
    patient.prompt = Duration::from_secs(3600);
    let patient = service(&bus).with_timeouts(patient);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| assert_unavailable(vault.release(&patient, &enrolled.handle)));
        peers::eventually("the prompt is shown", || fake.script().prompts_shown == 1);
        drop(fake);
        waiting.join().expect("answers, and does not wait an hour");
    });
}

#[test]
fn a_collection_that_locks_during_the_search_says_nothing() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    let vault = Vault::new();
    assert_lost(vault.release(&service(&bus), b""));
    fake.script().next_locked = [false, true].into();
    assert_unavailable(vault.release(&service(&bus), b""));
    assert!(fake.script().next_locked.is_empty(), "the lock was not read again");
}

#[test]
fn a_collection_that_locks_before_the_writing_is_not_written_to() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    // Open, for the default collection; for the search, before and after; then not any more.
    fake.script().next_locked = [false, false, false, true].into();
    assert_unavailable(Vault::new().enroll(&service(&bus)));
    assert!(fake.script().items.iter().all(Option::is_none));
}

#[test]
fn without_a_default_collection_one_is_made_when_enrolling() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&service(&bus)).expect("enrolls");

    fake.script().default = false;
    assert_eq!(block_on(service(&bus).state()), State::NoCollection);
    vault.assert_releases(&service(&bus), &enrolled);
    assert_unavailable(Vault::new().release(&service(&bus), b""));
    fake.script().listed = false;
    assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
    assert_unavailable(vault.forget(&service(&bus)));

    fake.script().person = Person::Dismisses;
    let seen = service(&bus).with_timeouts(somebody_there());
    assert!(matches!(vault.enroll(&seen), Err(ProtectorError::Dismissed)));
    fake.script().person = Person::Agrees;
    let again = vault.enroll(&service(&bus)).expect("makes the collection, and finds the key");
    assert_eq!(again.material.expose(), enrolled.material.expose());
}

#[test]
fn an_item_of_another_program_is_never_read_or_deleted() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    let foreign = FakeItem {
        attributes: HashMap::from([("application".to_owned(), "another".to_owned())]),
        secret: vec![b'x'; 32],
        locked: false,
    };
    fake.script().items[0] = Some(foreign);
    fake.script().searches_loosely = true;
    let vault = Vault::new();
    assert_unavailable(vault.release(&service(&bus), b""));
    assert_unavailable(vault.enroll(&service(&bus)));
    assert_unavailable(vault.forget(&service(&bus)));
    assert!(fake.script().items[0].is_some());
}

#[test]
fn an_item_of_a_later_version_is_left_alone() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&service(&bus)).expect("enrolls");
    let version = |version: &str| {
        let mut script = fake.script();
        let item = script.items[0].as_mut().expect("was made");
        item.attributes.insert("version".to_owned(), version.to_owned());
    };
    version("2");
    assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
    assert_unavailable(vault.enroll(&service(&bus)));
    assert_unavailable(vault.forget(&service(&bus)));
    assert!(fake.script().items[0].is_some());
    version("1");
    vault.assert_releases(&service(&bus), &enrolled);
}

#[test]
fn an_item_with_a_lock_of_its_own_is_unlocked() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&service(&bus)).expect("enrolls");
    fake.script().items[0].as_mut().expect("was made").locked = true;
    vault.assert_releases(&service(&bus), &enrolled);
    assert_eq!(fake.script().prompts_shown, 1);
}

#[test]
fn what_does_not_read_back_is_not_handed_out() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    fake.script().corrupts = true;
    assert_unavailable(Vault::new().enroll(&service(&bus)));
}

/// A wrong length is not a key, and what a service sends is never repeated.
#[test]
fn nonsense_is_unavailable_and_not_printed() {
    let bus = Bus::start();
    let fake = FakeService::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&service(&bus)).expect("enrolls");
    let secret = |secret: &[u8]| {
        fake.script().items[0].as_mut().expect("was made").secret = secret.to_vec();
    };
    let good = enrolled.material.expose().to_vec();
    for nonsense in [&b""[..], &good[..31], &[&good[..], b"x"].concat(), &[b'x'; 1 << 20]] {
        secret(nonsense);
        let printed = assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
        assert!(printed.len() < 2000 && !printed.contains("xxxx"), "{printed}");
        assert_unavailable(vault.enroll(&service(&bus)));
    }
    secret(&good);
    fake.script().babbles = true;
    vault.assert_releases(&service(&bus), &enrolled);
    assert!(fake.script().items[0].is_some());
}
