//! The cell with the count of failed passcode attempts. SPEC.md, section "The attempts cell".

use std::time::Duration;

use crate::config::Config;
use crate::envelope::{decode_attempts, encode_attempts};
use crate::error::Error;
use crate::policy::{Attempts, Counts, Guess};
use crate::protector::VaultId;
use crate::store::{Store, Swap};

/// Refuses a guess for which it is too early.
pub(super) fn refuse_early(
    attempts: Attempts,
    config: &Config,
    now: u64,
) -> Result<Attempts, Error> {
    let retry_after = attempts.wait(config, now);
    if retry_after.is_zero() { Ok(attempts) } else { Err(Error::TooManyAttempts { retry_after }) }
}

/// The attempts of this kind counted for `vault`. What does not read, or is another vault's, counts as none:
/// whoever can write the cell could as well empty it. A failure that is later than `now` becomes
/// one of now, or else its delay would last until the clock on the wall has caught up.
pub(super) async fn load(
    cell: &dyn Store,
    vault: VaultId,
    guess: Guess,
    now: u64,
) -> Result<Attempts, Error> {
    let stored = cell.load().await?;
    let mut counts =
        stored.and_then(|stored| decode_attempts(&stored.bytes, vault)).unwrap_or_default();
    let attempts = *counts.of(guess);
    if attempts.last <= now {
        return Ok(attempts);
    }
    update(cell, vault, guess, &|attempts| {
        Ok(Attempts { last: attempts.last.min(now), ..attempts })
    })
    .await
}

/// How long the next guess at the passcode has to wait, at a look that changes nothing.
pub(super) async fn wait(
    cell: &dyn Store,
    vault: VaultId,
    config: &Config,
    now: u64,
) -> Result<Duration, Error> {
    let stored = cell.load().await?;
    let counts = stored.and_then(|stored| decode_attempts(&stored.bytes, vault));
    Ok(counts.map_or(Duration::ZERO, |counts| counts.passcode.wait(config, now)))
}

/// Replaces the count by what `change` makes of the present one; `None` from it stops with that
/// error. Returns the new count when it is durable.
pub(super) async fn update(
    cell: &dyn Store,
    vault: VaultId,
    guess: Guess,
    change: &dyn Fn(Attempts) -> Result<Attempts, Error>,
) -> Result<Attempts, Error> {
    loop {
        let stored = cell.load().await?;
        let revision = stored.as_ref().map(|stored| stored.revision);
        let present = stored.and_then(|stored| decode_attempts(&stored.bytes, vault));
        let mut counts: Counts = present.unwrap_or_default();
        let attempts = change(*counts.of(guess))?;
        *counts.of(guess) = attempts;
        let bytes = encode_attempts(counts, vault);
        if let Swap::Done(_) = cell.swap(revision, Some(&bytes)).await? {
            return Ok(attempts);
        }
    }
}

/// Empties the cell.
pub(super) async fn forget(cell: &dyn Store) -> Result<(), Error> {
    loop {
        let Some(stored) = cell.load().await? else {
            return Ok(());
        };
        if let Swap::Done(_) = cell.swap(Some(stored.revision), None).await? {
            return Ok(());
        }
    }
}
