//! Vaults whose key is in a keyring: gnome-keyring and KeePassXC as they really are.

use std::cell::RefCell;
use std::fs;
use std::time::Duration;

use keyward::{VaultType, inspect};

use crate::common::nobody_there;
use crate::file::lose_files;
use crate::page::Table;
use crate::peers::gnome_keyring::GnomeKeyring;
use crate::peers::keepassxc::KeePassXc;
use crate::peers::{Bus, Peer, again_if_a_peer_crashes};
use crate::scene::{Keeper, Scene};

/// Starts a keyring. Every loss has one of its own, because a keyring that has been through one is
/// no longer like new.
type Start = for<'a> fn(&'a Bus) -> Box<dyn Peer + 'a>;

const GNOME: Start = |bus| Box::new(GnomeKeyring::start(bus));
const KEEPASSXC: Start = |bus| Box::new(KeePassXc::start(bus));

#[test]
fn by_gnome_keyring() {
    let mut table = Table::new("gnome-keyring");
    lose_keys(&mut table, GNOME, VaultType::SecureStorage);
    from_a_backup_of_the_keyring(&mut table);
    lose_files_beside(&mut table, GNOME, VaultType::SecureStorage);
    table.check();
}

#[test]
fn by_keepassxc() {
    again_if_a_peer_crashes(|| {
        let mut table = Table::new("KeePassXC");
        lose_keys(&mut table, KEEPASSXC, VaultType::SecureStorage);
        lose_files_beside(&mut table, KEEPASSXC, VaultType::SecureStorage);
        table.check();
    });
}

#[test]
fn by_a_passcode_that_is_bound_to_the_keyring() {
    let mut table = Table::new("a passcode and the keyring");
    lose_keys(&mut table, GNOME, VaultType::CustomPasscode);
    lose_files_beside(&mut table, GNOME, VaultType::CustomPasscode);
    table.check();
}

fn keeper(bus: &Bus) -> Keeper {
    Keeper::Keyring(bus.address().to_owned())
}

/// The keyring stays as it is: one serves for all of these losses.
fn lose_files_beside(table: &mut Table, start: Start, vault_type: VaultType) {
    let bus = Bus::start();
    let _peer = start(&bus);
    lose_files(table, vault_type, &keeper(&bus));
}

fn lose_keys(table: &mut Table, start: Start, vault_type: VaultType) {
    /// What is lost with a keyring and a vault of its own, and what brings it back.
    type Way = (&'static str, &'static str, fn(&Scene, &Bus, &mut dyn Peer), Back);
    type Back = fn(&Scene, &Bus, &mut dyn Peer);
    let ways: [Way; 6] = [
        (
            "the key is deleted",
            "the recovery code",
            |scene, bus, _| Item::of(bus, scene).delete(),
            |scene, _, _| scene.recover(),
        ),
        (
            "the keyring is locked",
            "unlocking it",
            |_, _, peer| peer.lock(),
            |_, _, peer| peer.unlock(),
        ),
        (
            "the key is deleted and the keyring locked",
            "unlocking it, and the recovery code",
            |scene, bus, peer| {
                Item::of(bus, scene).delete();
                peer.lock();
            },
            |scene, _, peer| {
                peer.unlock();
                scene.recover();
            },
        ),
        (
            "the keyring's service is gone",
            "starting it",
            |_, _, peer| {
                peer.wait_until_saved();
                peer.kill();
            },
            |_, _, peer| {
                peer.restart();
                peer.unlock();
            },
        ),
        (
            "the keyring's service does not answer",
            "waiting",
            |scene, _, peer| {
                let mut impatient = nobody_there();
                impatient.call = Duration::from_millis(300);
                scene.timeouts.set(impatient);
                peer.freeze(true);
            },
            |scene, _, peer| {
                peer.freeze(false);
                scene.timeouts.set(nobody_there());
            },
        ),
        (
            "the keyring answers garbage",
            "deleting that, and the recovery code",
            |scene, bus, _| Item::of(bus, scene).replace_by_garbage(),
            |scene, bus, _| {
                Item::of(bus, scene).delete();
                scene.recover();
            },
        ),
    ];
    for (loss, way_back, inflict, bring_back) in ways {
        let bus = Bus::start();
        let peer = RefCell::new(start(&bus));
        let scene = Scene::new(vault_type, &keeper(&bus));
        scene.lose(
            table,
            (loss, way_back),
            || inflict(&scene, &bus, &mut **peer.borrow_mut()),
            || bring_back(&scene, &bus, &mut **peer.borrow_mut()),
        );
    }
}

fn from_a_backup_of_the_keyring(table: &mut Table) {
    let bus = Bus::start();
    let mut gnome = GnomeKeyring::start(&bus);
    let scene = Scene::new(VaultType::SecureStorage, &keeper(&bus));
    let file = bus.root().join("data/keyrings/login.keyring");
    let backup = fs::read(&file).unwrap();
    scene.lose(
        table,
        ("the key is deleted, and there is a backup of the keyring", "the backup"),
        || Item::of(&bus, &scene).delete(),
        || {
            gnome.kill();
            fs::write(&file, backup).unwrap();
            gnome.restart();
            gnome.unlock();
        },
    );
}

/// The item with the vault's key, as another client of the keyring sees it.
struct Item<'a> {
    bus: &'a Bus,
    attributes: Vec<String>,
}

impl<'a> Item<'a> {
    fn of(bus: &'a Bus, scene: &Scene) -> Self {
        let vault = inspect(&scene.bytes().unwrap()).unwrap().vault.to_string();
        let words = ["application", "keyward", "vault-id", &vault];
        Self { bus, attributes: words.map(str::to_owned).to_vec() }
    }

    fn tool(&self, command: &[&str], more: &[&str], input: &str) -> String {
        let attributes = self.attributes.iter().map(String::as_str);
        let arguments: Vec<&str> =
            command.iter().copied().chain(attributes).chain(more.iter().copied()).collect();
        let output = self.bus.secret_tool(&arguments, input);
        assert!(output.status.success(), "secret-tool {arguments:?}");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    fn delete(&self) {
        self.tool(&["clear"], &[], "");
    }

    /// An item that bears the same attributes, and no key.
    fn replace_by_garbage(&self) {
        let found = self.tool(&["search", "--all"], &[], "");
        let key_id = found.split("attribute.key-id = ").nth(1).unwrap();
        let key_id = key_id.lines().next().unwrap().to_owned();
        self.delete();
        self.tool(&["store", "--label=garbage"], &["key-id", &key_id, "version", "1"], "garbage");
    }
}
