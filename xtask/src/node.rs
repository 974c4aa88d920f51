//! Node.js and npm: Debian's where they are new enough, otherwise those that the machine has.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::packages;
use crate::root;
use crate::steps::{Failed, run};

/// The oldest major version that our tools run on.
const OLDEST: u32 = 20;

const DEBIAN: &[&str] = &["nodejs", "npm"];

/// Makes sure that there is a Node.js that is new enough, and npm.
pub(crate) fn require() -> Result<(), Failed> {
    if present() {
        return Ok(());
    }
    // Debian's may be older than what is asked for; nothing is lost by trying.
    if version("node").is_none() {
        packages::require(DEBIAN)?;
    }
    if present() {
        return Ok(());
    }
    let found = version("node").map_or("none was found".to_owned(), |it| format!("this is {it}"));
    Err(Failed(format!(
        "Node.js {OLDEST} or newer and npm are needed, and {found}. \
         See https://nodejs.org/en/download for one"
    )))
}

/// Installs what a folder's package-lock.json says, unless it is there already.
pub(crate) fn install(folder: &str) -> Result<(), Failed> {
    require()?;
    let folder = root().join(folder);
    if up_to_date(&folder) {
        return Ok(());
    }
    npm(&folder, &["ci", "--no-audit", "--no-fund"])
}

/// Runs a script of a folder's package.json.
pub(crate) fn script(folder: &str, name: &str) -> Result<(), Failed> {
    npm(&root().join(folder), &["run", name])
}

fn npm(folder: &Path, arguments: &[&str]) -> Result<(), Failed> {
    run(Command::new("npm").args(arguments).current_dir(folder))
}

/// npm writes down what it has installed after everything else, so that the later file tells.
fn up_to_date(folder: &Path) -> bool {
    let written = |file: &str| folder.join(file).metadata().and_then(|it| it.modified()).ok();
    let (asked, done) = (written("package-lock.json"), written("node_modules/.package-lock.json"));
    matches!((asked, done), (Some(asked), Some(done)) if asked <= done)
}

fn present() -> bool {
    let major = version("node").and_then(|it| it.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= OLDEST) && version("npm").is_some()
}

/// What a program says of its version, without the "v".
fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().trim_start_matches('v').to_owned())
}
