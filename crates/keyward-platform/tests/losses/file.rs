//! What can become of the vault's file and of the registry. It is the same by every protector.

use std::fs;
use std::path::Path;
use std::time::Duration;

use keyward::{Condition, Error, VaultType};

use crate::page::Table;
use crate::scene::{Keeper, Scene};

/// Fills a table with every loss of the file, of a vault of this type with this keeper.
pub(crate) fn lose_files(table: &mut Table, vault_type: VaultType, keeper: &Keeper) {
    let scene = || Scene::new(vault_type, keeper);

    scene().lose_bytes(table, ("the file is deleted", "the file"), |file| {
        fs::remove_file(file).unwrap();
    });
    scene().lose_bytes(table, ("the folder is deleted, or not mounted", "the folder"), |file| {
        fs::remove_dir_all(file.parent().unwrap()).unwrap();
    });
    scene().lose_bytes(table, ("the file is truncated", "a copy of the file"), |file| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    });
    scene().lose_bytes(table, ("the file is emptied", "a copy of the file"), |file| {
        fs::write(file, b"").unwrap();
    });
    scene().lose_bytes(table, ("a bit of its slots is flipped", "a copy of the file"), |file| {
        let mut bytes = fs::read(file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(file, bytes).unwrap();
    });
    scene().lose_bytes(table, ("a bit of its content is flipped", "a copy of the file"), |file| {
        let mut bytes = fs::read(file).unwrap();
        // The head of a byte string of 256 bytes and the tag.
        let content = bytes.windows(3).rposition(|at| at == [0x59, 0x01, 0x10]).unwrap();
        bytes[content + 100] ^= 1;
        fs::write(file, bytes).unwrap();
    });
    scene().lose_bytes(table, ("a newer Keyward has written it", "a newer program"), |file| {
        fs::write(file, of_a_newer_version()).unwrap();
    });
    scene().lose_bytes(table, ("a folder is in its place", "taking that away"), |file| {
        fs::remove_file(file).unwrap();
        fs::create_dir(file).unwrap();
    });
    an_older_copy(table, &scene());
    let with_another = scene();
    let another = with_another.another();
    with_another.lose_bytes(table, ("another vault's file is in its place", "the file"), |file| {
        fs::copy(another, file).unwrap();
    });
    let forgetful = scene();
    forgetful.lose(
        table,
        ("the registry is deleted", "nothing is missing"),
        || fs::remove_dir_all(forgetful.at("state")).unwrap(),
        || {},
    );
    let confused = scene();
    confused.lose(
        table,
        ("the registry is damaged", "nothing is missing"),
        || fs::write(confused.registry().file("session"), b"nonsense").unwrap(),
        || {},
    );
    an_empty_place_of_which_nobody_can_say(table, &scene);
    the_clock_is_set_back(table, &scene());
}

/// The memory and the file at once: that looks like a first run, but nothing is written there.
fn an_empty_place_of_which_nobody_can_say(table: &mut Table, scene: &dyn Fn() -> Scene) {
    let confused = scene();
    let words = ("the registry is damaged, and the file is deleted", "the file");
    confused.lose_bytes(table, words, |file| {
        fs::write(confused.registry().file("session"), b"nonsense").unwrap();
        fs::remove_file(file).unwrap();
    });
    let blocked = scene();
    let (file, bytes) = (blocked.file(), blocked.bytes().unwrap());
    let (record, aside) = (blocked.registry().file("session"), blocked.at("aside"));
    blocked.lose(
        table,
        ("the registry cannot be read, and the file is deleted", "the registry, then the file"),
        || {
            fs::rename(&record, &aside).unwrap();
            fs::create_dir(&record).unwrap();
            fs::remove_file(&file).unwrap();
        },
        || {
            fs::remove_dir(&record).unwrap();
            fs::rename(&aside, &record).unwrap();
            assert_eq!(blocked.condition(), "vanished", "now it can be said");
            fs::write(&file, &bytes).unwrap();
        },
    );
}

/// What a running program has open, it can save, although nothing is left in its place.
#[test]
fn a_program_that_has_the_vault_open_keeps_its_entries() {
    let scene = Scene::new(VaultType::SecureStorage, &Keeper::KeyFile);
    let bytes = scene.bytes().unwrap();
    scene
        .run(async |vault| {
            assert_eq!(vault.get::<String>("token").await?.as_deref(), Some("abc"));
            fs::remove_file(scene.file()).unwrap();
            let written = vault.set("token", "def").await;
            assert!(matches!(written, Err(Error::Vanished)), "{written:?}");
            assert_eq!(scene.bytes(), None, "nothing is written in its place");
            assert_eq!(vault.get::<String>("token").await?.as_deref(), Some("abc"));
            let health = vault.health().await?;
            assert!(matches!(health.condition, Condition::Vanished), "{health:?}");

            fs::write(scene.file(), &bytes).unwrap();
            vault.set("token", "def").await?;
            assert_eq!(vault.get::<String>("token").await?.as_deref(), Some("def"));
            Ok(())
        })
        .unwrap();
}

fn an_older_copy(table: &mut Table, scene: &Scene) {
    scene.run(async |vault| vault.set("token", "older").await).unwrap();
    let older = scene.bytes().unwrap();
    scene
        .run(async |vault| {
            vault.set("token", "abc").await?;
            let mut config = vault.config().unwrap();
            config.lock_after_backgrounded = Some(Duration::from_secs(60));
            vault.update_config(config).await
        })
        .unwrap();
    let words = ("the file is older than the epoch last seen", "the newer file");
    scene.lose_bytes(table, words, |file| fs::write(file, older).unwrap());
}

/// Neither time away nor the wait after wrong passcodes is measured by a clock that a person can set
/// back for long.
fn the_clock_is_set_back(table: &mut Table, scene: &Scene) {
    scene.passcode.set("wrong");
    let _ = scene.run(async |vault| vault.unlock().await);
    scene.passcode.set("2580");
    let words = ("the clock is set back", "nothing is missing");
    scene.lose(table, words, || scene.clock.set_wall(1_000_000_000_000), || {});
}

fn of_a_newer_version() -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors/version-3.json");
    let vector: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let hex = vector["sealed"].as_str().unwrap();
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}
