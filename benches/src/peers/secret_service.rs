//! The Secret Service through the `keyring` crate: one item for each entry, on a private
//! gnome-keyring that keeps its file beside the others' files.

use std::env;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use keyring::Entry;

use crate::entries::Entries;
use crate::store::{Outcome, Store};

const SERVICE: &str = "keyward-bench";
pub const INSIDE: &str = "--inside-a-private-session";

/// Runs this program again with a bus of its own, whose Secret Service keeps its files in `home`;
/// `None` where there is no `dbus-run-session`, or this is that run.
pub fn in_private_session(home: &Path) -> Option<ExitStatus> {
    if is_private() {
        return None;
    }
    Command::new("dbus-run-session")
        .arg("--")
        .arg(env::current_exe().ok()?)
        .args(env::args_os().skip(1))
        .arg(INSIDE)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .status()
        .ok()
}

fn is_private() -> bool {
    env::args_os().any(|argument| argument == INSIDE)
}

/// A gnome-keyring with an unlocked keyring, ended when dropped.
pub struct Daemon(Child);

impl Daemon {
    /// # Errors
    /// Outside of a private session: nobody's own keyring is touched.
    pub fn start() -> Outcome<Self> {
        if !is_private() {
            return Err("dbus-run-session (package dbus-daemon) is not installed".into());
        }
        let mut daemon = Command::new("gnome-keyring-daemon")
            .args(["--unlock", "--foreground", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| "gnome-keyring-daemon (package gnome-keyring) is not installed")?;
        if let Some(mut input) = daemon.stdin.take() {
            input.write_all(b"the keyring's password")?;
        }
        let daemon = Self(daemon);
        // A call before it is there would start another one.
        for _ in 0..100 {
            if is_on_the_bus()? {
                return Ok(daemon);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err("gnome-keyring-daemon did not start".into())
    }
}

fn is_on_the_bus() -> Outcome<bool> {
    let answer = Command::new("dbus-send")
        .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus"])
        .args(["/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner"])
        .arg("string:org.freedesktop.secrets")
        .output()
        .map_err(|_| "dbus-send (package dbus-bin) is not installed")?;
    Ok(String::from_utf8_lossy(&answer.stdout).contains("boolean true"))
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Items of the unlocked keyring.
pub struct SecretService;

impl SecretService {
    pub fn filled(entries: &Entries) -> Outcome<Self> {
        let mut filled = Self;
        filled.write_many(entries)?;
        Ok(filled)
    }
}

impl Store for SecretService {
    fn read(&mut self, name: &str) -> Outcome<()> {
        black_box(Entry::new(SERVICE, name)?.get_secret()?);
        Ok(())
    }

    fn write(&mut self, name: &str, value: &[u8]) -> Outcome<()> {
        Ok(Entry::new(SERVICE, name)?.set_secret(value)?)
    }

    /// One commit for each entry: it has no other.
    fn write_many(&mut self, entries: &Entries) -> Outcome<()> {
        entries
            .iter()
            .try_for_each(|(name, value)| self.write(name, value))
    }

    fn replace_all(&mut self, entries: &Entries) -> Outcome<()> {
        self.write_many(entries)
    }
}
