//! What this device remembers of vaults, outside of the place where they live: so that bytes that
//! have vanished do not look like a first run, nor an older copy like the newest.

use std::rc::Rc;

use crate::error::StoreError;
use crate::store::{MemoryStores, Store, Stores};

/// The most bytes that a record of the registry has.
pub const MAX_RECORD_LEN: usize = 64;

/// The registry of the vaults that this device knows: one cell for each, of at most
/// [`MAX_RECORD_LEN`] bytes.
///
/// # For implementers
/// - The cells lie where whatever takes the vaults away does not take them too: not in the vaults'
///   own folder or database.
/// - Vaults of the same key in different places have different cells.
/// - A registry shows as little as it can: a hash of the key finds the cell again as well as the
///   key does.
/// - Nothing waits for what cannot be read or written: each call answers soon.
pub trait Registry {
    /// The cell that remembers the vault called `key`, without touching what it holds.
    ///
    /// # Errors
    /// When there is no place for it. No operation on a vault fails because of that.
    fn cell(&self, key: &str) -> Result<Rc<dyn Store>, StoreError>;
}

/// Remembers for as long as the stores live; must be other ones than the vaults'.
impl Registry for MemoryStores {
    fn cell(&self, key: &str) -> Result<Rc<dyn Store>, StoreError> {
        Ok(self.open(key)?.vault)
    }
}

/// Why the registry is of no use now. Operations go on without it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Its place could not be read or written.
    #[error("what this device remembers of the vault could not be read or written ({})", reason(.0))]
    Store(#[from] StoreError),
    /// What it holds is not what Keyward wrote. The next change that matters replaces it.
    #[error("what this device remembers of the vault is damaged, and counts as nothing")]
    Damaged,
    /// A newer Keyward wrote it. It is kept as it is.
    #[error("what this device remembers of the vault was written by a newer Keyward")]
    TooNew,
}

/// A store's own words are about the vault's bytes, which are fine.
fn reason(error: &StoreError) -> &'static str {
    match error {
        StoreError::Full => "no space left",
        StoreError::Denied(_) => "no permission, or others may write there",
        StoreError::Busy => "another process keeps it busy",
        _ => "its place failed",
    }
}

/// Whether vanished and older vaults can be told here.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RegistryState {
    /// No: this platform remembers nothing outside of the vaults' own place.
    Absent,
    /// Yes.
    Works,
    /// Not now: an empty place may be a loss, and a vault that looks well an older copy.
    Failed(RegistryError),
}

impl RegistryState {
    /// Its name, which never changes: `absent`, `works` or `failed`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Works => "works",
            Self::Failed(_) => "failed",
        }
    }
}
