//! Programs, or tabs, that share a session, and hear of each other a little late: what one writes,
//! another's write does not undo.

#![allow(clippy::unwrap_used)]

mod support;

use std::rc::Rc;
use std::time::Duration;

use keyward_session::{HttpError, Revocation, Session, Tokens};
use support::shelf::Shelf;
use support::{Desk, response, shown, tokens};

/// Tokens number `n`, with a life of 100 s.
fn first(n: u32) -> Tokens {
    let tokens = Tokens::new(format!("access-{n}")).with_refresh(format!("refresh-{n}"));
    tokens.with_lifetime(Duration::from_secs(100))
}

/// What a program finds that starts now.
fn found(desk: &Desk, shelf: &Shelf) -> (String, Option<String>) {
    let (session, _driver) = desk.start_on(Rc::new(shelf.reader()));
    let view = desk.run(session.view()).unwrap();
    let fields = view.and_then(|view| Some(view.fields?.expose().to_owned()));
    let bearer = desk.peek(&mut session.bearer());
    (bearer.map_or("the server is asked".to_owned(), shown), fields)
}

/// Has a program refresh, and the server give tokens number `n` for those before.
fn refreshes(desk: &Desk, session: &Session, n: u32) {
    let bearer = session.bearer();
    desk.reply(
        &format!("grant_type=refresh_token&refresh_token=refresh-{}", n - 1),
        tokens(n, 100),
    );
    assert_eq!(shown(desk.run(bearer)), format!("access-{n}"));
}

#[test]
fn fields_are_written_beside_the_tokens_that_another_has_just_got() {
    let (desk, shelf) = (Desk::new(), Shelf::default());
    let (one, _one) = desk.start_on(Rc::new(shelf.reader()));
    desk.run(one.begin(first(0))).unwrap();
    let (other, _other) = desk.start_on(Rc::new(shelf.reader()));
    assert_eq!(shown(desk.run(other.bearer())), "access-0");
    desk.pass(60);
    let bearer = one.bearer();
    desk.settle();
    let mut fields = other.set_fields(r#"{"name":"Ann"}"#);
    assert!(desk.peek(&mut fields).is_none(), "the refresh is waited for");
    desk.reply("refresh-0", tokens(1, 100));
    assert_eq!(shown(desk.run(bearer)), "access-1");
    desk.run(fields).unwrap();
    let (token, fields) = found(&desk, &shelf);
    assert_eq!((token.as_str(), fields.as_deref()), ("access-1", Some(r#"{"name":"Ann"}"#)));
}

#[test]
fn telling_of_an_earlier_sign_out_leaves_the_tokens_alone_that_another_has_just_got() {
    let (desk, shelf) = (Desk::new(), Shelf::default());
    let (one, _one) = desk.start_on(Rc::new(shelf.reader()));
    desk.run(one.begin(first(0))).unwrap();
    let out = one.logout();
    desk.reply("token=refresh-0", Err(HttpError::NotSent(keyward::Cause::new("no route"))));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Later);
    desk.run(one.begin(first(1))).unwrap();
    desk.clock.advance(Duration::from_secs(50));
    let (other, _other) = desk.start_on(Rc::new(shelf.reader()));
    let sent = other.send_revocations();
    desk.settle();
    let (_, body, reply) = desk.wire.next();
    assert!(body.contains("token=refresh-0"), "{body}");
    refreshes(&desk, &one, 2);
    let _ = reply.send(response(200, ""));
    desk.settle();
    assert_eq!(found(&desk, &shelf).0, "access-2");
    drop(sent);
}

#[test]
fn dropping_a_revocation_that_is_too_old_does_so_too() {
    let (desk, shelf) = (Desk::new(), Shelf::default());
    let (one, driver) = desk.start_on(Rc::new(shelf.reader()));
    desk.run(one.begin(first(0))).unwrap();
    let out = one.logout();
    desk.reply("token=refresh-0", response(503, ""));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Later);
    drop(driver);
    desk.pass(31 * 24 * 3600);
    let (one, _one) = desk.start_on(Rc::new(shelf.reader()));
    desk.run(one.begin(first(1))).unwrap();
    let (other, _other) = desk.start_on(Rc::new(shelf.reader()));
    desk.pass(60);
    refreshes(&desk, &one, 2);
    assert_eq!(desk.run(other.send_revocations()).unwrap(), Revocation::NotOffered);
    assert_eq!(found(&desk, &shelf).0, "access-2");
}

#[test]
fn a_sign_out_revokes_the_tokens_that_another_has_just_got() {
    let (desk, shelf) = (Desk::new(), Shelf::default());
    let (one, _one) = desk.start_on(Rc::new(shelf.reader()));
    desk.run(one.begin(first(0))).unwrap();
    let (other, _other) = desk.start_on(Rc::new(shelf.reader()));
    assert_eq!(shown(desk.run(other.bearer())), "access-0");
    desk.pass(60);
    refreshes(&desk, &one, 1);
    let out = other.logout();
    desk.reply("token=refresh-1", response(200, ""));
    desk.reply("token=access-1", response(200, ""));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Done);
    assert!(shelf.is_empty());
}

#[test]
fn a_sign_in_keeps_what_another_has_still_to_tell_the_server() {
    let (desk, shelf) = (Desk::new(), Shelf::default());
    let (one, _one) = desk.start_on(Rc::new(shelf.reader()));
    desk.run(one.begin(first(0))).unwrap();
    let (other, _other) = desk.start_on(Rc::new(shelf.reader()));
    let out = one.logout();
    desk.reply("token=refresh-0", response(503, ""));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Later);
    desk.run(other.begin(first(1))).unwrap();
    let sent = other.send_revocations();
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    assert_eq!(desk.run(sent).unwrap(), Revocation::Done);
    assert_eq!(found(&desk, &shelf).0, "access-1");
}

#[test]
fn an_unlock_right_behind_the_look_is_not_missed() {
    let (desk, shelf) = (Desk::new(), Shelf::default());
    let keep = Rc::new(shelf.reader());
    let (session, _driver) = desk.start_on(Rc::clone(&keep) as _);
    desk.run(session.begin(first(0))).unwrap();
    desk.pass(60);
    let mut bearer = session.bearer();
    assert!(desk.peek(&mut bearer).is_none());
    keep.set_locked(true);
    desk.settle();
    keep.unlocks_behind_a_look.set(true);
    desk.reply("refresh-0", tokens(1, 100));
    assert_eq!(shown(desk.peek(&mut bearer).expect("it is not forgotten")), "access-1");
    assert_eq!(found(&desk, &shelf).0, "access-1");
}

#[test]
fn a_revocation_outlives_a_place_that_fails_for_a_while() {
    let (desk, shelf) = (Desk::new(), Shelf::default());
    let keep = Rc::new(shelf.reader());
    let (session, _driver) = desk.start_on(Rc::clone(&keep) as _);
    desk.run(session.begin(first(0))).unwrap();
    let out = session.logout();
    desk.reply("token=refresh-0", response(503, ""));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Later);
    keep.fails.set(true);
    desk.pass(60);
    assert!(desk.wire.is_quiet());
    keep.fails.set(false);
    desk.pass(120);
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    assert!(shelf.is_empty());
}

/// One program has read the entry, and another signs in before it writes.
#[test]
fn a_sign_in_is_not_written_over_by_whoever_has_just_read() {
    for refused in [false, true] {
        let (desk, shelf) = (Desk::new(), Shelf::default());
        let (one, _one) = desk.start_on(Rc::new(shelf.reader()));
        desk.run(one.begin(first(0))).unwrap();
        let keep = Rc::new(shelf.reader());
        let (other, _other) = desk.start_on(Rc::clone(&keep) as _);
        assert_eq!(shown(desk.run(other.bearer())), "access-0");
        desk.pass(60);
        let bearer = other.bearer();
        let held_up = keep.hold_up();
        let answer = match refused {
            true => response(400, r#"{"error":"invalid_grant"}"#),
            false => tokens(1, 100),
        };
        desk.reply("refresh-0", answer);
        let mut begun = one.begin(first(7));
        let _ = desk.peek(&mut begun);
        drop(held_up);
        desk.settle();
        drop(bearer);
        assert_eq!(found(&desk, &shelf).0, "access-7", "refused: {refused}");
    }
}

#[test]
fn nor_by_a_sign_out_that_came_before() {
    let (desk, shelf) = (Desk::new(), Shelf::default());
    let (one, _one) = desk.start_on(Rc::new(shelf.reader()));
    desk.run(one.begin(first(0))).unwrap();
    let keep = Rc::new(shelf.reader());
    let (other, _other) = desk.start_on(Rc::clone(&keep) as _);
    let held_up = keep.hold_up();
    let out = other.logout();
    desk.settle();
    let mut begun = one.begin(first(7));
    let _ = desk.peek(&mut begun);
    drop(held_up);
    desk.reply("token=refresh-0", response(200, ""));
    desk.reply("token=access-0", response(200, ""));
    assert_eq!(desk.run(out).unwrap().revocation, Revocation::Done);
    assert_eq!(found(&desk, &shelf).0, "access-7");
}

#[test]
fn who_never_comes_to_write_does_not_keep_others_from_it() {
    let (desk, shelf) = (Desk::new(), Shelf::default());
    let keep = Rc::new(shelf.reader());
    let (one, _one) = desk.start_on(Rc::clone(&keep) as _);
    let held_up = keep.hold_up();
    let mut begun = one.begin(first(0));
    assert!(desk.peek(&mut begun).is_none());
    let (other, _other) = desk.start_on(Rc::new(shelf.reader()));
    let mut second = other.begin(first(7));
    assert!(desk.peek(&mut second).is_none());
    desk.pass(5);
    assert!(desk.peek(&mut second).is_some_and(|it| it.is_ok()));
    assert_eq!(found(&desk, &shelf).0, "access-7");
    drop(held_up);
}
