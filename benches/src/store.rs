//! What everyone who takes part can do.

use std::error::Error;

use crate::entries::Entries;

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// An open store of named values. A write returns when it is durable.
pub trait Store {
    /// A copy of the value called `name`, held while it is measured and dropped in the same time.
    fn read(&mut self, name: &str) -> Outcome<()>;
    fn write(&mut self, name: &str, value: &[u8]) -> Outcome<()>;
    /// Several entries in one commit.
    fn write_many(&mut self, entries: &Entries) -> Outcome<()>;
    /// All entries replaced, in one commit.
    fn replace_all(&mut self, entries: &Entries) -> Outcome<()>;
}

/// The error of a store that should hold an entry and does not.
pub fn missing<T>() -> Outcome<T> {
    Err("an entry is missing".into())
}
