//! What opens a vault when its protector does not: a code that a person keeps, or a private key
//! that an app or its organisation holds. SPEC.md, section "Recovery".

mod code;

use std::fmt;

use crate::crypto::{self, POINT_LEN};
use crate::error::{Error, Invalid};
use crate::secret::{Guarded, Key};

pub use code::RecoveryCode;
#[cfg(test)]
pub(crate) use code::{CHECKSUM_CONTEXT, GROUP, KEY_CONTEXT, SEED_LEN, SYMBOLS};

/// What a vault is recovered with.
#[derive(Debug, Clone)]
pub enum Recovery {
    /// The code that [`Vault::enroll_recovery`](crate::Vault::enroll_recovery) gave.
    Code(RecoveryCode),
    /// The private key to what
    /// [`Vault::enroll_recovery_key`](crate::Vault::enroll_recovery_key) was given.
    Key(RecoveryPrivateKey),
}

impl Recovery {
    pub(crate) fn private_key(&self) -> RecoveryPrivateKey {
        match self {
            Self::Code(code) => code.private_key(),
            Self::Key(key) => key.clone(),
        }
    }
}

/// A public key of the curve P-256, for which whoever has the private one can recover the vault.
/// No secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecoveryPublicKey([u8; POINT_LEN]);

impl RecoveryPublicKey {
    /// The length of the uncompressed point, in bytes: 04, x, y.
    pub const LEN: usize = POINT_LEN;

    /// Takes an uncompressed point (SEC 1, section 2.3.3: 04, x, y; each of 32 bytes, big-endian).
    ///
    /// # Errors
    /// [`Invalid::RecoveryKey`] when it is not one, or not on the curve.
    pub fn new(point: [u8; Self::LEN]) -> Result<Self, Error> {
        if crypto::is_point(&point) { Ok(Self(point)) } else { Err(Invalid::RecoveryKey.into()) }
    }

    /// The uncompressed point.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for RecoveryPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryPublicKey(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// A private key of the curve P-256. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct RecoveryPrivateKey {
    private: Key,
    public: RecoveryPublicKey,
}

impl RecoveryPrivateKey {
    /// Takes the private number, big-endian.
    ///
    /// # Errors
    /// [`Invalid::RecoveryKey`] when it is 0 or not below the curve's order.
    pub fn new(private: Key) -> Result<Self, Error> {
        let public = crypto::public_key(&private).ok_or(Invalid::RecoveryKey)?;
        Ok(Self { private, public: RecoveryPublicKey(public) })
    }

    /// A key that nobody else has.
    pub(crate) fn generate() -> Result<Self, Error> {
        let mut wide = Guarded::zeroed(crypto::WIDE_LEN, None);
        crypto::fill_random(wide.as_mut_slice())?;
        Self::from_wide(wide.as_slice())
    }

    /// Fails for one seed of about 2^256.
    pub(crate) fn from_wide(wide: &[u8]) -> Result<Self, Error> {
        Self::new(crypto::private_key(wide).ok_or(Invalid::RecoveryKey)?)
    }

    /// The key's other half, to be enrolled.
    #[must_use]
    pub fn public_key(&self) -> RecoveryPublicKey {
        self.public
    }

    #[cfg(test)]
    pub(crate) fn expose(&self) -> &[u8] {
        self.private.expose()
    }

    /// The secret that this key and the private half of `other` have in common.
    pub(crate) fn agree(&self, other: &RecoveryPublicKey) -> Key {
        crypto::agree(&self.private, &other.0).expect("both were checked when they were made")
    }
}

impl fmt::Debug for RecoveryPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryPrivateKey([redacted])")
    }
}
