//! The least that anyone could do: a look-up, a file, a key derivation.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use keyward::Argon2Costs;

use crate::entries::Entries;
use crate::store::{Outcome, missing};

/// A `HashMap` of the values: a look-up and a copy.
pub struct Map(HashMap<String, Vec<u8>>);

impl Map {
    pub fn new(entries: &Entries) -> Self {
        Self(
            entries
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_vec()))
                .collect(),
        )
    }

    pub fn read(&self, name: &str) -> Outcome<()> {
        black_box(self.0.get(name).cloned()).map_or_else(missing, |_| Ok(()))
    }
}

/// A file that is replaced whole: written under another name, synced, renamed, folder synced.
pub struct WholeFile {
    folder: PathBuf,
    bytes: Vec<u8>,
}

impl WholeFile {
    /// A file in `folder` of as many bytes as the file at `like`.
    pub fn like(like: &Path, folder: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            bytes: fs::read(like)?,
        })
    }

    pub fn write(&self) -> Outcome<()> {
        let next = self.folder.join("floor.new");
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&next)?;
        file.write_all(&self.bytes)?;
        file.sync_all()?;
        fs::rename(&next, self.folder.join("floor"))?;
        File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    pub fn read(&self) -> Outcome<()> {
        black_box(fs::read(self.folder.join("floor"))?);
        Ok(())
    }
}

/// Argon2id with the engine's crate and default costs.
pub fn argon2id(passcode: &str) -> Outcome<()> {
    let Argon2Costs {
        memory_kib,
        passes,
        lanes,
    } = Argon2Costs::DEFAULT;
    let params = Params::new(memory_kib, passes, lanes, Some(32))?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
        passcode.as_bytes(),
        b"sixteen bytes of",
        &mut key,
    )?;
    black_box(key);
    Ok(())
}
