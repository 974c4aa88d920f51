//! A certified OpenID provider on loopback, and a person who signs in there.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use keyward_session::{OAuth, Server, Tokens};
use serde_json::{Value, json};

/// PKCE's verifier; that one is fixed does not matter here, where nobody listens.
const VERIFIER: &str = "a-verifier-of-the-least-length-that-is-allowed-0";
/// `BASE64URL(SHA256(VERIFIER))`, as `openssl` says.
const CHALLENGE: &str = "yBy_3egXVv8eQYX00926QPn9IscDYoVMYdaVLb0ugoY";

/// A provider that runs until this is dropped.
pub struct Provider {
    child: Child,
    pub ready: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps/provider")
}

impl Provider {
    /// A provider whose access tokens live for `life` seconds.
    pub fn start(life: u32) -> Self {
        assert!(
            folder().join("node_modules/oidc-provider").is_dir(),
            "the provider is not installed: `npm ci` in apps/provider (`cargo xtask test` does it)"
        );
        let mut child = Command::new("node")
            .args(["src/main.js", "--test", "--access-token-life", &life.to_string()])
            .current_dir(folder())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("reads");
        let ready = serde_json::from_str(&line).expect("the provider is ready");
        Self { child, ready }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.ready["issuer"].as_str().expect("an issuer"))
    }

    /// What the provider has seen.
    pub fn log(&self) -> Value {
        let (_, body) = request("GET", &self.url("/log"), None, None);
        serde_json::from_str(&body).expect("JSON")
    }

    /// The next requests for `path` go wrong in this way.
    pub fn fault(&self, path: &str, kind: &str, more: Value) {
        let mut fault = json!({ "path": path, "kind": kind });
        let fields = fault.as_object_mut().expect("an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        let body = fault.to_string();
        let (status, _) =
            request("POST", &self.url("/faults"), Some(("application/json", &body)), None);
        assert_eq!(status, 200);
    }

    /// The status that the protected API answers to this token.
    pub fn api(&self, token: &str) -> u16 {
        request("GET", &self.url("/api/x"), None, Some(token)).0
    }

    /// The status that the token endpoint answers to this refresh token.
    pub fn spend(&self, refresh: &str) -> u16 {
        let body =
            format!("grant_type=refresh_token&refresh_token={refresh}&client_id=keyward-native");
        request("POST", &self.url("/token"), Some((FORM, &body)), None).0
    }

    /// A person signs in, and a program gets tokens: the authorization code flow with PKCE, over a
    /// redirect to loopback.
    pub fn sign_in(&self) -> Tokens {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let redirect = format!("http%3A%2F%2F127.0.0.1%3A{port}%2Fcallback");
        let url = self.url(&format!(
            "/auth?client_id=keyward-native&response_type=code&scope=openid%20offline_access\
             &prompt=consent&redirect_uri={redirect}&code_challenge={CHALLENGE}\
             &code_challenge_method=S256"
        ));
        let mut person = Command::new("node")
            .args(["src/person.js", &url])
            .current_dir(folder())
            .stdout(Stdio::null())
            .spawn()
            .expect("node runs");
        let (mut stream, _) = listener.accept().expect("the browser comes back");
        let mut line = String::new();
        BufReader::new(stream.try_clone().expect("a clone")).read_line(&mut line).expect("reads");
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
            .expect("writes");
        drop(stream);
        person.wait().expect("ends");
        let code = line.split("code=").nth(1).expect("a code");
        let code = code.split(['&', ' ']).next().expect("a code");
        let body = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={redirect}\
             &client_id=keyward-native&code_verifier={VERIFIER}"
        );
        let (status, body) = request("POST", &self.url("/token"), Some((FORM, &body)), None);
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let text = |name: &str| body[name].as_str().expect("a token").to_owned();
        let life = body["expires_in"].as_u64().expect("a number");
        Tokens::new(text("access_token"))
            .with_refresh(text("refresh_token"))
            .with_lifetime(Duration::from_secs(life))
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// The provider as a session sees it.
pub fn server(issuer: &str) -> Server {
    let mut oauth = OAuth::new(format!("{issuer}/token"), "keyward-native");
    oauth.revocation_endpoint = Some(format!("{issuer}/token/revocation"));
    oauth.end_session_endpoint = Some(format!("{issuer}/session/end"));
    Server::OAuth(oauth)
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request over a connection of its own, whose buffers are this function's.
pub fn request(
    method: &str,
    url: &str,
    body: Option<(&str, &str)>,
    bearer: Option<&str>,
) -> (u16, String) {
    let rest = url.strip_prefix("http://").expect("http");
    let (host, path) = rest.split_once('/').expect("a path");
    let mut stream = std::net::TcpStream::connect(host).expect("connects");
    let (kind, body) = body.unwrap_or(("text/plain", ""));
    let bearer = bearer.map_or(String::new(), |it| format!("authorization: Bearer {it}\r\n"));
    write!(
        stream,
        "{method} /{path} HTTP/1.0\r\nhost: {host}\r\ncontent-type: {kind}\r\n{bearer}\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    let status = answer.split(' ').nth(1).expect("a status").parse().expect("a number");
    let body = answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned());
    (status, body)
}
