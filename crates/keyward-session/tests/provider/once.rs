//! Every refresh token is spent once, whoever asks, and however often somebody is killed.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_executor::block_on;

use crate::peer::Provider;
use crate::program::{Program, fifty_callers};

/// How long the long test is: a minute, unless the environment says otherwise.
fn time() -> Duration {
    let seconds = std::env::var("KEYWARD_SESSION_SECONDS").ok();
    Duration::from_secs(seconds.map_or(60, |text| text.parse().expect("seconds")))
}

fn child(role: &str, folder: &std::path::Path, issuer: &str, time: Duration) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "once::a_process_of_its_own", "--ignored", "--nocapture"])
        .env("KEYWARD_TEST_ROLE", role)
        .env("KEYWARD_TEST_FOLDER", folder)
        .env("KEYWARD_TEST_ISSUER", issuer)
        .env("KEYWARD_TEST_SECONDS", time.as_secs().to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts")
}

/// Not a test by itself: the other processes of the tests below.
#[test]
#[ignore = "the tests below run it"]
fn a_process_of_its_own() {
    let variable = |name: &str| std::env::var(name).expect("run by the tests below");
    let issuer = variable("KEYWARD_TEST_ISSUER");
    let folder = variable("KEYWARD_TEST_FOLDER");
    let seconds = variable("KEYWARD_TEST_SECONDS").parse().expect("seconds");
    let program = Program::start(folder.as_ref(), &issuer);
    let count = fifty_callers(&program.session, &issuer, Duration::from_secs(seconds));
    println!("{} tokens", count.expect("no caller sees an error"));
    program.end();
}

#[test]
fn fifty_callers_in_three_processes_spend_each_refresh_token_once() {
    let (folder, time) = (tempfile::tempdir().unwrap(), time());
    let provider = Provider::start(2);
    let issuer = provider.url("");
    let program = Program::start(folder.path(), &issuer);
    block_on(program.session.begin(provider.sign_in())).unwrap();
    let others = [1, 2].map(|_| child("callers", folder.path(), &issuer, time));
    let count = fifty_callers(&program.session, &issuer, time);
    for other in others {
        let output = other.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
    }
    let count = count.expect("no caller sees an error");
    let log = provider.log();
    let refreshes = log["refreshes"].as_u64().unwrap();
    println!("{count} tokens in one of three processes, {refreshes} refreshes in all: {log}");
    assert_eq!(log["reused"], 0, "each refresh token came at most once");
    // A token of two seconds is replaced after one, or when it has been refused.
    let refused = log["api"]["refused"].as_u64().unwrap();
    let most = time.as_secs() + 1 + refused;
    assert!(refreshes > 0 && refreshes <= most, "{refreshes} refreshes");
    program.end();
}

/// Processes that are killed at whatever they are doing, and one that finds what they left. A kill
/// between the server's rotation and the write is the one that nothing helps against; the provider's
/// log says whether it was that.
#[test]
fn a_kill_never_leaves_a_session_that_the_server_had_answered() {
    let provider = Provider::start(2);
    let issuer = provider.url("");
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &issuer);
    block_on(program.session.begin(provider.sign_in())).unwrap();
    program.end();
    for (round, pause) in (0..24).map(|n| 150 + n * 61).enumerate() {
        let mut victim = child("victim", folder.path(), &issuer, Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(pause));
        victim.kill().unwrap();
        victim.wait().unwrap();
        let program = Program::start(folder.path(), &issuer);
        let result = block_on(program.session.bearer());
        match result {
            Ok(bearer) => assert_eq!(provider.api(bearer.expose()), 200),
            Err(error) => {
                // The answer died with the process: the provider has given out a token that nobody
                // presented, and refuses the one before it.
                let log = provider.log();
                assert_eq!(log["reused"], 1, "{error}: {log}");
                println!("round {round}: killed between the answer and the write");
                block_on(program.session.begin(provider.sign_in())).unwrap();
                return program.end();
            }
        }
        program.end();
    }
    assert_eq!(provider.log()["reused"], 0);
}
