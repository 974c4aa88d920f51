//! How long a token lives, on the clock that nobody can set.

use std::time::Duration;

use keyward::Instant;

/// When a token is to be replaced, and when it is dead. `None` is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    /// From here on a new one is asked for.
    pub(crate) stale: Option<Instant>,
    /// From here on the server refuses it.
    pub(crate) dead: Option<Instant>,
}

impl Life {
    /// Of a token that nobody has set a limit to.
    pub(crate) const ENDLESS: Self = Self { stale: None, dead: None };

    /// Of a token that lives for `left` from `now`. It is replaced `leeway` before its end, but not
    /// in the first half of its `lifetime`: a token of two seconds would never be fresh.
    #[must_use]
    pub(crate) fn new(now: Instant, left: Duration, lifetime: Duration, leeway: Duration) -> Self {
        let fresh = left.saturating_sub(leeway.min(lifetime / 2));
        Self { stale: Some(now.plus(fresh)), dead: Some(now.plus(left)) }
    }

    /// Of a token whose age is not known, because the clock on the wall has been set back since: it
    /// is replaced as soon as that can be done, and tried until then.
    #[must_use]
    pub(crate) fn uncertain(now: Instant, lifetime: Duration) -> Self {
        Self { stale: Some(now), dead: Some(now.plus(lifetime)) }
    }

    /// The same, for a token that nothing can replace: it is fresh until it is dead.
    #[must_use]
    pub(crate) fn without_replacement(self) -> Self {
        Self { stale: self.dead, ..self }
    }

    /// Whether no new one is needed.
    #[must_use]
    pub(crate) fn is_fresh(self, now: Instant) -> bool {
        self.stale.is_none_or(|stale| now < stale)
    }

    /// Whether the server would take it.
    #[must_use]
    pub(crate) fn is_alive(self, now: Instant) -> bool {
        self.dead.is_none_or(|dead| now < dead)
    }
}
