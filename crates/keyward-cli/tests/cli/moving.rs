//! `keyward move` that is killed: each value is in the file or in the vault at every moment, and the
//! same command goes on.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::{KEYWARD, Sandbox, skipped};

const FILE: &str = ".env";
const TEXT: &str = "A=one\nB='two # $2'\nC=\"three\nlines\"\n";

fn values() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([("A", "one"), ("B", "two # $2"), ("C", "three\nlines")])
}

/// A user who has a vault with an entry, and a file to move.
fn before() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["--key-file", "key", "init"]);
    sandbox.ok(&["--key-file", "key", "set", "other", "stays"]);
    sandbox.write(FILE, TEXT);
    sandbox
}

fn stored(sandbox: &Sandbox) -> Value {
    let document = sandbox.ok(&["--key-file", "key", "export"]);
    let mut document: Value = serde_json::from_str(&document).expect("JSON");
    document["entries"].take()
}

/// The file's copies: at its place, and put aside.
fn files(sandbox: &Sandbox) -> Vec<String> {
    let places = [FILE, ".env.keyward-moving"].map(|name| sandbox.home().join(name));
    places.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}

/// Nothing is lost, whatever has happened so far; and after a second move nothing is left over.
fn nothing_is_lost(sandbox: &Sandbox, moment: &str) {
    let (stored_now, files_now) = (stored(sandbox), files(sandbox));
    assert_eq!(stored_now["other"], json!({ "json": "stays" }), "{moment}");
    let in_vault =
        values().iter().all(|(name, value)| stored_now[name] == json!({ "json": value }));
    assert!(in_vault || files_now == [TEXT], "{moment}: {stored_now}, {files_now:?}");
    if !files_now.is_empty() {
        sandbox.ok(&["--key-file", "key", "move", FILE]);
    }
    assert!(files(sandbox).is_empty(), "{moment}: the file is gone");
    let mut all = json!({ "other": { "json": "stays" } });
    for (name, value) in values() {
        all[name] = json!({ "json": value });
    }
    assert_eq!(stored(sandbox), all, "{moment}");
}

/// Killed by the system before each call by which a program leaves traces, by the calls' numbers.
#[test]
fn a_move_that_is_killed_at_any_call_is_gone_on_with() {
    let traced = Sandbox::new().command("strace").arg("true").stderr(Stdio::null()).status();
    if !traced.is_ok_and(|status| status.success()) {
        skipped(
            "a_move_that_is_killed_at_any_call_is_gone_on_with",
            "this system lets nobody trace programs",
        );
        return;
    }
    // Each group has a counter of its own. What the vault's thread does comes before what is done
    // to the file, so that a call that both make would never be counted up to the latter.
    let mut put_aside = 0;
    for calls in ["write", "fsync", "flock", "?rename,?renameat", "renameat2", "?unlink,?unlinkat"]
    {
        let mut killed = 0;
        loop {
            let sandbox = before();
            let inject = format!("inject={calls}:signal=KILL:when={}", killed + 1);
            let mut command = sandbox.command("strace");
            command.args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &inject]);
            command.args([KEYWARD, "--key-file", "key", "move", FILE]);
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            let status = status.expect("it runs");
            let ended = status.success();
            assert!(ended || status.signal() == Some(9), "{calls}: {status}");
            put_aside +=
                usize::from(!sandbox.home().join(FILE).exists() && !files(&sandbox).is_empty());
            nothing_is_lost(&sandbox, &format!("{calls}, number {}", killed + 1));
            if ended {
                break;
            }
            killed += 1;
        }
        assert!(killed > 0, "{calls}: no such call");
    }
    assert!(put_aside > 0, "no kill between putting the file aside and removing it");
}

#[test]
fn a_move_that_is_killed_at_any_moment_is_gone_on_with() {
    let mut killed = 0;
    for round in 0..20_u64 {
        let sandbox = before();
        let mut command = sandbox.command(KEYWARD);
        command.args(["--key-file", "key", "move", FILE]);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        thread::sleep(Duration::from_micros(round * 1_000));
        let _ = child.kill();
        killed += usize::from(!child.wait().expect("it ends").success());
        nothing_is_lost(&sandbox, &format!("round {round}"));
    }
    assert!(killed > 0, "all were done before they could be killed");
}

/// Two at once: the one that comes too late says so, and nothing is lost.
#[test]
fn two_moves_of_one_file_lose_nothing() {
    for round in 0..5 {
        let sandbox = before();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| sandbox.keyward(&["--key-file", "key", "move", FILE]));
            }
        });
        nothing_is_lost(&sandbox, &format!("round {round}"));
    }
}

/// Told before anything is copied.
#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let sandbox = before();
    let script = "set -e
        mkdir folder
        cp .env folder
        chmod 555 folder
        export KEYWARD_KEY_FILE=$HOME/key
        for options in '' '--dry-run' '--json'; do
            keyward move folder/.env $options || echo \"[exit code $?]\"
        done
        keyward list
        keyward move folder/.env --keep
        cmp .env folder/.env
        chmod 755 folder";
    let (shown, told) = sandbox.as_owner(script);
    let copied =
        "Copied 3 entries from folder/.env into the vault \"default\". The file is still there.";
    let expected = format!("{}other\n{copied}\n", "[exit code 41]\n".repeat(3));
    assert_eq!(shown, expected, "{told}");
    assert_eq!(told.matches("Nothing was changed").count(), 3, "{told}");
    assert!(told.contains("{\"error\":{\"code\":\"denied\""), "{told}");
}
