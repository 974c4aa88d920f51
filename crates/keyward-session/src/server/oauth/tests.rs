#![allow(clippy::unwrap_used)]

use super::*;
use crate::server::{Revoked, check_url, revoked};

fn response(status: u16, body: &str) -> Response {
    Response { status, retry_after: None, date: None, body: SecretBytes::from(body.as_bytes()) }
}

fn shape(answer: &Answer) -> &'static str {
    match answer {
        Answer::Tokens(_) => "tokens",
        Answer::Refused => "refused",
        Answer::Later(Trouble::BadAnswer, _) => "bad answer",
        Answer::Later(Trouble::Server, _) => "server",
        Answer::Later(Trouble::Misconfigured, _) => "misconfigured",
        Answer::Later(Trouble::TooManyRequests, _) => "too many",
        Answer::Later(..) => "other",
    }
}

#[test]
fn answers_mean_what_they_say() {
    for (status, body, meaning) in [
        (200, r#"{"access_token":"a","token_type":"Bearer","expires_in":2}"#, "tokens"),
        (200, r#"{"access_token":"a","token_type":"bearer","expires_in":"3600"}"#, "tokens"),
        (200, r#"{"access_token":"a"}"#, "tokens"),
        (200, r#"{"access_token":"a","token_type":"DPoP"}"#, "bad answer"),
        (200, r#"{"access_token":""}"#, "bad answer"),
        (200, r#"{"access_token":7}"#, "bad answer"),
        (200, r#"{"access_token":"a","token_ty"#, "bad answer"),
        (200, "<html>Log in to the hotel's network</html>", "bad answer"),
        (200, "", "bad answer"),
        (302, "", "bad answer"),
        (400, r#"{"error":"invalid_grant","error_description":"gone"}"#, "refused"),
        (401, r#"{"error":"invalid_grant"}"#, "refused"),
        (400, r#"{"error":"invalid_client"}"#, "misconfigured"),
        (401, r#"{"error":"invalid_client"}"#, "misconfigured"),
        (400, r#"{"error":"temporarily_unavailable"}"#, "server"),
        (400, "<html>", "bad answer"),
        (404, "not found", "bad answer"),
        (408, "", "server"),
        (429, r#"{"error":"invalid_grant"}"#, "too many"),
        (500, r#"{"error":"invalid_grant"}"#, "server"),
        (503, "", "server"),
    ] {
        assert_eq!(shape(&read(&response(status, body), 0)), meaning, "{status} {body}");
    }
}

#[test]
fn a_pause_is_read_in_either_form() {
    let wall = 1_000_000_000_000;
    let asked = |retry_after: &str, date: Option<&str>| {
        let response = Response {
            retry_after: Some(retry_after.to_owned()),
            date: date.map(str::to_owned),
            ..response(429, "")
        };
        match read(&response, wall) {
            Answer::Later(Trouble::TooManyRequests, asked) => asked,
            other => panic!("{other:?}"),
        }
    };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(asked("120", None), seconds(120));
    assert_eq!(asked("Sun, 09 Sep 2001 01:47:40 GMT", None), seconds(60));
    // The server's clock is years away from ours, and agrees with itself.
    let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(asked("Sun, 06 Nov 1994 08:50:07 GMT", date), seconds(30));
    assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT", date), seconds(0));
    assert_eq!(asked("soon", None), None);
    assert_eq!(asked("-1", None), None);
}

#[test]
fn what_a_server_does_not_give_anew_stays() {
    let earlier = Tokens::new("a").with_refresh("r").with_id("i").with_scope("s").with_fields("{}");
    // An id token that comes with a refresh has been checked by nobody, and is not kept.
    let body = r#"{"access_token":"b\u002b","id_token":"unchecked"}"#;
    let Answer::Tokens(new) = read(&response(200, body), 0) else {
        panic!("tokens");
    };
    let new = new.on_top_of(&earlier);
    assert_eq!(new.access.expose(), "b+");
    assert_eq!(new.refresh, earlier.refresh);
    assert_eq!((new.id, new.scope, new.fields), (earlier.id, earlier.scope, earlier.fields));
    assert_eq!(new.lifetime, None);
}

#[test]
fn requests_are_forms_and_clients_show_themselves() {
    let mut oauth = OAuth::new("https://id.example/token", "my app");
    oauth.revocation_endpoint = Some("https://id.example/revoke".to_owned());
    oauth.end_session_endpoint = Some("https://id.example/end?x=1".to_owned());
    let body = |request: &Request| String::from_utf8(request.body.expose().to_vec()).unwrap();
    let request = oauth.refresh(&Secret::new("r+/ü"), Duration::ZERO).unwrap();
    assert_eq!(
        body(&request),
        "grant_type=refresh_token&refresh_token=r%2B%2F%C3%BC&client_id=my%20app"
    );
    assert!(request.authorization.is_none());

    let leaving = Leaving { access: Some("a".into()), refresh: Some("r".into()), since: 0 };
    let (first, left) = oauth.revoke(&leaving, Duration::ZERO).unwrap();
    assert_eq!(body(&first), "token=r&token_type_hint=refresh_token&client_id=my%20app");
    let (second, left) = oauth.revoke(&left, Duration::ZERO).unwrap();
    assert_eq!(body(&second), "token=a&token_type_hint=access_token&client_id=my%20app");
    assert!(oauth.revoke(&left, Duration::ZERO).is_none());

    let url = oauth.end_session(&Tokens::new("a").with_id("i.j")).unwrap();
    assert_eq!(url.expose(), "https://id.example/end?x=1&client_id=my%20app&id_token_hint=i.j");

    oauth.client_secret = Some(ClientSecret::Basic("p:w".into()));
    let request = oauth.refresh(&Secret::new("r"), Duration::ZERO).unwrap();
    assert_eq!(body(&request), "grant_type=refresh_token&refresh_token=r");
    // "my%20app:p%3Aw"
    assert_eq!(request.authorization.unwrap().expose(), "Basic bXklMjBhcHA6cCUzQXc=");
}

#[test]
fn a_revocation_is_done_when_the_server_says_so() {
    let error = |name: &str| format!(r#"{{"error":"{name}"}}"#);
    for (status, body, meaning) in [
        (200, String::new(), Revoked::Done),
        (204, String::new(), Revoked::Done),
        (400, error("invalid_token"), Revoked::Done),
        (400, error("unsupported_token_type"), Revoked::NotOffered),
        (302, String::new(), Revoked::Refused),
        (400, error("invalid_request"), Revoked::Refused),
        (400, String::new(), Revoked::Refused),
        (401, error("invalid_client"), Revoked::Refused),
        (403, error("invalid_token"), Revoked::Refused),
        (404, String::new(), Revoked::Refused),
        (408, String::new(), Revoked::Later),
        (429, String::new(), Revoked::Later),
        (500, String::new(), Revoked::Later),
        (503, error("invalid_token"), Revoked::Later),
    ] {
        assert_eq!(revoked(&response(status, &body)), meaning, "{status} {body}");
    }
}

#[test]
fn tokens_go_over_tls_or_stay_on_this_machine() {
    for url in [
        "https://id.example/token",
        "http://127.0.0.1:3000/t",
        "http://[::1]/",
        "http://localhost:1/",
    ] {
        assert!(check_url(url).is_ok(), "{url}");
    }
    for url in [
        "http://id.example/token",
        "http://127.0.0.1.example/",
        "ftp://localhost/",
        "token",
        "file:///x",
        "http://127.0.0.1@id.example/",
        "http://127.0.0.1\\@id.example/",
        "https://ann:pw@id.example/",
        "https:///token",
        "https://id.exam ple/",
        "http://[::2]/",
    ] {
        assert!(check_url(url).is_err(), "{url}");
    }
}
