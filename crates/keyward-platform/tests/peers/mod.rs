//! Real key stores for tests: each on a private bus, in folders of its own, ended when dropped.
//!
//! Other crates' tests use this module by its path. Nothing here reads the developer's own session,
//! and only processes that were started here are ended, by their identity.

// Every test program that includes this module uses another part of it.
#![allow(dead_code)]

pub(crate) mod fake_portal;
pub(crate) mod fake_service;
pub(crate) mod gnome_keyring;
pub(crate) mod keepassxc;

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;

/// A key store that speaks the Secret Service's language.
pub(crate) trait Peer {
    /// The object path of the collection that is the default one.
    fn collection(&self) -> &'static str;
    /// Locks the collection, as the desktop does.
    fn lock(&mut self);
    /// Unlocks the collection, as a person does who types the password.
    fn unlock(&mut self);
    /// Waits until the service has written its file since it was started.
    fn wait_until_saved(&mut self);
    /// Ends the service without warning (SIGKILL).
    fn kill(&mut self);
    /// Starts the service again after [`Peer::kill`]; its collection is locked then.
    fn restart(&mut self);
    /// Stops the service where it is (SIGSTOP), or lets it go on (SIGCONT).
    fn freeze(&mut self, frozen: bool);
}

/// A private message bus, and the folders of one imaginary user.
pub(crate) struct Bus {
    root: TempDir,
    address: String,
    daemon: Process,
}

impl Bus {
    /// A bus on which nothing starts by itself.
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// A bus that starts gnome-keyring by itself when somebody asks for the Secret Service.
    pub(crate) fn start_with_activation() -> Self {
        let daemon = program("gnome-keyring-daemon", "gnome-keyring");
        Self::start_with(&format!(
            "[D-BUS Service]\nName=org.freedesktop.secrets\nExec={} --start --foreground \
             --components=secrets\n",
            daemon.display()
        ))
    }

    fn start_with(service: &str) -> Self {
        let root = tempfile::Builder::new().prefix("kw").tempdir().expect("a folder for the test");
        for folder in ["run", "data", "home", "config", "cache", "services"] {
            let folder = root.path().join(folder);
            fs::create_dir(&folder).expect("a folder for the test");
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("is ours");
        }
        if !service.is_empty() {
            fs::write(root.path().join("services/test.service"), service).expect("writes");
        }
        let config = root.path().join("bus.conf");
        fs::write(&config, bus_config(root.path())).expect("writes");

        let mut command = isolated(&program("dbus-daemon", "dbus"), root.path());
        command.arg("--nofork").arg("--print-address=1").arg("--config-file").arg(&config);
        let mut daemon = Process::spawn(command.stdout(Stdio::piped()));
        let output = daemon.0.stdout.take().expect("is piped");
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address).expect("the bus says its address");
        Self { root, address: address.trim().to_owned(), daemon }
    }

    /// The bus's D-Bus address.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A folder that only this bus's programs use.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// A command that sees this bus and these folders, and nothing of the developer's environment.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = isolated(program, self.root());
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command
    }

    /// A connection, as any other program makes one.
    pub(crate) fn connect(&self) -> Connection {
        Builder::address(&self.address[..])
            .and_then(Builder::build)
            .expect("the bus takes connections")
    }

    /// Runs libsecret's `secret-tool`, the other client of these tests.
    pub(crate) fn secret_tool(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(&program("secret-tool", "libsecret-tools"));
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("secret-tool starts");
        child.stdin.take().expect("is piped").write_all(input.as_bytes()).expect("takes input");
        child.wait_with_output().expect("secret-tool ends")
    }

    /// Waits until somebody owns the Secret Service's name, or nobody does.
    pub(crate) fn wait_for_service(&self, present: bool) {
        let bus = self.connect();
        eventually(if present { "the service appears" } else { "the service is gone" }, || {
            service_owner(&bus).is_some() == present
        });
    }

    /// Stops the bus where it is, or lets it go on.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.daemon.freeze(frozen);
    }
}

/// A process that ends with the test.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}")))
    }

    /// SIGKILL, and waits for the end.
    pub(crate) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    pub(crate) fn freeze(&self, frozen: bool) {
        freeze(self.0.id(), frozen);
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(Some(status)) = self.0.try_wait()
            && let Some(signal) = status.signal()
            // Ours.
            && signal != Signal::KILL.as_raw()
        {
            CRASH.set(Some(signal));
        }
        self.kill();
    }
}

thread_local! {
    /// The signal that has ended a process of this test's, and that nobody here has sent.
    static CRASH: Cell<Option<i32>> = const { Cell::new(None) };
}

/// Runs a test once more if it fails and a peer has crashed meanwhile, which says nothing about us;
/// three times at most. KeePassXC 2.7 does so about once in fifty runs, in the thread that saves its
/// database while the next entry comes.
#[allow(clippy::print_stderr, reason = "nobody should take it for a quiet run")]
pub(crate) fn again_if_a_peer_crashes(test: impl Fn()) {
    for _ in 0..2 {
        CRASH.set(None);
        let Err(panic) = catch_unwind(AssertUnwindSafe(&test)) else { return };
        match CRASH.get() {
            Some(signal) => eprintln!("a peer has crashed with signal {signal}: once more"),
            None => resume_unwind(panic),
        }
    }
    test();
}

/// SIGSTOP or SIGCONT.
pub(crate) fn freeze(pid: u32, frozen: bool) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process identity");
    let signal = if frozen { Signal::STOP } else { Signal::CONT };
    kill_process(pid, signal).expect("the process is ours");
}

/// Who owns the Secret Service's name: the process's identity.
pub(crate) fn service_owner(bus: &Connection) -> Option<u32> {
    let dbus = zbus::blocking::fdo::DBusProxy::new(bus).expect("the bus answers");
    let name = zbus::names::BusName::try_from("org.freedesktop.secrets").expect("a name");
    dbus.get_connection_unix_process_id(name).ok()
}

/// The path of a program, or a failure that says how to get it.
pub(crate) fn program(name: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("PATH is set");
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| {
            panic!("this test needs the program {name}: install the Debian package {package}")
        })
}

/// Waits for something that other processes bring about. The bound only ends a test that hangs.
pub(crate) fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        sleep(Duration::from_millis(20));
    }
}

fn isolated(program: &Path, root: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").expect("PATH is set"))
        .env("LANG", "C.UTF-8")
        .env("HOME", root.join("home"))
        .env("XDG_RUNTIME_DIR", root.join("run"))
        .env("XDG_DATA_HOME", root.join("data"))
        .env("XDG_CONFIG_HOME", root.join("config"))
        .env("XDG_CACHE_HOME", root.join("cache"))
        .env("QT_QPA_PLATFORM", "offscreen")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn bus_config(root: &Path) -> String {
    let root = root.display();
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={root}/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{root}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#
    )
}
