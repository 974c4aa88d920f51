//! From what the engine answers to messages.

use keyward::{LockCause, Phase, Theft, Value, ValueKind, VaultInspection};

use crate::messages::{
    self, Argon2Inspection, Base64, EntryValue, SlotInspection, StoredInspection,
};

/// `None` when a value that says it is JSON is no text, which the vault of another program may
/// hold.
pub(crate) fn value(value: &Value) -> Option<EntryValue<'_>> {
    Some(match value.kind() {
        ValueKind::Json => EntryValue::Json(std::str::from_utf8(value.expose()).ok()?),
        ValueKind::Bytes => EntryValue::Bytes(Base64(value.expose())),
    })
}

pub(crate) fn assurance(assurance: &keyward::Assurance) -> messages::Assurance {
    messages::Assurance {
        hardware_bound: assurance.hardware_bound,
        user_verified: assurance.user_verified,
        persistent: assurance.persistent,
        stolen_file: theft(assurance.stolen_file),
        stolen_disk: theft(assurance.stolen_disk),
    }
}

/// What is not known here promises nothing.
fn theft(theft: Theft) -> messages::Theft {
    match theft {
        Theft::Sealed => messages::Theft::Sealed,
        Theft::Guessable => messages::Theft::Guessable,
        _ => messages::Theft::Opens,
    }
}

pub(crate) fn lock_cause(cause: LockCause) -> messages::LockCause {
    match cause {
        LockCause::Timeout => messages::LockCause::Timeout,
        LockCause::ProtectionChanged => messages::LockCause::ProtectionChanged,
        LockCause::Cleared => messages::LockCause::Cleared,
        _ => messages::LockCause::Requested,
    }
}

pub(crate) fn inspection(inspection: &VaultInspection) -> messages::Inspection<'_> {
    let phase = match inspection.phase {
        Phase::Locked => messages::Phase::Locked,
        Phase::Unlocking => messages::Phase::Unlocking,
        Phase::Unlocked => messages::Phase::Unlocked,
    };
    let stored = inspection.stored.as_ref().map(|stored| StoredInspection {
        version: stored.version,
        vault_id: stored.vault.to_string(),
        epoch: stored.epoch,
        empty: stored.empty,
        sealed_bytes: stored.sealed_len as u64,
        weakened_to: stored.weakened_to,
        protection_changes: stored.protection_changes.iter().map(change).collect(),
        slots: stored
            .slots
            .iter()
            .zip(&inspection.slot_assurances)
            .map(|(slot, promised)| SlotInspection {
                kind: slot.kind,
                provider: slot.provider.as_deref(),
                argon2: slot.costs.map(|costs| Argon2Inspection {
                    memory_kib: costs.memory_kib,
                    passes: costs.passes,
                    lanes: costs.lanes,
                }),
                assurance: assurance(promised),
            })
            .collect(),
    });
    messages::Inspection { phase, stored, can_be_raised: inspection.can_be_raised }
}

fn change(change: &keyward::ProtectionChange) -> messages::ProtectionChange {
    let keyward::ProtectionChange { turn, from, to, at, .. } = *change;
    messages::ProtectionChange { turn, from, to, at }
}
