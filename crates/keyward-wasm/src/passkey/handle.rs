//! What a slot keeps of its passkey: a version byte, the vault's identity (16 bytes), the salt (32),
//! and the credential's id, up to the end (SPEC.md).

use keyward::VaultId;

use crate::random;

const VERSION: u8 = 1;
const SALT_LEN: usize = 32;
const HEAD_LEN: usize = 1 + 16 + SALT_LEN;
/// WebAuthn Level 3, section 5.1.
const MAX_CREDENTIAL_LEN: usize = 1023;

/// Says what the input of the pseudo-random function is for.
const LABEL: &[u8] = b"keyward passkey 1\0";

/// A handle that reads.
pub(super) struct Handle(Vec<u8>);

impl Handle {
    /// A handle with a fresh salt.
    pub(super) fn new(vault: VaultId, credential: Vec<u8>) -> Self {
        Self::with_salt(vault, &random::bytes(), &credential)
    }

    pub(super) fn with_salt(vault: VaultId, salt: &[u8; SALT_LEN], credential: &[u8]) -> Self {
        Self([&[VERSION], &vault.0[..], salt, credential].concat())
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let credential_len = bytes.len().checked_sub(HEAD_LEN)?;
        let reads = bytes[0] == VERSION && (1..=MAX_CREDENTIAL_LEN).contains(&credential_len);
        reads.then(|| Self(bytes.to_vec()))
    }

    pub(super) fn vault(&self) -> VaultId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[1..17]);
        VaultId(id)
    }

    pub(super) fn credential(&self) -> &[u8] {
        &self.0[HEAD_LEN..]
    }

    /// What the pseudo-random function is asked for.
    pub(super) fn prf_input(&self) -> Vec<u8> {
        prf_input(&self.0[1..HEAD_LEN])
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A salt whose passkey is yet to be made, and what the function will be asked for.
pub(super) fn fresh_input(vault: VaultId) -> ([u8; SALT_LEN], Vec<u8>) {
    let salt = random::bytes();
    (salt, prf_input(&[&vault.0[..], &salt].concat()))
}

fn prf_input(vault_and_salt: &[u8]) -> Vec<u8> {
    [LABEL, vault_and_salt].concat()
}
