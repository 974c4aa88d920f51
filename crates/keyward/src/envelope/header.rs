//! The protected header: what can be read while the vault is locked, and is authenticated when it
//! opens. SPEC.md, section "Protected header".

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::cbor::{DAMAGED, Reader, Writer};
use crate::config::{Config, DeviceSecurity, MAX_PROMPT_TEXTS, VaultType};
use crate::error::Error;
use crate::fallback::Standing;
use crate::protector::VaultId;

mod fallback;

use fallback::{decode_fallback, encode_fallback};

/// The newest format version that this program reads and writes. A file has the lowest version that
/// describes it; see [`super::Head::version`].
pub(crate) const NEWEST_VERSION: u64 = 2;

pub(super) const ALG: i64 = 1;
pub(super) const TYP: i64 = 16;
const VERSION: i64 = -70_001;
const VAULT_ID: i64 = -70_002;
const EPOCH: i64 = -70_003;
const EMPTY: i64 = -70_004;
const CONFIG: i64 = -70_005;

pub(super) const CHACHA20_POLY1305: i64 = 24;
pub(super) const MEDIA_TYPE: &str = "application/vnd.keyward.vault+cose";

/// What stands in the protected header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) vault: VaultId,
    /// Grows with every change of the configuration or the slots.
    pub(crate) epoch: u64,
    /// Whether the vault has no entries, so that this can be told while it is locked.
    pub(crate) empty: bool,
    pub(crate) config: Config,
    /// How its protection stands to what the configuration wants.
    pub(crate) standing: Standing,
}

impl Header {
    /// The configuration, with what protects the vault in the place of what is wanted.
    pub(crate) fn in_force(&self) -> Cow<'_, Config> {
        match self.standing.present {
            None => Cow::Borrowed(&self.config),
            Some(present) => Cow::Owned(present.in_place_of_wanted(&self.config)),
        }
    }

    /// The lowest format version that has everything in this configuration.
    pub(super) fn lowest_version(&self) -> u64 {
        if self.config.fallback.is_empty() { 1 } else { 2 }
    }

    pub(super) fn encode(&self, version: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        let mut w = Writer(&mut bytes);
        w.map(7);
        w.int(ALG);
        w.int(CHACHA20_POLY1305);
        w.int(TYP);
        w.text(MEDIA_TYPE);
        w.int(VERSION);
        w.uint(version);
        w.int(VAULT_ID);
        w.bytes(&self.vault.0);
        w.int(EPOCH);
        w.uint(self.epoch);
        w.int(EMPTY);
        w.bool(self.empty);
        w.int(CONFIG);
        encode_config(&self.config, &self.standing, &mut w);
        bytes
    }

    /// The header, and the format version that it states.
    pub(super) fn decode(bytes: &[u8]) -> Result<(Self, u64), Error> {
        let mut r = Reader::new(bytes);
        let seven = r.map()? == 7;
        r.label(ALG)?;
        let algorithm = r.int()? == CHACHA20_POLY1305;
        r.label(TYP)?;
        let media_type = r.text()? == MEDIA_TYPE;
        r.label(VERSION)?;
        let version = r.uint()?;
        if !(seven && algorithm && media_type) {
            return Err(DAMAGED);
        }
        r.label(VAULT_ID)?;
        let vault = VaultId(r.byte_array()?);
        r.label(EPOCH)?;
        let epoch = r.uint()?;
        r.label(EMPTY)?;
        let empty = r.bool()?;
        r.label(CONFIG)?;
        let (config, standing) = decode_config(&mut r)?;
        r.end()?;
        Ok((Self { vault, epoch, empty, config, standing }, version))
    }
}

/// The format version of a vault of any version: its place never moves.
pub(super) fn find_version(protected: &[u8]) -> Result<u64, Error> {
    let mut r = Reader::new(protected);
    for _ in 0..r.map()? {
        let mut label = r.clone();
        r.skip(MAX_DEPTH)?;
        if label.int().is_ok_and(|label| label == VERSION) {
            return r.uint();
        }
        r.skip(MAX_DEPTH)?;
    }
    Err(Error::Damaged { what: "not a vault" })
}

pub(super) const MAX_DEPTH: u8 = 8;

const TYPE: i64 = 1;
const DEVICE_SECURITY: i64 = 2;
const LOCK_AFTER: i64 = 3;
const UNLOCK_ON_LOAD: i64 = 4;
const CLEAR_AFTER: i64 = 5;
const MAX_FAILED: i64 = 6;
const KEY: i64 = 7;
const PROMPT: i64 = 8;
const FALLBACK: i64 = 9;
const PRESENT: i64 = 10;
const HISTORY: i64 = 11;

pub(super) const VAULT_TYPES: [VaultType; 4] = [
    VaultType::SecureStorage,
    VaultType::DeviceSecurity,
    VaultType::CustomPasscode,
    VaultType::InMemory,
];
pub(super) const DEVICE_SECURITIES: [DeviceSecurity; 4] = [
    DeviceSecurity::None,
    DeviceSecurity::SystemPasscode,
    DeviceSecurity::Biometrics,
    DeviceSecurity::Both,
];

/// Enumerations stand in the file as their place in these lists.
fn encode_choice<T: PartialEq>(choices: &[T], choice: &T, w: &mut Writer<'_>) {
    let place = choices.iter().position(|candidate| candidate == choice);
    w.uint(place.expect("the list has every variant") as u64);
}

fn decode_choice<T: Copy>(choices: &[T], r: &mut Reader<'_>) -> Result<T, Error> {
    let place = usize::try_from(r.uint()?).map_err(|_| DAMAGED)?;
    choices.get(place).copied().ok_or(DAMAGED)
}

fn encode_config(config: &Config, standing: &Standing, w: &mut Writer<'_>) {
    let optional = [
        config.lock_after_backgrounded.is_some(),
        !config.fallback.is_empty(),
        standing.present.is_some(),
        !standing.history.is_empty(),
    ];
    w.map(7 + optional.into_iter().filter(|it| *it).count());
    w.int(TYPE);
    encode_choice(&VAULT_TYPES, &config.vault_type, w);
    w.int(DEVICE_SECURITY);
    encode_choice(&DEVICE_SECURITIES, &config.device_security, w);
    if let Some(after) = config.lock_after_backgrounded {
        w.int(LOCK_AFTER);
        w.uint(u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
    }
    w.int(UNLOCK_ON_LOAD);
    w.bool(config.unlock_on_load);
    w.int(CLEAR_AFTER);
    w.bool(config.clear_after_too_many_failed_attempts);
    w.int(MAX_FAILED);
    w.uint(config.max_failed_attempts.into());
    w.int(KEY);
    w.text(&config.key);
    w.int(PROMPT);
    w.map(config.prompt.len());
    let mut texts: Vec<_> = config.prompt.iter().collect();
    texts.sort_by_key(|(name, _)| (name.len(), *name));
    for (name, text) in texts {
        w.text(name);
        w.text(text);
    }
    encode_fallback(config, standing, w);
}

fn decode_config(r: &mut Reader<'_>) -> Result<(Config, Standing), Error> {
    let pairs = r.map()?;
    if !(7..=11).contains(&pairs) {
        return Err(DAMAGED);
    }
    r.label(TYPE)?;
    let vault_type = decode_choice(&VAULT_TYPES, r)?;
    r.label(DEVICE_SECURITY)?;
    let device_security = decode_choice(&DEVICE_SECURITIES, r)?;
    let mut lock_after_backgrounded = None;
    if r.optional_label(LOCK_AFTER) {
        lock_after_backgrounded = Some(Duration::from_millis(r.uint()?));
    }
    r.label(UNLOCK_ON_LOAD)?;
    let unlock_on_load = r.bool()?;
    r.label(CLEAR_AFTER)?;
    let clear_after_too_many_failed_attempts = r.bool()?;
    r.label(MAX_FAILED)?;
    let max_failed_attempts = u32::try_from(r.uint()?).map_err(|_| DAMAGED)?;
    r.label(KEY)?;
    let key = r.text()?.to_owned();
    r.label(PROMPT)?;
    let mut prompt = BTreeMap::new();
    let mut last: Option<&str> = None;
    let texts = r.map()?;
    // Before they are kept, because each costs more memory than its bytes in the file.
    if texts > MAX_PROMPT_TEXTS as u64 {
        return Err(DAMAGED);
    }
    for _ in 0..texts {
        let name = r.text()?;
        if last.is_some_and(|last| (last.len(), last) >= (name.len(), name)) {
            return Err(DAMAGED);
        }
        last = Some(name);
        prompt.insert(name.to_owned(), r.text()?.to_owned());
    }
    let optional =
        (pairs - 7).checked_sub(lock_after_backgrounded.is_some().into()).ok_or(DAMAGED)?;
    let (fallback, standing) = decode_fallback(optional, r)?;
    let config = Config {
        key,
        vault_type,
        device_security,
        lock_after_backgrounded,
        unlock_on_load,
        clear_after_too_many_failed_attempts,
        max_failed_attempts,
        prompt,
        fallback,
    };
    config.validate().map_err(|_| Error::Damaged { what: "its configuration" })?;
    if !standing.fits(&config) {
        return Err(DAMAGED);
    }
    Ok((config, standing))
}

/// The labels of the header by the names that SPEC.md gives them.
#[cfg(test)]
pub(super) const LABELS: [(i64, &str); 7] = [
    (ALG, "alg"),
    (TYP, "typ"),
    (VERSION, "version"),
    (VAULT_ID, "vault id"),
    (EPOCH, "epoch"),
    (EMPTY, "empty"),
    (CONFIG, "config"),
];

/// The keys of the configuration by the names that SPEC.md gives them.
#[cfg(test)]
pub(super) const CONFIG_KEYS: [(i64, &str); 11] = [
    (TYPE, "type"),
    (DEVICE_SECURITY, "device security"),
    (LOCK_AFTER, "lock after backgrounded"),
    (UNLOCK_ON_LOAD, "unlock on load"),
    (CLEAR_AFTER, "clear after too many failed attempts"),
    (MAX_FAILED, "limit of failed attempts"),
    (KEY, "key"),
    (PROMPT, "prompt"),
    (FALLBACK, "fallback"),
    (PRESENT, "present protection"),
    (HISTORY, "history"),
];
