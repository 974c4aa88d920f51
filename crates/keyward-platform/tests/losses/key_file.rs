//! A vault whose key is in a key file.

use std::fs;

use keyward::VaultType;

use crate::file::lose_files;
use crate::page::Table;
use crate::scene::{Keeper, Scene};

#[test]
fn by_a_key_file() {
    let mut table = Table::new("a key file");
    let scene = || Scene::new(VaultType::SecureStorage, &Keeper::KeyFile);

    let deleted = scene();
    let key = fs::read(deleted.key_file()).unwrap();
    deleted.lose(
        &mut table,
        ("the key file is deleted", "the key file"),
        || fs::remove_file(deleted.key_file()).unwrap(),
        || fs::write(deleted.key_file(), &key).unwrap(),
    );
    let deleted = scene();
    deleted.lose(
        &mut table,
        ("the key file is deleted for good", "the recovery code"),
        || fs::remove_file(deleted.key_file()).unwrap(),
        || deleted.recover(),
    );
    let other = scene();
    let key = fs::read(other.key_file()).unwrap();
    other.lose(
        &mut table,
        ("another key file is in its place", "the key file, or the recovery code"),
        || {
            fs::copy(scene().key_file(), other.key_file()).unwrap();
        },
        || {
            let wrong = fs::read(other.key_file()).unwrap();
            fs::write(other.key_file(), &key).unwrap();
            assert_eq!(other.token().as_deref(), Some("abc"));
            fs::write(other.key_file(), wrong).unwrap();
            other.recover();
        },
    );
    let damaged = scene();
    let key = fs::read(damaged.key_file()).unwrap();
    damaged.lose(
        &mut table,
        ("the key file holds garbage", "the key file"),
        || fs::write(damaged.key_file(), b"garbage").unwrap(),
        || fs::write(damaged.key_file(), &key).unwrap(),
    );
    let unmounted = scene();
    unmounted.lose(
        &mut table,
        ("the key file's folder is gone", "the folder"),
        || fs::rename(unmounted.at("key"), unmounted.at("away")).unwrap(),
        || fs::rename(unmounted.at("away"), unmounted.at("key")).unwrap(),
    );
    let unnamed = scene();
    unnamed.lose(
        &mut table,
        ("the program was not told of the key file", "telling it"),
        || unnamed.named.set(false),
        || unnamed.named.set(true),
    );
    lose_files(&mut table, VaultType::SecureStorage, &Keeper::KeyFile);
    table.check();
}
