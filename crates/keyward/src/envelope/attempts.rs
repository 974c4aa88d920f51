//! The few bytes of the attempts cell. SPEC.md, section "The attempts cell".

use super::cbor::{Reader, Writer};
use crate::error::Error;
use crate::policy::Attempts;
use crate::protector::VaultId;

pub(crate) fn encode_attempts(attempts: Attempts, vault: VaultId) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(40);
    let mut w = Writer(&mut bytes);
    w.array(3);
    w.bytes(&vault.0);
    w.uint(attempts.failed.into());
    w.uint(attempts.last);
    bytes
}

/// `None` when the bytes do not read or count for another vault.
pub(crate) fn decode_attempts(bytes: &[u8], vault: VaultId) -> Option<Attempts> {
    let decode = || {
        let mut r = Reader::new(bytes);
        let three = r.array()? == 3;
        let id = VaultId(r.byte_array()?);
        let attempts =
            Attempts { failed: u32::try_from(r.uint()?).unwrap_or(u32::MAX), last: r.uint()? };
        r.end()?;
        Ok::<_, Error>((three && id == vault).then_some(attempts))
    };
    decode().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_vault_counts() {
        let attempts = Attempts { failed: 3, last: 1_700_000_000_000 };
        let bytes = encode_attempts(attempts, VaultId([1; 16]));
        assert_eq!(decode_attempts(&bytes, VaultId([1; 16])), Some(attempts));
        assert_eq!(decode_attempts(&bytes, VaultId([2; 16])), None);
        assert_eq!(decode_attempts(&bytes[1..], VaultId([1; 16])), None);
        assert_eq!(decode_attempts(&[], VaultId([1; 16])), None);
    }
}
