//! Killed at any instant: what was acknowledged is there, and what is there is whole.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use keyward::{Store, Stores, Swap};

use crate::support::{KEY, Place, bytes, child, child_stores, number, numbered, run};

const ROUNDS: u32 = 1000;

#[test]
fn a_kill_at_any_instant_loses_nothing_acknowledged() {
    let place = Place::new();
    let vault = place.open().vault;
    // A generator with a fixed seed picks the delays; where they fall in the child is chance.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (mut interrupted, mut unacknowledged, mut acknowledged) = (0, 0, 0);
    let mut last = 0;
    step(&vault, |_| 0);
    for round in 0..ROUNDS {
        let mut writer =
            child("kill::writer", place.folder()).stdout(Stdio::piped()).spawn().expect("a child");
        let mut lines = BufReader::new(writer.stdout.take().expect("a pipe"));
        let mut line = String::new();
        // Two rounds of three wait until it is in full swing; the others also hit its start.
        while round % 3 != 0 && !line.starts_with("written ") {
            line.clear();
            assert_ne!(lines.read_line(&mut line).expect("reads"), 0, "the child ended by itself");
        }
        std::thread::sleep(Duration::from_micros(random() % 3000));
        writer.kill().expect("it runs until it is killed");
        writer.wait().expect("it is dead");

        let mut told = line.strip_prefix("written ").map_or(last, parse);
        for line in lines.lines() {
            // A line is written by one system call, so that the pipe holds it whole or not at all.
            told = line.expect("reads").strip_prefix("written ").map_or(told, parse);
        }
        let torn = place.path("a.keyward.new").exists();
        let found = run(bytes(&vault)).expect("loads").expect("the vault is never empty");
        let found = number(&found);
        assert!(found == told || found == told + 1, "{told} was acknowledged, {found} is there");
        interrupted += u32::from(torn);
        unacknowledged += found - told;
        acknowledged += told - last;
        // The next write is not kept from anything by what the dead process left.
        last = step(&vault, |found| found + 1);
        assert_eq!(last, found + 1);
        assert_eq!(place.names(), ["a.keyward", "a.lock"]);
    }
    // Seen with `--nocapture`.
    #[allow(clippy::print_stdout)]
    {
        println!(
            "{ROUNDS} kills: {acknowledged} writes acknowledged, {interrupted} interrupted before and \
         {unacknowledged} between being in place and being acknowledged"
        );
    }
    assert!(acknowledged > u64::from(ROUNDS) / 2, "the children hardly got to write");
}

/// Makes the number in the vault another one, and says it.
fn step(vault: &Rc<dyn Store>, next: impl Fn(u64) -> u64) -> u64 {
    run(async {
        loop {
            let stored = vault.load().await.expect("loads");
            let next = next(stored.as_ref().map_or(0, |stored| number(&stored.bytes)));
            let expected = stored.map(|stored| stored.revision);
            if vault.swap(expected, Some(&numbered(next))).await.expect("swaps") != Swap::Conflict {
                return next;
            }
        }
    })
}

fn parse(number: &str) -> u64 {
    number.trim().parse().expect("a number")
}

#[test]
#[ignore = "the child of another test"]
fn writer() {
    let Some(stores) = child_stores() else { return };
    let vault = stores.open(KEY).expect("a short key").vault;
    loop {
        let written = step(&vault, |found| found + 1);
        let line = format!("\nwritten {written}\n");
        std::io::stdout().write_all(line.as_bytes()).expect("the parent listens");
        std::io::stdout().flush().expect("the parent listens");
    }
}
