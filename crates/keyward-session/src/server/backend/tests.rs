#![allow(clippy::unwrap_used)]

use super::*;

fn response(status: u16, body: &str) -> Response {
    Response { status, retry_after: None, date: None, body: SecretBytes::from(body.as_bytes()) }
}

fn home_made() -> Backend {
    Backend {
        log_in: Some("https://api.example/login".to_owned()),
        refresh: Some("https://api.example/refresh".to_owned()),
        log_out: Some("https://api.example/logout".to_owned()),
        refresh_field: "renew\"al".to_owned(),
        mapping: Mapping {
            access: "/data/auth/jwt".to_owned(),
            refresh: Some("/data/auth/renew~1al".to_owned()),
            expires_in: Some("/data/ttl".to_owned()),
            fields: Some("/data/user".to_owned()),
        },
    }
}

#[test]
fn any_shape_is_read_through_the_mapping() {
    let body = r#"{"ok":true,"data":{"auth":{"jwt":"a.b","renew/al":"r"},"ttl":1.5,
        "user":{"name":"Ann"}}}"#;
    let Answer::Tokens(tokens) = home_made().read(&response(200, body), 0) else {
        panic!("tokens");
    };
    assert_eq!(tokens.access.expose(), "a.b");
    assert_eq!(tokens.refresh.as_ref().map(Secret::expose), Some("r"));
    assert_eq!(tokens.lifetime, Some(Duration::from_millis(1500)));
    assert_eq!(tokens.fields.as_ref().map(Secret::expose), Some(r#"{"name":"Ann"}"#));
}

#[test]
fn refusals_end_and_everything_else_waits() {
    for status in [400, 401, 403, 422] {
        assert!(matches!(home_made().read(&response(status, ""), 0), Answer::Refused), "{status}");
    }
    for (status, body) in [(200, "{}"), (200, "["), (404, ""), (500, ""), (302, "")] {
        let answer = home_made().read(&response(status, body), 0);
        assert!(matches!(answer, Answer::Later(..)), "{status} {body}");
    }
}

#[test]
fn requests_carry_what_there_is() {
    let tokens = Tokens::new("a").with_refresh("r\"r");
    let request = home_made().refresh(&tokens, Duration::ZERO).unwrap();
    assert_eq!(request.body.expose(), br#"{"renew\"al":"r\"r"}"#);
    assert_eq!(request.authorization.unwrap().expose(), "Bearer a");
    assert!(home_made().refresh(&Tokens::new("a"), Duration::ZERO).is_none(), "nothing to spend");

    // A back end that renews an access token by itself.
    let mut sliding = home_made();
    sliding.mapping.refresh = None;
    let request = sliding.refresh(&Tokens::new("a"), Duration::ZERO).unwrap();
    assert_eq!(request.body.expose(), b"{}");

    let (request, left) = home_made().log_out(&Leaving::of(&tokens, 0), Duration::ZERO).unwrap();
    assert_eq!(request.url, "https://api.example/logout");
    assert!(home_made().log_out(&left, Duration::ZERO).is_none(), "once");
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    assert!(home_made().validate().is_ok());
    let mut wrong = home_made();
    wrong.mapping.access = "data".to_owned();
    assert!(wrong.validate().is_err());
    let mut plain = home_made();
    plain.log_in = Some("http://api.example/login".to_owned());
    assert!(plain.validate().is_err());
}
