//! IOTA Stronghold: entries in a client's store, written as one encrypted snapshot.
//!
//! Its commit syncs the new file but not the folder, so that a power cut may undo a write that has
//! been confirmed. Here the folder is synced after every commit, so that all do the same.

use std::fs::{self, File};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use iota_stronghold::engine::snapshot::{get_encrypt_work_factor, try_set_encrypt_work_factor};
use iota_stronghold::{Client, KeyProvider, SnapshotPath, Stronghold as Peer};
use zeroize::Zeroizing;

use crate::entries::Entries;
use crate::store::{Outcome, Store, missing};

const CLIENT: &[u8] = b"bench";

/// What the key is, which decides what its derivation costs.
#[derive(Clone, Copy)]
pub enum Key {
    /// 32 random bytes, which need no derivation (work factor 0).
    Raw,
    /// A password's hash, stretched by scrypt with the default work factor.
    Password,
}

impl Key {
    fn provider(self) -> Outcome<KeyProvider> {
        Ok(KeyProvider::try_from(Zeroizing::new(vec![7; 32]))?)
    }

    /// The work factor is the process's, not the store's.
    fn run<T>(self, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let default = get_encrypt_work_factor();
        if let Self::Raw = self {
            try_set_encrypt_work_factor(0)?;
        }
        let result = work();
        try_set_encrypt_work_factor(default)?;
        result
    }
}

/// A store that is kept open.
pub struct Stronghold {
    peer: Peer,
    client: Client,
    path: PathBuf,
    key: Key,
}

impl Stronghold {
    pub fn filled(folder: &Path, key: Key, entries: &Entries) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        let peer = Peer::default();
        let client = peer.create_client(CLIENT)?;
        let mut filled = Self {
            peer,
            client,
            path: snapshot(folder),
            key,
        };
        filled.replace_all(entries)?;
        Ok(filled)
    }

    fn insert(&self, name: &str, value: &[u8]) -> Outcome<()> {
        self.client
            .store()
            .insert(name.into(), value.to_vec(), None)?;
        Ok(())
    }

    fn commit(&self) -> Outcome<()> {
        self.key.run(|| {
            let path = SnapshotPath::from_path(&self.path);
            self.peer
                .commit_with_keyprovider(&path, &self.key.provider()?)?;
            File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
            Ok(())
        })
    }
}

impl Store for Stronghold {
    fn read(&mut self, name: &str) -> Outcome<()> {
        black_box(self.client.store().get(name.as_bytes())?).map_or_else(missing, |_| Ok(()))
    }

    fn write(&mut self, name: &str, value: &[u8]) -> Outcome<()> {
        self.insert(name, value)?;
        self.commit()
    }

    fn write_many(&mut self, entries: &Entries) -> Outcome<()> {
        for (name, value) in entries.iter() {
            self.insert(name, value)?;
        }
        self.commit()
    }

    fn replace_all(&mut self, entries: &Entries) -> Outcome<()> {
        self.client.store().clear()?;
        self.write_many(entries)
    }
}

/// From nothing to the first value.
pub fn open_and_read(folder: &Path, key: Key, name: &str) -> Outcome<Duration> {
    let start = Instant::now();
    let path = SnapshotPath::from_path(snapshot(folder));
    let client = Peer::default().load_client_from_snapshot(CLIENT, &key.provider()?, &path)?;
    let value = client.store().get(name.as_bytes())?;
    let took = start.elapsed();
    black_box(value).map_or_else(missing, |_| Ok(took))
}

fn snapshot(folder: &Path) -> PathBuf {
    folder.join("bench.stronghold")
}
