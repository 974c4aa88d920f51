//! The recovery code: 128 random bits and a checksum, in letters and digits that can be copied by
//! hand and read aloud. SPEC.md, section "Recovery".

use std::fmt;

use zeroize::Zeroizing;

use super::{RecoveryPrivateKey, RecoveryPublicKey};
use crate::crypto;
use crate::error::{Error, Invalid};
use crate::secret::Guarded;

/// Crockford's base 32: no I, L, O, which look like digits, and no U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
pub(crate) const SEED_LEN: usize = 16;
/// With 5 bits to a symbol: 128 bits of seed and 22 of checksum.
pub(crate) const SYMBOLS: usize = 30;
pub(crate) const GROUP: usize = 5;
const CHECKSUM_BITS: u32 = 22;
pub(crate) const CHECKSUM_CONTEXT: &str = "Keyward recovery code";
pub(crate) const KEY_CONTEXT: &str = "Keyward recovery key";

/// A recovery code: 30 letters and digits, written in six groups of five. 128 bits of it are random,
/// and the rest is a checksum that tells a typo from a code of something else.
///
/// It opens its vault without anything else: whoever keeps it should keep it like a key, and not on
/// the device that it is for. Wiped when dropped, never printed but by [`RecoveryCode::expose`].
#[derive(Clone)]
pub struct RecoveryCode {
    text: Zeroizing<String>,
    seed: Seed,
}

/// Where it stays, because what is moved about leaves copies behind.
struct Seed(Guarded);

impl Seed {
    fn zeroed() -> Self {
        Self(Guarded::zeroed(SEED_LEN, None))
    }
}

impl Clone for Seed {
    fn clone(&self) -> Self {
        Self(Guarded::new(self.0.as_slice().into()))
    }
}

impl RecoveryCode {
    /// A code that was not there before.
    ///
    /// # Errors
    /// [`Error::NoEntropy`].
    pub fn generate() -> Result<Self, Error> {
        let mut seed = Seed::zeroed();
        crypto::fill_random(seed.0.as_mut_slice())?;
        Ok(Self::of(seed))
    }

    /// Reads a code that a person typed. Case, white space and hyphens do not matter, and I and L
    /// count as 1, O as 0. The argument is wiped.
    ///
    /// # Errors
    /// [`Invalid::RecoveryCode`] when a symbol is missing, too many, or wrong. Nothing has been
    /// tried with it then, and no attempt is counted.
    pub fn parse(text: impl Into<String>) -> Result<Self, Error> {
        let text = Zeroizing::new(text.into());
        let mut bits = Zeroizing::new([0_u8; SYMBOLS]);
        let mut symbols = 0;
        for symbol in text.chars().filter(|it| !is_separator(*it)) {
            let value = value(symbol)
                .ok_or(Invalid::RecoveryCode("it has a character that no code has"))?;
            *bits.get_mut(symbols).ok_or(Invalid::RecoveryCode("it has too many characters"))? =
                value;
            symbols += 1;
        }
        if symbols < SYMBOLS {
            return Err(Invalid::RecoveryCode("characters are missing").into());
        }
        let mut seed = Seed::zeroed();
        let mut checksum = 0;
        for place in 0..SYMBOLS * 5 {
            let bit = bits[place / 5] >> (4 - place % 5) & 1;
            match seed.0.as_mut_slice().get_mut(place / 8) {
                Some(byte) => *byte = *byte << 1 | bit,
                None => checksum = checksum << 1 | u32::from(bit),
            }
        }
        if checksum != self::checksum(seed.0.as_slice()) {
            return Err(Invalid::RecoveryCode("there is a typo in it").into());
        }
        Ok(Self::of(seed))
    }

    /// What must not stay in memory: the seed, and the private key.
    #[cfg(test)]
    pub(crate) fn wanted(&self) -> (&[u8], RecoveryPrivateKey) {
        (self.seed.0.as_slice(), self.private_key())
    }

    /// The code of a seed, for test vectors and fuzz targets.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn from_seed(seed: [u8; SEED_LEN]) -> Self {
        Self::of(Seed(Guarded::new(Box::new(seed))))
    }

    fn of(seed: Seed) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(SYMBOLS + SYMBOLS / GROUP));
        let checksum = checksum(seed.0.as_slice());
        for symbol in 0..SYMBOLS {
            if symbol > 0 && symbol % GROUP == 0 {
                text.push('-');
            }
            let value = (symbol * 5..symbol * 5 + 5).fold(0, |value, place| {
                let bit = match seed.0.as_slice().get(place / 8) {
                    Some(byte) => byte >> (7 - place % 8) & 1,
                    None => (checksum >> (SYMBOLS * 5 - 1 - place) & 1) as u8,
                };
                value << 1 | bit
            });
            text.push(char::from(ALPHABET[usize::from(value)]));
        }
        Self { text, seed }
    }

    /// The code as it is to be shown, once: capitals and digits, with a hyphen between the groups.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The public key that belongs to the code: what is sealed for it, the code opens.
    #[must_use]
    pub fn public_key(&self) -> RecoveryPublicKey {
        self.private_key().public_key()
    }

    pub(super) fn private_key(&self) -> RecoveryPrivateKey {
        let wide = crypto::hkdf_sha256_wide(self.seed.0.as_slice(), KEY_CONTEXT.as_bytes());
        RecoveryPrivateKey::from_wide(wide.as_slice())
            .expect("nobody finds the one seed that gives 0")
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode([redacted])")
    }
}

/// The first 22 bits of a hash of the seed.
fn checksum(seed: &[u8]) -> u32 {
    let mut hashed = Zeroizing::new([0; CHECKSUM_CONTEXT.len() + SEED_LEN]);
    hashed[..CHECKSUM_CONTEXT.len()].copy_from_slice(CHECKSUM_CONTEXT.as_bytes());
    hashed[CHECKSUM_CONTEXT.len()..].copy_from_slice(seed);
    let [a, b, c, d, ..] = crypto::sha256_of_secret(&*hashed);
    u32::from_be_bytes([a, b, c, d]) >> (32 - CHECKSUM_BITS)
}

/// What people and word processors put between the groups.
fn is_separator(symbol: char) -> bool {
    symbol.is_whitespace() || matches!(symbol, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn value(symbol: char) -> Option<u8> {
    let symbol = match symbol.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        symbol => symbol,
    };
    let place = ALPHABET.iter().position(|it| char::from(*it) == symbol)?;
    u8::try_from(place).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
