//! A device that cannot do what was asked: refused, or the next weaker protection that the app
//! lists; told; remembered in the sealed configuration; and raised once the device can.

#![allow(clippy::unwrap_used)]

mod support;

use std::rc::Rc;

use keyward::{
    Config, Error, Event, Protection, ProtectionChange, Theft, Turn, Vault, VaultType, inspect,
};
use keyward_conformance::faulty_store::{Fault, FaultyStores, Script};
use keyward_conformance::simulated_device::{Answer, Operation};
use support::{Desk, Program, name, passcode};

use Protection::{Biometrics, CustomPasscode, KeyFile, PasscodeAlone, SecureStorage};

fn config(vault_type: VaultType, fallback: &[Protection]) -> Config {
    let mut config = support::config(vault_type);
    if vault_type == VaultType::DeviceSecurity {
        config.device_security = keyward::DeviceSecurity::Biometrics;
    }
    config.fallback = fallback.to_vec();
    config
}

/// The app's usual wish: biometrics, or a passcode, or at least the device's store.
fn biometrics_or(fallback: &[Protection]) -> Config {
    config(VaultType::DeviceSecurity, fallback)
}

fn begin(desk: &Desk, config: &Config) -> Program {
    let program = desk.start();
    program.answers_with("2580");
    desk.run(program.vault.initialize(config.clone())).unwrap();
    program.take_events();
    program
}

fn set(desk: &Desk, program: &Program) {
    desk.run(program.vault.set("token", "abc")).unwrap();
}

fn token(desk: &Desk, program: &Program) -> Option<String> {
    desk.run(program.vault.get::<String>("token")).unwrap()
}

/// What protects the stored vault, by its sealed configuration and its slots.
fn present(desk: &Desk) -> (Option<Protection>, Vec<&'static str>) {
    let inspection = inspect(&desk.stored().unwrap()).unwrap();
    let kinds = inspection.slots.iter().map(|slot| slot.kind).collect();
    (inspection.weakened_to, kinds)
}

fn history(desk: &Desk) -> Vec<(Turn, Protection, Protection, u64)> {
    let inspection = inspect(&desk.stored().unwrap()).unwrap();
    let of = |it: &ProtectionChange| (it.turn, it.from, it.to, it.at);
    inspection.protection_changes.iter().map(of).collect()
}

#[test]
fn without_a_list_a_device_that_cannot_is_an_error() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    let program = begin(&desk, &biometrics_or(&[]));
    let error = desk.run(program.vault.set("token", "abc")).unwrap_err();
    assert_eq!(name(&error), "Unsupported");
    assert_eq!(inspect(&desk.stored().unwrap()).unwrap().version, 1);
}

#[test]
fn the_first_listed_protection_that_can_be_had_is_taken_and_told() {
    let desk = Desk::new();
    desk.clock.set_wall(1_700_000_000_000);
    desk.person.answer_with(Answer::Unsupported);
    let program = begin(&desk, &biometrics_or(&[CustomPasscode, SecureStorage]));
    set(&desk, &program);
    let told = "ProtectionWeakened { wanted: Biometrics, present: CustomPasscode }";
    assert_eq!(program.take_events(), ["PasscodeRequested(Set)", told]);
    assert_eq!(present(&desk), (Some(CustomPasscode), vec!["passcode"]));
    assert_eq!(history(&desk), [(Turn::Weakened, Biometrics, CustomPasscode, 1_700_000_000_000)]);
    assert_eq!(inspect(&desk.stored().unwrap()).unwrap().version, 2);
    let assurance = desk.run(program.vault.assurance()).unwrap();
    assert_eq!(assurance.stolen_disk, Theft::Guessable, "as truthful as ever");

    desk.run(program.vault.lock()).unwrap();
    assert!(desk.run(program.vault.is_locked()).unwrap(), "it locks as what protects it does");
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    assert_eq!(program.vault.config(), Some(biometrics_or(&[CustomPasscode, SecureStorage])));
}

#[test]
fn a_weakened_vault_behaves_as_what_protects_it() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    let program = begin(&desk, &biometrics_or(&[SecureStorage]));
    set(&desk, &program);
    desk.run(program.vault.lock()).unwrap();
    assert!(!desk.run(program.vault.is_locked()).unwrap(), "nothing would ask");
    drop(program);
    let program = begin(&desk, &biometrics_or(&[SecureStorage]));
    assert!(!desk.run(program.vault.is_locked()).unwrap());
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    let error = desk.run(program.vault.set_passcode(passcode("1"))).unwrap_err();
    assert_eq!(name(&error), "NotAPasscodeVault");
}

#[test]
fn what_only_does_not_work_now_is_not_gone_around() {
    let refusals = [Answer::Dismissed, Answer::NotVerified, Answer::LockedOut, Answer::Unavailable];
    for answer in refusals {
        let desk = Desk::new();
        desk.person.answer_with(answer);
        let program = begin(&desk, &biometrics_or(&[CustomPasscode, SecureStorage]));
        let error = desk.run(program.vault.set("token", "abc")).unwrap_err();
        assert_ne!(name(&error), "Unsupported", "{answer:?}");
        assert_eq!(present(&desk), (None, vec!["blank"]), "{answer:?}");
        assert!(history(&desk).is_empty());
    }
    // The same one step further down the list.
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    desk.device.answer_with(Answer::Unavailable);
    let program = begin(&desk, &biometrics_or(&[SecureStorage, KeyFile]));
    let error = desk.run(program.vault.set("token", "abc")).unwrap_err();
    assert_eq!(name(&error), "Unavailable");
    assert_eq!(present(&desk), (None, vec!["blank"]));
}

#[test]
fn the_list_ends_in_the_refusal_of_what_was_wanted() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    desk.device.answer_with(Answer::Unsupported);
    let program = begin(&desk, &biometrics_or(&[SecureStorage]));
    match desk.run(program.vault.set("token", "abc")).unwrap_err() {
        Error::Unsupported { role, .. } => assert_eq!(role, keyward::Role::UserVerification),
        other => panic!("{other:?}"),
    }
}

#[test]
fn secure_storage_when_possible_an_ordinary_file_otherwise_and_moved_over_later() {
    let desk = Desk::with_key_file();
    desk.device.answer_with(Answer::Unsupported);
    let wish = config(VaultType::SecureStorage, &[KeyFile]);
    let program = begin(&desk, &wish);
    set(&desk, &program);
    let told = "ProtectionWeakened { wanted: SecureStorage, present: KeyFile }";
    assert_eq!(program.take_events(), [told]);
    let assurance = desk.run(program.vault.assurance()).unwrap();
    assert_eq!(assurance.stolen_disk, Theft::Opens);
    let weak = desk.stored();
    drop(program);

    // As long as the device cannot, nothing is written.
    let program = begin(&desk, &wish);
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    assert_eq!(desk.stored(), weak);
    assert!(program.take_events().is_empty());
    drop(program);

    desk.device.answer_with(Answer::Truthfully);
    let program = begin(&desk, &wish);
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    assert_eq!(program.take_events(), ["ProtectionRaised { from: KeyFile, to: SecureStorage }"]);
    assert_eq!(present(&desk), (None, vec!["device-store"]));
    let assurance = desk.run(program.vault.assurance()).unwrap();
    assert_eq!(assurance.stolen_disk, Theft::Guessable);
    let turns: Vec<_> = history(&desk).into_iter().map(|it| (it.0, it.1, it.2)).collect();
    let expected =
        [(Turn::Weakened, SecureStorage, KeyFile), (Turn::Raised, KeyFile, SecureStorage)];
    assert_eq!(turns, expected);
    drop(program);

    // The file is of no use any more.
    desk.file.lose_keys();
    let program = begin(&desk, &wish);
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
}

#[test]
fn a_listed_file_is_used_for_nothing_else() {
    let desk = Desk::with_key_file();
    desk.device.answer_with(Answer::Unsupported);
    let program = begin(&desk, &config(VaultType::SecureStorage, &[CustomPasscode]));
    set(&desk, &program);
    assert_eq!(
        desk.file.keys(),
        0,
        "neither for the store that is not listed nor for the passcode"
    );
    assert_eq!(present(&desk), (Some(PasscodeAlone), vec!["passcode"]));
}

#[test]
fn a_store_that_is_locked_or_cannot_say_is_not_asked_by_itself() {
    let desk = Desk::with_key_file();
    desk.device.answer_with(Answer::Unsupported);
    let wish = config(VaultType::SecureStorage, &[KeyFile]);
    set(&desk, &begin(&desk, &wish));
    for answer in [Answer::Unavailable, Answer::Held] {
        desk.device.answer_with(answer);
        let asked = desk.device.asked().len();
        let program = begin(&desk, &wish);
        assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
        assert_eq!(desk.device.asked().len(), asked);
        assert!(program.take_events().is_empty());
    }
    desk.device.answer_with(Answer::Unavailable);
    let program = begin(&desk, &wish);
    let error = desk.run(program.vault.raise()).unwrap_err();
    assert_eq!(name(&error), "Unavailable", "who asks for it hears why not");
    desk.device.answer_with(Answer::Truthfully);
    assert!(desk.run(program.vault.raise()).unwrap());
    assert!(!desk.run(program.vault.raise()).unwrap(), "it is as wanted");
}

#[test]
fn a_passcode_is_bound_to_the_device_while_it_is_at_hand() {
    let desk = Desk::new();
    desk.device.answer_with(Answer::Unsupported);
    desk.person.answer_with(Answer::Unsupported);
    let wish = biometrics_or(&[CustomPasscode]);
    let program = begin(&desk, &wish);
    set(&desk, &program);
    assert_eq!(present(&desk), (Some(PasscodeAlone), vec!["passcode"]));
    drop(program);

    desk.device.answer_with(Answer::Truthfully);
    let program = begin(&desk, &wish);
    let asked = program.answers_with("2580");
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    assert_eq!(*asked.lock().unwrap(), ["Unlock"], "nobody is asked again");
    let raised = "ProtectionRaised { from: PasscodeAlone, to: CustomPasscode }";
    assert_eq!(program.take_events(), ["PasscodeRequested(Unlock)", "Unlocked", raised]);
    assert_eq!(desk.device.keys(), 1);
    drop(program);

    let program = begin(&desk, &wish);
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"), "the same passcode opens it");
    drop(program);
    desk.device.lose_keys();
    let program = begin(&desk, &wish);
    let error = desk.run(program.vault.unlock()).unwrap_err();
    assert_eq!(name(&error), "KeyLost", "and no longer alone");
}

#[test]
fn what_would_ask_is_told_once_and_done_when_the_app_says_so() {
    let desk = Desk::new();
    desk.person.prompt_on(&[Operation::Enroll, Operation::Release]);
    desk.person.answer_with(Answer::Unsupported);
    let wish = biometrics_or(&[SecureStorage]);
    set(&desk, &begin(&desk, &wish));
    desk.person.answer_with(Answer::Truthfully);

    let program = begin(&desk, &wish);
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    set(&desk, &program);
    let told = "ProtectionCanBeRaised { present: SecureStorage, to: Biometrics }";
    assert_eq!(program.take_events(), [told]);
    let inspection = desk.run(program.vault.inspect()).unwrap();
    assert_eq!(inspection.can_be_raised, Some(Biometrics));
    let before = desk.person.prompts_shown();

    desk.person.answer_with(Answer::Dismissed);
    let stored = desk.stored();
    assert_eq!(name(&desk.run(program.vault.raise()).unwrap_err()), "Dismissed");
    assert_eq!(desk.stored(), stored);
    program.take_events();

    desk.person.answer_with(Answer::Truthfully);
    assert!(desk.run(program.vault.raise()).unwrap());
    assert_eq!(desk.person.prompts_shown(), before + 2);
    assert_eq!(program.take_events(), ["ProtectionRaised { from: SecureStorage, to: Biometrics }"]);
    assert_eq!(present(&desk), (None, vec!["user-verification"]));
    let inspection = desk.run(program.vault.inspect()).unwrap();
    assert_eq!(inspection.can_be_raised, None);
    desk.run(program.vault.lock()).unwrap();
    assert!(desk.run(program.vault.is_locked()).unwrap(), "it locks now");
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    assert!(
        desk.person
            .asked()
            .iter()
            .all(|it| it.device_security == biometrics_or(&[]).device_security)
    );
}

#[test]
fn the_same_configuration_raises_too_and_a_device_that_cannot_is_no_error_then() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    let wish = biometrics_or(&[SecureStorage]);
    let program = begin(&desk, &wish);
    set(&desk, &program);
    assert!(!desk.run(program.vault.raise()).unwrap());
    desk.run(program.vault.update_config(wish.clone())).unwrap();
    assert_eq!(present(&desk).0, Some(SecureStorage));
    assert_eq!(history(&desk).len(), 1, "nothing has changed");
    desk.person.answer_with(Answer::Truthfully);
    desk.run(program.vault.update_config(wish)).unwrap();
    assert_eq!(present(&desk), (None, vec!["user-verification"]));
    desk.run(program.vault.lock()).unwrap();
    assert!(desk.run(program.vault.is_locked()).unwrap());
}

#[test]
fn a_vault_that_comes_to_want_more_keeps_what_it_has_and_says_so() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    let program = begin(&desk, &support::config(VaultType::SecureStorage));
    set(&desk, &program);
    let error = desk.run(program.vault.update_config(biometrics_or(&[]))).unwrap_err();
    assert_eq!(name(&error), "Unsupported", "refused as ever");
    program.take_events();
    desk.run(program.vault.update_config(biometrics_or(&[SecureStorage]))).unwrap();
    let told = "ProtectionWeakened { wanted: Biometrics, present: SecureStorage }";
    assert_eq!(program.take_events(), [told, "ConfigChanged(DeviceSecurity)"]);
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    // And back to what it was: nothing is weak any more, and nothing is left of it in the file.
    desk.run(program.vault.update_config(support::config(VaultType::SecureStorage))).unwrap();
    let inspection = inspect(&desk.stored().unwrap()).unwrap();
    assert_eq!((inspection.version, inspection.weakened_to), (1, None));
}

#[test]
fn what_is_no_longer_accepted_is_left() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    let program = begin(&desk, &biometrics_or(&[CustomPasscode, SecureStorage]));
    set(&desk, &program);
    assert_eq!(present(&desk).0, Some(CustomPasscode));
    desk.run(program.vault.update_config(biometrics_or(&[SecureStorage]))).unwrap();
    assert_eq!(present(&desk), (Some(SecureStorage), vec!["device-store"]));
    let refused = desk.run(program.vault.update_config(biometrics_or(&[]))).unwrap_err();
    assert_eq!(name(&refused), "Unsupported", "an app that accepts nothing gets nothing");
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
}

/// An app that accepts nothing else any more gets what it wants, or is told that it cannot be had: what
/// was weakened must not come to look as wanted, nor its history go.
#[test]
fn a_weakened_vault_whose_list_is_taken_away_gets_what_is_wanted_or_stays() {
    let passcode_or_store = config(VaultType::CustomPasscode, &[SecureStorage]);
    let store_or_file = config(VaultType::SecureStorage, &[KeyFile]);
    for (with_list, held) in [(store_or_file, KeyFile), (passcode_or_store, PasscodeAlone)] {
        let desk = Desk::with_key_file();
        desk.device.answer_with(Answer::Unsupported);
        let program = begin(&desk, &with_list);
        let asked = program.answers_with("2580");
        set(&desk, &program);
        assert_eq!(present(&desk).0, Some(held));
        let (stored, told) = (desk.stored(), history(&desk));
        assert_eq!(told.len(), 1);
        let times_asked = asked.lock().unwrap().len();

        let mut without_list = with_list.clone();
        without_list.fallback.clear();
        for answer in [Answer::Unsupported, Answer::Unavailable] {
            desk.device.answer_with(answer);
            let changed = desk.run(program.vault.update_config(without_list.clone()));
            let refused = matches!(
                (answer, &changed),
                (Answer::Unsupported, Err(Error::Unsupported { .. }))
                    | (Answer::Unavailable, Err(Error::Unavailable { .. }))
            );
            assert!(refused, "{held:?} {answer:?}: {changed:?}");
            assert_eq!((desk.stored(), history(&desk)), (stored.clone(), told.clone()));
            assert_eq!(program.vault.config().as_ref(), Some(&with_list));
            assert_eq!(asked.lock().unwrap().len(), times_asked, "nobody is asked in vain");
        }

        desk.device.answer_with(Answer::Truthfully);
        desk.run(program.vault.update_config(without_list.clone())).unwrap();
        let inspection = inspect(&desk.stored().unwrap()).unwrap();
        assert_eq!((inspection.weakened_to, &inspection.config), (None, &without_list));
        let provider = inspection.slots[0].provider.as_deref();
        assert_eq!(provider, Some("simulated-store"), "{held:?}");
        assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    }
}

/// What protects the vault is what the app wants from now on.
#[test]
fn a_weakened_vault_may_be_wanted_as_it_is() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    let program = begin(&desk, &biometrics_or(&[SecureStorage]));
    set(&desk, &program);
    let wanted = config(VaultType::SecureStorage, &[]);
    let made = desk.device.asked().len();
    desk.run(program.vault.update_config(wanted.clone())).unwrap();
    assert_eq!(desk.device.asked().len(), made, "the same key does");
    assert_eq!(present(&desk).0, None);
    assert_eq!(program.vault.config(), Some(wanted));
}

#[test]
fn the_passcode_of_a_weakened_vault_can_be_changed() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    let wish = biometrics_or(&[CustomPasscode]);
    let program = desk.start();
    desk.run(async {
        program.vault.initialize(wish.clone()).await.unwrap();
        // Handed over before the vault has a key, as apps do.
        program.vault.set_passcode(passcode("1111")).await.unwrap();
        program.vault.set("token", "abc").await.unwrap();
        // No person is asked for a face on the way, though the device has come to have eyes.
        desk.person.answer_with(Answer::Truthfully);
        program.vault.set_passcode(passcode("2580")).await.unwrap();
    });
    assert_eq!(desk.person.prompts_shown(), 0);
    drop(program);
    let program = begin(&desk, &wish);
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    assert_eq!(present(&desk).0, Some(CustomPasscode));
}

#[test]
fn a_changed_history_is_found_when_the_vault_opens() {
    let desk = Desk::new();
    desk.clock.set_wall(0x1234_5678_9abc);
    desk.person.answer_with(Answer::Unsupported);
    let wish = biometrics_or(&[SecureStorage]);
    set(&desk, &begin(&desk, &wish));
    desk.damage(|bytes| {
        let time = 0x1234_5678_9abc_u64.to_be_bytes();
        let at = bytes.windows(8).position(|window| window == time).unwrap();
        bytes[at + 7] ^= 1;
        support::repair_checksum(bytes);
    });
    assert_eq!(history(&desk)[0].3, 0x1234_5678_9abd, "readable while locked");
    let program = begin(&desk, &wish);
    assert_eq!(name(&desk.run(program.vault.unlock()).unwrap_err()), "Damaged");
}

#[test]
fn an_app_can_ask_whether_and_when() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    desk.clock.set_wall(1_000);
    let program = begin(&desk, &biometrics_or(&[SecureStorage]));
    set(&desk, &program);
    drop(program);
    // After a restart, while nothing has been unlocked.
    let program = begin(&desk, &biometrics_or(&[]));
    let stored = desk.run(program.vault.inspect()).unwrap().stored.unwrap();
    assert_eq!(stored.weakened_to, Some(SecureStorage));
    let last = stored.protection_changes.last().unwrap();
    assert_eq!(
        (last.turn, last.from, last.to, last.at),
        (Turn::Weakened, Biometrics, SecureStorage, 1_000)
    );
}

/// One fault at each step of an operation on a vault whose device has just become able.
fn crash_while(
    wish: &Config,
    weak: &dyn Fn(&Desk),
    able: &dyn Fn(&Desk),
    operation: &dyn Fn(&Vault) -> keyward::Pending<()>,
) -> usize {
    let mut tried = 0;
    for fault in Fault::ALL {
        for at in 1..50 {
            let desk = Desk::with_key_file();
            weak(&desk);
            set(&desk, &begin(&desk, wish));
            let before = present(&desk).0;
            assert!(before.is_some(), "it was weakened");
            able(&desk);
            let script = Script::new();
            let program = desk.start_on(Rc::new(FaultyStores::new(&desk.stores, &script)));
            program.answers_with("2580");
            let steps = script.steps();
            script.fail_at(at, fault);
            let _ = desk.run(async {
                program.vault.initialize(wish.clone()).await?;
                operation(&program.vault).await
            });
            let reached = script.steps() >= steps + at;
            drop(program);
            desk.settle();
            script.revive();

            let (after, slots) = present(&desk);
            assert_eq!(slots.len(), 1, "{fault:?} at {at}: the old way in or the new one");
            let turns = history(&desk).len();
            assert_eq!(turns, if after == before { 1 } else { 2 }, "{fault:?} at {at}");
            let program = begin(&desk, wish);
            assert_eq!(token(&desk, &program).as_deref(), Some("abc"), "{fault:?} at {at}");
            drop(program);
            if !reached {
                break;
            }
            tried += 1;
            assert!(at < 49, "it does not end");
        }
    }
    tried
}

#[test]
fn a_crash_while_raising_leaves_the_old_protection_or_the_new() {
    let unlock = |vault: &Vault| vault.unlock();
    let without_store = |desk: &Desk| desk.device.answer_with(Answer::Unsupported);
    let with_store = |desk: &Desk| desk.device.answer_with(Answer::Truthfully);
    let file = config(VaultType::SecureStorage, &[KeyFile]);
    let bound = config(VaultType::CustomPasscode, &[CustomPasscode]);
    let mut tried = crash_while(&file, &without_store, &with_store, &unlock);
    tried += crash_while(&bound, &without_store, &with_store, &unlock);
    let nobody = |desk: &Desk| desk.person.answer_with(Answer::Unsupported);
    let somebody = |desk: &Desk| desk.person.answer_with(Answer::Truthfully);
    let biometrics = biometrics_or(&[SecureStorage]);
    let again = |vault: &Vault| vault.update_config(biometrics_or(&[SecureStorage]));
    tried += crash_while(&biometrics, &nobody, &somebody, &again);
    assert!(tried >= 20, "only {tried} faults were reached");
}

#[test]
fn a_lock_while_raising_stays_a_lock() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    let wish = biometrics_or(&[CustomPasscode]);
    let program = begin(&desk, &wish);
    set(&desk, &program);
    desk.person.answer_with(Answer::Held);
    let mut raising = program.vault.raise();
    assert!(desk.peek(&mut raising).is_none());
    let lock = program.vault.lock();
    program.vault.background();
    desk.person.answer_with(Answer::Truthfully);
    let _ = desk.run(raising);
    desk.run(lock).unwrap();
    assert!(desk.run(program.vault.is_locked()).unwrap());
    desk.person.answer_with(Answer::Truthfully);
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
}

#[test]
fn another_process_raises_and_this_one_follows() {
    let desk = Desk::with_key_file();
    desk.device.answer_with(Answer::Unsupported);
    let wish = config(VaultType::SecureStorage, &[KeyFile]);
    let one = begin(&desk, &wish);
    set(&desk, &one);
    desk.device.answer_with(Answer::Truthfully);
    let other = begin(&desk, &wish);
    assert_eq!(token(&desk, &other).as_deref(), Some("abc"));
    assert_eq!(present(&desk).0, None);
    desk.settle();
    desk.run(one.vault.set("more", &1)).unwrap();
    assert_eq!(token(&desk, &one).as_deref(), Some("abc"));
    assert_eq!(desk.run(other.vault.get::<i32>("more")).unwrap(), Some(1));
    assert_eq!(history(&desk).len(), 2, "raised once");
}

#[test]
fn nonsense_in_a_list_is_refused() {
    let desk = Desk::new();
    let program = begin(&desk, &support::config(VaultType::SecureStorage));
    for list in [&[PasscodeAlone][..], &[KeyFile, CustomPasscode, KeyFile]] {
        let wrong = biometrics_or(list);
        let error = desk.run(program.vault.update_config(wrong)).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    }
}

#[test]
fn events_carry_what_they_say() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    let program = begin(&desk, &biometrics_or(&[SecureStorage]));
    let mut events = program.vault.events();
    set(&desk, &program);
    match events.next_now() {
        Some(Event::ProtectionWeakened { wanted: Biometrics, present: SecureStorage }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_configuration_taken_while_the_key_was_lost_leaves_a_file_that_reads() {
    let desk = Desk::new();
    desk.person.answer_with(Answer::Unsupported);
    let program = begin(&desk, &biometrics_or(&[SecureStorage]));
    set(&desk, &program);
    drop(program);
    let keys = desk.device.copy_keys();
    desk.device.lose_keys();
    let program = begin(&desk, &biometrics_or(&[SecureStorage]));
    let without_list = support::config(VaultType::SecureStorage);
    desk.run(program.vault.update_config(without_list)).unwrap();
    desk.device.put_keys_back(&keys);
    desk.run(program.vault.set("more", &1)).unwrap();
    assert_eq!(present(&desk), (Some(SecureStorage), vec!["device-store"]));
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
}

#[test]
fn recovery_slots_are_kept_when_a_vault_is_raised() {
    let desk = Desk::with_key_file();
    desk.device.answer_with(Answer::Unsupported);
    let wish = config(VaultType::SecureStorage, &[KeyFile]);
    let program = begin(&desk, &wish);
    set(&desk, &program);
    let code = desk.run(program.vault.enroll_recovery()).unwrap();
    drop(program);
    desk.device.answer_with(Answer::Truthfully);
    let program = begin(&desk, &wish);
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
    assert_eq!(present(&desk), (None, vec!["device-store", "recovery-code"]));
    drop(program);

    // And a recovered vault takes what can be had, as a new one does.
    desk.device.lose_keys();
    desk.device.answer_with(Answer::Unsupported);
    let program = begin(&desk, &wish);
    desk.run(program.vault.recover(keyward::Recovery::Code(code))).unwrap();
    let told = "ProtectionWeakened { wanted: SecureStorage, present: KeyFile }";
    assert!(program.take_events().contains(&told.to_owned()));
    assert_eq!(present(&desk), (Some(KeyFile), vec!["device-store", "recovery-code"]));
    assert_eq!(token(&desk, &program).as_deref(), Some("abc"));
}

/// Told without asking anybody, and while the vault is locked.
#[test]
fn health_says_what_a_weakened_vault_could_have_now() {
    let could = |desk: &Desk, program: &Program| {
        let (asked, stored) = (desk.person.prompts_shown(), desk.stored());
        let could = desk.run(program.vault.health()).unwrap().can_be_raised;
        assert_eq!((asked, stored), (desk.person.prompts_shown(), desk.stored()));
        could
    };
    let desk = Desk::with_key_file();
    desk.person.answer_with(Answer::Unsupported);
    desk.device.answer_with(Answer::Unsupported);
    let program = begin(&desk, &biometrics_or(&[CustomPasscode, SecureStorage, KeyFile]));
    set(&desk, &program);
    assert_eq!(present(&desk).0, Some(PasscodeAlone));
    desk.run(program.vault.lock()).unwrap();
    assert_eq!(could(&desk, &program), None, "the device is as it was");

    for answer in [Answer::Unavailable, Answer::Held] {
        desk.person.answer_with(answer);
        desk.device.answer_with(answer);
        assert_eq!(could(&desk, &program), None, "{answer:?}: it cannot say");
    }
    desk.device.answer_with(Answer::Truthfully);
    assert_eq!(could(&desk, &program), Some(CustomPasscode), "bound to the device");
    desk.person.answer_with(Answer::Truthfully);
    assert_eq!(could(&desk, &program), Some(Biometrics));
    // It binds the passcode by itself, and raises further when the app says so.
    desk.run(program.vault.unlock()).unwrap();
    assert_eq!(present(&desk).0, Some(CustomPasscode));
    assert_eq!(could(&desk, &program), Some(Biometrics));
    desk.run(program.vault.raise()).unwrap();
    assert_eq!((present(&desk).0, could(&desk, &program)), (None, None));

    let desk = Desk::with_key_file();
    desk.device.answer_with(Answer::Unsupported);
    let program = begin(&desk, &config(VaultType::SecureStorage, &[KeyFile]));
    set(&desk, &program);
    assert_eq!(could(&desk, &program), None, "the file is what it has");
    desk.device.answer_with(Answer::Truthfully);
    assert_eq!(could(&desk, &program), Some(SecureStorage));
}
