//! Several programs at one vault and one registry: what one of them does between two looks of another
//! neither looks like a loss nor hides one.

#![allow(clippy::unwrap_used)]

mod support;

use std::cell::RefCell;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::oneshot;
use futures_util::FutureExt;
use keyward::{Error, MemoryStores, Stores, VaultType};
use keyward_conformance::faulty_store::{Fault, FaultyStores, Script};
use support::watched::{Watch, Watched};
use support::{Desk, Program, config};

const TYPE: VaultType = VaultType::SecureStorage;

/// Lets something happen right after a look at the vault.
#[derive(Default)]
struct Interrupts(RefCell<Option<Box<dyn FnOnce()>>>);

impl Watch for Interrupts {
    fn after_load(&self) {
        let happens = self.0.borrow_mut().take();
        if let Some(happens) = happens {
            happens();
        }
    }
}

/// Puts bytes into the cells of the vault "session", as another process would.
fn put(stores: &MemoryStores, bytes: Option<&[u8]>) {
    // In memory nothing has to be waited for.
    let cell = stores.open("session").unwrap().vault;
    let present = cell.load().now_or_never().unwrap().unwrap().map(|stored| stored.revision);
    cell.swap(present, bytes).now_or_never().unwrap().unwrap();
}

/// What another program on this device does while this one looks must not look like a loss, nor
/// like an older copy.
#[test]
fn another_program_is_not_mistaken_for_a_loss() {
    let desk = Desk::new();
    let program = desk.start_with(TYPE);
    desk.run(program.vault.set("token", "abc")).unwrap();
    let (first, first_record) = (desk.stored().unwrap(), desk.record().unwrap());
    let mut changed = config(TYPE);
    changed.unlock_on_load = true;
    desk.run(program.vault.update_config(changed)).unwrap();
    let (second, second_record) = (desk.stored().unwrap(), desk.record().unwrap());
    drop(program);

    type World<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);
    let empty: World<'_> = (None, None);
    let worlds: [(World<'_>, World<'_>, &str); 4] = [
        // It is created, changed, or cleared, between two looks.
        (empty, (Some(&first), Some(&first_record)), "created"),
        ((Some(&first), Some(&first_record)), (Some(&second), Some(&second_record)), "changed"),
        ((Some(&first), Some(&first_record)), empty, "cleared"),
        ((Some(&second), Some(&second_record)), empty, "cleared later"),
    ];
    for (before, after, what) in worlds {
        for looks in ["initialize", "health"] {
            desk.put(before.0);
            desk.put_record(before.1);
            let interrupts = Rc::new(Interrupts::default());
            let stores = Watched::new(desk.stores.clone(), Rc::clone(&interrupts));
            let program = desk.start_on(Rc::new(stores));
            if looks == "health" {
                desk.run(program.vault.initialize(config(TYPE))).unwrap();
                program.take_events();
                desk.put(before.0);
                desk.put_record(before.1);
                desk.settle();
            }
            let (stores, known) = (desk.stores.clone(), desk.known.clone());
            let (bytes, record) = (after.0.map(<[u8]>::to_vec), after.1.map(<[u8]>::to_vec));
            *interrupts.0.borrow_mut() = Some(Box::new(move || {
                put(&stores, bytes.as_deref());
                put(&known, record.as_deref());
            }));
            let context = format!("{what}, {looks}");
            if looks == "health" {
                let health = desk.run(program.vault.health()).unwrap();
                assert!(health.older.is_none(), "{context}: {health:?}");
                assert_ne!(health.condition.name(), "vanished", "{context}");
            } else {
                let initialized = desk.run(program.vault.initialize(config(TYPE)));
                initialized.unwrap_or_else(|error| panic!("{context}: {error}"));
            }
            desk.settle();
            let told = program.take_events();
            let alarms = |event: &String| event == "Older" || event == "Failed(Vanished)";
            assert!(!told.iter().any(alarms), "{context}: {told:?}");
        }
    }
}

/// Holds up whoever looks: once, when told to.
#[derive(Default)]
struct Halts(RefCell<Option<oneshot::Receiver<()>>>);

impl Halts {
    /// Holds up the next look, until it is let go on.
    fn next(&self) -> oneshot::Sender<()> {
        let (go_on, halt) = oneshot::channel();
        *self.0.borrow_mut() = Some(halt);
        go_on
    }
}

#[async_trait(?Send)]
impl Watch for Halts {
    async fn before_look(&self) {
        let halt = self.0.borrow_mut().take();
        if let Some(halt) = halt {
            halt.await.unwrap();
        }
    }
}

/// The first entry is written by a program that is held up after it, by its vault or its registry,
/// while another one does something. It ends with its write, and looks at nothing again.
fn during_a_first_write(desk: &Desk, registry_halts: bool, meanwhile: impl FnOnce(&Program)) {
    let script = Script::new();
    let (vault_halts, record_halts) = (Rc::new(Halts::default()), Rc::new(Halts::default()));
    let vaults = Watched::new(desk.stores.clone(), Rc::clone(&vault_halts));
    let faulty = FaultyStores::new(&desk.known, &script);
    let known = Watched::new(faulty, Rc::clone(&record_halts));
    let program = desk.start_with_registry(Rc::new(vaults), Some(Rc::new(known)));
    desk.run(program.vault.initialize(config(TYPE))).unwrap();
    let other = desk.start_with(TYPE);
    let go_on = if registry_halts { record_halts.next() } else { vault_halts.next() };
    let mut writing = program.vault.set("token", "abc");
    assert!(desk.peek(&mut writing).is_none(), "it is held up");
    meanwhile(&other);
    drop(other);
    // To remember takes a look and a change, and so does to take it back.
    script.fail_at(if registry_halts { 5 } else { 3 }, Fault::CrashBefore);
    go_on.send(()).unwrap();
    desk.run(writing).unwrap();
}

fn is_missed(desk: &Desk) -> bool {
    desk.put(None);
    let program = desk.start();
    let initialized = desk.run(program.vault.initialize(config(TYPE)));
    matches!(initialized, Err(Error::Vanished))
}

#[test]
fn a_vault_stays_remembered_when_another_program_writes_on_top_of_its_first_entry() {
    for registry_halts in [false, true] {
        let desk = Desk::new();
        during_a_first_write(&desk, registry_halts, |other| {
            desk.run(other.vault.set("other", "def")).unwrap();
        });
        assert!(desk.record().is_some(), "{registry_halts}");
        assert!(is_missed(&desk), "{registry_halts}");
    }
}

#[test]
fn a_vault_that_another_program_clears_right_after_its_first_entry_is_not_missed() {
    for registry_halts in [false, true] {
        let desk = Desk::new();
        during_a_first_write(&desk, registry_halts, |other| {
            desk.run(other.vault.clear()).unwrap();
        });
        assert_eq!(desk.record(), None, "{registry_halts}");
        assert!(!is_missed(&desk), "{registry_halts}");
    }
}

#[test]
fn a_vault_that_another_program_begins_anew_is_the_one_that_is_missed() {
    for registry_halts in [false, true] {
        let desk = Desk::new();
        during_a_first_write(&desk, registry_halts, |other| {
            desk.run(other.vault.clear()).unwrap();
            desk.run(other.vault.initialize(config(TYPE))).unwrap();
            desk.run(other.vault.set("token", "new")).unwrap();
        });
        let next = desk.start_with(TYPE);
        assert!(desk.run(next.vault.health()).unwrap().older.is_none(), "{registry_halts}");
        drop(next);
        assert!(is_missed(&desk), "{registry_halts}");
    }
}

/// Given up without the registry knowing, and begun anew by another program: that one is missed.
#[test]
fn what_was_given_up_says_nothing_of_what_came_after_it() {
    let desk = Desk::new();
    drop(desk.start_with(TYPE));
    let script = Script::new();
    let registry = Rc::new(FaultyStores::new(&desk.known, &script));
    let program = desk.start_with_registry(Rc::new(desk.stores.clone()), Some(registry));
    desk.run(program.vault.initialize(config(TYPE))).unwrap();
    desk.run(program.vault.set("token", "abc")).unwrap();
    script.fail_at(1, Fault::CrashBefore);
    desk.run(program.vault.clear()).unwrap();
    script.revive();
    // What the registry could not be told is put right by the next program.
    desk.put_record(None);
    let other = desk.start_with(TYPE);
    desk.run(other.vault.set("token", "new")).unwrap();
    desk.settle();
    assert_eq!(desk.run(program.vault.get::<String>("token")).unwrap().as_deref(), Some("new"));
    drop(other);
    desk.put(None);
    desk.settle();
    assert_eq!(desk.run(program.vault.health()).unwrap().condition.name(), "vanished");
    assert!(is_missed(&desk), "and its record was left alone");
}
