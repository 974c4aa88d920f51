//! A vault that really locks while an answer is on its way, in a process that is killed before anybody
//! unlocks it.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_executor::block_on;
use keyward::{Config as VaultConfig, Passcode, Vault, VaultType};
use keyward_platform::{Native, SystemClock};
use keyward_session::native::{self, FileLateAnswers, FileSignOuts, FileTurns, Https};
use keyward_session::{
    Config, Doors, Http, HttpError, LateAnswers, Request, Response, Session, Tokens,
};

use crate::memory::Wanted;
use crate::peer::{Provider, server};

/// Locks the vault when an answer is there, and keeps what the search of the memory looks for.
struct LockingHttp {
    https: Https,
    vault: Vault,
    seen: Rc<RefCell<Vec<Wanted>>>,
}

#[async_trait(?Send)]
impl Http for LockingHttp {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let response = self.https.send(request).await?;
        let json =
            keyward::secret::Json::read(std::str::from_utf8(response.body.expose()).unwrap());
        for (name, value) in json.unwrap().object().unwrap() {
            if matches!(name.text(), "\"access_token\"" | "\"refresh_token\"") {
                self.seen.borrow_mut().push(Wanted::new(value.plain_string().unwrap()));
            }
        }
        self.vault.lock().await.unwrap();
        Ok(response)
    }
}

fn opened(folder: &Path) -> Vault {
    let vault = Native::new(folder).open().unwrap();
    block_on(vault.initialize(VaultConfig::new("session", VaultType::CustomPasscode))).unwrap();
    block_on(vault.set_passcode(Passcode::new("2580").unwrap())).unwrap();
    vault
}

fn variable(name: &str) -> String {
    std::env::var(name).expect("run by the test below")
}

/// A line for the parent, told from those of the test harness by its sign.
fn say(text: &str) {
    println!("#{text}");
    std::io::stdout().flush().unwrap();
}

/// Not a test by itself: the process that is killed. The tokens come on its standard input.
#[test]
#[ignore = "the test below runs it"]
fn a_process_whose_vault_locks() {
    let folder = variable("KEYWARD_TEST_FOLDER");
    let mut line = zeroize::Zeroizing::new(String::new());
    // Without the buffer that the process keeps of its standard input.
    std::fs::File::open("/dev/stdin").unwrap().read_to_string(&mut line).unwrap();
    let (access, refresh) = line.trim().split_once(' ').unwrap();
    let seen = Rc::new(RefCell::new(vec![Wanted::new(access), Wanted::new(refresh)]));
    // So old that it is refreshed at once.
    let tokens = Tokens::new(access).with_refresh(refresh);
    let tokens = tokens.with_lifetime(Duration::from_millis(1));
    drop(line);

    let vault = opened(Path::new(&folder));
    let late_answers = FileLateAnswers::new(&folder, vault.clone());
    let https = Https::new().unwrap();
    let doors = Doors {
        http: Rc::new(LockingHttp { https, vault: vault.clone(), seen: Rc::clone(&seen) }),
        keep: Rc::new(vault.clone()),
        turns: Rc::new(FileTurns::new(&folder, vault.clone())),
        sign_outs: Rc::new(FileSignOuts::new(&folder, vault.clone())),
        late_answers: Rc::new(late_answers.clone()),
        clock: Arc::new(SystemClock),
    };
    let config = Config::new("tokens", server(&variable("KEYWARD_TEST_ISSUER")));
    let (session, driver) = Session::new(doors, config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let work = async {
        session.begin(tokens).await.unwrap();
        assert!(seen.borrow()[1].count() > 0, "the search finds what is there");
        // It waits for somebody to unlock the vault, and nobody is asked.
        let bearer = session.bearer();
        while late_answers.load("tokens").await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(vault.is_locked().await.unwrap());
        assert!(session.bearer_now().is_none());
        let counts: Vec<_> = seen.borrow().iter().map(Wanted::count).collect();
        say(&format!("{counts:?}"));
        drop(bearer);
        loop {
            std::thread::park();
        }
    };
    runtime.block_on(futures_util::future::join(driver.run(), work)).1
}

#[test]
fn what_comes_while_the_vault_is_locked_is_not_in_memory_and_outlives_the_process() {
    let (provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
    let tokens = provider.sign_in();
    let (access, refresh) = (tokens.access.expose(), tokens.refresh.as_ref().unwrap().expose());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "late::a_process_whose_vault_locks", "--ignored", "--nocapture"])
        .env("KEYWARD_TEST_FOLDER", folder.path())
        .env("KEYWARD_TEST_ISSUER", provider.url(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{access} {refresh}").unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let counts = lines.find_map(|line| Some(line.unwrap().split_once('#')?.1.to_owned()));
    // SIGKILL: nothing of it runs any more.
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(
        counts.expect("the vault locked, and the answer was put aside"),
        "[0, 0, 0, 0]",
        "the tokens before and those that came late are not in memory"
    );
    assert_eq!(provider.log()["refreshes"], 1);

    // Somebody else unlocks the vault, and the session goes on.
    let vault = opened(folder.path());
    let config = Config::new("tokens", server(&provider.url("")));
    let (session, thread) = native::start(vault.clone(), folder.path(), config).unwrap();
    let bearer = block_on(session.bearer()).unwrap();
    assert_ne!(bearer.expose(), access);
    assert_eq!(provider.api(bearer.expose()), 200);
    assert_eq!(provider.log()["refreshes"], 1, "nobody had to ask again");
    let next = block_on(session.another(&bearer)).unwrap();
    assert_eq!(provider.api(next.expose()), 200);
    assert_eq!(provider.log()["reused"], 0);
    drop((session, vault));
    thread.join().unwrap();
}
