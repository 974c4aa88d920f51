//! `SecretService` inside a sandbox: a keyring file of the application's own, and the Secret portal.
#![cfg(target_os = "linux")]

mod common;
mod peers;

use std::fs;
use std::path::PathBuf;
use std::thread;

use common::{Vault, assert_lost, assert_unavailable, assert_unsupported, nobody_there};
use futures_executor::block_on;
use keyward::{Protector, ProtectorError};
use keyward_conformance::protector::{self, Forgotten, Subject, assert_shows_no_secret};
use keyward_platform::{SecretService, State};
use peers::Bus;
use peers::fake_portal::{FakePortal, Grant};
use peers::fake_service::FakeService;

fn file(bus: &Bus) -> PathBuf {
    bus.root().join("data/keyrings/default.keyring")
}

/// For programs that work at once: one thread derives both their keys, and the portal's answer waits
/// for that.
fn patient(bus: &Bus) -> SecretService {
    SecretService::in_sandbox(bus.address(), file(bus))
}

fn sandbox(bus: &Bus) -> SecretService {
    SecretService::in_sandbox(bus.address(), file(bus)).with_timeouts(nobody_there())
}

#[test]
fn passes_the_suite() {
    let bus = Bus::start();
    let _portal = FakePortal::start(&bus);
    let open = || -> Box<dyn Protector> { Box::new(patient(&bus)) };
    block_on(protector::all(&Subject { open: &open, forgotten: Forgotten::Lost }));
    assert_eq!(block_on(sandbox(&bus).state()), State::Ready);
}

#[test]
fn what_the_portal_refuses_is_unavailable_and_nothing_is_lost() {
    let bus = Bus::start();
    let portal = FakePortal::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&sandbox(&bus)).expect("enrolls");
    let bytes = fs::read(file(&bus)).expect("is there");

    let another_key = Grant::Key(vec![9; 64]);
    for grant in [Grant::Failed, Grant::Silence, Grant::Key(Vec::new()), another_key] {
        portal.grant(grant);
        let printed = assert_unavailable(vault.release(&sandbox(&bus), &enrolled.handle));
        assert_shows_no_secret(&printed, &enrolled.material);
        assert_unavailable(vault.enroll(&sandbox(&bus)));
        assert_unavailable(vault.forget(&sandbox(&bus)));
    }
    portal.grant(Grant::Cancelled);
    let answer = vault.release(&sandbox(&bus), &enrolled.handle);
    assert!(matches!(answer, Err(ProtectorError::Dismissed)));

    assert_eq!(fs::read(file(&bus)).expect("is there"), bytes, "the keyring was touched");
    portal.grant(Grant::Key((0..64).collect()));
    vault.assert_releases(&sandbox(&bus), &enrolled);
}

#[test]
fn without_the_portal_it_is_unavailable() {
    let bus = Bus::start();
    let vault = Vault::new();
    assert_unsupported(vault.enroll(&sandbox(&bus)));
    assert_eq!(block_on(sandbox(&bus).state()), State::NoService);
    let enrolled = {
        let _portal = FakePortal::start(&bus);
        vault.enroll(&sandbox(&bus)).expect("enrolls")
    };
    assert_unavailable(vault.release(&sandbox(&bus), &enrolled.handle));
    assert_unavailable(vault.forget(&sandbox(&bus)));
}

#[test]
fn a_keyring_that_is_gone_is_told_from_a_folder_that_is_gone() {
    let bus = Bus::start();
    let _portal = FakePortal::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&sandbox(&bus)).expect("enrolls");
    let folder = file(&bus).parent().expect("has a folder").to_owned();

    fs::rename(&folder, bus.root().join("away")).expect("moves");
    assert_unavailable(vault.release(&sandbox(&bus), &enrolled.handle));
    fs::rename(bus.root().join("away"), &folder).expect("moves back");
    vault.assert_releases(&sandbox(&bus), &enrolled);
    fs::remove_file(file(&bus)).expect("deletes");
    assert_lost(vault.release(&sandbox(&bus), &enrolled.handle));
}

#[test]
fn a_damaged_keyring_is_unavailable_and_kept() {
    let bus = Bus::start();
    let _portal = FakePortal::start(&bus);
    let vault = Vault::new();
    let enrolled = vault.enroll(&sandbox(&bus)).expect("enrolls");
    let good = fs::read(file(&bus)).expect("is there");
    let mut flipped = good.clone();
    let last = flipped.len() - 20;
    flipped[last] ^= 1;
    // A key derivation that would take hours, and one of no iterations at all.
    let (mut costly, mut cheap) = (good.clone(), good.clone());
    costly[54..58].fill(0xff);
    cheap[54..58].fill(0);
    for damaged in [b"", &b"nonsense"[..], &good[..good.len() / 2], &flipped, &costly, &cheap] {
        fs::write(file(&bus), damaged).expect("writes");
        assert_unavailable(vault.release(&sandbox(&bus), &enrolled.handle));
        assert_unavailable(vault.enroll(&sandbox(&bus)));
        assert_eq!(fs::read(file(&bus)).expect("is there"), damaged);
    }
    fs::write(file(&bus), &good).expect("writes");
    vault.assert_releases(&sandbox(&bus), &enrolled);
}

#[test]
fn a_key_from_outside_the_sandbox_is_not_lost_inside() {
    let bus = Bus::start();
    let _portal = FakePortal::start(&bus);
    let _service = FakeService::start(&bus);
    let outside = SecretService::on_bus(bus.address()).with_timeouts(nobody_there());
    let vault = Vault::new();
    let enrolled = vault.enroll(&outside).expect("enrolls");
    assert_unavailable(vault.release(&sandbox(&bus), &enrolled.handle));

    let other = Vault::new();
    let enrolled = other.enroll(&sandbox(&bus)).expect("enrolls");
    assert_unavailable(other.release(&outside, &enrolled.handle));
}

#[test]
fn programs_that_enroll_at_once_get_one_key() {
    let bus = Bus::start();
    let _portal = FakePortal::start(&bus);
    let (vault, others) = (Vault::new(), [Vault::new(), Vault::new(), Vault::new()]);
    let keys: Vec<Vec<u8>> = thread::scope(|scope| {
        let threads: Vec<_> = others
            .iter()
            .map(|other| {
                scope.spawn(|| {
                    let own = other.enroll(&patient(&bus)).expect("enrolls");
                    let enrolled = vault.enroll(&patient(&bus)).expect("enrolls");
                    other.assert_releases(&patient(&bus), &own);
                    enrolled.material.expose().to_vec()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "different keys");
}
