//! A simulated device with a person in front of it, on which vaults are started and killed.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its part; tests may panic"
)]

pub mod watched;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_executor::{LocalPool, LocalSpawner};
use futures_util::future::RemoteHandle;
use futures_util::task::LocalSpawnExt;
use futures_util::{FutureExt, StreamExt};
use keyward::{
    Argon2Costs, Config, DeviceSecurity, Event, Events, MemoryStores, Passcode, Pending, Platform,
    Protector, Registry, Role, Store, Stores, Swap, Vault, VaultType,
};
use keyward_conformance::manual_clock::ManualClock;
use keyward_conformance::simulated_device::{DeviceControl, SimulatedDevice};
use keyward_conformance::simulated_hashing::SimulatedHashing;

pub struct Desk {
    pool: RefCell<LocalPool>,
    spawner: LocalSpawner,
    pub clock: ManualClock,
    pub stores: MemoryStores,
    /// What the device remembers of vaults.
    pub known: MemoryStores,
    /// The device's key store.
    pub device: DeviceControl,
    /// The person whom the device verifies.
    pub person: DeviceControl,
    /// An ordinary file with keys, on the desk of [`Desk::with_key_file`].
    pub file: DeviceControl,
    pub hashing: SimulatedHashing,
    protectors: Vec<Rc<dyn Protector>>,
}

/// A program with a vault. Dropping it is a `kill -9`.
pub struct Program {
    pub vault: Vault,
    events: RefCell<Events>,
    _driver: RemoteHandle<()>,
}

impl Desk {
    pub fn new() -> Self {
        let (store, device) = SimulatedDevice::new(Role::DeviceStore);
        let (verification, person) = SimulatedDevice::new(Role::UserVerification);
        let (_, file) = SimulatedDevice::ordinary();
        let pool = LocalPool::new();
        Self {
            spawner: pool.spawner(),
            pool: RefCell::new(pool),
            clock: ManualClock::new(),
            stores: MemoryStores::new(),
            known: MemoryStores::new(),
            device,
            person,
            file,
            hashing: SimulatedHashing::new(),
            protectors: vec![Rc::new(store), Rc::new(verification)],
        }
    }

    /// A desk whose device has no key store and verifies nobody.
    pub fn without_protectors() -> Self {
        Self { protectors: Vec::new(), ..Self::new() }
    }

    /// A desk whose programs have brought a file for keys, too.
    pub fn with_key_file() -> Self {
        let mut desk = Self::new();
        let (device, file) = SimulatedDevice::ordinary();
        desk.file = file;
        desk.protectors.insert(0, Rc::new(device));
        desk
    }

    /// A desk whose programs have this protector, and no other.
    pub fn with_protector(protector: impl Protector + 'static) -> Self {
        Self { protectors: vec![Rc::new(protector)], ..Self::new() }
    }

    pub fn start(&self) -> Program {
        self.start_on(Rc::new(self.stores.clone()))
    }

    pub fn start_on(&self, stores: Rc<dyn Stores>) -> Program {
        self.start_with_registry(stores, Some(Rc::new(self.known.clone())))
    }

    pub fn start_with_registry(
        &self,
        stores: Rc<dyn Stores>,
        registry: Option<Rc<dyn Registry>>,
    ) -> Program {
        let (vault, driver) = Vault::new(Platform {
            clock: Arc::new(self.clock.clone()),
            stores,
            protectors: self.protectors.clone(),
            registry,
            hashing: Rc::new(self.hashing.clone()),
            argon2: Argon2Costs::MINIMUM,
        });
        let events = RefCell::new(vault.events());
        let _driver = self.spawner.spawn_local_with_handle(driver.run()).unwrap();
        Program { vault, events, _driver }
    }

    /// A program that has initialised the vault "session" of this type.
    pub fn start_with(&self, vault_type: VaultType) -> Program {
        let program = self.start();
        self.run(program.vault.initialize(config(vault_type))).unwrap();
        program.take_events();
        program
    }

    pub fn run<F: Future>(&self, future: F) -> F::Output {
        self.pool.borrow_mut().run_until(future)
    }

    /// Lets everything run that can.
    pub fn settle(&self) {
        self.pool.borrow_mut().run_until_stalled();
    }

    pub fn pass(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
        self.settle();
    }

    /// Whether the call has ended by now, and how.
    pub fn peek<T>(&self, pending: &mut Pending<T>) -> Option<Result<T, keyward::Error>> {
        self.settle();
        pending.now_or_never()
    }
}

impl Program {
    /// What has happened since the last time, by name.
    pub fn take_events(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut events = self.events.borrow_mut();
        while let Some(Some(event)) = events.next().now_or_never() {
            names.push(match event {
                Event::ConfigChanged(config) => format!("ConfigChanged({:?})", config.vault_type),
                Event::Failed(error) => format!("Failed({})", name(&error)),
                Event::Older(_) => "Older".to_owned(),
                Event::RegistryFailed(_) => "RegistryFailed".to_owned(),
                other => format!("{other:?}"),
            });
        }
        names
    }

    /// Answers every request for a passcode with `passcode` (empty: dismisses), and counts them.
    pub fn answers_with(&self, passcode: &str) -> Arc<Mutex<Vec<String>>> {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, passcode) = (Arc::clone(&asked), passcode.to_owned());
        self.vault.on_passcode_requested(move |request| {
            log.lock().unwrap().push(format!("{:?}", request.purpose()));
            match Passcode::new(passcode.clone()) {
                Ok(passcode) => request.answer(passcode),
                Err(_) => request.dismiss(),
            }
        });
        asked
    }
}

/// The error's variant, without its fields.
pub fn name(error: &keyward::Error) -> String {
    let text = format!("{error:?}");
    text.split([' ', '(', '{']).next().unwrap().to_owned()
}

pub fn config(vault_type: VaultType) -> Config {
    let mut config = Config::new("session", vault_type);
    if vault_type == VaultType::DeviceSecurity {
        config.device_security = DeviceSecurity::Both;
    }
    config
}

pub fn passcode(text: &str) -> Passcode {
    Passcode::new(text).unwrap()
}

pub const ALL_TYPES: [VaultType; 4] = [
    VaultType::SecureStorage,
    VaultType::DeviceSecurity,
    VaultType::CustomPasscode,
    VaultType::InMemory,
];

impl Desk {
    /// The sealed bytes of the vault "session".
    pub fn stored(&self) -> Option<Vec<u8>> {
        let cell = self.stores.open("session").unwrap().vault;
        self.run(cell.load()).unwrap().map(|stored| stored.bytes)
    }

    /// Puts these bytes in place of the sealed ones, or takes them away, behind everyone's back.
    pub fn put(&self, bytes: Option<&[u8]>) {
        put(self, Registry::cell(&self.stores, "session").unwrap(), bytes);
    }

    /// What the device remembers of the vault "session".
    pub fn record(&self) -> Option<Vec<u8>> {
        let cell = self.known.cell("session").unwrap();
        self.run(cell.load()).unwrap().map(|stored| stored.bytes)
    }

    /// Puts something else in the place of that.
    pub fn put_record(&self, bytes: Option<&[u8]>) {
        put(self, self.known.cell("session").unwrap(), bytes);
    }

    /// Changes the sealed bytes behind everyone's back.
    pub fn damage(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let cell = self.stores.open("session").unwrap().vault;
        let mut stored = self.run(cell.load()).unwrap().unwrap();
        change(&mut stored.bytes);
        self.run(cell.swap(Some(stored.revision), Some(&stored.bytes))).unwrap();
    }
}

fn put(desk: &Desk, cell: Rc<dyn Store>, bytes: Option<&[u8]>) {
    let present = desk.run(cell.load()).unwrap().map(|stored| stored.revision);
    let swapped = desk.run(cell.swap(present, bytes)).unwrap();
    assert_ne!(swapped, Swap::Conflict);
}

/// Makes the checksum of changed bytes right again, as SPEC.md describes it.
pub fn repair_checksum(bytes: &mut [u8]) {
    use sha2::{Digest, Sha256};
    let bstr = |at: usize| match bytes[at] {
        0x58 => (at, at + 2 + usize::from(bytes[at + 1])),
        0x59 => (at, at + 3 + usize::from(u16::from_be_bytes([bytes[at + 1], bytes[at + 2]]))),
        other => panic!("a string head of {other:#x}"),
    };
    let protected = bstr(3);
    let map = protected.1;
    let checksum = map + 1 + 1 + 13 + 5 + 2;
    let ciphertext = bstr(checksum + 32);
    let recipients = &bytes[ciphertext.1..];
    let mut covered = [&[0x83, 0x67][..], b"Encrypt", &bytes[protected.0..protected.1]].concat();
    match recipients.len() {
        24..=255 => covered.extend([0x58, recipients.len() as u8]),
        len => panic!("recipients of {len} bytes"),
    }
    covered.extend_from_slice(recipients);
    let digest: [u8; 32] = Sha256::digest(&covered).into();
    bytes[checksum..checksum + 32].copy_from_slice(&digest);
}

/// The path of something in `testdata/`.
pub fn testdata(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "testdata", path].iter().collect()
}

/// The sealed bytes of a vector; testdata/README.md describes them.
pub fn vector(name: &str) -> Vec<u8> {
    let text = std::fs::read(testdata("vectors").join(format!("{name}.json"))).unwrap();
    let vector: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let hex = vector["sealed"].as_str().unwrap().as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    hex.chunks(2).map(pair).collect()
}
