//! A home folder of its own for every test, without any of the developer's environment.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The home of one imaginary user.
pub(crate) struct Sandbox {
    root: TempDir,
    /// Which session bus the user has; empty for none.
    bus: String,
}

impl Sandbox {
    /// A user without a session bus, and so without a keyring.
    pub(crate) fn new() -> Self {
        Self::on_bus("")
    }

    /// A user with the session bus at this address.
    pub(crate) fn on_bus(address: &str) -> Self {
        let root = tempfile::Builder::new().prefix("kw").tempdir().expect("a folder for the test");
        let sandbox = Self { root, bus: address.to_owned() };
        fs::create_dir_all(sandbox.home()).expect("a home for the test");
        fs::set_permissions(sandbox.home(), fs::Permissions::from_mode(0o700)).expect("is ours");
        sandbox
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The folder that vaults live in.
    pub(crate) fn vaults(&self) -> PathBuf {
        self.home().join(".local/share/keyward")
    }

    /// The name of the folder that stands before every path in the sandbox.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// A program in the sandbox.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(self.home());
        command
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let folder = Path::new(KEYWARD).parent().expect("a program is in a folder");
        vec![
            ("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display())),
            ("HOME", self.home().display().to_string()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TERM", "xterm".to_owned()),
            ("DBUS_SESSION_BUS_ADDRESS", self.bus.clone()),
        ]
    }

    /// Runs the command to its end, with nothing to read and nobody to ask.
    pub(crate) fn keyward(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(KEYWARD);
        command.args(arguments).stdin(Stdio::null()).output().expect("the command runs")
    }

    /// Runs the command, which must succeed, and gives what it printed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.keyward(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs a script, which must succeed, as somebody whom rights of files hold back: root gives away
    /// what lets it read and write everywhere. Gives what was shown and what was told.
    pub(crate) fn as_owner(&self, script: &str) -> (String, String) {
        let outer = "test $(id -u) != 0 || may='setpriv \
            --bounding-set=-dac_override,-dac_read_search'
            exec $may bash -c \"$1\"";
        let mut bash = self.command("bash");
        bash.args(["-c", outer, "bash", script]).stdin(Stdio::null());
        let output = bash.output().expect("runs");
        let [shown, told] =
            [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
        assert!(output.status.success(), "{shown}{told}");
        (shown, told)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.home().join(name), text).expect("writes");
    }
}

/// The command that is being tested.
pub(crate) const KEYWARD: &str = env!("CARGO_BIN_EXE_keyward");

/// Says, past the capture of the test's output, that a test cannot run here, and why; and once more at
/// the end of `cargo xtask test`, which names a file for it.
pub(crate) fn skipped(test: &str, why: &str) {
    let line = format!("SKIPPED {test}: {why}\n");
    let _ = io::stderr().write_all(line.as_bytes());
    if let Some(file) = std::env::var_os("KEYWARD_SKIPPED") {
        let file = OpenOptions::new().append(true).create(true).open(file);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the file can be written");
    }
}
