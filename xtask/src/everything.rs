//! `cargo xtask test`: everything that must hold, in the order in which it fails fastest.

use std::path::PathBuf;
use std::process::Command;

use crate::steps::{Failed, cargo, run as run_command, step, whole_workspace};
use crate::{browser, fuzz, getting_started, packages, provider, root, wasm, web};

/// A newer one may find more; an older one may not know the configuration.
const CARGO_DENY: &str = "0.20.2";

fn in_order(steps: &[(&str, fn() -> Result<(), Failed>)]) -> Result<(), Failed> {
    steps.iter().try_for_each(|(name, body)| step(name, body))
}

pub(crate) fn run() -> Result<(), Failed> {
    let _ = std::fs::remove_file(skipped());
    in_order(&[
        ("packages", || packages::require(packages::TEST)),
        ("format", || cargo(&["fmt", "--all", "--check"])),
        ("lints", lints),
        ("the provider for demo and tests", provider::test),
        ("tests", tests),
        ("documentation", documentation),
        ("licences", licences),
        ("the engine for the web", wasm::build),
        ("stores and protectors in a browser", browser::test),
        ("the npm package", web::test),
        ("the getting-started app", getting_started::test),
        ("fuzzing", fuzz::in_three_minutes),
    ])?;
    // Among so many lines, what stands beside the tests would be overlooked.
    if let Ok(lines) = std::fs::read_to_string(skipped()) {
        println!("\n=== WHAT COULD NOT BE TESTED HERE\n{lines}");
    }
    Ok(())
}

/// Where tests write down that they cannot run here.
fn skipped() -> PathBuf {
    root().join("target/skipped-tests.txt")
}

fn lints() -> Result<(), Failed> {
    run_command(whole_workspace("clippy").args(["--all-targets", "--", "--deny", "warnings"]))?;
    // As people install it: with no more of what it needs than it asks for.
    cargo(&["clippy", "--package", "keyward-cli", "--locked", "--", "--deny", "warnings"])
}

/// Those of sessions use the provider that the step before has installed. One of them takes a minute,
/// which fifty callers in three processes share; `KEYWARD_SESSION_SECONDS=300` makes it five.
fn tests() -> Result<(), Failed> {
    run_command(whole_workspace("test").env("KEYWARD_SKIPPED", skipped()))
}

fn documentation() -> Result<(), Failed> {
    let mut doc = whole_workspace("doc");
    doc.args(["--no-deps", "--document-private-items"]);
    run_command(doc.env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Advisories need a database that is not a package; `cargo deny check advisories` is for those
/// who can reach it. Licences, duplicates and sources are checked here.
fn licences() -> Result<(), Failed> {
    let version = Command::new("cargo-deny").arg("--version").output();
    if !version.is_ok_and(|output| output.status.success()) {
        println!("Installing cargo-deny {CARGO_DENY}; this takes a minute or two, once.");
        // Not optimised: it has little to do here, and takes long enough to build.
        let debug = ["install", "--quiet", "--locked", "--debug", "cargo-deny", "--version"];
        cargo(&[&debug[..], &[CARGO_DENY]].concat())?;
    }
    cargo(&["deny", "--locked", "check", "bans", "licenses", "sources"])
}
