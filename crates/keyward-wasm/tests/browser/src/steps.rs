//! Single steps, for what takes more than one page, or a fault that only the test can make.

use std::rc::Rc;

use keyward::{
    Config, DeviceSecurity, Probe, Protector, Request, Revision, Store, Stores, Swap, VaultId,
    VaultType,
};
use keyward_wasm::{Database, IndexedDb, Passkey, SessionStorage, TabSession, WebCrypto};
use wasm_bindgen::prelude::*;

/// Long for a step, short for a test.
pub(crate) const LIMIT_MS: i32 = 2_000;

/// A vault's cell in IndexedDB. Every step answers what it came to, in words.
#[wasm_bindgen]
pub struct TestCell(Rc<dyn Store>);

#[wasm_bindgen]
impl TestCell {
    /// The cell of the vault `key` in the database `database`.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(database: &str, key: &str) -> Self {
        let stores = IndexedDb::new(&Database::new(database, LIMIT_MS));
        Self(stores.open(key).expect("every key has a place").vault)
    }

    /// What it holds, as text.
    pub async fn text(&self) -> String {
        match self.0.load().await {
            Ok(Some(stored)) => String::from_utf8_lossy(&stored.bytes).into_owned(),
            Ok(None) => "nothing".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    }

    /// Replaces whatever it holds.
    pub async fn put(&self, bytes: Vec<u8>) -> String {
        let expected = match self.present().await {
            Ok(present) => present.map(|(revision, _)| revision),
            Err(error) => return error,
        };
        match self.0.swap(expected, Some(&bytes)).await {
            Ok(Swap::Done(_)) => "done".to_owned(),
            Ok(Swap::Conflict) => "conflict".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    }

    /// Listens for changes for as long as the program lives.
    pub fn listen(&self) {
        std::mem::forget(self.0.watch());
    }

    /// Adds one to the number that it holds, `times` times, and answers how often somebody else
    /// was faster.
    pub async fn count_up(&self, times: u32) -> u32 {
        let mut conflicts = 0;
        for _ in 0..times {
            loop {
                let present = self.present().await.expect("loading works");
                let (expected, number) = match present {
                    Some((revision, text)) => (Some(revision), text.parse::<u32>()),
                    None => (None, Ok(0)),
                };
                let next = number.expect("it holds a number") + 1;
                let swapped = self.0.swap(expected, Some(next.to_string().as_bytes())).await;
                if swapped.expect("swapping works") != Swap::Conflict {
                    break;
                }
                conflicts += 1;
            }
        }
        conflicts
    }

    async fn present(&self) -> Result<Option<(Revision, String)>, String> {
        let loaded = self.0.load().await.map_err(|error| format!("{error:?}"))?;
        Ok(loaded
            .map(|stored| (stored.revision, String::from_utf8_lossy(&stored.bytes).into_owned())))
    }
}

/// Fills a cell of the tab's with `len` bytes.
#[wasm_bindgen]
pub async fn session_storage_put(len: usize) -> String {
    TestCell(SessionStorage.open("full").expect("every key has a place").vault)
        .put(vec![0; len])
        .await
}

/// A protector and a vault to protect. Every step answers key material in hex, or an error's name.
#[wasm_bindgen]
pub struct TestProtector {
    protector: Rc<dyn Protector>,
    config: Config,
    vault: VaultId,
}

#[wasm_bindgen]
impl TestProtector {
    /// The protector of pages.
    #[must_use]
    pub fn web_crypto(database: &str, vault: u8) -> Self {
        let database = Database::new(database, LIMIT_MS);
        Self::new(Rc::new(WebCrypto::persistent(&database)), vault)
    }

    /// The protector of tabs, which removes what is unheld for `grace_ms`.
    #[must_use]
    pub fn of_tab(database: &str, vault: u8, grace_ms: f64) -> Self {
        let session = TabSession::with_grace(&Database::new(database, LIMIT_MS), grace_ms);
        Self::new(Rc::new(WebCrypto::of_tab(&session, keyward::Role::DeviceStore)), vault)
    }

    /// Passkeys, for which a person has `limit_ms`.
    #[must_use]
    pub fn passkey(database: &str, vault: u8, limit_ms: i32) -> Self {
        let database = Database::new(database, LIMIT_MS);
        Self::new(Rc::new(Passkey::with_limit(&database, limit_ms)), vault)
    }

    fn new(protector: Rc<dyn Protector>, vault: u8) -> Self {
        let config = Config::new("test", VaultType::SecureStorage);
        Self { protector, config, vault: VaultId([vault; 16]) }
    }

    /// Enrolls; answers the handle and the material.
    pub async fn enroll(&self) -> Vec<String> {
        match self.protector.enroll(&self.request()).await {
            Ok(enrolled) => vec![hex(&enrolled.handle), hex(enrolled.material.expose())],
            Err(error) => vec![format!("{error:?}")],
        }
    }

    /// Releases what the handle stands for.
    pub async fn release(&self, handle: &str) -> String {
        match self.protector.release(&self.request(), &unhex(handle)).await {
            Ok(material) => hex(material.expose()),
            Err(error) => format!("{error:?}"),
        }
    }

    /// Asks whether what the handle stands for is there.
    pub async fn check(&self, handle: &str) -> String {
        match self.protector.check(&self.request(), &unhex(handle)).await {
            Ok(()) => "there".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    }

    /// What can be said of it without asking.
    pub async fn probe(&self, handle: &str) -> String {
        match self.protector.probe(&self.request(), &unhex(handle)).await {
            Ok(Probe::Released(material)) => hex(material.expose()),
            Ok(other) => format!("{other:?}"),
            Err(error) => format!("{error:?}"),
        }
    }

    /// What can be said of the device without asking.
    pub async fn readiness(&self) -> String {
        match self.protector.readiness(DeviceSecurity::Both).await {
            Ok(readiness) => format!("{readiness:?}"),
            Err(obstacle) => obstacle.name().to_owned(),
        }
    }

    /// Forgets what the handle stands for.
    pub async fn forget(&self, handle: &str) -> String {
        match self.protector.forget(&self.request(), &unhex(handle)).await {
            Ok(()) => "done".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    }

    fn request(&self) -> Request<'_> {
        Request::new(self.vault, &self.config)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hex")).collect()
}
