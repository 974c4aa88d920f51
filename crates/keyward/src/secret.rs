//! Memory that holds secrets: wiped when dropped, never printed, readable only by a visible call.

mod json;

use std::fmt;
use std::sync::OnceLock;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing, optimization_barrier};

use crate::error::{Error, Invalid};

pub use json::Json;

/// Keeps pages that hold long-lived secrets out of swap and core dumps, as far as the platform can.
///
/// The engine has no `unsafe` code and no system calls, so the platform brings this.
/// Both calls are best effort and must not fail or block for long. They get a pointer and not the
/// bytes, because these are nothing to read and may not have been written yet.
/// `guard` and `release` come in pairs with the same address and length.
pub trait PageGuard: Send + Sync {
    /// The engine starts to keep a secret in `memory`, which is allocated.
    fn guard(&self, memory: *const [u8]);
    /// The secret in `memory` has been wiped, and the memory is about to be freed.
    fn release(&self, memory: *const [u8]);
}

static PAGE_GUARD: OnceLock<&'static dyn PageGuard> = OnceLock::new();

/// Installs the process's page guard. The first one wins; later calls have no effect.
pub fn install_page_guard(guard: &'static dyn PageGuard) {
    let _ = PAGE_GUARD.set(guard);
}

/// The guard's hold on memory of the engine's own making, for as long as somebody keeps secrets there.
pub(crate) struct Hold(Option<&'static dyn PageGuard>);

impl Hold {
    /// Has `memory` guarded, if the process has a guard.
    pub(crate) fn on(memory: *const [u8]) -> Self {
        let guard = PAGE_GUARD.get().copied();
        if let Some(guard) = guard {
            guard.guard(memory);
        }
        Self(guard)
    }

    /// Lets `memory`, the same as at first, go again.
    pub(crate) fn release(&self, memory: *const [u8]) {
        if let Some(guard) = self.0 {
            guard.release(memory);
        }
    }
}

/// Overwrites a secret that is about to be freed. `zeroize` alone writes byte by byte, and a vault's
/// entries are many bytes; the barrier keeps the compiler from leaving the filling out.
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    optimization_barrier(bytes);
}

/// A heap buffer that is guarded while it lives and wiped when it goes. It never grows, because
/// growing would leave an unwiped copy behind.
pub(crate) struct Guarded {
    bytes: Box<[u8]>,
    hold: Hold,
}

impl Guarded {
    pub(crate) fn new(bytes: Box<[u8]>) -> Self {
        let hold = Hold::on(&raw const *bytes);
        Self { bytes, hold }
    }

    /// A buffer of `len` zero bytes: `spare`, which has been wiped, if it has that length.
    pub(crate) fn zeroed(len: usize, spare: Option<Self>) -> Self {
        match spare {
            Some(spare) if spare.bytes.len() == len => spare,
            _ => Self::new(vec![0; len].into_boxed_slice()),
        }
    }

    /// The same buffer, wiped and still guarded.
    pub(crate) fn wiped(mut self) -> Self {
        wipe(&mut self.bytes);
        self
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        wipe(&mut self.bytes);
        self.hold.release(&raw const *self.bytes);
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guarded([redacted])")
    }
}

/// A 256-bit key or key material: a DEK, a KEK, or what a protector released.
pub struct Key(Guarded);

impl Key {
    /// The length of every key, in bytes.
    pub const LEN: usize = 32;

    /// A key from bytes that a key derivation or a key store made. The argument is wiped.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; Self::LEN]) -> Self {
        let key = Self(Guarded::new(bytes.as_slice().into()));
        bytes.zeroize();
        key
    }

    /// A key from a slice, or `None` when it is not [`Key::LEN`] bytes long.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == Self::LEN).then(|| Self(Guarded::new(bytes.into())))
    }

    /// A key that `fill` writes where it will stay, so that no copy of it is left elsewhere.
    ///
    /// # Errors
    /// What `fill` answers; the bytes are wiped.
    pub fn fill_with<E>(fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut key = Self(Guarded::new(Box::new([0; Self::LEN])));
        fill(&mut key.0.bytes)?;
        Ok(key)
    }

    /// A fresh random key.
    ///
    /// # Errors
    /// [`Error::NoEntropy`] when the platform has no random numbers to give.
    pub fn generate() -> Result<Self, Error> {
        Self::fill_with(crate::crypto::fill_random)
    }

    /// Reads the key. Keep the slice short-lived and copy nothing out of it.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        Self(Guarded::new(self.0.as_slice().into()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([redacted])")
    }
}

/// Secret bytes on their way in or out of a vault. Wiped when dropped; compared in constant time.
#[derive(Clone, Default)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Reads the bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        // With its spare room, where whoever filled it may have had more.
        self.0.resize(self.0.capacity(), 0);
        wipe(&mut self.0);
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
}

impl Eq for SecretBytes {}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes([redacted])")
    }
}

/// A passcode that a person typed: 1 to 1,024 bytes of UTF-8, taken exactly as given.
///
/// No Unicode normalisation is applied. An app that takes more than digits should normalise to
/// NFC (RFC 8265, section 4.2) before it hands a passcode over, on every platform it runs on.
#[derive(Clone)]
pub struct Passcode(Zeroizing<String>);

impl Passcode {
    /// The longest passcode, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// Takes a passcode over, and wipes it when it is dropped.
    ///
    /// # Errors
    /// [`Invalid::Passcode`] when it is empty or longer than [`Passcode::MAX_LEN`].
    pub fn new(passcode: impl Into<String>) -> Result<Self, Error> {
        let passcode = Zeroizing::new(passcode.into());
        if passcode.is_empty() || passcode.len() > Self::MAX_LEN {
            return Err(Invalid::Passcode.into());
        }
        Ok(Self(passcode))
    }

    /// Reads the passcode's bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passcode([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?} {:?} {:?}",
            Key::from_bytes([0x41; 32]),
            SecretBytes::from(b"hunter2".to_vec()),
            Passcode::new("hunter2").expect("a valid passcode"),
        );
        assert!(!shown.contains("hunter2") && !shown.contains("AAAA") && !shown.contains("65"));
    }

    #[test]
    fn passcode_bounds() {
        assert!(Passcode::new("").is_err());
        assert!(Passcode::new("x".repeat(Passcode::MAX_LEN)).is_ok());
        assert!(Passcode::new("x".repeat(Passcode::MAX_LEN + 1)).is_err());
    }
}
