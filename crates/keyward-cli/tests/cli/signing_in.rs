//! `login`, `token`, `whoami` and `logout` against a certified provider, with a scripted person in the
//! place of the browser.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::provider::{Provider, request};
use crate::sandbox::{KEYWARD, Sandbox};

const ENTRY: &str = "keyward/login/default/tokens";

/// A user with a vault, and a provider that knows the command.
struct World {
    provider: Provider,
    sandbox: Sandbox,
    /// Everything that the command has printed, but for tokens that were asked for.
    printed: String,
    /// What else stands in the command's environment.
    environment: Vec<(&'static str, String)>,
}

pub(crate) fn person() -> String {
    let person = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps/provider/src/person.js");
    fs::canonicalize(person).expect("the person is there").display().to_string()
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        // What the browser is told is kept, as another process could see it.
        let browser =
            format!("#!/bin/sh\necho \"$@\" >> \"$HOME/opened\"\nexec node {} \"$@\"\n", person());
        sandbox.write("browser", &browser);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(sandbox.home().join("browser"), mode).expect("is ours");
        let provider = Provider::start(300);
        let mut world = Self { provider, sandbox, printed: String::new(), environment: Vec::new() };
        world.run(&["init"], 0);
        world
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(KEYWARD);
        command.args(arguments).stdin(Stdio::null());
        command.env("KEYWARD_KEY_FILE", self.sandbox.home().join("key"));
        command.env("KEYWARD_CLIENT_ID", "keyward-native");
        command.env("BROWSER", self.sandbox.home().join("browser"));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the command, which must end like this, and gives what it printed.
    fn run(&mut self, arguments: &[&str], exit_code: i32) -> (String, String) {
        let output = self.command(arguments).output().expect("the command runs");
        let (out, err) = texts(&output);
        assert_eq!(output.status.code(), Some(exit_code), "{arguments:?}: {out}{err}");
        if arguments[0] != "token" {
            self.printed += &out;
        }
        self.printed += &err;
        (out, err)
    }

    fn issuer(&self) -> String {
        self.provider.url("")
    }

    fn token(&mut self) -> String {
        self.run(&["token"], 0).0
    }

    fn login(&mut self) {
        let issuer = self.issuer();
        self.run(&["login", &issuer], 0);
    }

    /// What the vault keeps for the sign-in.
    fn kept(&self) -> Value {
        let output = self.command(&["get", ENTRY]).output().expect("the command runs");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Makes the access token older: 30 s are left of it.
    fn age(&self) {
        let mut kept = self.kept();
        let since = kept["tokens"]["since"].as_u64().expect("a time");
        kept["tokens"]["since"] = json!(since - 270_000);
        self.sandbox.write("aged", &kept.to_string());
        let set = self.command(&["set", ENTRY, "--value-json", "--file", "aged"]).output();
        assert!(set.expect("the command runs").status.success());
        fs::remove_file(self.sandbox.home().join("aged")).expect("is there");
    }

    /// Starts a sign-in whose address is printed, and gives the address.
    fn begin(&self, more: &[&str]) -> (Child, String) {
        let issuer = self.issuer();
        let mut arguments = vec!["login", &issuer];
        arguments.extend(more);
        let mut command = self.command(&arguments);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        let mut told = BufReader::new(child.stderr.take().expect("piped"));
        let url = std::iter::from_fn(|| {
            let mut line = String::new();
            (told.read_line(&mut line).expect("reads") > 0).then_some(line)
        })
        .find_map(|line| line.find("http").map(|at| line[at..].trim().to_owned()))
        .expect("an address");
        child.stderr = Some(told.into_inner());
        (child, url)
    }

    /// Every file of the user, and everything that was printed.
    fn everything(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found =
            vec![(PathBuf::from("what was printed"), self.printed.clone().into_bytes())];
        let mut folders = vec![self.sandbox.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("reads") {
                let path = entry.expect("reads").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => {
                        let bytes = fs::read(&path).expect("reads");
                        found.push((path, bytes));
                    }
                }
            }
        }
        found
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (text(&output.stdout), text(&output.stderr))
}

/// How a sign-in ended: its exit code, and its last words.
fn end(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().expect("ends");
    let (out, err) = texts(&output);
    (output.status.code(), out + &err)
}

fn visit(url: &str) {
    let visit = Command::new("node").arg(person()).arg(url).output().expect("node runs");
    assert!(visit.status.success(), "{}", String::from_utf8_lossy(&visit.stderr));
}

/// A person who was shown an address, with a code in it or beside it.
fn visit_by_code(shown: &str) {
    if shown.contains("user_code") {
        return visit(shown);
    }
    let code = shown.rsplit(' ').next().expect("a code");
    let place = shown.split(' ').next().expect("an address");
    visit(&format!("{place}?user_code={code}"));
}

/// A browser at the redirect's port that asks for `target`; what it is shown.
fn get(port: &str, target: &str) -> String {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("the port is open");
    write!(stream, "GET {target} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n").expect("writes");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("reads");
    page
}

/// A parameter of the address, as it stands there.
fn parameter<'a>(url: &'a str, name: &str) -> &'a str {
    let at = url.find(&format!("{name}=")).expect("the parameter") + name.len() + 1;
    url[at..].split('&').next().expect("a value")
}

fn port(url: &str) -> String {
    let redirect = parameter(url, "redirect_uri");
    redirect.split("%3A").nth(2).expect("a port").split("%2F").next().expect("a port").to_owned()
}

#[test]
fn from_the_browser_to_the_api_and_out_again() {
    let mut world = World::new();
    world.run(&["token"], 70);
    world.login();
    let (who, _) = world.run(&["whoami", "--json"], 0);
    let who: Value = serde_json::from_str(&who).expect("JSON");
    assert_eq!(
        (&who["name"], &who["email"], &who["subject"]),
        (&json!("Ada Lovelace"), &json!("ada@example.org"), &json!("ada"))
    );
    assert_eq!((&who["issuer"], &who["refreshable"]), (&json!(world.issuer()), &json!(true)));
    let token = world.token();
    assert_eq!(world.provider.api(&token), 200);
    let asked = world.provider.log()["requests"].clone();
    assert_eq!(world.token(), token, "it is fresh, and served from the vault");
    assert_eq!(world.provider.log()["requests"], asked, "nobody was asked");
    let (header, _) = world.run(&["token", "--header"], 0);
    assert_eq!(header, format!("Authorization: Bearer {token}\n"));

    let refresh = world.kept()["tokens"]["refresh"].as_str().expect("a token").to_owned();
    let (out, _) = world.run(&["logout", "--json", "--no-browser"], 0);
    let out: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(out["revocation"], "done");
    assert!(out["endSession"].as_str().expect("an address").starts_with(&world.issuer()));
    assert_eq!(world.provider.api(&token), 401);
    assert_ne!(world.provider.spend(&refresh), 200);
    world.run(&["token"], 70);
    world.run(&["logout"], 70);
    assert_eq!(world.run(&["list", "--json"], 0).0, "[]\n", "nothing is left in the vault");
    for (place, bytes) in world.everything() {
        for secret in [&token, &refresh] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a token in {}", place.display());
        }
    }
}

#[test]
fn a_command_knows_what_the_one_before_it_was_told() {
    let mut world = World::new();
    world.login();
    let first = world.token();
    world.age();
    world.provider.fault("/token", "status", json!({ "status": 429, "retryAfter": 25 }));
    assert_eq!(world.token(), first, "the token at hand lives");
    let asked = world.provider.log()["requests"].clone();
    assert_eq!(world.token(), first);
    assert_eq!(world.provider.log()["requests"], asked, "the provider is left alone");

    let mut world = World::new();
    world.login();
    let first = world.token();
    world.age();
    world.provider.fault("/token", "drop-after", json!({}));
    assert_eq!(world.token(), first);
    let (_, told) = world.run(&["token"], 70);
    assert!(told.contains("lost on its way"), "{told}");
}

#[test]
fn an_interruption_waits_for_the_refresh_that_is_under_way() {
    let mut world = World::new();
    world.login();
    let first = world.token();
    world.age();
    let asked = || world.provider.log()["requests"]["/token"].as_u64().expect("a number");
    let before = asked();
    world.provider.fault("/token", "slow", json!({ "ms": 1000 }));
    let mut command = world.command(&["token"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    while asked() == before {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).expect("is ours");
    let (code, said) = end(child);
    // Whether the token is still printed is a matter of who comes first.
    assert!(matches!(code, Some(0 | 130)), "{code:?}: {said}");
    let token = world.token();
    assert_ne!(token, first);
    assert_eq!(world.provider.api(&token), 200);
    let log = world.provider.log();
    assert_eq!((&log["refreshes"], &log["reused"]), (&json!(1), &json!(0)), "{log}");
}

/// `http_proxy` is for what goes out into the network; the provider on this machine is asked directly.
#[test]
fn what_stays_on_this_machine_goes_through_no_proxy() {
    let mut world = World::new();
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    proxy.set_nonblocking(true).expect("is ours");
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    world.environment = vec![("http_proxy", address.clone()), ("https_proxy", address)];
    world.login();
    world.age();
    let token = world.token();
    assert_eq!(world.provider.api(&token), 200);
    world.run(&["logout", "--no-browser"], 0);
    assert_eq!(world.provider.api(&token), 401);
    assert!(proxy.accept().is_err(), "nobody came");
}

#[test]
fn three_processes_at_once_spend_one_refresh_token() {
    let mut world = World::new();
    world.login();
    let first = world.token();
    world.age();
    let start = || {
        let mut command = world.command(&["token"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs")
    };
    let tokens: Vec<_> = [start(), start(), start()]
        .into_iter()
        .map(|child| texts(&child.wait_with_output().expect("ends")).0)
        .collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]) && tokens[0] != first);
    assert_eq!(world.provider.api(&tokens[0]), 200);
    let kept = world.kept();
    assert_eq!(kept["tokens"].get("id"), None, "an id token that came along is not kept");
    let log = world.provider.log();
    assert_eq!((&log["refreshes"], &log["reused"]), (&json!(1), &json!(0)), "{log}");
}

#[test]
fn another_device_signs_in_by_a_code() {
    let mut world = World::new();
    // The first time that it is asked whether the code has been confirmed, the provider is unwell.
    world.provider.fault("/token", "status", json!({ "status": 503 }));
    let (child, url) = world.begin(&["--device"]);
    visit_by_code(&url);
    let (code, said) = end(child);
    assert_eq!(code, Some(0), "{said}");
    let token = world.token();
    assert_eq!(world.provider.api(&token), 200);
    assert!(!world.sandbox.home().join("opened").exists(), "no browser was opened here");
    world.run(&["logout"], 0);
    assert_eq!(world.provider.api(&token), 401);
}

#[test]
fn what_the_browser_brings_is_checked() {
    let mut world = World::new();
    // Whoever knows the port and not the state.
    let (child, url) = world.begin(&["--no-browser"]);
    let port_number = port(&url);
    assert!(get(&port_number, "/favicon.ico").starts_with("HTTP/1.1 404"));
    let page = get(&port_number, "/callback?code=abc&state=guessed");
    assert!(page.contains("That did not work"), "{page}");
    let (code, said) = end(child);
    assert_eq!(code, Some(76), "{said}");
    let address = format!("127.0.0.1:{port_number}");
    assert!(TcpStream::connect(&address).is_err(), "the port is closed");

    // A person who says no. The state is right.
    let (child, url) = world.begin(&["--no-browser"]);
    let state = parameter(&url, "state");
    get(
        &port(&url),
        &format!("/callback?error=access_denied&state={state}&iss={}", world.issuer()),
    );
    assert_eq!(end(child).0, Some(72));

    // Another provider's answer.
    let (child, url) = world.begin(&["--no-browser"]);
    let state = parameter(&url, "state");
    get(&port(&url), &format!("/callback?code=abc&state={state}&iss=https://evil.example"));
    assert_eq!(end(child).0, Some(76));

    // An id token of another sign-in: the provider signs what it was asked for.
    let (child, url) = world.begin(&["--no-browser"]);
    let nonce = parameter(&url, "nonce").to_owned();
    visit(&url.replace(&nonce, "another"));
    let (code, said) = end(child);
    assert_eq!(code, Some(76), "{said}");
    assert!(said.contains("another sign-in"), "{said}");

    // A code that somebody else's PKCE belongs to.
    let (child, url) = world.begin(&["--no-browser"]);
    let challenge = parameter(&url, "code_challenge").to_owned();
    visit(&url.replace(&challenge, "yBy_3egXVv8eQYX00926QPn9IscDYoVMYdaVLb0ugoY"));
    let (code, said) = end(child);
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("invalid_grant"), "{said}");

    // Nobody.
    let (child, _) = world.begin(&["--no-browser", "--timeout", "1s"]);
    assert_eq!(end(child).0, Some(73));

    assert_eq!(world.run(&["list", "--json"], 0).0, "[]\n", "none of them has left anything");
    world.run(&["whoami"], 70);
}

#[test]
fn an_id_token_that_was_forged_signs_nobody_in() {
    let mut world = World::new();
    let issuer = world.issuer();
    for (forgery, code, words) in [
        ("signature", 76, "signature"),
        ("another-claim", 76, "signature"),
        ("another-key", 76, "signature"),
        ("unknown-key", 76, "signature"),
        ("unsigned", 76, "signature"),
        ("hmac", 76, "signature"),
        ("issuer", 76, "another provider's"),
        ("audience", 76, "another program"),
        ("nonce", 76, "another sign-in"),
        ("expired", 76, "expired"),
        ("missing", 75, "no id token"),
        ("token-type", 74, "does not read"),
    ] {
        world.provider.fault("/token", "id-token", json!({ "forgery": forgery }));
        let (_, told) = world.run(&["login", &issuer], code);
        assert!(told.contains(words), "{forgery}: {told}");
        world.run(&["token"], 70);
    }
    // By a code there is no nonce, and everything else is looked at all the same.
    let often = json!({ "forgery": "another-key", "times": 100 });
    world.provider.fault("/token", "id-token", often);
    let (child, url) = world.begin(&["--device"]);
    visit_by_code(&url);
    let (code, told) = end(child);
    assert_eq!(code, Some(76), "{told}");
    world.printed += &told;

    assert_eq!(world.run(&["list", "--json"], 0).0, "[]\n", "none of them has left anything");
    let faults = world.provider.url("/faults");
    let (_, answers) = request("GET", &format!("{faults}/forged"), None, None);
    let answers: Vec<Value> = serde_json::from_str(&answers).expect("JSON");
    assert_eq!(answers.len(), 13);
    let everything = world.everything();
    for answer in &answers {
        for name in ["access_token", "refresh_token", "id_token"] {
            let Some(token) = answer[name].as_str() else {
                assert_eq!(name, "id_token", "one answer had none");
                continue;
            };
            for (place, bytes) in &everything {
                let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
                assert!(!found, "a token in {}", place.display());
            }
        }
    }
    request("DELETE", &faults, None, None);

    // One that is signed anew and says nothing wrong: it was not the signing that was refused.
    world.provider.fault("/token", "id-token", json!({ "forgery": "intact" }));
    world.login();
    let token = world.token();
    assert_eq!(world.provider.api(&token), 200);
}

#[test]
fn the_port_is_open_on_loopback_alone() {
    let world = World::new();
    let (mut child, url) = world.begin(&["--no-browser"]);
    let number: u16 = port(&url).parse().expect("a number");
    let listening: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| table.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            let (local, _, state) = (words.next()?, words.next()?, words.next()?);
            (state == "0A" && local.ends_with(&format!(":{number:04X}"))).then(|| local.to_owned())
        })
        .collect();
    child.kill().expect("is ours");
    child.wait().expect("ends");
    assert_eq!(listening, [format!("0100007F:{number:04X}")]);
}

#[test]
fn a_sign_out_that_the_provider_cannot_hear_is_made_up_for() {
    let mut world = World::new();
    world.login();
    let (token, kept) = (world.token(), world.kept());
    let refresh = kept["tokens"]["refresh"].as_str().expect("a token").to_owned();
    world.provider.fault("/token/revocation", "status", json!({ "status": 503, "times": 2 }));
    let (_, told) = world.run(&["logout", "--no-browser"], 0);
    assert!(told.contains("has not taken the tokens back yet"), "{told}");
    assert_eq!(world.provider.api(&token), 200, "the provider does not know yet");
    world.run(&["whoami"], 70);
    // Another provider is not signed in at before this one knows.
    let other = Provider::start(300);
    let elsewhere = other.url("");
    world.run(&["login", &elsewhere], 74);
    for (place, bytes) in world.everything() {
        let found = bytes.windows(refresh.len()).any(|window| window == refresh.as_bytes());
        assert!(!found, "the token waits sealed, and not in {}", place.display());
    }
    world.run(&["logout"], 0);
    assert_eq!(world.provider.api(&token), 401);
    assert_ne!(world.provider.spend(&refresh), 200);
    assert_eq!(world.run(&["list", "--json"], 0).0, "[]\n");
    world.run(&["login", &elsewhere], 0);
    world.run(&["logout", "--no-browser"], 0);

    // The next sign-in at the same provider tells it, too.
    world.login();
    let token = world.token();
    world.provider.fault("/token/revocation", "status", json!({ "status": 503 }));
    world.run(&["logout", "--no-browser"], 0);
    assert_eq!(world.provider.api(&token), 200, "the provider does not know yet");
    world.login();
    assert_eq!(world.provider.api(&token), 401);
    assert_eq!(world.kept().get("leavings"), None);
}

#[test]
fn several_accounts_side_by_side() {
    let mut world = World::new();
    world.login();
    let issuer = world.issuer();
    world.run(&["login", &issuer, "--account", "work", "--scope", "openid offline_access"], 0);
    let first = world.token();
    let (work, _) = world.run(&["token", "--account", "work"], 0);
    assert_ne!(first, work);
    let (all, _) = world.run(&["whoami", "--all", "--json"], 0);
    let all: Value = serde_json::from_str(&all).expect("JSON");
    assert_eq!((&all[0]["account"], &all[1]["account"]), (&json!("default"), &json!("work")));
    assert_eq!(all[1]["scope"], "openid offline_access");
    // Again, where the last sign-in was: the tokens before are taken back.
    world.run(&["login"], 0);
    assert_eq!(world.provider.api(&first), 401);
    // Entries of sign-ins are no program's environment.
    world.run(&["set", "API_KEY", "abc"], 0);
    let (environment, _) = world.run(&["exec", "--", "env"], 0);
    assert!(environment.contains("API_KEY=abc") && !environment.contains("keyward/login"));
    world.run(&["logout", "--account", "work"], 0);
    assert_eq!(world.provider.api(&work), 401);
    let token = world.token();
    assert_eq!(world.provider.api(&token), 200);
}

#[test]
fn a_provider_that_is_ill_or_another_signs_nobody_in() {
    let mut world = World::new();
    let issuer = world.issuer();
    for (path, kind, more, exit_code) in [
        ("/.well-known/openid-configuration", "status", json!({ "status": 503 }), 74),
        ("/.well-known/openid-configuration", "html", json!({}), 75),
        ("/.well-known/openid-configuration", "drop-before", json!({}), 74),
        ("/jwks", "status", json!({ "status": 500 }), 74),
        ("/token", "truncate", json!({}), 74),
        ("/token", "status", json!({ "status": 500 }), 74),
    ] {
        world.provider.fault(path, kind, more);
        let (_, told) = world.run(&["login", &issuer], exit_code);
        assert!(told.contains("Nothing was changed."), "{told}");
    }
    world.run(&["login", "http://id.example"], 76);

    // Somebody who calls themselves something else, and a provider with an unsafe address.
    for (description, exit_code) in [
        (json!({ "issuer": "https://id.example" }), 76),
        (json!({ "token_endpoint": "http://id.example/token" }), 76),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let own = format!("http://{}", listener.local_addr().expect("an address"));
        let mut metadata = json!({
            "issuer": own,
            "authorization_endpoint": format!("{own}/auth"),
            "token_endpoint": format!("{own}/token"),
            "jwks_uri": format!("{own}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        let members = metadata.as_object_mut().expect("an object");
        members.extend(description.as_object().cloned().unwrap_or_default());
        let serving = std::thread::spawn(move || serve(&listener, &metadata));
        world.run(&["login", &own], exit_code);
        drop(serving);
    }
}

/// A provider that has nothing but a description, and no keys.
fn serve(listener: &TcpListener, metadata: &Value) {
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let mut line = String::new();
        let mut reader = BufReader::new(stream.try_clone().expect("a clone"));
        reader.read_line(&mut line).expect("reads");
        let mut rest = String::new();
        while reader.read_line(&mut rest).expect("reads") > 2 {
            rest.clear();
        }
        let body = match line.contains("openid-configuration") {
            true => metadata.to_string(),
            false => json!({ "keys": [] }).to_string(),
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
        let _ = write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len());
    }
}
