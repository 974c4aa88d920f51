//! See the repository's README.md and ARCHITECTURE.md. (Filled in below.)

mod clock;
mod config;
mod crypto;
mod entry;
mod envelope;
mod error;
mod event;
pub mod export;
mod platform;
mod policy;
mod protector;
pub mod secret;
mod state;
pub mod store;
mod vault;

pub use clock::{Clock, Instant};
pub use config::{Config, DeviceSecurity, VaultType};
pub use crypto::{Argon2Costs, MAX_ARGON2_MEMORY_KIB, MAX_ARGON2_PASSES, MIN_ARGON2_MEMORY_KIB};
pub use entry::{Value, ValueKind};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use envelope::fuzzing;
pub use envelope::{Inspection, SlotInfo, inspect};
pub use error::{Cause, Error, Invalid, StoreError};
pub use event::{Event, LockCause, PasscodePurpose};
pub use platform::Platform;
pub use protector::{
    Assurance, Enrolled, Protector, ProtectorError, Request, Role, Theft, VaultId,
};
pub use secret::{Key, Passcode, SecretBytes};
pub use store::{Cells, MemoryCell, MemoryStores, Revision, Store, Stored, Stores, Swap};
pub use vault::{Driver, Events, PasscodeRequest, Pending, Vault};

/// The longest name of an entry, in bytes of UTF-8: 1 KiB.
pub const MAX_NAME_LEN: usize = 1024;
/// The longest value of an entry, in bytes: 8 MiB.
pub const MAX_VALUE_LEN: usize = 8 << 20;
/// The most that all entries of a vault may take together, encoded: 128 MiB.
pub const MAX_CONTENT_LEN: usize = 128 << 20;
/// The longest handle that a protector may keep in a slot, in bytes.
pub const MAX_HANDLE_LEN: usize = 4096;
