//! `cargo xtask demo`, `cargo xtask test`, `cargo xtask bench`: all set-up is in here.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "talking to a person is its job")]

mod browser;
mod demo;
mod everything;
mod fuzz;
mod getting_started;
mod node;
mod packages;
mod provider;
mod steps;
mod wasm;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

use steps::{Failed, cargo};

const HELP: &str = "\
Usage: cargo xtask COMMAND

  demo    the getting-started app, in your browser
  demo terminal
          a session on a throw-away vault, in this terminal
  wasm    build the engine for the web into packages/keyward
  test    everything that must hold: format, lints, tests, licences, targets, fuzzing
  test browser
          of these, the stores and protectors in a browser
  bench   measure against peers, and print one table
  bench session
          what a bearer token costs, from memory and on a request
  bench web
          in a browser, vaults first and then bearer tokens
  bench web session
          of these, bearer tokens

Packages of the operating system that are missing are installed on Debian when you are root;
otherwise they are named, and nothing is done.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["demo"] => demo::in_browser(),
        ["demo", "terminal"] => demo::in_terminal(),
        ["test"] => everything::run(),
        ["test", "browser"] => browser::test(),
        ["wasm"] => wasm::build(),
        ["bench", "web"] => web::bench("bench"),
        ["bench", "web", "session"] => web::bench("bench:session"),
        ["bench", "session"] => bench("keyward-session-bench", &[]),
        ["bench", more @ ..] => bench("keyward-benches", more),
        ["help" | "--help" | "-h"] | [] => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(Failed(format!("no such command: {}\n\n{HELP}", words.join(" ")))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(why)) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn bench(package: &str, more: &[&str]) -> Result<(), Failed> {
    packages::require(packages::BENCH)?;
    let manifest = root().join("benches/Cargo.toml");
    let manifest = manifest.to_string_lossy().into_owned();
    let mut words =
        vec!["run", "--release", "--manifest-path", &manifest, "--package", package, "--"];
    words.extend_from_slice(more);
    cargo(&words)
}

/// The root of the repository.
fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path
}
