//! From sign-in to sign-out, on a vault, with a server that answers as it is told.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use keyward::VaultType;
use keyward_session::{
    Backend, Config, Error, HttpError, Mapping, Placement, Revocation, Server, Tokens,
};
use support::{Desk, response, shown, tokens};

#[test]
fn a_fresh_token_comes_from_memory_and_a_restart_takes_it_from_the_vault() {
    let desk = Desk::new();
    let program = desk.start(VaultType::SecureStorage);
    assert_eq!(desk.bearer(&program), "SignedOut(NeverSignedIn)");
    let first = Tokens::new("access-0").with_refresh("refresh-0");
    desk.run(program.session.begin(first.with_lifetime(Duration::from_secs(3600)))).unwrap();
    assert_eq!(program.take_events(), ["SignedIn"]);
    assert_eq!(program.session.bearer_now().unwrap().expose(), "access-0");
    drop(program);

    let again = desk.start(VaultType::SecureStorage);
    assert!(again.session.bearer_now().is_none());
    assert_eq!(desk.bearer(&again), "access-0");
    assert_eq!(again.session.bearer_now().unwrap().expose(), "access-0");
    assert_eq!(desk.wire.asked(), 0);
}

#[test]
fn fifty_callers_share_one_refresh() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 100);
    desk.pass(49);
    assert_eq!(desk.bearer(&program), "access-0", "the leeway is at most half of the life");
    desk.pass(1);
    let waiting: Vec<_> = (0..50).map(|_| program.session.bearer()).collect();
    desk.reply("refresh_token=refresh-0", tokens(1, 100));
    for bearer in waiting {
        assert_eq!(shown(desk.run(bearer)), "access-1");
    }
    assert_eq!(desk.wire.asked(), 1);
    assert_eq!(program.take_events(), ["Refreshing", "Refreshed"]);
}

#[test]
fn processes_take_turns_and_use_what_the_other_got() {
    let desk = Desk::new();
    let one = desk.signed_in(VaultType::SecureStorage, 100);
    let other = desk.start(VaultType::SecureStorage);
    assert_eq!(desk.bearer(&other), "access-0");
    desk.pass(60);
    let (mut first, mut second) = (one.session.bearer(), other.session.bearer());
    assert!(desk.peek(&mut first).is_none() && desk.peek(&mut second).is_none());
    desk.reply("refresh_token=refresh-0", tokens(1, 100));
    assert_eq!(shown(desk.run(first)), "access-1");
    assert_eq!(shown(desk.run(second)), "access-1");
    assert_eq!(desk.wire.asked(), 1, "the other waited, and read");
}

#[test]
fn a_caller_that_goes_away_does_not_take_the_refresh_with_it() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 100);
    desk.pass(60);
    let mut bearer = program.session.bearer();
    assert!(desk.peek(&mut bearer).is_none());
    drop(bearer);
    desk.reply("refresh-0", tokens(1, 100));
    assert_eq!(program.session.bearer_now().unwrap().expose(), "access-1");
}

#[test]
fn a_refused_refresh_token_ends_the_session_once() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 100);
    desk.pass(60);
    let waiting: Vec<_> = (0..3).map(|_| program.session.bearer()).collect();
    desk.reply("refresh-0", response(400, r#"{"error":"invalid_grant"}"#));
    for bearer in waiting {
        assert_eq!(shown(desk.run(bearer)), "SignedOut(Refused)");
    }
    assert_eq!(program.take_events(), ["Refreshing", "SignedOut(Refused)"]);
    assert_eq!(desk.bearer(&program), "SignedOut(Refused)");
    assert!(program.take_events().is_empty());
    assert!(desk.run(program.vault.is_empty()).unwrap(), "the vault is cleared of it");
}

#[test]
fn a_server_that_is_away_does_not_end_it() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 100);
    desk.pass(60);
    let bearer = program.session.bearer();
    desk.reply("refresh-0", response(503, ""));
    assert_eq!(shown(desk.run(bearer)), "access-0", "the token in hand lives");
    assert_eq!(program.take_events(), ["Refreshing", "Deferred(Server)"]);
    assert_eq!(desk.bearer(&program), "access-0");
    assert_eq!(desk.wire.asked(), 1, "the server is left alone");
    desk.pass(41);
    let bearer = program.session.bearer();
    desk.reply("refresh-0", Err(HttpError::NotSent(keyward::Cause::new("no route"))));
    assert_eq!(shown(desk.run(bearer)), "Later(Offline)", "the token is dead by now");
    desk.pass(60);
    let bearer = program.session.bearer();
    desk.reply("refresh-0", tokens(1, 100));
    assert_eq!(shown(desk.run(bearer)), "access-1");
}

#[test]
fn an_answer_that_was_lost_is_asked_for_again_and_named_as_the_cause() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 100);
    desk.pass(60);
    let bearer = program.session.bearer();
    desk.reply("refresh-0", Err(HttpError::NoAnswer(keyward::Cause::new("reset"))));
    assert_eq!(shown(desk.run(bearer)), "access-0");
    desk.pass(1);
    let bearer = program.session.bearer();
    desk.reply("refresh-0", response(400, r#"{"error":"invalid_grant"}"#));
    assert_eq!(shown(desk.run(bearer)), "SignedOut(AnswerLost)");
}

#[test]
fn a_server_that_asks_for_patience_is_left_alone_by_every_process() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 100);
    desk.pass(60);
    let bearer = program.session.bearer();
    let mut patience = response(429, "").unwrap();
    patience.retry_after = Some("30".to_owned());
    desk.reply("refresh-0", Ok(patience));
    assert_eq!(shown(desk.run(bearer)), "access-0");
    drop(program);
    // A command, which is started anew for each token.
    let again = desk.start(VaultType::SecureStorage);
    let mut bearer = again.session.bearer();
    assert_eq!(shown(desk.peek(&mut bearer).expect("nobody is asked")), "access-0");
    assert_eq!(desk.wire.asked(), 1);
    drop(again);
    let again = desk.start(VaultType::SecureStorage);
    let refused = Tokens::new("access-0").access;
    let mut another = again.session.another_than(refused);
    let another = desk.peek(&mut another).expect("nobody is asked");
    assert_eq!(shown(another), "Later(TooManyRequests)");
    // A clock that was set back does not make it longer.
    desk.clock.set_wall(1_893_456_000_000 - 3_600_000);
    drop(again);
    let again = desk.start(VaultType::SecureStorage);
    let bearer = again.session.bearer();
    desk.reply("refresh-0", tokens(1, 100));
    assert_eq!(shown(desk.run(bearer)), "access-1");
}

#[test]
fn an_answer_that_one_process_lost_is_named_as_the_cause_by_the_next() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 100);
    desk.pass(60);
    let bearer = program.session.bearer();
    desk.reply("refresh-0", Err(HttpError::NoAnswer(keyward::Cause::new("reset"))));
    assert_eq!(shown(desk.run(bearer)), "access-0");
    drop(program);
    let again = desk.start(VaultType::SecureStorage);
    // At once: a server that allows for lost answers does so for some seconds.
    let bearer = again.session.bearer();
    desk.reply("refresh-0", response(400, r#"{"error":"invalid_grant"}"#));
    assert_eq!(shown(desk.run(bearer)), "SignedOut(AnswerLost)");
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 1000);
    desk.pass(950);
    let mut bearer = program.session.bearer();
    assert!(desk.peek(&mut bearer).is_none());
    desk.pass(31);
    assert_eq!(shown(desk.run(bearer)), "access-0");
    assert_eq!(program.take_events(), ["Refreshing", "Deferred(NoAnswer)"]);
}

#[test]
fn a_refused_token_is_replaced_once() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 3600);
    let refused = desk.run(program.session.bearer()).unwrap();
    let waiting: Vec<_> = (0..3).map(|_| program.session.another(&refused)).collect();
    desk.reply("refresh-0", tokens(1, 3600));
    for bearer in waiting {
        assert_eq!(shown(desk.run(bearer)), "access-1");
    }
    assert_eq!(shown(desk.run(program.session.another(&refused))), "access-1", "it is another");
    let second = desk.run(program.session.bearer()).unwrap();
    assert_eq!(shown(desk.run(program.session.another(&second))), "StillRefused");
    assert_eq!(desk.wire.asked(), 1);
    assert_eq!(desk.bearer(&program), "access-1", "the session is kept");
    desk.pass(61);
    let bearer = program.session.another(&second);
    desk.reply("refresh-1", tokens(2, 3600));
    assert_eq!(shown(desk.run(bearer)), "access-2");
}

#[test]
fn a_clock_that_is_wrong_costs_a_refresh_at_most() {
    for shift in [-3_600_000_i64, 3_600_000] {
        let desk = Desk::new();
        let program = desk.signed_in(VaultType::SecureStorage, 1800);
        let wall = 1_893_456_000_000_u64.checked_add_signed(shift).unwrap();
        desk.clock.set_wall(wall);
        desk.pass(60);
        assert_eq!(desk.bearer(&program), "access-0", "memory goes by the other clock");
        drop(program);
        let program = desk.start(VaultType::SecureStorage);
        let bearer = program.session.bearer();
        desk.reply("refresh-0", tokens(1, 1800));
        assert_eq!(shown(desk.run(bearer)), "access-1");
        desk.pass(60);
        assert_eq!(
            desk.bearer(&program),
            "access-1",
            "a clock that is wrong for good is no matter"
        );
    }
}

#[test]
fn a_life_of_nothing_is_none_that_anybody_has_set() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 100);
    desk.pass(60);
    let mut waiting = [program.session.bearer(), program.session.bearer()];
    desk.reply("refresh-0", tokens(1, 0));
    for bearer in &mut waiting {
        assert_eq!(shown(desk.peek(bearer).expect("it is answered")), "access-1");
    }
    assert_eq!(desk.wire.asked(), 1);
    let view = desk.run(program.session.view()).unwrap().unwrap();
    assert_eq!(view.expires_in, None);
    desk.pass(1_000_000);
    assert_eq!(desk.bearer(&program), "access-1", "until it is refused");
}

#[test]
fn an_answer_that_takes_longer_than_its_token_lives_is_given_to_whoever_waits() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 100);
    desk.pass(60);
    let mut bearer = program.session.bearer();
    assert!(desk.peek(&mut bearer).is_none());
    desk.pass(10);
    desk.reply("refresh-0", tokens(1, 5));
    assert_eq!(shown(desk.peek(&mut bearer).expect("it is answered")), "access-1");
    assert_eq!(desk.wire.asked(), 1);
    assert!(program.session.bearer_now().is_none(), "the next one asks again");

    // One who does not want the token that comes is not let to ask for ever, either.
    let next = Tokens::new("access-2").with_refresh("refresh-2");
    desk.run(program.session.begin(next)).unwrap();
    let refused = desk.run(program.session.bearer()).unwrap();
    let mut another = program.session.another(&refused);
    assert!(desk.peek(&mut another).is_none());
    desk.pass(10);
    desk.reply("refresh-2", tokens(2, 5));
    assert_eq!(shown(desk.peek(&mut another).expect("it is answered")), "StillRefused");
}

#[test]
fn the_id_token_stays_the_one_of_the_sign_in() {
    let body = r#"{"access_token":"access-1","expires_in":100,"id_token":"unchecked"}"#;
    for id in [Some("checked"), None] {
        let desk = Desk::new();
        let program = desk.start(VaultType::SecureStorage);
        let mut first = Tokens::new("access-0").with_refresh("refresh-0");
        first.id = id.map(Into::into);
        desk.run(program.session.begin(first.with_lifetime(Duration::from_secs(100)))).unwrap();
        desk.pass(60);
        let bearer = program.session.bearer();
        desk.reply("refresh-0", response(200, body));
        assert_eq!(shown(desk.run(bearer)), "access-1");
        let view = desk.run(program.session.view()).unwrap().unwrap();
        assert_eq!(view.id.as_ref().map(|id| id.expose()), id);
    }
}

#[test]
fn signing_out_clears_first_and_tells_the_server_both_tokens() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 3600);
    let mut out = program.session.logout();
    assert!(program.session.bearer_now().is_none(), "before anything has run");
    assert!(desk.peek(&mut out).is_none(), "the server is being told");
    let entry: String =
        desk.run(program.vault.get::<serde_json::Value>("session")).unwrap().unwrap().to_string();
    assert!(!entry.contains("\"tokens\""), "only what is to be revoked: {entry}");
    desk.reply("token=refresh-0&token_type_hint=refresh_token", response(200, ""));
    desk.reply("token=access-0&token_type_hint=access_token", response(200, ""));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Done);
    assert!(desk.run(program.vault.is_empty()).unwrap());
    assert_eq!(desk.bearer(&program), "SignedOut(Requested)");
    assert_eq!(program.take_events(), ["SignedOut(Requested)"]);
}

#[test]
fn offline_the_revocation_is_kept_sealed_and_sent_later() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 3600);
    let out = program.session.logout();
    desk.reply("refresh-0", Err(HttpError::NotSent(keyward::Cause::new("no route"))));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Later);
    drop(program);
    let again = desk.start(VaultType::SecureStorage);
    assert_eq!(desk.bearer(&again), "SignedOut(NeverSignedIn)");
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    assert!(desk.run(again.vault.is_empty()).unwrap());
}

#[test]
fn a_revocation_that_the_server_does_not_do_is_not_called_done() {
    let refusal = || response(401, r#"{"error":"invalid_client"}"#);
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 3600);
    let out = program.session.logout();
    desk.reply("token=refresh-0", refusal());
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Later);
    // It does not stand in the way of the next.
    desk.run(program.session.begin(Tokens::new("access-1").with_refresh("refresh-1"))).unwrap();
    let out = program.session.logout();
    desk.reply("token=refresh-0", refusal());
    desk.reply("token=refresh-1", response(200, ""));
    desk.reply("token=access-1", response(400, r#"{"error":"unsupported_token_type"}"#));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Later);
    // Somebody has put the client right.
    let sent = program.session.send_revocations();
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    assert_eq!(desk.run(sent).unwrap(), Revocation::Done);
    assert!(desk.run(program.vault.is_empty()).unwrap());
}

#[test]
fn a_server_that_revokes_no_tokens_of_a_kind_does_not_offer_it() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 3600);
    let out = program.session.logout();
    let unsupported = || response(400, r#"{"error":"unsupported_token_type"}"#);
    desk.reply("token=refresh-0", unsupported());
    desk.reply("token=access-0", unsupported());
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::NotOffered);
    assert!(desk.run(program.vault.is_empty()).unwrap());
}

#[test]
fn a_sign_out_says_what_a_sweep_has_done_that_was_under_way() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 3600);
    let out = program.session.logout();
    desk.reply("token=refresh-0", response(503, ""));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Later);
    desk.run(program.session.begin(Tokens::new("access-1").with_refresh("refresh-1"))).unwrap();
    let sent = program.session.send_revocations();
    desk.settle();
    let mut out = program.session.logout();
    assert!(desk.peek(&mut out).is_none());
    for token in ["token=refresh-0", "token=access-0", "token=refresh-1", "token=access-1"] {
        assert!(desk.peek(&mut out).is_none());
        desk.reply(token, response(200, ""));
    }
    assert_eq!(desk.run(sent).unwrap(), Revocation::Done);
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Done);
    assert!(desk.run(program.vault.is_empty()).unwrap());
}

#[test]
fn a_revocation_that_is_too_old_is_dropped() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 3600);
    let out = program.session.logout();
    desk.reply("refresh-0", response(503, ""));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Later);
    drop(program);
    desk.pass(31 * 24 * 3600);
    let again = desk.start(VaultType::SecureStorage);
    assert_eq!(desk.bearer(&again), "SignedOut(NeverSignedIn)");
    desk.settle();
    assert!(desk.wire.is_quiet());
    assert!(desk.run(again.vault.is_empty()).unwrap());
}

#[test]
fn signing_out_in_the_middle_of_a_refresh_revokes_what_it_brings() {
    let desk = Desk::new();
    let program = desk.signed_in(VaultType::SecureStorage, 100);
    desk.pass(60);
    let mut bearer = program.session.bearer();
    assert!(desk.peek(&mut bearer).is_none());
    let mut out = program.session.logout();
    assert!(desk.peek(&mut out).is_none());
    assert_eq!(shown(desk.run(bearer)), "SignedOut(Requested)");
    desk.reply("grant_type=refresh_token&refresh_token=refresh-0", tokens(1, 100));
    for token in ["token=refresh-0", "token=access-0", "token=refresh-1", "token=access-1"] {
        desk.reply(token, response(200, ""));
    }
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Done);
    assert!(desk.run(program.vault.is_empty()).unwrap());
}

#[test]
fn a_sign_out_counts_for_a_sign_in_that_is_under_way() {
    let desk = Desk::new();
    let program = desk.start(VaultType::SecureStorage);
    let begun = program.session.begin(Tokens::new("access-0").with_refresh("refresh-0"));
    let out = program.session.logout();
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    desk.run(out).unwrap();
    assert!(matches!(desk.run(begun), Err(Error::SignedOut(_))));
    assert!(program.session.bearer_now().is_none());
    assert_eq!(desk.bearer(&program), "SignedOut(Requested)");
    assert_eq!(program.take_events(), ["SignedOut(Requested)"]);
    assert!(desk.run(program.vault.is_empty()).unwrap());
    // The next one is another matter.
    desk.run(program.session.begin(Tokens::new("access-1"))).unwrap();
    assert_eq!(desk.bearer(&program), "access-1");
}

#[test]
fn a_sign_out_counts_for_a_log_in_whose_answer_is_still_to_come() {
    let desk = Desk::new();
    let backend = Backend {
        log_in: Some("https://api.example/login".to_owned()),
        log_out: Some("https://api.example/logout".to_owned()),
        ..Backend::default()
    };
    let config = Config::new("session", Server::Backend(backend));
    let program = desk.start_with(VaultType::SecureStorage, config);
    let (mut log_in, mut late) = (program.session.sign_in("{}"), program.session.sign_in("{}"));
    desk.settle();
    desk.run(program.session.logout()).unwrap();
    desk.reply("login", tokens(0, 100));
    assert!(matches!(desk.peek(&mut log_in), Some(Err(Error::SignedOut(_)))));
    assert!(matches!(desk.peek(&mut late), Some(Err(Error::SignedOut(_)))), "it is not even sent");
    assert_eq!(desk.bearer(&program), "SignedOut(Requested)");
    desk.reply(r#"logout {"refresh_token":"refresh-0"}"#, response(204, ""));
    assert!(desk.run(program.vault.is_empty()).unwrap());
    assert!(desk.wire.is_quiet());
}

#[test]
fn a_sign_out_elsewhere_is_heard_of() {
    let desk = Desk::new();
    let one = desk.signed_in(VaultType::SecureStorage, 3600);
    let other = desk.start(VaultType::SecureStorage);
    assert_eq!(desk.bearer(&other), "access-0");
    let out = one.session.logout();
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    desk.run(out).unwrap();
    assert_eq!(desk.bearer(&other), "SignedOut(Elsewhere)");
    assert_eq!(other.take_events(), ["SignedOut(Elsewhere)"]);
    let next = Tokens::new("access-9").with_refresh("refresh-9");
    desk.run(one.session.begin(next)).unwrap();
    desk.settle();
    assert_eq!(desk.bearer(&other), "access-9");
    assert_eq!(other.take_events(), ["SignedIn"]);
}

#[test]
fn a_name_leaves_room_for_what_is_written_beside_it() {
    let desk = Desk::new();
    let config = |len: usize| Config::new("n".repeat(len), support::oauth());
    let longest = desk.start_with(VaultType::SecureStorage, config(1019));
    desk.run(longest.session.begin(Tokens::new("access-0"))).unwrap();
    assert_eq!(desk.bearer(&longest), "access-0");
    for len in [0, 1020] {
        assert!(matches!(desk.refusal(config(len)), Error::Invalid(_)), "{len}");
    }
}

#[test]
fn accounts_side_by_side_have_an_entry_each() {
    let desk = Desk::new();
    let config = |entry| Config::new(entry, support::oauth());
    let ann = desk.start_with(VaultType::SecureStorage, config("session/ann"));
    let bob = desk.start_with(VaultType::SecureStorage, config("session/bob"));
    desk.run(ann.session.begin(Tokens::new("anns").with_refresh("r"))).unwrap();
    desk.run(bob.session.begin(Tokens::new("bobs").with_refresh("s"))).unwrap();
    assert_eq!((desk.bearer(&ann), desk.bearer(&bob)), ("anns".into(), "bobs".into()));
    let out = ann.session.logout();
    desk.reply("token=r", response(200, ""));
    desk.reply("token=anns", response(200, ""));
    desk.run(out).unwrap();
    assert_eq!(desk.bearer(&bob), "bobs");
}

#[test]
fn an_api_key_is_the_same_with_less_in_it() {
    let desk = Desk::new();
    let mut config = Config::new("key", Server::Key);
    config.placement = Placement { header: "x-api-key".to_owned(), scheme: None };
    let program = desk.start_with(VaultType::SecureStorage, config);
    desk.run(program.session.begin(Tokens::new("k-1"))).unwrap();
    let bearer = desk.run(program.session.bearer()).unwrap();
    assert_eq!((bearer.header_name(), bearer.header_value().as_str()), ("x-api-key", "k-1"));
    assert_eq!(shown(desk.run(program.session.another(&bearer))), "StillRefused");
    assert_eq!(desk.bearer(&program), "k-1");
    let out = desk.run(program.session.logout()).unwrap();
    assert_eq!(out.revocation, Revocation::NotOffered);
    assert!(desk.run(program.vault.is_empty()).unwrap());
    assert_eq!(desk.wire.asked(), 0);
}

#[test]
fn a_back_end_of_ones_own_logs_in_refreshes_and_logs_out() {
    let desk = Desk::new();
    let backend = Backend {
        log_in: Some("https://api.example/login".to_owned()),
        refresh: Some("https://api.example/refresh".to_owned()),
        log_out: Some("https://api.example/logout".to_owned()),
        mapping: Mapping {
            access: "/jwt".to_owned(),
            refresh: Some("/next".to_owned()),
            expires_in: Some("/ttl".to_owned()),
            fields: Some("/user".to_owned()),
        },
        ..Backend::default()
    };
    let config = Config::new("session", Server::Backend(backend));
    let program = desk.start_with(VaultType::SecureStorage, config);
    let wrong = program.session.sign_in(r#"{"user":"ann","password":"no"}"#);
    desk.reply("login", response(401, ""));
    assert!(matches!(desk.run(wrong), Err(Error::CredentialsRefused)));
    let right = program.session.sign_in(r#"{"user":"ann","password":"yes"}"#);
    let body = r#"{"jwt":"j0","next":"n0","ttl":100,"user":{"name":"Ann"}}"#;
    desk.settle();
    desk.pass(20);
    desk.reply("login {\"user\":\"ann\"", response(200, body));
    desk.run(right).unwrap();
    let view = desk.run(program.session.view()).unwrap().unwrap();
    assert_eq!(view.fields.unwrap().expose(), r#"{"name":"Ann"}"#);
    let left = view.expires_in.unwrap();
    assert_eq!(left, Duration::from_secs(80), "it counts from when the request was sent");
    desk.pass(40);
    let bearer = program.session.bearer();
    desk.reply(r#"refresh {"refresh_token":"n0"}"#, response(200, r#"{"jwt":"j1","next":"n1"}"#));
    assert_eq!(shown(desk.run(bearer)), "j1");
    desk.pass(1_000_000);
    assert_eq!(desk.bearer(&program), "j1", "nobody said that it expires");
    desk.run(program.session.set_fields(r#"{"name":"Ann","theme":"dark"}"#)).unwrap();
    let view = desk.run(program.session.view()).unwrap().unwrap();
    assert_eq!(view.fields.unwrap().expose(), r#"{"name":"Ann","theme":"dark"}"#);
    let out = program.session.logout();
    desk.reply(r#"logout {"refresh_token":"n1"}"#, response(204, ""));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Done);
}

#[test]
fn a_token_that_nothing_replaces_ends_with_its_life() {
    let desk = Desk::new();
    let program = desk.start(VaultType::SecureStorage);
    let opaque = Tokens::new("opaque").with_lifetime(Duration::from_secs(100));
    desk.run(program.session.begin(opaque)).unwrap();
    desk.pass(99);
    assert_eq!(desk.bearer(&program), "opaque", "to its very end");
    desk.pass(1);
    assert_eq!(desk.bearer(&program), "SignedOut(Expired)");
    assert!(desk.run(program.vault.is_empty()).unwrap());
}
