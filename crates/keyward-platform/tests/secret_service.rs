//! `SecretService` against gnome-keyring and KeePassXC as they really are.
#![cfg(target_os = "linux")]

mod common;
mod peers;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::thread;

use common::{Vault, assert_lost, assert_unavailable, assert_unsupported, nobody_there};
use futures_executor::block_on;
use keyward::{Protector, VaultId};
use keyward_conformance::protector::{self, Forgotten, Subject, assert_shows_no_secret};
use keyward_platform::{SecretService, State};
use peers::gnome_keyring::{self, GnomeKeyring};
use peers::keepassxc::KeePassXc;
use peers::{Bus, Peer, Process, again_if_a_peer_crashes, eventually};
use zbus::blocking::Proxy;
use zbus::zvariant::OwnedObjectPath;

/// Runs one scenario with each of the two services.
fn with_each(scenario: impl Fn(&Bus, &mut dyn Peer)) {
    let bus = Bus::start();
    scenario(&bus, &mut GnomeKeyring::start(&bus));
    again_if_a_peer_crashes(|| {
        let bus = Bus::start();
        scenario(&bus, &mut KeePassXc::start(&bus));
    });
}

/// The helper that the tests go through, by a process that crashes as KeePassXC does.
#[test]
fn a_test_runs_again_if_a_peer_has_crashed_and_for_no_other_reason() {
    let fails_once_if = |peer: &str| {
        let runs = Cell::new(0);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            again_if_a_peer_crashes(|| {
                runs.set(runs.get() + 1);
                let mut peer = Process::spawn(Command::new("sh").args(["-c", peer]));
                eventually("it has ended", || peer.has_ended());
                assert!(runs.get() > 1, "as a test fails whose peer is gone");
            });
        }));
        (ended.is_ok(), runs.get())
    };
    assert_eq!(fails_once_if("kill -SEGV $$"), (true, 2));
    assert_eq!(fails_once_if("exit 1"), (false, 1));
    assert_eq!(fails_once_if("kill -KILL $$"), (false, 1), "that is what tests do to a peer");
}

fn service(bus: &Bus) -> SecretService {
    SecretService::on_bus(bus.address()).with_timeouts(nobody_there())
}

fn state(bus: &Bus) -> State {
    block_on(service(bus).state())
}

/// The attributes that find a vault's item, as `secret-tool` takes them.
fn search_words(vault: &Vault) -> [String; 4] {
    ["application".into(), "keyward".into(), "vault-id".into(), vault.id.to_string()]
}

/// How many items of the vault another client finds.
fn count_items(bus: &Bus, vault: &Vault) -> usize {
    let words = search_words(vault);
    let mut arguments = vec!["search", "--all"];
    arguments.extend(words.iter().map(String::as_str));
    let found = bus.secret_tool(&arguments, "").stdout;
    String::from_utf8_lossy(&found).matches("label = Keyward vault test tokens (key)").count()
}

/// Deletes the vault's items as another client.
fn clear_items(bus: &Bus, vault: &Vault) {
    let words = search_words(vault);
    let mut arguments = vec!["clear"];
    arguments.extend(words.iter().map(String::as_str));
    assert!(bus.secret_tool(&arguments, "").status.success(), "another client deletes the item");
}

#[test]
fn unlocked_it_passes_the_suite() {
    with_each(|bus, _peer| {
        let open = || -> Box<dyn Protector> { Box::new(SecretService::on_bus(bus.address())) };
        block_on(protector::all(&Subject { open: &open, forgotten: Forgotten::Lost }));
        assert_eq!(state(bus), State::Ready);
    });
}

#[test]
fn locked_it_is_unavailable_and_nothing_is_lost() {
    with_each(|bus, peer| {
        let (vault, other) = (Vault::new(), Vault::new());
        let enrolled = vault.enroll(&service(bus)).expect("enrolls");

        peer.lock();
        assert_eq!(state(bus), State::Locked);
        let printed = assert_unavailable(vault.release(&service(bus), &enrolled.handle));
        assert_shows_no_secret(&printed, &enrolled.material);
        assert_unavailable(vault.enroll(&service(bus)));
        assert_unavailable(other.enroll(&service(bus)));
        assert_unavailable(other.release(&service(bus), b""));
        assert_unavailable(vault.forget(&service(bus)));

        peer.unlock();
        assert_eq!(state(bus), State::Ready);
        vault.assert_releases(&service(bus), &enrolled);
        assert_lost(other.release(&service(bus), b""));
    });
}

/// With a locked collection KeePassXC finds no item that exists, and gnome-keyring does find it.
/// When one of them changes its mind, this page's comments are out of date.
#[test]
fn locked_one_says_absent_and_the_other_does_not() {
    let finds = |bus: &Bus, collection: &str, vault: &Vault| {
        let connection = bus.connect();
        let interface = "org.freedesktop.Secret.Collection";
        let [application, keyward, vault_id, id] = search_words(vault);
        let wanted = std::collections::HashMap::from([(application, keyward), (vault_id, id)]);
        let found: Vec<OwnedObjectPath> =
            Proxy::new(&connection, "org.freedesktop.secrets", collection, interface)
                .and_then(|proxy| proxy.call("SearchItems", &(wanted,)))
                .expect("answers");
        found.len()
    };
    let bus = Bus::start();
    let mut gnome = GnomeKeyring::start(&bus);
    let vault = Vault::new();
    vault.enroll(&service(&bus)).expect("enrolls");
    gnome.lock();
    assert_eq!(finds(&bus, gnome.collection(), &vault), 1);

    again_if_a_peer_crashes(|| {
        let bus = Bus::start();
        let mut keepassxc = KeePassXc::start(&bus);
        vault.enroll(&service(&bus)).expect("enrolls");
        assert_eq!(finds(&bus, keepassxc.collection(), &vault), 1);
        keepassxc.lock();
        assert_eq!(finds(&bus, keepassxc.collection(), &vault), 0);
    });
}

#[test]
fn killed_it_is_unavailable_and_nothing_is_lost() {
    with_each(|bus, peer| {
        let vault = Vault::new();
        let enrolled = vault.enroll(&service(bus)).expect("enrolls");

        peer.wait_until_saved();
        peer.kill();
        assert_eq!(state(bus), State::NoService);
        assert_unavailable(vault.release(&service(bus), &enrolled.handle));
        assert_unavailable(vault.forget(&service(bus)));
        assert_unsupported(vault.enroll(&service(bus)));

        peer.restart();
        assert_unavailable(vault.release(&service(bus), &enrolled.handle));
        peer.unlock();
        vault.assert_releases(&service(bus), &enrolled);
        let again = vault.enroll(&service(bus)).expect("enrolls again");
        assert_eq!(again.material.expose(), enrolled.material.expose());
    });
}

/// On a usual desktop the bus starts gnome-keyring again, locked.
#[test]
fn killed_and_started_by_the_bus_it_is_locked() {
    let bus = Bus::start_with_activation();
    let mut gnome = GnomeKeyring::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&service(&bus)).expect("enrolls");

    gnome.kill();
    let printed = assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
    assert!(printed.contains("locked"), "{printed}");
    let connection = bus.connect();
    let started = peers::service_owner(&connection).expect("the bus has started it");
    gnome_keyring::unlock(&connection, gnome.collection());
    vault.assert_releases(&service(&bus), &enrolled);

    let pid = i32::try_from(started).ok().and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(pid.expect("an identity"), rustix::process::Signal::KILL)
        .expect("the bus of this test has started it");
}

#[test]
fn without_the_item_the_key_is_lost() {
    with_each(|bus, peer| {
        let (vault, other) = (Vault::new(), Vault::new());
        let enrolled = vault.enroll(&service(bus)).expect("enrolls");
        let bystander = other.enroll(&service(bus)).expect("enrolls");
        assert_eq!(count_items(bus, &vault), 1);

        clear_items(bus, &vault);
        assert_lost(vault.release(&service(bus), &enrolled.handle));
        other.assert_releases(&service(bus), &bystander);

        // Locked, it cannot say so any more.
        peer.lock();
        assert_unavailable(vault.release(&service(bus), &enrolled.handle));
        peer.unlock();
        assert_lost(vault.release(&service(bus), &enrolled.handle));

        // A new key for the same vault is not the key that the old slot needs.
        let renewed = vault.enroll(&service(bus)).expect("enrolls");
        assert_ne!(renewed.material.expose(), enrolled.material.expose());
        assert_lost(vault.release(&service(bus), &enrolled.handle));
        vault.assert_releases(&service(bus), &renewed);
    });
}

#[test]
fn an_item_of_another_length_is_neither_used_nor_touched() {
    with_each(|bus, _peer| {
        let vault = Vault::new();
        let mut store = vec!["store".to_owned(), "--label=not a key".to_owned()];
        store.extend(search_words(&vault));
        store.extend(["version".to_owned(), "1".to_owned()]);
        let store: Vec<&str> = store.iter().map(String::as_str).collect();
        assert!(bus.secret_tool(&store, "short and telling").status.success());

        for printed in [
            assert_unavailable(vault.release(&service(bus), b"")),
            assert_unavailable(vault.enroll(&service(bus))),
        ] {
            assert!(!printed.contains("telling"), "the secret is printed");
        }
        let words = search_words(&vault);
        let mut lookup = vec!["lookup"];
        lookup.extend(words.iter().map(String::as_str));
        assert_eq!(bus.secret_tool(&lookup, "").stdout, b"short and telling");
    });
}

#[test]
fn frozen_it_is_unavailable_and_then_goes_on() {
    with_each(|bus, peer| {
        let vault = Vault::new();
        let enrolled = vault.enroll(&service(bus)).expect("enrolls");
        let mut impatient = nobody_there();
        impatient.call = std::time::Duration::from_millis(300);
        let hasty = service(bus).with_timeouts(impatient);

        peer.freeze(true);
        assert_unavailable(vault.release(&hasty, &enrolled.handle));
        assert_unavailable(vault.enroll(&hasty));
        assert_unavailable(vault.forget(&hasty));
        assert_eq!(block_on(hasty.state()), State::Unreachable);
        peer.freeze(false);
        vault.assert_releases(&service(bus), &enrolled);

        bus.freeze(true);
        assert_unavailable(vault.release(&hasty, &enrolled.handle));
        assert_unavailable(vault.enroll(&hasty));
        assert_eq!(block_on(hasty.state()), State::Unreachable);
        bus.freeze(false);
        vault.assert_releases(&service(bus), &enrolled);
    });
}

#[test]
fn programs_that_enroll_at_once_get_one_key() {
    with_each(|bus, _peer| {
        for _ in 0..3 {
            let vault = Vault::new();
            let children: Vec<_> = (0..2).map(|_| spawn_enrolling(bus, &vault)).collect();
            let mut keys: Vec<Vec<u8>> = thread::scope(|scope| {
                let threads: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            let service = SecretService::on_bus(bus.address());
                            let enrolled = vault.enroll(&service).expect("enrolls");
                            vault.assert_releases(&service, &enrolled);
                            enrolled.material.expose().to_vec()
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
            });
            for child in children {
                let output = child.wait_with_output().expect("ends");
                let text = String::from_utf8(output.stdout).expect("is text");
                let hex = text.split("key=").nth(1).expect("a key").get(..64).expect("32 bytes");
                let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
                keys.push((0..64).step_by(2).map(byte).collect());
            }
            assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "different keys");
            assert_eq!(count_items(bus, &vault), 1);
        }
    });
}

const ENROLL_ON: &str = "KEYWARD_TEST_ENROLL_ON";
const ENROLL_VAULT: &str = "KEYWARD_TEST_ENROLL_VAULT";

fn spawn_enrolling(bus: &Bus, vault: &Vault) -> std::process::Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "enrolls_as_a_process_of_its_own", "--nocapture"])
        .env(ENROLL_ON, bus.address())
        .env(ENROLL_VAULT, vault.id.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts")
}

/// The other half of the test above. By itself it does nothing.
#[test]
#[allow(clippy::print_stdout)]
fn enrolls_as_a_process_of_its_own() {
    let (Ok(address), Ok(vault)) = (std::env::var(ENROLL_ON), std::env::var(ENROLL_VAULT)) else {
        return;
    };
    let id = u128::from_str_radix(&vault, 16).expect("hexadecimal");
    let vault = Vault::with_id(VaultId(id.to_be_bytes()));
    let enrolled = vault.enroll(&SecretService::on_bus(address)).expect("enrolls");
    let key: String = enrolled.material.expose().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("key={key}");
}

#[test]
fn an_item_in_another_collection_than_the_default_is_found() {
    let bus = Bus::start();
    let gnome = GnomeKeyring::start(&bus);
    let connection = bus.connect();
    let vault = Vault::new();
    let enrolled = vault.enroll(&service(&bus)).expect("enrolls");

    let other = gnome.change_default();
    vault.assert_releases(&service(&bus), &enrolled);
    let again = vault.enroll(&service(&bus)).expect("enrolls again");
    assert_eq!(again.material.expose(), enrolled.material.expose());

    // The collection that has the key is locked, and the default one is not.
    gnome_keyring::lock(&connection, gnome.collection());
    assert_eq!(state(&bus), State::Ready);
    assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
    // So is one that might have it.
    assert_unavailable(vault.release(&service(&bus), b""));
    gnome_keyring::unlock(&connection, gnome.collection());
    vault.assert_releases(&service(&bus), &enrolled);

    // The default one is locked, and the key is elsewhere: nobody needs to be asked.
    gnome_keyring::lock(&connection, &other);
    assert_eq!(state(&bus), State::Locked);
    vault.assert_releases(&service(&bus), &enrolled);
    clear_items(&bus, &vault);
    assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
    gnome_keyring::unlock(&connection, &other);
    assert_lost(vault.release(&service(&bus), &enrolled.handle));
}

#[test]
fn another_service_on_the_same_bus_cannot_say_that_the_key_is_lost() {
    let bus = Bus::start();
    let vault = Vault::new();
    let mut gnome = GnomeKeyring::start(&bus);
    let enrolled = vault.enroll(&service(&bus)).expect("enrolls");
    gnome.kill();

    let mut keepassxc = KeePassXc::start(&bus);
    assert_eq!(state(&bus), State::Ready);
    assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
    keepassxc.kill();

    gnome.restart();
    gnome.unlock();
    vault.assert_releases(&service(&bus), &enrolled);
}

/// As it comes out of the box, KeePassXC asks the person before another program reads an entry.
#[test]
fn keepassxc_that_asks_and_gets_no_answer_is_unavailable() {
    again_if_a_peer_crashes(|| {
        let bus = Bus::start();
        let mut keepassxc = KeePassXc::start_asking(&bus);
        let vault = Vault::new();
        // Whoever makes an entry may read it, until its connection ends.
        let enrolled = vault.enroll(&service(&bus)).expect("enrolls");

        assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
        // The prompt was closed when it was given up, so that the next one can be shown.
        assert_unavailable(vault.release(&service(&bus), &enrolled.handle));
        keepassxc.wait_until_saved();
        drop(keepassxc);
        bus.wait_for_service(false);
        let mut trusting = KeePassXc::restart_trusting(&bus);
        trusting.unlock();
        vault.assert_releases(&service(&bus), &enrolled);
    });
}
