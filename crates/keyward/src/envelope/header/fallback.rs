//! The pairs of the configuration that version 2 has added: what the app accepts instead of what it
//! wants, what protects the vault, and when that has changed. SPEC.md, section "Fallback".

use super::super::cbor::{DAMAGED, Reader, Writer};
use super::{FALLBACK, HISTORY, PRESENT, decode_choice, encode_choice};
use crate::config::Config;
use crate::error::Error;
use crate::fallback::{MAX_PROTECTION_CHANGES, Protection, ProtectionChange, Standing, Turn};

const TURNS: [Turn; 2] = [Turn::Weakened, Turn::Raised];

/// Nothing, if the configuration has no fallback.
pub(super) fn encode_fallback(config: &Config, standing: &Standing, w: &mut Writer<'_>) {
    if !config.fallback.is_empty() {
        w.int(FALLBACK);
        w.array(config.fallback.len());
        for protection in &config.fallback {
            encode_choice(&Protection::ALL, protection, w);
        }
    }
    if let Some(present) = &standing.present {
        w.int(PRESENT);
        encode_choice(&Protection::ALL, present, w);
    }
    if !standing.history.is_empty() {
        w.int(HISTORY);
        w.array(standing.history.len());
        for change in &standing.history {
            w.array(4);
            encode_choice(&TURNS, &change.turn, w);
            encode_choice(&Protection::ALL, &change.from, w);
            encode_choice(&Protection::ALL, &change.to, w);
            w.uint(change.at);
        }
    }
}

/// The last pairs of the configuration, of which there are `pairs`.
pub(super) fn decode_fallback(
    mut pairs: u64,
    r: &mut Reader<'_>,
) -> Result<(Vec<Protection>, Standing), Error> {
    let mut is_next = |label, r: &mut Reader<'_>| {
        let found = pairs > 0 && r.optional_label(label);
        pairs -= u64::from(found);
        found
    };
    let mut fallback = Vec::new();
    let mut standing = Standing::default();
    if is_next(FALLBACK, r) {
        for _ in 0..count(r, Protection::ALL.len())? {
            fallback.push(decode_choice(&Protection::ALL, r)?);
        }
    }
    if is_next(PRESENT, r) {
        standing.present = Some(decode_choice(&Protection::ALL, r)?);
    }
    if is_next(HISTORY, r) {
        for _ in 0..count(r, MAX_PROTECTION_CHANGES)? {
            standing.history.push(decode_change(r)?);
        }
    }
    if pairs == 0 { Ok((fallback, standing)) } else { Err(DAMAGED) }
}

/// The head of an array that is not empty and has at most so many elements.
fn count(r: &mut Reader<'_>, most: usize) -> Result<u64, Error> {
    let count = r.array()?;
    if (1..=most as u64).contains(&count) { Ok(count) } else { Err(DAMAGED) }
}

fn decode_change(r: &mut Reader<'_>) -> Result<ProtectionChange, Error> {
    if r.array()? != 4 {
        return Err(DAMAGED);
    }
    let turn = decode_choice(&TURNS, r)?;
    let from = decode_choice(&Protection::ALL, r)?;
    let to = decode_choice(&Protection::ALL, r)?;
    Ok(ProtectionChange::new(turn, from, to, r.uint()?))
}
