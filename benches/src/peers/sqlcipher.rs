//! SQLCipher: a table of names and values in one encrypted database.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, params};

use crate::entries::Entries;
use crate::ours::PASSCODE;
use crate::store::{Outcome, Store, missing};

/// How the database commits, in the mode's own setting for surviving a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// A write-ahead log, synced by every commit.
    Wal,
    /// A rollback journal. Its deletion is the commit, and only EXTRA makes that durable.
    Delete,
}

impl Journal {
    fn settings(self) -> &'static str {
        match self {
            Self::Wal => "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
            Self::Delete => "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;",
        }
    }
}

/// What the key is, which decides what its derivation costs.
#[derive(Clone, Copy)]
pub enum Key {
    /// 32 bytes, which need no derivation.
    Raw,
    /// A passcode, stretched by the default derivation.
    Passcode,
}

/// A database that is kept open.
pub struct SqlCipher(Connection);

impl SqlCipher {
    pub fn filled(folder: &Path, journal: Journal, key: Key, entries: &Entries) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        let mut filled = Self(connect(folder, key)?);
        filled.0.execute_batch(journal.settings())?;
        filled.0.execute_batch(
            "CREATE TABLE entries (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, value BLOB NOT NULL)",
        )?;
        filled.replace_all(entries)?;
        Ok(filled)
    }
}

impl Store for SqlCipher {
    fn read(&mut self, name: &str) -> Outcome<()> {
        read(&self.0, name)
    }

    fn write(&mut self, name: &str, value: &[u8]) -> Outcome<()> {
        put(&self.0, name, value)
    }

    fn write_many(&mut self, entries: &Entries) -> Outcome<()> {
        let transaction = self.0.transaction()?;
        for (name, value) in entries.iter() {
            put(&transaction, name, value)?;
        }
        Ok(transaction.commit()?)
    }

    fn replace_all(&mut self, entries: &Entries) -> Outcome<()> {
        let transaction = self.0.transaction()?;
        transaction.execute("DELETE FROM entries", [])?;
        for (name, value) in entries.iter() {
            put(&transaction, name, value)?;
        }
        Ok(transaction.commit()?)
    }
}

/// From nothing to the first value.
pub fn open_and_read(folder: &Path, key: Key, name: &str) -> Outcome<Duration> {
    let start = Instant::now();
    let connection = connect(folder, key)?;
    read(&connection, name)?;
    Ok(start.elapsed())
}

fn connect(folder: &Path, key: Key) -> Outcome<Connection> {
    let connection = Connection::open(database(folder))?;
    let key = match key {
        Key::Raw => format!("x'{}'", "07".repeat(32)),
        Key::Passcode => PASSCODE.to_owned(),
    };
    connection.pragma_update(None, "key", key)?;
    Ok(connection)
}

fn put(connection: &Connection, name: &str, value: &[u8]) -> Outcome<()> {
    connection
        .prepare_cached(
            "INSERT INTO entries (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![name, value])?;
    Ok(())
}

fn read(connection: &Connection, name: &str) -> Outcome<()> {
    let value: Option<Vec<u8>> = connection
        .prepare_cached("SELECT value FROM entries WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    black_box(value).map_or_else(missing, |_| Ok(()))
}

fn database(folder: &Path) -> PathBuf {
    folder.join("bench.db")
}
