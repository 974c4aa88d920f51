//! A browser's stores and protectors, tested in a real one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::node;
use crate::packages;
use crate::root;
use crate::steps::{Failed, run};
use crate::wasm;

/// Where the tests' tools from npm are, from the root of the repository.
const FOLDER: &str = "crates/keyward-wasm";

/// The suites that every store and protector must pass, and what browsers seldom do.
pub(crate) fn test() -> Result<(), Failed> {
    packages::require(packages::BROWSERS)?;
    node::install(FOLDER)?;
    wasm::build_tests()?;
    run(Command::new("node").arg("--test").args(tests()?))
}

fn tests() -> Result<Vec<PathBuf>, Failed> {
    let folder = root().join(FOLDER).join("tests/browser");
    let files = fs::read_dir(folder).map_err(|error| Failed(error.to_string()))?;
    let files = files.filter_map(|file| Some(file.ok()?.path()));
    Ok(files.filter(|file| file.to_string_lossy().ends_with(".test.mjs")).collect())
}
