//! What the registry remembers of one vault. SPEC.md, section "The registry".

use super::cbor::{Reader, Writer};
use crate::crypto;
use crate::error::Error;
use crate::protector::VaultId;
use crate::registry::{MAX_RECORD_LEN, RegistryError};

const RECORD_VERSION: u64 = 1;
pub(super) const CHECK_LEN: usize = 8;
const CHECK_LABEL: &[u8] = b"keyward-registry 1 check";

/// What this device has seen of a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) vault: VaultId,
    /// The highest epoch seen, or the one that a program on this device wrote last.
    pub(crate) epoch: u64,
    /// Whether it had entries.
    pub(crate) entries: bool,
    pub(crate) mark: Mark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    /// The vault is being cleared: that its bytes are gone is no loss.
    Clearing,
    /// The app has been told that what is stored is older.
    OlderTold,
}

pub(crate) fn encode_record(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MAX_RECORD_LEN);
    let mut w = Writer(&mut bytes);
    w.array(6);
    w.uint(RECORD_VERSION);
    w.bytes(&record.vault.0);
    w.uint(record.epoch);
    w.bool(record.entries);
    w.uint(match record.mark {
        Mark::None => 0,
        Mark::Clearing => 1,
        Mark::OlderTold => 2,
    });
    let check = check(&bytes);
    Writer(&mut bytes).bytes(&check);
    bytes
}

/// Accepts exactly what [`encode_record`] writes.
pub(crate) fn decode_record(bytes: &[u8]) -> Result<Record, RegistryError> {
    let damaged = |_: Error| RegistryError::Damaged;
    let mut r = Reader::new(bytes);
    let len = r.array().map_err(damaged)?;
    match r.uint().map_err(damaged)? {
        RECORD_VERSION => {}
        0 => return Err(RegistryError::Damaged),
        _ => return Err(RegistryError::TooNew),
    }
    let mut rest = || {
        let vault = VaultId(r.byte_array()?);
        let (epoch, entries, mark) = (r.uint()?, r.bool()?, r.uint()?);
        let covered = bytes.len() - r.rest().len();
        let check: [u8; CHECK_LEN] = r.byte_array()?;
        r.end()?;
        Ok((vault, epoch, entries, mark, covered, check))
    };
    let (vault, epoch, entries, mark, covered, found) = rest().map_err(damaged)?;
    let mark = match mark {
        0 => Mark::None,
        1 => Mark::Clearing,
        2 => Mark::OlderTold,
        _ => return Err(RegistryError::Damaged),
    };
    if len != 6 || check(&bytes[..covered]) != found {
        return Err(RegistryError::Damaged);
    }
    Ok(Record { vault, epoch, entries, mark })
}

/// Tells a damaged record from one of another vault.
pub(super) fn check(covered: &[u8]) -> [u8; CHECK_LEN] {
    let digest = crypto::sha256(&[CHECK_LABEL, covered].concat());
    std::array::from_fn(|at| digest[at])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_record() -> impl Strategy<Value = Record> {
        let mark = prop_oneof![Just(Mark::None), Just(Mark::Clearing), Just(Mark::OlderTold)];
        (any::<[u8; 16]>(), any::<u64>(), any::<bool>(), mark).prop_map(
            |(id, epoch, entries, mark)| Record { vault: VaultId(id), epoch, entries, mark },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(record in any_record()) {
            let bytes = encode_record(&record);
            prop_assert!(bytes.len() <= MAX_RECORD_LEN);
            prop_assert_eq!(decode_record(&bytes).unwrap(), record);
        }

        #[test]
        fn a_changed_byte_is_damage_or_a_newer_version(
            record in any_record(), at in any::<prop::sample::Index>(), flip in 1_u8..,
        ) {
            let mut bytes = encode_record(&record);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let error = decode_record(&bytes).unwrap_err();
            prop_assert!(at == 1 || matches!(error, RegistryError::Damaged), "{error:?}");
        }

        #[test]
        fn nonsense_does_not_panic_and_is_taken_only_as_written(
            bytes in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            if let Ok(record) = decode_record(&bytes) {
                prop_assert_eq!(encode_record(&record), bytes);
            }
        }

        #[test]
        fn a_record_cut_short_or_with_something_behind_it_is_damaged(
            record in any_record(), cut in 0_usize..38,
        ) {
            let mut bytes = encode_record(&record);
            prop_assert!(decode_record(&bytes[..cut.min(bytes.len() - 1)]).is_err());
            bytes.push(0);
            prop_assert!(decode_record(&bytes).is_err());
        }
    }

    #[test]
    fn the_example_of_the_description() {
        let record =
            Record { vault: VaultId([0x11; 16]), epoch: 3, entries: true, mark: Mark::None };
        let hex: String = encode_record(&record).iter().map(|b| format!("{b:02x}")).collect();
        let spec = include_str!("../../../../SPEC.md");
        assert!(spec.contains(&hex), "SPEC.md does not have {hex}");
    }
}
