//! Keyward as a desktop program uses it: files of one folder, locked pages, a driver on a thread of
//! its own, calls from another thread.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_executor::block_on;
use keyward::{Argon2Costs, Config, Passcode, Pending, Platform, Value, Vault, VaultType, secret};
use keyward_platform::{FileStores, HashOnThread, KeyFile, LockedPages, SystemClock, thread};

use crate::entries::Entries;
use crate::store::{Outcome, Store, missing};

const KEY: &str = "bench";
pub const PASSCODE: &str = "correct horse battery staple";

/// A vault that is kept open.
pub struct Keyward {
    vault: Vault,
}

impl Keyward {
    /// A vault of type SecureStorage with `entries`, its key in a key file.
    pub fn filled(folder: &Path, entries: &Entries) -> Outcome<Self> {
        let (vault, _) = attach(folder, VaultType::SecureStorage)?;
        let mut filled = Self { vault };
        filled.replace_all(entries)?;
        Ok(filled)
    }

    pub fn read_json(&self, name: &str) -> Outcome<()> {
        let value: Option<String> = now_or_later(self.vault.get(name))?;
        black_box(value).map_or_else(missing, |_| Ok(()))
    }
}

impl Store for Keyward {
    fn read(&mut self, name: &str) -> Outcome<()> {
        let value = now_or_later(self.vault.value(name))?;
        black_box(value).map_or_else(missing, |_| Ok(()))
    }

    fn write(&mut self, name: &str, value: &[u8]) -> Outcome<()> {
        self.write_many(&Entries {
            names: vec![name.to_owned()],
            values: vec![value.to_vec()],
        })
    }

    fn write_many(&mut self, entries: &Entries) -> Outcome<()> {
        Ok(block_on(self.vault.set_many(json(entries)?))?)
    }

    fn replace_all(&mut self, entries: &Entries) -> Outcome<()> {
        Ok(block_on(self.vault.import(json(entries)?))?)
    }
}

/// What awaiting does: a result that is there at once costs no more than a look.
fn now_or_later<T>(mut pending: Pending<T>) -> Result<T, keyward::Error> {
    match Pin::new(&mut pending).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => block_on(pending),
    }
}

/// Where the sealed bytes of the vault in `folder` are.
pub fn sealed_file(folder: &Path) -> PathBuf {
    folder.join(format!("{KEY}.keyward"))
}

/// Makes a vault with `entries` whose passcode is [`PASSCODE`], bound to a key file.
pub fn make_passcode_vault(folder: &Path, entries: &Entries) -> Outcome<()> {
    let (vault, driver) = attach(folder, VaultType::CustomPasscode)?;
    block_on(vault.set_passcode(Passcode::new(PASSCODE)?))?;
    block_on(vault.import(json(entries)?))?;
    end(vault, driver)
}

/// From nothing to the first value of the vault in `folder`: a new thread, a fresh handle,
/// initialising, unlocking, reading. Ending the thread again is not counted.
pub fn open_and_read(folder: &Path, vault_type: VaultType, name: &str) -> Outcome<Duration> {
    let start = Instant::now();
    let (vault, driver) = attach(folder, vault_type)?;
    if vault_type == VaultType::CustomPasscode {
        drop(vault.set_passcode(Passcode::new(PASSCODE)?));
    }
    let value = block_on(vault.value(name))?;
    let took = start.elapsed();
    end(vault, driver)?;
    black_box(value).map_or_else(missing, |_| Ok(took))
}

/// A handle on the vault in `folder`. Its calls wait for the initialisation.
fn attach(folder: &Path, vault_type: VaultType) -> Outcome<(Vault, JoinHandle<()>)> {
    secret::install_page_guard(&LockedPages);
    let folder = folder.to_owned();
    let (sender, receiver) = mpsc::sync_channel(1);
    let driver = thread::spawn("keyward", move || {
        let (vault, driver) = Vault::new(Platform {
            clock: Arc::new(SystemClock),
            stores: Rc::new(FileStores::new(&folder)),
            protectors: vec![Rc::new(KeyFile::new(folder.join("key")))],
            registry: None,
            hashing: Rc::new(HashOnThread),
            argon2: Argon2Costs::DEFAULT,
        });
        let _ = sender.send(vault);
        driver.run()
    })?;
    let vault = receiver.recv()?;
    // Calls take effect whether or not their results are awaited.
    drop(vault.initialize(Config::new(KEY, vault_type)));
    Ok((vault, driver))
}

fn end(vault: Vault, driver: JoinHandle<()>) -> Outcome<()> {
    drop(vault);
    driver.join().map_err(|_| "the driver panicked".into())
}

fn json(entries: &Entries) -> Outcome<Vec<(&str, Value)>> {
    entries
        .iter()
        .map(|(name, value)| {
            let text = std::str::from_utf8(value)?;
            Ok((name, Value::json_text(text)?))
        })
        .collect()
}
