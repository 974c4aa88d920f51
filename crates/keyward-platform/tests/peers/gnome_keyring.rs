//! gnome-keyring, without a display: a locked keyring stays locked until the test unlocks it.

use std::collections::HashMap;
use std::io::Write;
use std::process::Stdio;

use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::{Bus, Peer, Process, program};

const PASSWORD: &str = "the keyring's password";
const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
/// gnome-keyring's own interface for unlocking without a prompt.
const WITHOUT_PROMPTS: &str = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";

/// A gnome-keyring daemon with one unlocked keyring, `login`.
pub(crate) struct GnomeKeyring<'a> {
    bus: &'a Bus,
    daemon: Process,
}

impl<'a> GnomeKeyring<'a> {
    pub(crate) fn start(bus: &'a Bus) -> Self {
        let program = program("gnome-keyring-daemon", "gnome-keyring");
        let mut command = bus.command(&program);
        command.args(["--unlock", "--foreground", "--components=secrets"]).stdin(Stdio::piped());
        let mut daemon = Process::spawn(&mut command);
        let mut input = daemon.0.stdin.take().expect("is piped");
        input.write_all(PASSWORD.as_bytes()).expect("the daemon reads the password");
        drop(input);
        bus.wait_for_service(true);
        Self { bus, daemon }
    }

    /// Makes another keyring and makes it the default one.
    pub(crate) fn change_default(&self) -> OwnedObjectPath {
        let bus = self.bus.connect();
        let label =
            HashMap::from([("org.freedesktop.Secret.Collection.Label", Value::from("other"))]);
        let made: OwnedObjectPath = proxy(&bus, WITHOUT_PROMPTS)
            .call("CreateWithMasterPassword", &(label, master_password(&bus)))
            .expect("makes a keyring");
        let _: () = proxy(&bus, "org.freedesktop.Secret.Service")
            .call("SetAlias", &("default", &made))
            .expect("changes the default");
        made
    }
}

impl Peer for GnomeKeyring<'_> {
    fn collection(&self) -> &'static str {
        "/org/freedesktop/secrets/collection/login"
    }

    fn lock(&mut self) {
        lock(&self.bus.connect(), self.collection());
    }

    fn unlock(&mut self) {
        unlock(&self.bus.connect(), self.collection());
    }

    /// It answers only after it has written.
    fn wait_until_saved(&mut self) {}

    fn kill(&mut self) {
        self.daemon.kill();
        self.bus.wait_for_service(false);
    }

    fn restart(&mut self) {
        let program = program("gnome-keyring-daemon", "gnome-keyring");
        let mut command = self.bus.command(&program);
        command.args(["--start", "--foreground", "--components=secrets"]);
        self.daemon = Process::spawn(&mut command);
        self.bus.wait_for_service(true);
    }

    fn freeze(&mut self, frozen: bool) {
        self.daemon.freeze(frozen);
    }
}

/// Locks one collection of whichever Secret Service is on the bus.
pub(crate) fn lock(bus: &Connection, collection: &str) {
    let path = ObjectPath::try_from(collection).expect("a path");
    let _: (Vec<OwnedObjectPath>, OwnedObjectPath) = proxy(bus, "org.freedesktop.Secret.Service")
        .call("Lock", &(vec![path],))
        .expect("the keyring locks");
}

/// Unlocks one of gnome-keyring's collections.
pub(crate) fn unlock(bus: &Connection, collection: &str) {
    let path = ObjectPath::try_from(collection).expect("a path");
    let _: () = proxy(bus, WITHOUT_PROMPTS)
        .call("UnlockWithMasterPassword", &(path, master_password(bus)))
        .expect("the keyring unlocks");
}

/// The password as a `Secret` structure, in a plain session that lasts as long as the connection.
fn master_password(bus: &Connection) -> (OwnedObjectPath, Vec<u8>, Vec<u8>, &'static str) {
    let (_, session): (OwnedValue, OwnedObjectPath) = proxy(bus, "org.freedesktop.Secret.Service")
        .call("OpenSession", &("plain", Value::from("")))
        .expect("opens a session");
    (session, Vec::new(), PASSWORD.as_bytes().to_vec(), "text/plain")
}

fn proxy<'a>(bus: &Connection, interface: &'a str) -> Proxy<'a> {
    Proxy::new(bus, SERVICE, ROOT, interface).expect("a proxy")
}
