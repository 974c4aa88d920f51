//! What goes wrong between a session and its server.

use futures_executor::block_on;
use keyward_session::{Error, Event, Revocation, Session, SignedOutCause, Trouble};
use serde_json::{Value, json};
use std::time::Duration;

use crate::peer::Provider;
use crate::program::Program;

/// A session whose token is about to be replaced: what the vault keeps of it is made older, so that of
/// two minutes 55 s are left. The server would take it for longer.
fn stale(provider: &Provider, folder: &std::path::Path) -> Program {
    let program = Program::start(folder, &provider.url(""));
    let tokens = provider.sign_in().with_lifetime(Duration::from_secs(120));
    block_on(program.session.begin(tokens)).unwrap();
    let mut kept: Value = block_on(program.vault.get("tokens")).unwrap().expect("it is kept");
    let since = kept["tokens"]["since"].as_u64().expect("a time");
    kept["tokens"]["since"] = json!(since - 65_000);
    block_on(program.vault.set("tokens", &kept)).unwrap();
    program.end();
    Program::start(folder, &provider.url(""))
}

/// Asks until the server has said something about the token after `first`.
fn until_there_is_an_answer(session: &Session, first: &str) -> Result<String, Error> {
    loop {
        match block_on(session.bearer()) {
            Ok(bearer) if bearer.expose() == first => {
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(Error::Later { retry_after, .. }) => std::thread::sleep(retry_after),
            other => return other.map(|bearer| bearer.expose().to_owned()),
        }
    }
}

#[test]
fn what_passes_does_not_end_a_session() {
    for (kind, more, trouble) in [
        ("status", json!({ "status": 500 }), Trouble::Server),
        ("status", json!({ "status": 503, "retryAfter": 1 }), Trouble::Server),
        ("status", json!({ "status": 429, "retryAfter": 1 }), Trouble::TooManyRequests),
        ("html", json!({}), Trouble::BadAnswer),
        ("drop-before", json!({}), Trouble::NoAnswer),
    ] {
        let (provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
        let program = stale(&provider, folder.path());
        let mut events = program.session.events();
        provider.fault("/token", kind, more);
        let first = block_on(program.session.bearer()).expect("the token in hand lives");
        let seen: Vec<_> = std::iter::from_fn(|| events.next_now()).collect();
        assert!(
            matches!(seen[..], [Event::Refreshing, Event::Deferred { trouble: it, .. }] if it == trouble),
            "{kind}: {seen:?}"
        );
        let next = until_there_is_an_answer(&program.session, first.expose())
            .expect("the session is kept");
        assert_ne!(next, first.expose());
        assert_eq!(provider.api(&next), 200);
        assert_eq!(provider.log()["reused"], 0);
        program.end();
    }
}

/// To refuse it would cost the session: the refresh token is spent.
#[test]
fn the_right_answer_under_a_wrong_content_type_is_taken() {
    let (provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
    let program = stale(&provider, folder.path());
    provider.fault("/token", "type", json!({}));
    let next = block_on(program.session.bearer()).unwrap();
    assert_eq!(provider.api(next.expose()), 200);
    let log = provider.log();
    assert_eq!((&log["refreshes"], &log["reused"]), (&json!(1), &json!(0)));
    program.end();
}

#[test]
fn a_slow_server_is_waited_for() {
    let (provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
    let program = stale(&provider, folder.path());
    provider.fault("/token", "slow", json!({ "ms": 1500 }));
    let waiting: Vec<_> = (0..50).map(|_| program.session.bearer()).collect();
    let tokens: Vec<_> =
        waiting.into_iter().map(|it| block_on(it).unwrap().expose().to_owned()).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(provider.api(&tokens[0]), 200);
    assert_eq!(provider.log()["refreshes"], 1);
    program.end();
}

/// The hard case: the server has rotated the refresh token, and the answer that holds the next one is
/// lost, or cut off. All that is left is the spent one. It is presented once more, because a server
/// that allows for lost answers takes it; this provider does not, and ends the session, because it
/// cannot tell us from a thief. Nobody who has lost the answer can do better: whoever keeps quiet has
/// no session either.
#[test]
fn a_lost_answer_ends_a_session_at_a_server_that_forgives_nothing_and_says_so() {
    for kind in ["drop-after", "truncate"] {
        let (provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
        let program = stale(&provider, folder.path());
        provider.fault("/token", kind, json!({}));
        let first = block_on(program.session.bearer()).expect("the token in hand lives");
        let error = until_there_is_an_answer(&program.session, first.expose())
            .expect_err("the session is over");
        assert!(matches!(error, Error::SignedOut(SignedOutCause::AnswerLost)), "{kind}: {error:?}");
        assert!(block_on(program.vault.is_empty()).unwrap());
        program.end();
    }
}

#[test]
fn a_revocation_that_fails_is_made_up_for() {
    let (provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
    let program = Program::start(folder.path(), &provider.url(""));
    let tokens = provider.sign_in();
    block_on(program.session.begin(tokens.clone())).unwrap();
    provider.fault("/token/revocation", "status", json!({ "status": 503 }));
    let out = block_on(program.session.logout()).unwrap();
    assert_eq!(out.revocation, Revocation::Later);
    assert_eq!(provider.api(tokens.access.expose()), 200, "the server does not know yet");
    program.end();

    let program = Program::start(folder.path(), &provider.url(""));
    assert_eq!(block_on(program.session.send_revocations()).unwrap(), Revocation::Done);
    assert_eq!(provider.api(tokens.access.expose()), 401);
    assert_ne!(provider.spend(tokens.refresh.as_ref().unwrap().expose()), 200);
    assert!(block_on(program.vault.is_empty()).unwrap());
    program.end();
}
