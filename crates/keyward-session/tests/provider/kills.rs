//! A process that is killed (SIGKILL) at each step of a refresh, a sign-in and a sign-out, one after
//! the other: whenever a session or the vault asks for something, and whenever it has got it.

use std::cell::{Cell, RefCell};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_executor::block_on;
use keyward::{Cause, Config as VaultConfig, Value, Vault, VaultType};
use keyward_platform::{Native, SystemClock};
use keyward_session::native::{FileLateAnswers, FileSignOuts, FileTurns, Https};
use keyward_session::{
    Config, Doors, Error, Http, HttpError, Keep, LateAnswers, Request, Response, Revocation,
    Session, Signals, Tokens, Turn, Turns,
};

use crate::peer::{Provider, server};
use crate::program::Program;

/// A step, and which of those that are called so.
type Place = (&'static str, u32);

const REFRESH: [Place; 10] = [
    ("before the read", 1),
    ("before the turn", 1),
    ("with the turn", 1),
    ("before the look at what others wrote", 1),
    ("before /token", 1),
    ("after /token", 1),
    ("with the turn", 2),
    ("before the look at what others wrote", 2),
    ("before the write", 1),
    ("after the write", 1),
];
/// The vault locks when the answer is there, and is opened again.
const LATE: [Place; 5] = [
    ("before it is put aside", 1),
    ("after it is put aside", 1),
    ("before the write", 1),
    ("after the write", 1),
    ("after it is removed", 1),
];
const SIGN_IN: [Place; 4] =
    [("before the read", 1), ("with the turn", 1), ("before the write", 1), ("after the write", 1)];
/// Of the two tokens, the refresh token is revoked first.
const SIGN_OUT: [Place; 12] = [
    ("before the read", 1),
    ("with the turn", 1),
    ("before the write", 1),
    ("after the write", 1),
    ("before /revocation", 1),
    ("after /revocation", 1),
    ("before the write", 2),
    ("after the write", 2),
    ("before /revocation", 2),
    ("after /revocation", 2),
    ("before the removal", 1),
    ("after the removal", 1),
];

/// Where a process stops, to be killed there.
#[derive(Default)]
struct Steps {
    /// How often the step is still passed, and its name.
    until: RefCell<Option<(u32, String)>>,
    /// Whether the vault locks when the next answer is there.
    locks: Cell<bool>,
    locked: Cell<bool>,
}

impl Steps {
    fn step(&self, name: &str) {
        let mut until = self.until.borrow_mut();
        let Some((left, place)) = until.as_mut() else {
            return;
        };
        say(name);
        if place == name {
            *left -= 1;
        }
        if *left == 0 {
            say("stop");
            loop {
                std::thread::park();
            }
        }
    }
}

/// A line for the parent, told from those of the test harness by its sign.
fn say(text: &str) {
    println!("#{text}");
    std::io::stdout().flush().expect("somebody reads");
}

struct SteppingHttp(Https, Rc<Steps>);

#[async_trait(?Send)]
impl Http for SteppingHttp {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let path = request.url.rsplit('/').next().unwrap_or_default().to_owned();
        self.1.step(&format!("before /{path}"));
        let response = self.0.send(request).await;
        self.1.step(&format!("after /{path}"));
        self.1.locked.set(self.1.locks.take());
        response
    }
}

struct SteppingKeep(Vault, Rc<Steps>);

#[async_trait(?Send)]
impl Keep for SteppingKeep {
    async fn load(&self, name: &str) -> Result<Option<Value>, Error> {
        self.1.step("before the read");
        Keep::load(&self.0, name).await
    }

    async fn store(&self, name: &str, value: Value) -> Result<(), Error> {
        self.1.step("before the write");
        let done = self.0.store(name, value).await;
        self.1.step("after the write");
        done
    }

    async fn remove(&self, name: &str) -> Result<(), Error> {
        self.1.step("before the removal");
        let done = Keep::remove(&self.0, name).await;
        self.1.step("after the removal");
        done
    }

    async fn is_locked(&self) -> Result<bool, Error> {
        Ok(self.1.locked.get() || Keep::is_locked(&self.0).await?)
    }

    async fn catch_up(&self, name: &str) -> Result<(), Error> {
        self.1.step("before the look at what others wrote");
        Keep::catch_up(&self.0, name).await
    }

    fn signals(&self) -> Box<dyn Signals> {
        self.0.signals()
    }
}

struct SteppingLateAnswers(FileLateAnswers, Rc<Steps>);

#[async_trait(?Send)]
impl LateAnswers for SteppingLateAnswers {
    async fn store(&self, name: &str, sealed: &[u8]) -> Result<(), Cause> {
        self.1.step("before it is put aside");
        let done = self.0.store(name, sealed).await;
        self.1.step("after it is put aside");
        done
    }

    async fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Cause> {
        self.0.load(name).await
    }

    async fn remove(&self, name: &str) {
        self.0.remove(name).await;
        self.1.step("after it is removed");
    }
}

struct SteppingTurns(FileTurns, Rc<Steps>);

#[async_trait(?Send)]
impl Turns for SteppingTurns {
    async fn wait(&self, name: &str) -> Result<Box<dyn Turn>, Cause> {
        self.1.step("before the turn");
        let turn = self.0.wait(name).await;
        self.1.step("with the turn");
        turn
    }
}

/// Not a test by itself: the process that is killed. What it is to do stands in its environment, and
/// new tokens come on its standard input.
#[test]
#[ignore = "the tests below run it"]
fn a_process_that_stops_at_a_step() {
    let variable = |name: &str| std::env::var(name).expect("run by the tests below");
    let folder = variable("KEYWARD_TEST_FOLDER");
    let role = variable("KEYWARD_TEST_ROLE");
    let steps = Rc::new(Steps::default());
    let native = Native::new(&folder).with_key_file(Path::new(&folder).join("device.key"));
    let vault = native.open().expect("a vault");
    block_on(vault.initialize(VaultConfig::new("session", VaultType::SecureStorage)))
        .expect("opens");
    let turns = FileTurns::new(&folder, vault.clone());
    let sign_outs = FileSignOuts::new(&folder, vault.clone());
    let late_answers = FileLateAnswers::new(&folder, vault.clone());
    let doors = Doors {
        http: Rc::new(SteppingHttp(Https::new().expect("a client"), Rc::clone(&steps))),
        keep: Rc::new(SteppingKeep(vault, Rc::clone(&steps))),
        turns: Rc::new(SteppingTurns(turns, Rc::clone(&steps))),
        sign_outs: Rc::new(sign_outs),
        late_answers: Rc::new(SteppingLateAnswers(late_answers.clone(), Rc::clone(&steps))),
        clock: Arc::new(SystemClock),
    };
    let config = Config::new("tokens", server(&variable("KEYWARD_TEST_ISSUER")));
    let (session, driver) = Session::new(doors, config).expect("a session");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let work = async {
        let place = variable("KEYWARD_TEST_STEP");
        let number = variable("KEYWARD_TEST_NUMBER").parse().expect("a number");
        let arm = || *steps.until.borrow_mut() = Some((number, place));
        match role.as_str() {
            "refresh" => {
                let bearer = session.bearer().await.expect("somebody is signed in");
                // What a start brings along is over then.
                session.send_revocations().await.expect("there is nothing to send");
                arm();
                session.another(&bearer).await.map(drop)
            }
            "late" => {
                let bearer = session.bearer().await.expect("somebody is signed in");
                session.send_revocations().await.expect("there is nothing to send");
                steps.locks.set(true);
                arm();
                // Nobody is asked to unlock the vault for this one.
                let waits = session.another(&bearer);
                while late_answers.load("tokens").await.unwrap().is_none() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                // Whoever asks now unlocks it.
                steps.locked.set(false);
                session.another(&bearer).await.expect("it is brought into the vault");
                waits.await.map(drop)
            }
            "sign in" => {
                let mut line = String::new();
                std::io::stdin().read_line(&mut line).expect("reads");
                let (access, refresh) = line.trim().split_once(' ').expect("two tokens");
                arm();
                session.begin(Tokens::new(access).with_refresh(refresh)).await
            }
            _ => {
                session.bearer().await.expect("somebody is signed in");
                session.send_revocations().await.expect("there is nothing to send");
                arm();
                session.logout().await.map(drop)
            }
        }
        .expect("it works when nobody kills it");
        // From here on nothing stops it.
        steps.until.take();
        say("end");
        drop(session);
    };
    runtime.expect("a runtime").block_on(futures_util::future::join(driver.run(), work));
}

/// Has a process work until a step, kills it there, and gives the steps that it had taken, the last
/// of which is where it was.
fn kill_at(
    (name, number): Place,
    role: &str,
    folder: &Path,
    provider: &Provider,
    input: &str,
) -> Taken {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "kills::a_process_that_stops_at_a_step", "--ignored", "--nocapture"])
        .env("KEYWARD_TEST_ROLE", role)
        .env("KEYWARD_TEST_FOLDER", folder)
        .env("KEYWARD_TEST_ISSUER", provider.url(""))
        .env("KEYWARD_TEST_STEP", name)
        .env("KEYWARD_TEST_NUMBER", number.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    writeln!(child.stdin.take().expect("piped"), "{input}").expect("writes");
    let mut taken = Vec::new();
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let said = lines.filter_map(|line| Some(line.expect("reads").split_once('#')?.1.to_owned()));
    for step in said {
        match step.as_str() {
            "stop" => {
                // SIGKILL: nothing of it runs any more.
                child.kill().expect("is ours");
                child.wait().expect("ends");
                return Taken(taken);
            }
            "end" => break,
            _ => taken.push(step),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("{name} ({number}) did not come: {taken:?}");
}

/// The steps that a process had taken when it was killed.
#[derive(Debug)]
struct Taken(Vec<String>);

impl Taken {
    fn has(&self, step: &str) -> bool {
        self.0.iter().any(|taken| taken == step)
    }
}

/// A session whose access token and whose refresh token both still work.
fn works(program: &Program, provider: &Provider) -> Result<(), Error> {
    let bearer = block_on(program.session.bearer())?;
    assert_eq!(provider.api(bearer.expose()), 200);
    let next = block_on(program.session.another(&bearer))?;
    assert_eq!(provider.api(next.expose()), 200);
    Ok(())
}

#[test]
fn killed_at_any_step_of_a_refresh() {
    let (mut provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
    let mut program = Program::start(folder.path(), &provider.url(""));
    block_on(program.session.begin(provider.sign_in())).unwrap();
    for place in REFRESH {
        program.end();
        let taken = kill_at(place, "refresh", folder.path(), &provider, "");
        // The server has rotated, and what it gave is in no place that outlives the process. Nothing
        // helps against that on this side; docs/sessions.md says so.
        let lost = taken.has("after /token") && !taken.has("after the write");
        program = Program::start(folder.path(), &provider.url(""));
        match works(&program, &provider) {
            Ok(()) => {
                assert!(!lost, "killed at {taken:?}: it was to be lost");
                assert_eq!(
                    provider.log()["reused"],
                    0,
                    "killed at {taken:?}: a token was spent twice"
                );
            }
            Err(error) => {
                assert!(lost, "killed at {taken:?}: {error}");
                assert!(matches!(error, Error::SignedOut(_)), "killed at {taken:?}: {error}");
                assert!(block_on(program.vault.is_empty()).unwrap(), "nobody is left hanging");
                program.end();
                provider = Provider::start(60);
                program = Program::start(folder.path(), &provider.url(""));
                block_on(program.session.begin(provider.sign_in())).unwrap();
            }
        }
    }
    program.end();
}

/// The answer has come, and the vault is locked. From when it lies beside the vault it is not lost.
#[test]
fn killed_at_any_step_of_an_answer_that_comes_while_the_vault_is_locked() {
    let (mut provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
    let mut program = Program::start(folder.path(), &provider.url(""));
    block_on(program.session.begin(provider.sign_in())).unwrap();
    for place in LATE {
        program.end();
        let taken = kill_at(place, "late", folder.path(), &provider, "");
        let lost = !taken.has("after it is put aside");
        program = Program::start(folder.path(), &provider.url(""));
        let before = provider.log()["refreshes"].as_u64().unwrap();
        match block_on(program.session.view()).unwrap() {
            Some(_) if !lost => {
                works(&program, &provider).unwrap();
                let log = provider.log();
                assert_eq!(log["reused"], 0, "killed at {taken:?}: a token was spent twice");
                assert_eq!(log["refreshes"].as_u64().unwrap(), before + 1, "killed at {taken:?}");
            }
            _ => {
                assert!(lost, "killed at {taken:?}: nothing was to be lost");
                assert!(works(&program, &provider).is_err());
                program.end();
                provider = Provider::start(60);
                program = Program::start(folder.path(), &provider.url(""));
                block_on(program.session.begin(provider.sign_in())).unwrap();
            }
        }
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("late-answer"))
            .collect();
        assert!(left.is_empty(), "killed at {taken:?}: {left:?}");
    }
    program.end();
}

#[test]
fn killed_at_any_step_of_a_sign_in() {
    let provider = Provider::start(60);
    for place in SIGN_IN {
        let folder = tempfile::tempdir().unwrap();
        Program::start(folder.path(), &provider.url("")).end();
        let tokens = provider.sign_in();
        let refresh = tokens.refresh.as_ref().expect("a token").expose().to_owned();
        let line = format!("{} {refresh}", tokens.access.expose());
        let taken = kill_at(place, "sign in", folder.path(), &provider, &line);
        let program = Program::start(folder.path(), &provider.url(""));
        match works(&program, &provider) {
            Ok(()) => assert!(taken.has("after the write"), "killed at {taken:?}"),
            Err(error) => {
                assert!(matches!(error, Error::SignedOut(_)), "killed at {taken:?}: {error}");
                assert!(!taken.has("after the write"), "what is written is there");
                block_on(program.session.begin(tokens)).unwrap();
                works(&program, &provider).unwrap();
            }
        }
        assert_eq!(provider.log()["reused"], 0, "killed at {taken:?}");
        program.end();
    }
}

#[test]
fn killed_at_any_step_of_a_sign_out() {
    let (provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
    for place in SIGN_OUT {
        let program = Program::start(folder.path(), &provider.url(""));
        let tokens = provider.sign_in();
        block_on(program.session.begin(tokens.clone())).unwrap();
        program.end();
        let taken = kill_at(place, "sign out", folder.path(), &provider, "");
        let program = Program::start(folder.path(), &provider.url(""));
        // From the first write on nobody is signed in any more, whatever the server knows.
        let cleared = taken.has("after the write");
        match block_on(program.session.bearer()) {
            Ok(_) => {
                assert!(!cleared, "killed at {taken:?}: it was cleared");
                let out = block_on(program.session.logout()).unwrap();
                assert_eq!(out.revocation, Revocation::Done);
            }
            Err(error) => {
                assert!(matches!(error, Error::SignedOut(_)), "killed at {taken:?}: {error}");
                assert!(cleared, "killed at {taken:?}: nothing was to be cleared yet");
                assert_ne!(
                    block_on(program.session.send_revocations()).unwrap(),
                    Revocation::Later
                );
            }
        }
        assert_eq!(provider.api(tokens.access.expose()), 401, "killed at {taken:?}");
        let refresh = tokens.refresh.as_ref().expect("a token").expose();
        assert_ne!(provider.spend(refresh), 200, "killed at {taken:?}");
        assert!(block_on(program.vault.is_empty()).unwrap(), "killed at {taken:?}");
        program.end();
    }
}
