//! The provider that the demo and the tests sign in at.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::node::{self, Companion};
use crate::root;
use crate::steps::Failed;

/// Where the provider is, from the root of the repository.
pub(crate) const FOLDER: &str = "apps/provider";

/// How long the demo's tokens live, in seconds: so short that one sees them expire.
const TOKEN_LIFE: &str = "10";

/// A provider that runs.
pub(crate) struct Running {
    process: Companion,
    /// What it says of itself: JSON.
    pub(crate) ready: String,
}

impl Running {
    /// Ends it, if it has not heard the interrupt by itself.
    pub(crate) fn end(&mut self) {
        self.process.end();
    }
}

/// Starts the provider for the app at `origin`, and waits until it is ready.
pub(crate) fn start(origin: &str) -> Result<Running, Failed> {
    let mut companion = Companion::start(|node| {
        node.arg(root().join(FOLDER).join("src/main.js"));
        node.args(["--app", origin, "--redirect", &format!("{origin}/sign-in")]);
        node.args(["--access-token-life", TOKEN_LIFE]).stdout(Stdio::piped());
    })?;
    let mut ready = String::new();
    if let Some(output) = companion.process.stdout.take() {
        let read = BufReader::new(output).read_line(&mut ready);
        read.map_err(|error| Failed(format!("the provider: {error}")))?;
    }
    let mut running = Running { process: companion, ready };
    if running.ready.is_empty() {
        running.end();
        return Err(Failed("the provider did not start".to_owned()));
    }
    Ok(running)
}

/// Installs what it is made of; there is nothing to build.
pub(crate) fn build() -> Result<(), Failed> {
    node::install(FOLDER)
}

/// What the tests of sessions rely on.
pub(crate) fn test() -> Result<(), Failed> {
    build()?;
    node::script(FOLDER, "test")
}
