//! After a lock, the process's own memory is searched for what must not be there any more.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_executor::block_on;

use super::engine::Engine;
use super::keys::Keys;
use super::shared::Shared;
use crate::entry::{Change, Name, Value};
use crate::recovery::{Recovery, RecoveryCode, RecoveryPrivateKey};
use crate::state::Input;
use crate::{
    Argon2Costs, Assurance, Clock, Config, DeviceSecurity, Enrolled, HashInPlace, Instant, Key,
    MemoryStores, Platform, Protector, ProtectorError, Request, Role, VaultType,
};

/// Bytes that are only ever in memory with every bit turned over, so that the search does not find
/// what it searches with.
struct Wanted(Vec<u8>);

/// One search at a time: each would find what another has just read.
static SEARCHING: Mutex<()> = Mutex::new(());

impl Wanted {
    fn new(bytes: &[u8]) -> Self {
        Self(bytes.iter().map(|byte| !byte).collect())
    }

    fn matches(&self, window: &[u8]) -> bool {
        window.iter().zip(&self.0).all(|(found, turned)| *found == !turned)
    }

    /// How often the bytes stand in this process's writable memory.
    fn count(&self) -> usize {
        let _alone = SEARCHING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = File::open("/proc/self/mem").unwrap();
        let maps = BufReader::new(File::open("/proc/self/maps").unwrap());
        let mut found = 0;
        // One buffer of a fixed size, wiped each time: a copy of what was read would be found again.
        let mut chunk = vec![0_u8; 1 << 20];
        for line in maps.lines() {
            let line = line.unwrap();
            let (range, rest) = line.split_once(' ').unwrap();
            if !rest.starts_with("rw") || rest.contains("[vvar") {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let address = |text| u64::from_str_radix(text, 16).unwrap();
            let (mut at, end) = (address(start), address(end));
            let own = chunk.as_ptr() as u64..chunk.as_ptr() as u64 + chunk.len() as u64;
            while at < end {
                let len = (end - at).min(chunk.len() as u64) as usize;
                memory.seek(SeekFrom::Start(at)).unwrap();
                if memory.read_exact(&mut chunk[..len]).is_ok() {
                    let firsts = memchr::memchr_iter(!self.0[0], &chunk[..len]);
                    let hits = firsts.filter(|offset| {
                        let window = chunk[..len].get(*offset..offset + self.0.len());
                        !own.contains(&(at + *offset as u64))
                            && window.is_some_and(|window| self.matches(window))
                    });
                    found += hits.count();
                }
                chunk.fill(0);
                let overlap = if at + (len as u64) < end { self.0.len() as u64 - 1 } else { 0 };
                at += len as u64 - overlap;
            }
        }
        found
    }
}

struct Stopped;

#[async_trait(?Send)]
impl Clock for Stopped {
    fn now(&self) -> Instant {
        Instant(0)
    }

    fn wall(&self) -> u64 {
        0
    }

    async fn sleep_until(&self, _: Instant) {
        std::future::pending().await
    }
}

/// A device that makes its key from the vault's identity, so that it keeps none in memory.
struct Derived;

fn derived(request: &Request<'_>) -> Key {
    Key::from_bytes(crate::crypto::sha256(&request.vault.0))
}

#[async_trait(?Send)]
impl Protector for Derived {
    fn role(&self) -> Role {
        Role::UserVerification
    }

    fn provider(&self) -> &'static str {
        "derived"
    }

    fn assurance(&self) -> Assurance {
        Assurance::NONE
    }

    async fn enroll(&self, request: &Request<'_>) -> Result<Enrolled, ProtectorError> {
        Ok(Enrolled { handle: Vec::new(), material: derived(request) })
    }

    async fn release(&self, request: &Request<'_>, _: &[u8]) -> Result<Key, ProtectorError> {
        Ok(derived(request))
    }

    async fn forget(&self, _: &Request<'_>, _: &[u8]) -> Result<(), ProtectorError> {
        Ok(())
    }
}

/// A secret that no other memory of this process holds by chance.
fn marker() -> String {
    let random: [u8; 24] = crate::crypto::random().unwrap();
    // Of its size from the start: a string that grows leaves copies behind.
    let mut text = String::with_capacity(random.len());
    text.extend(random.iter().map(|byte| char::from(b'A' + byte % 26)));
    text
}

fn open_vault(vault_type: VaultType) -> Engine {
    let platform = Platform {
        clock: Arc::new(Stopped),
        stores: Rc::new(MemoryStores::new()),
        protectors: vec![Rc::new(Derived)],
        registry: None,
        hashing: Rc::new(HashInPlace),
        argon2: Argon2Costs::MINIMUM,
    };
    let shared = Arc::new(Shared::new(Arc::clone(&platform.clock)));
    let engine = Engine::new(platform, shared);
    let mut config = Config::new("session", vault_type);
    if vault_type == VaultType::DeviceSecurity {
        config.device_security = DeviceSecurity::Both;
    }
    block_on(engine.initialize(config)).unwrap();
    engine
}

/// The private number of a recovery key, and a way to search for it.
fn recovery_key() -> (RecoveryPrivateKey, Wanted) {
    let key = Key::generate().unwrap();
    let wanted = Wanted::new(key.expose());
    (RecoveryPrivateKey::new(key).unwrap(), wanted)
}

#[test]
fn after_a_recovery_no_code_and_no_private_key_is_in_memory() {
    let engine = open_vault(VaultType::DeviceSecurity);
    let put = Change::Put(vec![(Name::new("a").unwrap(), Value::json(&1).unwrap())]);
    block_on(engine.change(&put)).unwrap();
    let (key, wanted_key) = recovery_key();
    assert!(wanted_key.count() > 0, "the search finds the key");
    block_on(engine.enroll_recovery_key(key.public_key())).unwrap();
    let code = block_on(engine.enroll_recovery()).unwrap();
    let wanted_code = Wanted::new(code.expose().as_bytes());
    let (seed, from_code) = code.wanted();
    let (wanted_seed, wanted_from_code) = (Wanted::new(seed), Wanted::new(from_code.expose()));
    drop(from_code);
    assert!(wanted_code.count() > 0 && wanted_seed.count() > 0, "the search finds the code");
    engine.step(Input::LockRequested);

    let written = code.expose().to_owned();
    drop(code);
    let mut dek = Vec::new();
    for recovery in [Recovery::Code(RecoveryCode::parse(written).unwrap()), Recovery::Key(key)] {
        block_on(engine.recover(&recovery)).unwrap();
        drop(recovery);
        dek.extend(engine.inner.borrow().keys.as_ref().map(|it| Wanted::new(it.dek.expose())));
        engine.step(Input::LockRequested);
    }

    assert_eq!(wanted_key.count(), 0, "the private key is still there");
    assert_eq!(wanted_code.count(), 0, "the code is still there");
    assert_eq!(wanted_seed.count(), 0, "the code's bits are still there");
    assert_eq!(wanted_from_code.count(), 0, "the private key of the code is still there");
    assert!(dek.len() == 2 && dek.iter().all(|dek| dek.count() == 0), "a DEK is still there");
}

#[test]
fn after_a_lock_no_key_and_no_entry_is_in_memory() {
    for vault_type in [VaultType::DeviceSecurity, VaultType::CustomPasscode, VaultType::InMemory] {
        let engine = open_vault(vault_type);
        let (name, value, passcode) = (marker(), marker(), marker());
        let wanted = [&name, &value, &passcode].map(|text| Wanted::new(text.as_bytes()));
        if vault_type == VaultType::CustomPasscode {
            block_on(engine.set_passcode(crate::Passcode::new(passcode).unwrap())).unwrap();
        } else {
            zeroize::Zeroize::zeroize(&mut { passcode });
        }
        let put = Change::Put(vec![(Name::new(&name).unwrap(), Value::json(&value).unwrap())]);
        block_on(engine.change(&put)).unwrap();
        drop(put);
        [name, value].iter_mut().for_each(zeroize::Zeroize::zeroize);

        let keys = engine.inner.borrow().keys.as_ref().map(|keys| Wanted::new(keys.dek.expose()));
        assert!(wanted[0].count() > 0 && wanted[1].count() > 0, "the search finds what is there");
        assert!(keys.as_ref().is_none_or(|dek| dek.count() > 0), "the search finds the DEK");

        engine.step(Input::LockRequested);

        for (what, wanted) in ["name", "value", "passcode"].iter().zip(&wanted) {
            assert_eq!(wanted.count(), 0, "the {what} is still there ({vault_type:?})");
        }
        assert!(keys.is_none_or(|dek| dek.count() == 0), "the DEK is still there ({vault_type:?})");
    }
}

/// Long contents are opened on two threads, and what a thread leaves on its stack stays
/// there for the next one.
#[test]
fn after_a_lock_no_thread_has_left_a_key_or_an_entry() {
    let engine = open_vault(VaultType::DeviceSecurity);
    let secret = marker();
    let wanted = Wanted::new(secret.as_bytes());
    // Nothing but the secret from end to end, so that it is found whatever part is left.
    let long = secret.repeat(100_000);
    let put = Change::Put(vec![(Name::new("a").unwrap(), Value::bytes(long.as_bytes()).unwrap())]);
    [secret, long].iter_mut().for_each(zeroize::Zeroize::zeroize);
    block_on(engine.change(&put)).unwrap();
    drop(put);

    let mut deks = Vec::new();
    for _ in 0..5 {
        // By its half, because the cipher's registers take it by halves.
        let half = |keys: &Keys| Wanted::new(&keys.dek.expose()[..Key::LEN / 2]);
        deks.extend(engine.inner.borrow().keys.as_ref().map(half));
        assert!(wanted.count() > 0 && deks[0].count() > 0, "the search finds what is there");
        engine.step(Input::LockRequested);
        assert_eq!(wanted.count(), 0, "the entry is still there");
        assert!(deks.iter().all(|dek| dek.count() == 0), "the DEK is still there");
        block_on(engine.ensure_open()).unwrap();
    }
    assert_eq!(deks.len(), 5);
}
