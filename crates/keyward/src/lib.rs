//! A vault for an app's session tokens and keys: sealed, locking itself, losing nothing in silence.
//!
//! This is the engine. It has no I/O, no clock and no user interface: a [`Platform`] brings a
//! [`Clock`], [`Stores`] for sealed bytes and [`Protector`]s, and an app holds a [`Vault`]. On a
//! desktop, `keyward-platform` puts all of that together.
//!
//! ```
//! use std::{rc::Rc, sync::Arc};
//!
//! use keyward::{
//!     Argon2Costs, Config, HashInPlace, MemoryStores, Passcode, Platform, Vault, VaultType,
//! };
//! use keyward_conformance::manual_clock::ManualClock;
//!
//! // Everything in memory, and a clock that stands still: good for tests of your own.
//! let (vault, driver) = Vault::new(Platform {
//!     clock: Arc::new(ManualClock::new()),
//!     stores: Rc::new(MemoryStores::new()),
//!     protectors: Vec::new(),
//!     registry: None,
//!     hashing: Rc::new(HashInPlace),
//!     argon2: Argon2Costs::MINIMUM,
//! });
//!
//! let app = async move {
//!     vault.initialize(Config::new("session", VaultType::CustomPasscode)).await?;
//!     vault.set_passcode(Passcode::new("2580")?).await?;
//!     vault.set("token", "abc").await?;
//!     vault.lock().await?;
//!     assert!(vault.is_locked().await?);
//!
//!     vault.set_passcode(Passcode::new("2580")?).await?;
//!     assert_eq!(vault.get::<String>("token").await?.as_deref(), Some("abc"));
//!     Ok::<_, keyward::Error>(())
//! };
//!
//! // The driver does the work for as long as the vault is used.
//! let (done, ()) = futures_executor::block_on(futures_util::future::join(app, driver.run()));
//! done.unwrap();
//! ```
//!
//! The words used here are those of the repository's ARCHITECTURE.md; the sealed file is described
//! by its SPEC.md.

mod capabilities;
mod clock;
mod config;
mod crypto;
mod entry;
mod envelope;
mod error;
mod event;
pub mod export;
mod fallback;
mod hashing;
mod health;
mod platform;
mod policy;
mod protector;
mod recovery;
mod registry;
pub mod secret;
mod state;
pub mod store;
mod vault;

pub use capabilities::{Capabilities, Capability, Obstacle, Readiness};
pub use clock::{Clock, Instant};
pub use config::{Config, DeviceSecurity, VaultType};
pub use crypto::{
    Argon2Costs, MAX_ARGON2_MEMORY_KIB, MAX_ARGON2_PASSES, MIN_ARGON2_MEMORY_KIB, argon2id,
    argon2id_then,
};
pub use entry::{Value, ValueKind};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use envelope::fuzzing;
pub use envelope::{Inspection, SlotInfo, inspect, open_message, seal_message};
pub use error::{Cause, Error, Invalid, SealedCopyError, StoreError};
pub use event::{Event, LockCause, PasscodePurpose};
pub use fallback::{Protection, ProtectionChange, Turn};
pub use hashing::{HashInPlace, PasscodeHashing};
pub use health::{Condition, Health, NextStep, Older};
pub use platform::Platform;
pub use protector::{
    Assurance, Enrolled, Probe, Protector, ProtectorError, Request, Role, Theft, VaultId,
};
pub use recovery::{Recovery, RecoveryCode, RecoveryPrivateKey, RecoveryPublicKey};
pub use registry::{MAX_RECORD_LEN, Registry, RegistryError, RegistryState};
pub use secret::{Key, Passcode, SecretBytes};
pub use state::Phase;
pub use store::{Cells, MemoryCell, MemoryStores, Revision, Store, Stored, Stores, Swap};
pub use vault::{
    CopyFor, CopyKey, Driver, Events, PasscodeRequest, Pending, Vault, VaultInspection,
    inspect_cell,
};

/// The longest name of an entry, in bytes of UTF-8: 1 KiB.
pub const MAX_NAME_LEN: usize = 1024;
/// The longest value of an entry, in bytes: 8 MiB.
pub const MAX_VALUE_LEN: usize = 8 << 20;
/// The most that all entries of a vault may take together, encoded: 128 MiB.
pub const MAX_CONTENT_LEN: usize = 128 << 20;
/// The longest handle that a protector may keep in a slot, in bytes.
pub const MAX_HANDLE_LEN: usize = 4096;
