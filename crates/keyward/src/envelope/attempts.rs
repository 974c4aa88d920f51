//! The few bytes of the attempts cell. SPEC.md, section "The attempts cell".

use super::cbor::{Reader, Writer};
use crate::error::Error;
use crate::policy::{Attempts, Counts};
use crate::protector::VaultId;

pub(crate) fn encode_attempts(counts: Counts, vault: VaultId) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    let mut w = Writer(&mut bytes);
    let with_recovery = counts.recovery != Attempts::default();
    w.array(if with_recovery { 5 } else { 3 });
    w.bytes(&vault.0);
    let both = [Some(counts.passcode), with_recovery.then_some(counts.recovery)];
    for attempts in both.into_iter().flatten() {
        w.uint(attempts.failed.into());
        w.uint(attempts.last);
    }
    bytes
}

/// `None` when the bytes do not read or count for another vault.
pub(crate) fn decode_attempts(bytes: &[u8], vault: VaultId) -> Option<Counts> {
    let decode = || {
        let mut r = Reader::new(bytes);
        let len = r.array()?;
        let id = VaultId(r.byte_array()?);
        let mut attempts = || {
            let failed = u32::try_from(r.uint()?).unwrap_or(u32::MAX);
            Ok::<_, Error>(Attempts { failed, last: r.uint()? })
        };
        let passcode = attempts()?;
        let recovery = if len == 5 { attempts()? } else { Attempts::default() };
        r.end()?;
        let counts = Counts { passcode, recovery };
        Ok::<_, Error>((matches!(len, 3 | 5) && id == vault).then_some(counts))
    };
    decode().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_vault_counts() {
        let passcode = Attempts { failed: 3, last: 1_700_000_000_000 };
        let counts = Counts { passcode, ..Counts::default() };
        let bytes = encode_attempts(counts, VaultId([1; 16]));
        assert_eq!(decode_attempts(&bytes, VaultId([1; 16])), Some(counts));
        assert_eq!(decode_attempts(&bytes, VaultId([2; 16])), None);
        assert_eq!(decode_attempts(&bytes[1..], VaultId([1; 16])), None);
        assert_eq!(decode_attempts(&[], VaultId([1; 16])), None);
        let both = Counts { recovery: Attempts { failed: 1, last: 7 }, ..counts };
        let longer = encode_attempts(both, VaultId([1; 16]));
        assert_eq!(decode_attempts(&longer, VaultId([1; 16])), Some(both));
        // What there was before recovery codes is written as it was then.
        assert_eq!(bytes[0], 0x83);
        assert_eq!(decode_attempts(&longer[..longer.len() - 1], VaultId([1; 16])), None);
    }
}
