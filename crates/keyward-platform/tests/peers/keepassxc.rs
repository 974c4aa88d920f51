//! KeePassXC as a second, independent Secret Service, drawing to nowhere: a prompt of its stays open
//! until somebody closes it over the bus.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::SystemTime;

use zbus::blocking::{Connection, Proxy};

use super::{Bus, Peer, Process, eventually, program};

const PASSWORD: &str = "the database's password";

/// KeePassXC with one open database, `vault`, whose root group it shows to the bus.
pub(crate) struct KeePassXc<'a> {
    bus: &'a Bus,
    process: Process,
    confirm_access: bool,
    made: SystemTime,
}

impl<'a> KeePassXc<'a> {
    pub(crate) fn start(bus: &'a Bus) -> Self {
        Self::start_with(bus, false)
    }

    /// As it comes out of the box: the person is asked before a program may read an entry.
    pub(crate) fn start_asking(bus: &'a Bus) -> Self {
        Self::start_with(bus, true)
    }

    /// Starts it again with the database of an earlier one, locked, and without asking.
    pub(crate) fn restart_trusting(bus: &'a Bus) -> Self {
        Self { bus, process: run(bus, false), confirm_access: false, made: written(bus) }
    }

    fn start_with(bus: &'a Bus, confirm_access: bool) -> Self {
        make_database(bus);
        let process = run(bus, confirm_access);
        let mut peer = Self { bus, process, confirm_access, made: written(bus) };
        peer.unlock();
        peer
    }
}

impl Peer for KeePassXc<'_> {
    fn collection(&self) -> &'static str {
        "/org/freedesktop/secrets/collection/vault"
    }

    fn lock(&mut self) {
        let bus = self.bus.connect();
        let () = main_window(&bus).call("lockAllDatabases", &()).expect("the window takes calls");
        eventually("the database is locked", || {
            is_locked(self.bus, self.collection()) == Some(true)
        });
    }

    fn unlock(&mut self) {
        let bus = self.bus.connect();
        let window = main_window(&bus);
        let file = database(self.bus).display().to_string();
        eventually("the window takes calls", || {
            window.call::<_, _, ()>("openDatabase", &(&file, PASSWORD)).is_ok()
        });
        eventually("the database is open", || {
            is_locked(self.bus, self.collection()) == Some(false)
        });
    }

    /// It answers first and writes some tenths of a second later.
    fn wait_until_saved(&mut self) {
        eventually("the database is saved", || written(self.bus) > self.made);
    }

    fn kill(&mut self) {
        self.process.kill();
        self.bus.wait_for_service(false);
    }

    fn restart(&mut self) {
        self.process = run(self.bus, self.confirm_access);
    }

    fn freeze(&mut self, frozen: bool) {
        self.process.freeze(frozen);
    }
}

fn main_window(bus: &Connection) -> Proxy<'_> {
    let name = "org.keepassxc.KeePassXC.MainWindow";
    Proxy::new(bus, name, "/keepassxc", name).expect("a proxy")
}

/// When the database's file was last written.
fn written(bus: &Bus) -> SystemTime {
    fs::metadata(database(bus)).and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn is_locked(bus: &Bus, collection: &str) -> Option<bool> {
    let bus = bus.connect();
    let interface = "org.freedesktop.Secret.Collection";
    let collection = Proxy::new(&bus, "org.freedesktop.secrets", collection, interface).ok()?;
    collection.get_property("Locked").ok()
}

/// Starts it with the database in a tab, locked.
fn run(bus: &Bus, confirm_access: bool) -> Process {
    let config = bus.root().join("config/keepassxc.ini");
    fs::write(
        &config,
        format!(
            "[General]\nConfigVersion=2\nSingleInstance=false\nUpdateCheckMessageShown=true\n\
             [FdoSecrets]\nEnabled=true\nConfirmAccessItem={confirm_access}\n\
             ConfirmDeleteItem=false\nShowNotification=false\n\
             [GUI]\nCheckForUpdates=false\n[Security]\nLockDatabaseIdle=false\n"
        ),
    )
    .expect("writes");
    let mut command = bus.command(&program("keepassxc", "keepassxc"));
    command.arg("--config").arg(&config);
    command.arg("--localconfig").arg(bus.root().join("config/local.ini"));
    command.arg(database(bus));
    let process = Process::spawn(&mut command);
    bus.wait_for_service(true);
    process
}

fn database(bus: &Bus) -> PathBuf {
    bus.root().join("home/vault.kdbx")
}

/// A database with one group, which is the one shown to the bus.
fn make_database(bus: &Bus) {
    let xml = bus.root().join("home/vault.xml");
    fs::write(&xml, EMPTY_DATABASE).expect("writes");
    let mut command = bus.command(&program("keepassxc-cli", "keepassxc"));
    command.args(["import", "--quiet", "--set-password", "--decryption-time", "100"]);
    command.arg(&xml).arg(database(bus)).stdin(Stdio::piped());
    let mut child = command.spawn().expect("keepassxc-cli starts");
    let input = format!("{PASSWORD}\n{PASSWORD}\n");
    child.stdin.take().expect("is piped").write_all(input.as_bytes()).expect("takes input");
    let status = child.wait().expect("keepassxc-cli ends");
    assert!(status.success() && database(bus).is_file(), "keepassxc-cli made no database");
}

/// The group's UUID stands here twice: in base64, and as KeePassXC writes which group to show.
const EMPTY_DATABASE: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<KeePassFile>
  <Meta>
    <Generator>KeePassXC</Generator>
    <RecycleBinEnabled>True</RecycleBinEnabled>
    <CustomData>
      <Item>
        <Key>FDO_SECRETS_EXPOSED_GROUP</Key>
        <Value>{00112233-4455-6677-8899-aabbccddeeff}</Value>
      </Item>
    </CustomData>
  </Meta>
  <Root>
    <Group>
      <UUID>ABEiM0RVZneImaq7zN3u/w==</UUID>
      <Name>Passwords</Name>
    </Group>
  </Root>
</KeePassFile>
"#;
