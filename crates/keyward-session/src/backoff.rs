//! How long to leave a server alone.

use std::time::Duration;

/// After the first failure; doubled with each further one.
const FIRST: Duration = Duration::from_millis(500);
/// Never longer by our own count.
const LONGEST: Duration = Duration::from_secs(60);
/// What a server may ask for. One that asks for more is asked again after this.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// The pause after the `failures`th failure in a row, counted from 1. The jitter, any number, takes
/// up to half of it away, so that not all clients of a server that comes back ask at once; what the
/// server asked for (`Retry-After`) is never undercut, up to an hour.
#[must_use]
pub(crate) fn pause(failures: u32, asked: Option<Duration>, jitter: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST);
    let millis = u64::try_from(doubled.as_millis()).unwrap_or(u64::MAX);
    let taken = (millis / 2) * u64::from(jitter) / u64::from(u32::MAX);
    let own = Duration::from_millis(millis - taken);
    // What was asked for gets its jitter on top.
    let asked = asked.map(|asked| asked.min(LONGEST_ASKED) + (doubled - own) / 4);
    asked.map_or(own, |asked| asked.max(own))
}
