//! Node.js and npm: Debian's where they are new enough, otherwise those that the machine has.

use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use crate::packages;
use crate::root;
use crate::steps::{Failed, run};

/// What our tools run on, Vite among them.
const NEEDED: &str = "Node.js 20.19, or 22.12 or newer,";

const DEBIAN: &[&str] = &["nodejs", "npm"];

/// What a companion does besides its own work: it ends when its standard input does.
const UNTIL_WE_END: &str =
    "data:text/javascript,process.stdin.on('end',()=>process.exit()).resume()";

/// A Node.js process that ends with this one, however this one ends: its standard input is a pipe of
/// which nobody else holds the other end.
pub(crate) struct Companion {
    pub(crate) process: Child,
    _held: Option<ChildStdin>,
}

impl Companion {
    /// Starts it with the arguments, and whatever else, that `prepare` gives the command.
    pub(crate) fn start(prepare: impl FnOnce(&mut Command)) -> Result<Self, Failed> {
        let mut node = Command::new("node");
        node.args(["--import", UNTIL_WE_END]);
        prepare(&mut node);
        let process = node.stdin(Stdio::piped()).spawn();
        let mut process = process.map_err(|error| Failed(format!("node: {error}")))?;
        // Out of the process's own hands: they let go of it when the process is waited for.
        let held = process.stdin.take();
        Ok(Self { process, _held: held })
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus, Failed> {
        self.process.wait().map_err(|error| Failed(error.to_string()))
    }

    /// Ends it.
    pub(crate) fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

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
        "{NEEDED} and npm are needed, and {found}. \
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
    version("node").is_some_and(|it| is_new_enough(&it)) && version("npm").is_some()
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    matches!((next(), next()), (20, 19..) | (22, 12..) | (23.., _))
}

/// What a program says of its version, without the "v".
fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().trim_start_matches('v').to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use std::io::{BufRead, BufReader, Read};
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_older_node_is_told_from_one_that_will_do() {
        for good in ["20.19.0", "20.20", "22.12.0", "100.2.3"] {
            assert!(is_new_enough(good), "{good}");
        }
        for old in ["20.18.3", "21.7.3", "22.11.0", "18.20.4", "20", "", "node"] {
            assert!(!is_new_enough(old), "{old}");
        }
    }

    #[test]
    fn a_companion_ends_with_us_though_nobody_tells_it() {
        const INSIDE: &str = "KEYWARD_HAS_A_COMPANION";
        if std::env::var_os(INSIDE).is_some() {
            let script = "console.log('it runs'); setInterval(() => {}, 1000)";
            let _companion = Companion::start(|node| {
                node.args(["-e", script]);
            });
            loop {
                std::thread::park();
            }
        }
        let name = "node::tests::a_companion_ends_with_us_though_nobody_tells_it";
        let mut us = Command::new(std::env::current_exe().unwrap());
        us.args(["--exact", name, "--nocapture"]).env(INSIDE, "yes").stdout(Stdio::piped());
        let mut us = us.spawn().unwrap();
        let mut said = BufReader::new(us.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("it runs") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it does not run");
        }
        // This process alone, which has no time to say anything.
        us.kill().unwrap();
        us.wait().unwrap();
        // Both write there, so that its end is that of both.
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || tell.send(said.read_to_end(&mut Vec::new()).is_ok()));
        assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(true), "it runs on");
    }
}
