//! The npm package: built from the engine for the web, and tested in Node.js and in browsers.

use crate::node;
use crate::packages;
use crate::provider;
use crate::steps::{Failed, run, whole_workspace};
use crate::wasm;

const FOLDER: &str = "packages/keyward";

/// Builds what the package ships; the engine for the web has to be there.
pub(crate) fn build() -> Result<(), Failed> {
    node::install(FOLDER)?;
    node::script(FOLDER, "build")
}

/// Types, surface, units, behaviour in browsers, and every bundler.
pub(crate) fn test() -> Result<(), Failed> {
    packages::require(packages::BROWSERS)?;
    // Sessions sign in at it.
    node::install(provider::FOLDER)?;
    build()?;
    // For the command, which is built with them: what it writes, browsers read, and the other way round.
    run(whole_workspace("test").arg("--no-run"))?;
    node::script(FOLDER, "test")
}

/// Measures in Chromium, beside what a developer would write otherwise; `script` says what.
pub(crate) fn bench(script: &str) -> Result<(), Failed> {
    packages::require(packages::BROWSERS)?;
    wasm::build()?;
    build()?;
    node::script(FOLDER, script)
}
