//! The vault locks, and the session with it.

#![allow(clippy::unwrap_used)]

#[path = "locking/late.rs"]
mod late;
mod support;

use keyward::VaultType::DeviceSecurity;
use keyward_conformance::simulated_device::Answer;
use keyward_session::{Revocation, Tokens};
use support::{Desk, response, shown, tokens};

#[test]
fn a_lock_drops_the_memory_at_once_and_one_prompt_restores_it() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 3600);
    assert!(program.session.bearer_now().is_some());
    desk.run(program.vault.lock()).unwrap();
    assert!(program.session.bearer_now().is_none(), "whether the driver has run or not");
    let before = desk.person.prompts_shown();
    let waiting: Vec<_> = (0..20).map(|_| program.session.bearer()).collect();
    for bearer in waiting {
        assert_eq!(shown(desk.run(bearer)), "access-0");
    }
    assert_eq!(desk.person.prompts_shown(), before + 1);
    assert!(program.session.bearer_now().is_some());
}

#[test]
fn an_unlock_restores_the_memory_by_itself() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 3600);
    desk.run(program.vault.lock()).unwrap();
    desk.settle();
    desk.run(program.vault.unlock()).unwrap();
    desk.settle();
    assert_eq!(program.session.bearer_now().unwrap().expose(), "access-0");
}

#[test]
fn whoever_says_no_is_not_asked_again_by_those_who_waited() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 3600);
    desk.run(program.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Dismissed);
    let before = desk.person.prompts_shown();
    let waiting: Vec<_> = (0..5).map(|_| program.session.bearer()).collect();
    for bearer in waiting {
        assert_eq!(shown(desk.run(bearer)), "Vault(Dismissed)");
    }
    assert_eq!(desk.person.prompts_shown(), before + 1);
}

#[test]
fn a_lock_in_the_middle_of_a_refresh_loses_nothing() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 100);
    desk.pass(60);
    let mut bearer = program.session.bearer();
    assert!(desk.peek(&mut bearer).is_none());
    desk.run(program.vault.lock()).unwrap();
    let before = desk.person.prompts_shown();
    desk.reply("refresh-0", tokens(1, 100));
    assert!(desk.peek(&mut bearer).is_none(), "nobody gets it before it is durable");
    assert_eq!(desk.person.prompts_shown(), before, "nobody is asked in the background");
    desk.run(program.vault.unlock()).unwrap();
    assert_eq!(shown(desk.run(bearer)), "access-1");
    drop(program);
    let again = desk.start(DeviceSecurity);
    assert_eq!(desk.bearer(&again), "access-1", "it is in the vault");
    assert_eq!(desk.wire.asked(), 1);
}

#[test]
fn after_a_lock_in_the_middle_the_next_caller_is_asked_to_unlock() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 100);
    desk.pass(60);
    let mut first = program.session.bearer();
    assert!(desk.peek(&mut first).is_none());
    desk.run(program.vault.lock()).unwrap();
    desk.reply("refresh-0", tokens(1, 100));
    assert_eq!(desk.bearer(&program), "access-1");
    assert_eq!(shown(desk.run(first)), "access-1");
    assert_eq!(desk.wire.asked(), 1);
}

#[test]
fn another_process_goes_on_with_what_came_late_and_does_not_spend_what_is_spent() {
    let desk = Desk::new();
    let one = desk.signed_in(DeviceSecurity, 100);
    let other = desk.start(DeviceSecurity);
    assert_eq!(desk.bearer(&other), "access-0");
    desk.pass(60);
    let mut first = one.session.bearer();
    assert!(desk.peek(&mut first).is_none());
    desk.run(one.vault.lock()).unwrap();
    desk.reply("refresh-0", tokens(1, 100));
    let before = desk.person.prompts_shown();
    assert_eq!(desk.bearer(&other), "access-1");
    assert_eq!(desk.person.prompts_shown(), before, "its vault is open");
    assert!(desk.peek(&mut first).is_none(), "nobody is asked for this one");
    desk.run(one.vault.unlock()).unwrap();
    assert_eq!(shown(desk.run(first)), "access-1");
    assert_eq!(desk.wire.asked(), 1);
}

#[test]
fn a_sign_out_that_the_person_does_not_unlock_for_is_made_up_for() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 3600);
    desk.run(program.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Dismissed);
    assert!(desk.run(program.session.logout()).is_err());
    assert_eq!(desk.bearer(&program), "SignedOut(Requested)");
    desk.person.answer_with(Answer::Truthfully);
    desk.run(program.vault.unlock()).unwrap();
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    assert!(desk.run(program.vault.is_empty()).unwrap());
}

#[test]
fn such_a_sign_out_is_remembered_by_the_next_program() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 3600);
    desk.run(program.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Dismissed);
    assert!(desk.run(program.session.logout()).is_err());
    drop(program);
    desk.person.answer_with(Answer::Truthfully);
    let next = desk.start(DeviceSecurity);
    let before = desk.person.prompts_shown();
    assert_eq!(desk.bearer(&next), "SignedOut(Requested)");
    assert!(desk.run(next.session.view()).unwrap().is_none());
    assert_eq!(desk.person.prompts_shown(), before, "nobody is asked to unlock for that");
    desk.run(next.vault.unlock()).unwrap();
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    assert!(desk.run(next.vault.is_empty()).unwrap());
    drop(next);
    let last = desk.start(DeviceSecurity);
    assert_eq!(desk.bearer(&last), "SignedOut(NeverSignedIn)", "it is forgotten again");
}

#[test]
fn whoever_did_not_unlock_for_a_sign_out_is_not_asked_again_because_others_write() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 3600);
    let other = desk.start(DeviceSecurity);
    assert_eq!(desk.bearer(&other), "access-0");
    desk.run(program.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Dismissed);
    assert!(desk.run(program.session.logout()).is_err());
    let before = desk.person.prompts_shown();
    desk.run(other.session.set_fields("{}")).unwrap();
    desk.settle();
    assert_eq!(desk.person.prompts_shown(), before);
}

#[test]
fn a_sign_in_of_another_program_is_not_taken_for_what_such_a_sign_out_has_left() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 3600);
    let other = desk.start(DeviceSecurity);
    desk.run(program.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Dismissed);
    assert!(desk.run(program.session.logout()).is_err());
    drop(program);
    desk.person.answer_with(Answer::Truthfully);
    desk.run(other.session.begin(Tokens::new("access-9"))).unwrap();
    let next = desk.start(DeviceSecurity);
    assert_eq!(desk.bearer(&next), "access-9");
}

#[test]
fn a_sign_in_after_such_a_sign_out_stays_and_makes_up_for_it() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 3600);
    desk.run(program.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Dismissed);
    assert!(desk.run(program.session.logout()).is_err());
    desk.person.answer_with(Answer::Truthfully);
    let before = desk.person.prompts_shown();
    let next = Tokens::new("access-9").with_refresh("refresh-9");
    desk.run(program.session.begin(next)).unwrap();
    assert_eq!(desk.person.prompts_shown(), before + 1);
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    assert!(desk.wire.is_quiet(), "the new tokens are not given up");
    assert_eq!(desk.bearer(&program), "access-9");
    drop(program);
    let again = desk.start(DeviceSecurity);
    assert_eq!(desk.bearer(&again), "access-9");
}

#[test]
fn such_a_sign_out_is_not_made_up_for_by_removing_a_later_session() {
    let desk = Desk::new();
    let one = desk.signed_in(DeviceSecurity, 3600);
    let other = desk.start(DeviceSecurity);
    assert_eq!(desk.bearer(&other), "access-0");
    desk.run(one.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Dismissed);
    assert!(desk.run(one.session.logout()).is_err());
    desk.person.answer_with(Answer::Truthfully);
    let next = Tokens::new("access-9").with_refresh("refresh-9");
    desk.run(other.session.begin(next)).unwrap();
    desk.run(one.vault.unlock()).unwrap();
    desk.settle();
    assert!(desk.wire.is_quiet(), "nothing is revoked");
    assert_eq!(desk.bearer(&other), "access-9");
    assert_eq!(desk.bearer(&one), "access-9");
    drop((one, other));
    let again = desk.start(DeviceSecurity);
    assert_eq!(desk.bearer(&again), "access-9");
}

#[test]
fn what_such_a_sign_out_has_left_is_not_shown() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 3600);
    desk.run(program.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Dismissed);
    assert!(desk.run(program.session.logout()).is_err());
    desk.person.answer_with(Answer::Truthfully);
    assert!(desk.run(program.session.view()).unwrap().is_none());
    assert!(desk.run(program.session.set_fields("1")).is_err());
}

#[test]
fn a_revocation_that_finds_the_vault_locked_is_sent_when_it_is_open() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 3600);
    let out = program.session.logout();
    desk.reply("token=refresh-0", response(503, ""));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Later);
    desk.run(program.vault.lock()).unwrap();
    let before = desk.person.prompts_shown();
    // The next try, and somebody's own.
    desk.pass(60);
    assert_eq!(desk.run(program.session.send_revocations()).unwrap(), Revocation::Later);
    assert!(desk.wire.is_quiet());
    assert_eq!(desk.person.prompts_shown(), before, "nobody is asked for that");
    desk.run(program.vault.unlock()).unwrap();
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    assert!(desk.run(program.vault.is_empty()).unwrap());
}

#[test]
fn a_session_that_is_refused_behind_a_lock_does_not_come_back() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 100);
    desk.pass(60);
    let bearer = program.session.bearer();
    desk.settle();
    desk.run(program.vault.lock()).unwrap();
    let before = desk.person.prompts_shown();
    desk.reply("refresh-0", response(400, r#"{"error":"invalid_grant"}"#));
    assert_eq!(shown(desk.run(bearer)), "SignedOut(Refused)");
    assert_eq!(program.take_events(), ["Refreshing", "SignedOut(Refused)"]);
    assert_eq!(desk.person.prompts_shown(), before, "nobody is asked in the background");
    desk.run(program.vault.unlock()).unwrap();
    desk.settle();
    assert!(program.session.bearer_now().is_none());
    assert!(desk.run(program.vault.is_empty()).unwrap(), "it is removed at the next look");
    assert_eq!(desk.bearer(&program), "SignedOut(Refused)");
    assert!(program.take_events().is_empty(), "it has been told once");
    assert_eq!(desk.wire.asked(), 1);
    // Whoever signs in again is signed in.
    let next = Tokens::new("access-9").with_refresh("refresh-9");
    desk.run(program.session.begin(next)).unwrap();
    assert_eq!(desk.bearer(&program), "access-9");
}
