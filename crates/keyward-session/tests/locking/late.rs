//! The vault locks while an answer is on its way, and the program ends before it is open again.

use keyward::VaultType::DeviceSecurity;
use keyward::{Cause, Value};
use keyward_conformance::simulated_device::Answer;
use keyward_session::{HttpError, Revocation, Tokens};

use crate::support::{Desk, Program, response, shown, tokens};

/// A program whose vault has locked while the server's answer, tokens number 1, was on its way.
fn late(desk: &Desk) -> Program {
    let program = desk.signed_in(DeviceSecurity, 100);
    comes_late(desk, &program, 1);
    program
}

/// The vault locks while the server answers with tokens number `n`.
fn comes_late(desk: &Desk, program: &Program, n: u32) {
    desk.pass(60);
    let bearer = program.session.bearer();
    desk.settle();
    desk.run(program.vault.lock()).unwrap();
    let before = desk.person.prompts_shown();
    desk.reply(&format!("refresh_token=refresh-{}&", n - 1), tokens(n, 100));
    assert_eq!(desk.person.prompts_shown(), before, "nobody is asked in the background");
    drop(bearer);
}

/// The server is told of tokens of these numbers, in whatever order, and of no others.
fn revoked(desk: &Desk, mut numbers: Vec<u32>) {
    let mut told = Vec::new();
    desk.settle();
    while !desk.wire.is_quiet() {
        let (url, body, reply) = desk.wire.next();
        assert!(url.ends_with("/revoke"), "{url}");
        told.push(body.split('&').find(|it| it.starts_with("token=")).unwrap().to_owned());
        let _ = reply.send(response(200, ""));
        desk.settle();
    }
    numbers.sort_unstable();
    let mut wanted: Vec<_> = numbers
        .into_iter()
        .flat_map(|n| [format!("token=access-{n}"), format!("token=refresh-{n}")])
        .collect();
    told.sort();
    wanted.sort();
    assert_eq!(told, wanted);
}

/// The token that is handed out without asking the server.
fn from_the_vault(desk: &Desk, program: &Program) -> String {
    shown(desk.peek(&mut program.session.bearer()).expect("the server is not asked"))
}

#[test]
fn a_program_that_is_killed_then_loses_nothing() {
    let desk = Desk::new();
    drop(late(&desk));
    let next = desk.start(DeviceSecurity);
    let before = desk.person.prompts_shown();
    assert_eq!(desk.bearer(&next), "access-1");
    assert_eq!(desk.person.prompts_shown(), before + 1);
    assert!(desk.beside.answer().is_none(), "it is in the vault by now");
    // The session goes on with what came late, again and again.
    for n in 2..5 {
        comes_late(&desk, &next, n);
        assert_eq!(desk.bearer(&next), format!("access-{n}"));
    }
    assert_eq!(desk.wire.asked(), 4, "each refresh token once");
}

#[test]
fn nothing_beside_the_vault_can_be_read() {
    let desk = Desk::new();
    let _program = late(&desk);
    let sealed = desk.beside.answer().expect("it is there");
    for text in [b"access-".as_slice(), b"refresh-", b"vault", b"session"] {
        assert!(!sealed.windows(text.len()).any(|window| window == text));
    }
}

#[test]
fn an_unlock_alone_brings_it_in() {
    let desk = Desk::new();
    let program = late(&desk);
    desk.run(program.vault.unlock()).unwrap();
    desk.settle();
    assert_eq!(program.session.bearer_now().unwrap().expose(), "access-1");
    assert!(desk.beside.answer().is_none());
    // The next program's, too.
    comes_late(&desk, &program, 2);
    drop(program);
    let next = desk.start(DeviceSecurity);
    desk.run(next.vault.unlock()).unwrap();
    desk.settle();
    assert!(desk.beside.answer().is_none());
    assert_eq!(next.session.bearer_now().unwrap().expose(), "access-2");
}

#[test]
fn while_nobody_can_tell_whether_it_is_there_no_token_is_spent() {
    let desk = Desk::new();
    drop(late(&desk));
    let next = desk.start(DeviceSecurity);
    desk.beside.set_out_of_reach(true);
    assert!(from_the_vault(&desk, &next).starts_with("Keep("));
    assert_eq!(desk.wire.asked(), 1, "the token that is spent is not spent again");
    desk.beside.set_out_of_reach(false);
    assert_eq!(desk.bearer(&next), "access-1");
}

#[test]
fn whoever_does_not_unlock_leaves_it_where_it_is() {
    let desk = Desk::new();
    drop(late(&desk));
    let next = desk.start(DeviceSecurity);
    desk.person.answer_with(Answer::Dismissed);
    let before = desk.person.prompts_shown();
    assert_eq!(desk.bearer(&next), "Vault(Dismissed)");
    assert_eq!(desk.person.prompts_shown(), before + 1);
    desk.person.answer_with(Answer::Truthfully);
    assert_eq!(desk.bearer(&next), "access-1");
    assert_eq!(desk.wire.asked(), 1);
}

#[test]
fn an_old_copy_that_is_put_back_is_not_taken() {
    let desk = Desk::new();
    let program = late(&desk);
    let old = desk.beside.answer();
    assert_eq!(desk.bearer(&program), "access-1");
    drop(program);
    desk.beside.put(old.clone());
    let next = desk.start(DeviceSecurity);
    assert_eq!(from_the_vault(&desk, &next), "access-1");
    assert!(desk.beside.answer().is_none(), "it is removed");
    desk.pass(60);
    let bearer = next.session.bearer();
    desk.reply("refresh_token=refresh-1&", tokens(2, 100));
    assert_eq!(shown(desk.run(bearer)), "access-2");
    desk.beside.put(old);
    desk.run(next.vault.lock()).unwrap();
    assert_eq!(from_the_vault(&desk, &next), "access-2");
}

#[test]
fn what_is_damaged_is_removed_and_the_session_is_as_if_the_answer_had_been_lost() {
    for damage in
        [|it: &mut Vec<u8>| it.truncate(40), |it: &mut Vec<u8>| *it.last_mut().unwrap() ^= 1]
    {
        let desk = Desk::new();
        drop(late(&desk));
        let mut sealed = desk.beside.answer().unwrap();
        damage(&mut sealed);
        desk.beside.put(Some(sealed));
        let next = desk.start(DeviceSecurity);
        let bearer = next.session.bearer();
        desk.reply("refresh_token=refresh-0&", tokens(7, 100));
        assert_eq!(shown(desk.run(bearer)), "access-7");
        assert!(desk.beside.answer().is_none());
    }
}

#[test]
fn where_the_disk_is_full_it_waits_in_memory() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 100);
    let other = desk.start(DeviceSecurity);
    assert_eq!(desk.bearer(&other), "access-0");
    desk.beside.set_full(true);
    comes_late(&desk, &program, 1);
    assert!(desk.beside.answer().is_none());
    let mut second = other.session.bearer();
    assert!(desk.peek(&mut second).is_none(), "nobody spends what is spent");
    desk.run(program.vault.unlock()).unwrap();
    assert_eq!(shown(desk.run(second)), "access-1");
    assert_eq!(desk.bearer(&program), "access-1");
    assert_eq!(desk.wire.asked(), 1);
}

#[test]
fn so_it_does_for_a_session_that_an_earlier_version_has_written() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 100);
    let entry = r#"{"version":1,"tokens":{"access":"access-0","refresh":"refresh-0","lifetime":1,
        "since":0,"session":5}}"#;
    desk.run(program.vault.set_many([("session", Value::json_text(entry).unwrap())])).unwrap();
    drop(program);
    let program = desk.start(DeviceSecurity);
    comes_late(&desk, &program, 1);
    assert!(desk.beside.answer().is_none());
    assert_eq!(desk.bearer(&program), "access-1");
    // From then on it has what an answer is sealed with.
    comes_late(&desk, &program, 2);
    assert!(desk.beside.answer().is_some());
}

#[test]
fn a_sign_out_revokes_it_too() {
    let desk = Desk::new();
    let program = late(&desk);
    let out = program.session.logout();
    revoked(&desk, vec![0, 1]);
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Done);
    assert!(desk.beside.answer().is_none());
    assert!(desk.run(program.vault.is_empty()).unwrap());
}

#[test]
fn so_does_a_sign_out_that_the_person_does_not_unlock_for_when_the_vault_is_open() {
    for later in [false, true] {
        let desk = Desk::new();
        let mut program = late(&desk);
        desk.person.answer_with(Answer::Dismissed);
        assert!(desk.run(program.session.logout()).is_err());
        desk.person.answer_with(Answer::Truthfully);
        if later {
            drop(program);
            program = desk.start(DeviceSecurity);
        }
        assert_eq!(desk.bearer(&program), "SignedOut(Requested)");
        desk.run(program.vault.unlock()).unwrap();
        revoked(&desk, vec![0, 1]);
        assert!(desk.beside.answer().is_none());
        assert!(desk.run(program.vault.is_empty()).unwrap());
    }
}

#[test]
fn a_sign_out_that_came_before_the_answer_revokes_it_too() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 100);
    desk.pass(60);
    let bearer = program.session.bearer();
    desk.settle();
    desk.run(program.vault.lock()).unwrap();
    desk.person.answer_with(Answer::Dismissed);
    assert!(desk.run(program.session.logout()).is_err());
    desk.reply("refresh_token=refresh-0&", tokens(1, 100));
    assert_eq!(shown(desk.run(bearer)), "SignedOut(Requested)");
    drop(program);
    desk.person.answer_with(Answer::Truthfully);
    let next = desk.start(DeviceSecurity);
    desk.run(next.vault.unlock()).unwrap();
    revoked(&desk, vec![0, 1]);
    assert!(desk.run(next.vault.is_empty()).unwrap());
}

#[test]
fn what_comes_after_the_vault_was_cleared_waits_in_memory_to_be_revoked() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 100);
    desk.pass(60);
    let bearer = program.session.bearer();
    desk.settle();
    let out = program.session.logout();
    desk.settle();
    let (_, _, answer) = desk.wire.next();
    desk.run(program.vault.lock()).unwrap();
    let _ = answer.send(tokens(1, 100));
    desk.settle();
    assert!(desk.beside.answer().is_none(), "the key to it has gone with the session");
    desk.run(program.vault.unlock()).unwrap();
    // The sign-out waits for its turn, to see what came.
    desk.pass(60);
    revoked(&desk, vec![0, 1]);
    assert!(desk.run(program.vault.is_empty()).unwrap());
    drop((bearer, out));
}

#[test]
fn a_sign_out_of_another_program_waits_for_it_and_revokes_it() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 100);
    let other = desk.start(DeviceSecurity);
    assert_eq!(desk.bearer(&other), "access-0");
    desk.pass(60);
    let bearer = program.session.bearer();
    desk.settle();
    desk.run(program.vault.lock()).unwrap();
    let out = other.session.logout();
    desk.reply("refresh_token=refresh-0&", tokens(1, 100));
    revoked(&desk, vec![0, 1]);
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Done);
    assert!(desk.beside.answer().is_none());
    assert!(desk.run(other.vault.is_empty()).unwrap());
    drop(bearer);
}

#[test]
fn a_new_sign_in_makes_it_void_and_revokes_it() {
    let desk = Desk::new();
    drop(late(&desk));
    let next = desk.start(DeviceSecurity);
    let begun = Tokens::new("access-9").with_refresh("refresh-9");
    desk.run(next.session.begin(begun)).unwrap();
    assert!(desk.beside.answer().is_none());
    assert_eq!(desk.bearer(&next), "access-9");
    let sent = next.session.send_revocations();
    revoked(&desk, vec![1]);
    assert_eq!(desk.run(sent).unwrap(), Revocation::Done);
    assert_eq!(desk.bearer(&next), "access-9");
}

#[test]
fn fields_that_are_set_before_it_is_used_are_set_beside_it() {
    let desk = Desk::new();
    drop(late(&desk));
    let next = desk.start(DeviceSecurity);
    desk.run(next.session.set_fields(r#"{"name":"Ann"}"#)).unwrap();
    assert!(desk.beside.answer().is_none());
    assert_eq!(desk.bearer(&next), "access-1");
    let view = desk.run(next.session.view()).unwrap().unwrap();
    assert_eq!(view.fields.unwrap().expose(), r#"{"name":"Ann"}"#);
}

#[test]
fn a_look_at_the_session_shows_what_came_late() {
    let desk = Desk::new();
    drop(late(&desk));
    let next = desk.start(DeviceSecurity);
    let view = desk.run(next.session.view()).unwrap().unwrap();
    assert!(view.expires_in.unwrap().as_secs() > 90);
    assert!(desk.beside.answer().is_none());
}

#[test]
fn a_refresh_that_fails_behind_a_lock_leaves_nothing_there() {
    let desk = Desk::new();
    let program = desk.signed_in(DeviceSecurity, 100);
    desk.pass(60);
    let bearer = program.session.bearer();
    desk.settle();
    desk.run(program.vault.lock()).unwrap();
    desk.reply("refresh_token=refresh-0&", Err(HttpError::NotSent(Cause::new("no route"))));
    assert!(desk.beside.answer().is_none());
    drop(bearer);
}
