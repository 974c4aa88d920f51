//! A random walk over everything that can be lost: each step ends with the data, or with a state
//! that says truthfully why not and leaves the bytes alone; and what can bring the data back does.
//!
//! The seed is printed. `KEYWARD_WALK_SEED=N` walks another way, and `KEYWARD_WALK_STEPS=N` further.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;
mod walker;
mod world;

use walker::Walker;

const SEED: u64 = 0x6b65_7977_6172_6421;
const STEPS: u64 = 10_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn every_step_ends_with_the_data_or_with_a_truthful_state() {
    let seed = number("KEYWARD_WALK_SEED").unwrap_or(SEED);
    let steps = number("KEYWARD_WALK_STEPS").unwrap_or(STEPS);
    println!("KEYWARD_WALK_SEED={seed} KEYWARD_WALK_STEPS={steps}");
    let mut walker = Walker::new(seed);
    while walker.steps < steps {
        walker.step();
    }
    println!("{:#?}", walker.seen);
    // A walk that never comes to a place proves nothing of it.
    let places = [
        "intact",
        "empty",
        "locked",
        "key-unavailable",
        "key-lost",
        "damaged",
        "vanished",
        "too-new",
        "older",
        "recovered",
        "brought back",
        "cleared",
        "went on with the older",
        "fault",
        "read from memory",
    ];
    for place in places {
        let times = walker.seen.get(place).copied().unwrap_or(0);
        assert!(times >= steps / 1000, "came to {place:?} only {times} times");
    }
}
