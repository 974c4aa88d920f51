//! Running one thing after the other, and saying what is going on.

use std::process::Command;
use std::time::Instant;

use crate::root;

/// Why a command of xtask stopped, for the person who called it.
pub(crate) struct Failed(pub(crate) String);

/// Runs a part of a longer job under a heading, and says how long it took.
pub(crate) fn step(name: &str, run: impl FnOnce() -> Result<(), Failed>) -> Result<(), Failed> {
    println!("\n=== {name}");
    let start = Instant::now();
    run().map_err(|Failed(why)| Failed(format!("{name}: {why}")))?;
    println!("--- {name}: {} s", start.elapsed().as_secs());
    Ok(())
}

/// Runs cargo at the root of the repository.
pub(crate) fn cargo(arguments: &[&str]) -> Result<(), Failed> {
    run(Command::new(env!("CARGO")).args(arguments))
}

/// Cargo over the whole workspace, with the doors of sessions for HTTP clients, which are off unless a
/// program asks for them. For another choice of packages or features it would compile anew what they
/// share.
pub(crate) fn whole_workspace(subcommand: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([subcommand, "--workspace", "--locked"]);
    let doors = ["native", "reqwest-middleware", "tower"];
    let doors = doors.map(|door| format!("keyward-session/{door}"));
    cargo.args(["--features", &doors.join(",")]);
    cargo
}

/// Runs a command at the root of the repository unless it has a folder of its own, and fails when
/// it does.
pub(crate) fn run(command: &mut Command) -> Result<(), Failed> {
    if command.get_current_dir().is_none() {
        command.current_dir(root());
    }
    let status =
        command.status().map_err(|error| Failed(format!("{}: {error}", shown(command))))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failed(format!("{} ended with {status}", shown(command))))
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
