//! What goes in comes out, in the order of the calls.

#![allow(clippy::unwrap_used)]

mod support;

use std::rc::Rc;

use keyward::{Error, Invalid, MAX_NAME_LEN, MAX_VALUE_LEN, Pending, Value, ValueKind, VaultType};
use keyward_conformance::faulty_store::{FaultyStores, Script};
use serde_json::json;
use support::{ALL_TYPES, Desk, config};

#[test]
fn values_of_both_kinds_come_back_in_every_type() {
    for vault_type in ALL_TYPES {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        program.answers_with("1234");
        let vault = &program.vault;
        desk.run(async {
            vault.set("token", &json!({"access": "abc", "n": [1, null, true]})).await.unwrap();
            vault.set_bytes("key", &[0, 255, 7]).await.unwrap();
            let token: serde_json::Value = vault.get("token").await.unwrap().unwrap();
            assert_eq!(token["access"], "abc");
            let key = vault.value("key").await.unwrap().unwrap();
            assert_eq!((key.kind(), key.expose()), (ValueKind::Bytes, &[0, 255, 7][..]));
            assert_eq!(vault.get::<String>("absent").await.unwrap(), None);
            assert_eq!(vault.keys().await.unwrap(), ["key", "token"]);
            vault.remove("token").await.unwrap();
            vault.remove("absent").await.unwrap();
            assert_eq!(vault.keys().await.unwrap(), ["key"]);
        });
    }
}

#[test]
fn calls_take_effect_in_their_order_though_nobody_awaits() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    let vault = &program.vault;
    for number in 0..100_u32 {
        drop(vault.set("n", &number));
    }
    let seen = vault.get::<u32>("n");
    drop(vault.remove("n"));
    let gone = vault.get::<u32>("n");
    assert_eq!(desk.run(seen).unwrap(), Some(99));
    assert_eq!(desk.run(gone).unwrap(), None);
}

#[test]
fn calling_before_initialisation_waits_for_it() {
    let desk = Desk::new();
    let program = desk.start();
    let vault = &program.vault;
    assert!(vault.config().is_none());
    drop(vault.set("early", "bird"));
    let mut early = vault.get::<String>("early");
    assert!(desk.peek(&mut early).is_none(), "nothing happens before the initialisation");
    drop(vault.initialize(config(VaultType::SecureStorage)));
    assert_eq!(desk.run(early).unwrap().as_deref(), Some("bird"));
}

#[test]
fn several_entries_are_one_commit_and_the_later_of_two_counts() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    let vault = &program.vault;
    desk.run(async {
        let value = |n: u32| Value::json(&n).unwrap();
        vault.set_many([("a", value(1)), ("b", value(2)), ("a", value(3))]).await.unwrap();
        assert_eq!(vault.get::<u32>("a").await.unwrap(), Some(3));
        vault.import([("c", value(4))]).await.unwrap();
        let exported = vault.export().await.unwrap();
        assert_eq!(exported, [("c".to_owned(), value(4))]);
        vault.import(Vec::<(String, Value)>::new()).await.unwrap();
        assert!(vault.is_empty().await.unwrap());
        assert!(vault.exists().await.unwrap(), "an emptied vault goes on existing");
    });
}

#[test]
fn several_entries_are_removed_in_one_commit() {
    for vault_type in [VaultType::SecureStorage, VaultType::InMemory] {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        let vault = &program.vault;
        let left = |names: &[&str]| {
            desk.run(vault.remove_many(names)).unwrap();
            desk.run(vault.keys()).unwrap()
        };
        let all = ["a", "b", "c", "d", "e", "f"];
        desk.run(vault.set_many(all.map(|name| (name, Value::json(name).unwrap())))).unwrap();
        assert_eq!(left(&["f", "absent", "c", "a", "c"]), ["b", "d", "e"]);
        for name in ["b", "d", "e"] {
            assert_eq!(desk.run(vault.get::<String>(name)).unwrap().as_deref(), Some(name));
        }
        let stored = desk.stored();
        assert_eq!(left(&["a", "absent"]), ["b", "d", "e"]);
        assert_eq!(left(&[]), ["b", "d", "e"]);
        assert_eq!(desk.stored(), stored, "nothing was written");
        let too_long = "x".repeat(MAX_NAME_LEN + 1);
        let refused = desk.run(vault.remove_many(["b", &too_long]));
        assert!(matches!(refused, Err(Error::Invalid(Invalid::NameTooLong))));
        assert_eq!(left(&["e", "d", "b"]), [""; 0]);
    }
}

#[test]
fn removing_several_takes_as_many_steps_as_removing_one() {
    let desk = Desk::new();
    let script = Script::new();
    let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
    let vault = &program.vault;
    desk.run(vault.initialize(config(VaultType::SecureStorage))).unwrap();
    let four = ["a", "b", "c", "stays"].map(|name| (name, Value::json(&1).unwrap()));
    desk.run(vault.set_many(four)).unwrap();
    let steps_of = |removing: Pending<()>| {
        let before = script.steps();
        desk.run(removing).unwrap();
        script.steps() - before
    };
    let one = steps_of(vault.remove("a"));
    assert!(one > 0);
    assert_eq!(steps_of(vault.remove_many(["b", "c"])), one);
}

#[test]
fn entries_are_added_where_their_names_are_free() {
    for vault_type in [VaultType::SecureStorage, VaultType::InMemory] {
        let desk = Desk::new();
        let program = desk.start_with(vault_type);
        let vault = &program.vault;
        let value = |n: u32| Value::json(&n).unwrap();
        let taken = vault.add_many([("c", value(1)), ("c", value(3)), ("a", value(1))]);
        assert!(desk.run(taken).unwrap().is_empty(), "of two, the later counts");
        let more = [("b", value(2)), ("c", value(9)), ("", value(0)), ("a", value(9))];
        assert_eq!(desk.run(vault.add_many(more.clone())).unwrap(), ["c", "a"]);
        let all = [("", 0), ("a", 1), ("b", 2), ("c", 3)];
        let all = all.map(|(name, n)| (name.to_owned(), value(n)));
        assert_eq!(desk.run(vault.export()).unwrap(), all);
        let stored = desk.stored();
        assert_eq!(desk.run(vault.add_many(more)).unwrap(), ["b", "c", "", "a"]);
        assert_eq!(desk.stored(), stored, "nothing was written");
    }
}

#[test]
fn bounds_hold_and_what_is_beyond_them_changes_nothing() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    let vault = &program.vault;
    desk.run(async {
        let longest = "é".repeat(MAX_NAME_LEN / 2);
        vault.set_bytes(&longest, &vec![7; MAX_VALUE_LEN]).await.unwrap();
        vault.set("", "an empty name is a name").await.unwrap();
        let refused = |result: Result<(), Error>, expected| match result {
            Err(Error::Invalid(invalid)) => assert_eq!(invalid, expected),
            other => panic!("{other:?} instead of {expected:?}"),
        };
        let too_long = format!("{longest}x");
        refused(vault.set(&too_long, &1).await, Invalid::NameTooLong);
        let too_large = vault.set_bytes("x", &vec![0; MAX_VALUE_LEN + 1]).await;
        refused(too_large, Invalid::ValueTooLarge);
        let eight = Value::bytes(vec![0; MAX_VALUE_LEN]).unwrap();
        let many = (0..16).map(|n| (n.to_string(), eight.clone()));
        refused(vault.set_many(many).await, Invalid::ContentTooLarge);
        let no_json = std::collections::HashMap::from([((1, 2), 3)]);
        refused(vault.set("x", &no_json).await, Invalid::NotJson);
        refused(vault.get::<u32>("").await.map(drop), Invalid::WrongType);
        refused(vault.get::<u32>(&longest).await.map(drop), Invalid::WrongType);
        assert_eq!(vault.keys().await.unwrap(), ["", &longest]);
        assert_eq!(vault.value(&longest).await.unwrap().unwrap().expose().len(), MAX_VALUE_LEN);
    });
}

#[test]
fn a_read_of_an_open_vault_is_there_at_once() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.run(program.vault.set("token", "abc")).unwrap();
    // Not through the queue: nobody drives it here.
    let read = futures_executor::block_on(program.vault.get::<String>("token"));
    assert_eq!(read.unwrap().as_deref(), Some("abc"));
}

#[test]
fn several_vaults_live_side_by_side() {
    let desk = Desk::new();
    let (one, two) = (desk.start(), desk.start());
    desk.run(async {
        for (program, key) in [(&one, "one"), (&two, "two")] {
            let config = keyward::Config::new(key, VaultType::SecureStorage);
            program.vault.initialize(config).await.unwrap();
            program.vault.set("name", key).await.unwrap();
        }
        one.vault.clear().await.unwrap();
        assert!(!one.vault.exists().await.unwrap());
        assert_eq!(two.vault.get::<String>("name").await.unwrap().as_deref(), Some("two"));
    });
}

#[test]
fn a_dead_driver_fails_its_callers_and_keeps_nothing_readable() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    desk.run(program.vault.set("token", "abc")).unwrap();
    let vault = program.vault.clone();
    drop(program);
    desk.settle();
    assert!(matches!(desk.run(vault.get::<String>("token")), Err(Error::Stopped)));
    assert!(matches!(desk.run(vault.set("token", "def")), Err(Error::Stopped)));
}

#[test]
fn a_reader_that_panics_hangs_nobody() {
    struct Panics;
    impl<'de> serde::Deserialize<'de> for Panics {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            panic!("the app's own mistake")
        }
    }

    // On a thread of its own, so that a hang is a failure and not the end of the tests.
    let (sender, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let desk = Desk::new();
        let program = desk.start_with(VaultType::SecureStorage);
        desk.run(program.vault.set("token", "abc")).unwrap();
        drop(program);
        let program = desk.start_with(VaultType::SecureStorage);
        let read = desk.run(program.vault.get::<Panics>("token")).map(drop);
        let config = program.vault.config();
        let _ = sender.send((matches!(read, Err(Error::Stopped)), config.is_some()));
    });
    let ended = ended.recv_timeout(std::time::Duration::from_secs(60));
    assert_eq!(ended, Ok((true, true)));
}

#[test]
fn events_end_with_the_driver_for_those_who_come_later_too() {
    use futures_util::{FutureExt, StreamExt};

    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    let (vault, mut before) = (program.vault.clone(), program.vault.events());
    drop(program);
    desk.settle();
    assert!(matches!(before.next().now_or_never(), Some(None)));
    assert!(matches!(vault.events().next().now_or_never(), Some(None)));
}
