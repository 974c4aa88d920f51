//! Time, brought by the platform.

use std::time::Duration;

use async_trait::async_trait;

/// A point on a clock that counts sleep and that nobody can set: milliseconds since the device
/// started (Linux `CLOCK_BOOTTIME`, Darwin `mach_continuous_time`, Windows interrupt time).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub u64);

impl Instant {
    /// The time from `earlier` to `self`; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The point `duration` later, rounded up to a millisecond.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = duration.as_nanos().div_ceil(1_000_000);
        Self(self.0.saturating_add(u64::try_from(millis).unwrap_or(u64::MAX)))
    }
}

/// What the engine asks a platform about time.
#[async_trait(?Send)]
pub trait Clock: Send + Sync {
    /// Now, on the clock that counts sleep. Never goes back while the process lives.
    fn now(&self) -> Instant;

    /// Milliseconds since 1970, from the clock on the wall, which the user can set. Used only to
    /// space out passcode guesses across restarts.
    fn wall(&self) -> u64;

    /// Returns at `deadline` or soon after it, and soon after the device wakes if it slept past
    /// it. Returning early is allowed: the engine looks at [`Clock::now`] and waits again.
    async fn sleep_until(&self, deadline: Instant);
}
