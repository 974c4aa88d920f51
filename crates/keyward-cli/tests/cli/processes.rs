//! Many processes at once, processes that are killed, and a disk that is full.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::sandbox::{KEYWARD, Sandbox, skipped};

/// Starts the command with its output thrown away.
fn start(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    let mut command = sandbox.command(KEYWARD);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the command starts")
}

/// Different pauses from round to round, the same in every run.
fn pause(round: u64) -> Duration {
    let mixed = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    Duration::from_micros(mixed % 12_000)
}

#[test]
fn eight_processes_at_once_lose_nothing() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["--key-file", "key", "init"]);
    thread::scope(|scope| {
        for process in 0..8 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for round in 0..5 {
                    let name = format!("entry-{process}-{round}");
                    sandbox.ok(&["--key-file", "key", "set", &name, &format!("value of {name}")]);
                }
            });
        }
    });
    let names: Vec<String> =
        serde_json::from_str(&sandbox.ok(&["--key-file", "key", "list", "--json"])).expect("JSON");
    assert_eq!(names.len(), 40);
    for name in names {
        let value = sandbox.ok(&["--key-file", "key", "get", &name]);
        assert_eq!(value, format!("value of {name}"));
    }
}

/// Whatever the moment of the kill: the vault opens, with the last acknowledged write in it.
#[test]
fn a_vault_survives_a_hundred_kills() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["--key-file", "key", "init"]);
    sandbox.ok(&["--key-file", "key", "set", "round", "none"]);
    let mut acknowledged = "none".to_owned();
    let (mut done, mut killed) = (0, 0);
    for round in 0..100_u64 {
        let value = format!("{round} {}", "x".repeat(5_000));
        let mut child = start(&sandbox, &["--key-file", "key", "set", "round", &value]);
        thread::sleep(pause(round));
        let _ = child.kill();
        let finished = child.wait().expect("the child ends").success();
        *(if finished { &mut done } else { &mut killed }) += 1;
        let stored = sandbox.ok(&["--key-file", "key", "get", "round"]);
        assert!(stored == value || (!finished && stored == acknowledged), "round {round}");
        acknowledged = stored;
    }
    // The kills must not all have come too late, and what is left behind must not pile up.
    assert!(killed > 0, "{done} of 100 were done before they could be killed");
    let files = fs::read_dir(sandbox.vaults()).expect("the folder is there").count();
    assert!(files <= 3, "{files} files");
}

/// Whatever the moment of the kill: a vault that was being cleared is there or gone, and never looks
/// lost; and one that is lost in earnest does.
#[test]
fn a_kill_while_clearing_is_no_loss() {
    let sandbox = Sandbox::new();
    let file = sandbox.vaults().join("default.keyward");
    let (mut there, mut gone) = (0, 0);
    for round in 0..60_u64 {
        if !file.exists() {
            // It would say so if it took what was cleared for lost.
            sandbox.ok(&["--key-file", "key", "init"]);
            sandbox.ok(&["--key-file", "key", "set", "token", "abc"]);
        }
        let mut child = start(&sandbox, &["--key-file", "key", "clear", "--yes"]);
        // Some come to their end, however slow the machine is.
        if round % 3 != 2 {
            thread::sleep(pause(round));
            let _ = child.kill();
        }
        child.wait().expect("the child ends");
        if file.exists() {
            there += 1;
            assert_eq!(sandbox.ok(&["--key-file", "key", "get", "token"]), "abc", "round {round}");
        } else {
            gone += 1;
            let status = sandbox.keyward(&["--key-file", "key", "status"]).status.code();
            assert_eq!(status, Some(4), "round {round}: there is no vault");
        }
    }
    assert!(there > 0 && gone > 0, "all kills came too early or too late: {there} and {gone}");

    if !file.exists() {
        sandbox.ok(&["--key-file", "key", "init"]);
        sandbox.ok(&["--key-file", "key", "set", "token", "abc"]);
    }
    fs::remove_file(&file).expect("the file is there");
    let get = sandbox.keyward(&["--key-file", "key", "get", "token"]);
    assert_eq!(get.status.code(), Some(32), "it has vanished");
}

/// A guess counts even if the command is killed before it says whether it was right.
#[test]
fn attempts_are_counted_across_kills() {
    let sandbox = Sandbox::new();
    sandbox.write("right", "correct horse\n");
    sandbox.write("wrong", "guess\n");
    sandbox.ok(&["init", "--type", "custom-passcode", "--passcode-file", "right"]);
    sandbox.ok(&["set", "token", "abc", "--passcode-file", "right"]);
    let attempts = sandbox.vaults().join("default.attempts");
    for _ in 0..4 {
        let before = fs::read(&attempts).ok();
        let mut child = start(&sandbox, &["get", "token", "--passcode-file", "wrong"]);
        // The count is on the disk before the guess is tried.
        while fs::read(&attempts).ok() == before {
            let ended = child.try_wait().expect("the child is ours").is_some();
            assert!(!ended || fs::read(&attempts).ok() != before, "it did not count");
            thread::yield_now();
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    let last = sandbox.keyward(&["get", "token", "--json", "--passcode-file", "wrong"]);
    assert!(String::from_utf8_lossy(&last.stderr).contains("\"attemptsLeft\":0"));
    let next = sandbox.keyward(&["get", "token", "--passcode-file", "right"]);
    assert_eq!(next.status.code(), Some(11));
}

#[test]
fn a_full_disk_is_told_and_keeps_what_was_stored() {
    // A small disk of the test's own, where the system lets users have one.
    let unshare = ["--map-root-user", "--mount", "--propagation", "private"];
    let allowed = Command::new("unshare").args(unshare).arg("true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        skipped(
            "a_full_disk_is_told_and_keeps_what_was_stored",
            "this system gives users no disk of their own",
        );
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.write("large", &"x".repeat(100_000));
    let script = "set -e
        mkdir -m 700 disk
        mount -t tmpfs -o size=64k,mode=700 none disk
        export KEYWARD_HOME=$HOME/disk KEYWARD_KEY_FILE=$HOME/key
        keyward init
        keyward set token abc
        keyward set large --file large || echo \"[exit code $?]\"
        keyward set large --file large --json || echo \"[exit code $?]\"
        keyward get token
        keyward set token def
        keyward get token";
    let output = sandbox
        .command("unshare")
        .args(unshare)
        .args(["bash", "-c", script])
        .stdin(Stdio::null())
        .output()
        .expect("runs");
    let (shown, told) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{shown}{told}");
    assert_eq!(shown.matches("[exit code 40]").count(), 2, "{shown}{told}");
    assert!(told.contains("no space left") && told.contains("what it was before"), "{told}");
    assert!(told.contains("{\"error\":{\"code\":\"disk-full\""), "{told}");
    assert!(shown.contains("abcStored \"token\".\ndef"), "{shown}{told}");
}

/// A passcode vault counts attempts in its folder, so that it needs the folder even to be read.
#[test]
fn a_folder_that_can_only_be_read_is_told() {
    let sandbox = Sandbox::new();
    sandbox.write("passcode", "correct horse\n");
    let passcode = ["--passcode-file", "passcode"];
    sandbox.ok(&["--vault", "work", "init", "--type", "custom-passcode", passcode[0], passcode[1]]);
    sandbox.ok(&["--vault", "work", "set", "token", "abc", passcode[0], passcode[1]]);
    sandbox.ok(&["--key-file", "key", "init"]);
    sandbox.ok(&["--key-file", "key", "set", "token", "def"]);
    let script = "set -e
        folder=.local/share/keyward
        chmod 500 $folder
        keyward --key-file key get token
        for arguments in '--key-file key set token new' \
            '--vault work --passcode-file passcode get token'; do
            keyward $arguments || echo \"[exit code $?]\"
        done
        chmod 700 $folder
        keyward --vault work --passcode-file passcode get token";
    let (shown, told) = sandbox.as_owner(script);
    assert_eq!(shown, "def[exit code 41]\n[exit code 41]\nabc", "{told}");
    let (folder, files) = (sandbox.vaults(), ["default.keyward", "work.keyward"]);
    for (line, file) in told.lines().zip(files) {
        let place = format!("no permission to write in the folder {}", folder.display());
        assert!(line.contains(&place), "{line}");
        assert!(line.contains(&format!("{file} was left as it is.")), "{line}");
        assert!(line.contains("try again"), "{line}");
        assert_eq!(line.contains("attempts are counted there"), file == files[1], "{line}");
    }
    assert_eq!(told.lines().count(), files.len(), "{told}");
}
