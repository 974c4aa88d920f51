//! The rules in numbers: when a vault locks by itself, and how passcode guesses are spaced.

use std::time::Duration;

use crate::config::Config;

/// After a prompt of ours the app may still be told that it is in the background, because the
/// prompt covered it. So long must pass after the prompt before that counts as being away.
pub(crate) const PROMPT_GRACE: Duration = Duration::from_secs(1);

const FIRST_DELAY: Duration = Duration::from_secs(30);
const LONGEST_DELAY: Duration = Duration::from_secs(60 * 60);

/// The failed passcode attempts of one vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Attempts {
    /// How many guesses have been counted since the last right one.
    pub(crate) failed: u32,
    /// When the last one was counted, in milliseconds since 1970 on the clock on the wall.
    pub(crate) last: u64,
}

impl Attempts {
    /// How long the next guess has to wait: nothing below the limit; at the limit 30 s, doubled
    /// with every further failure up to an hour.
    ///
    /// The clock on the wall can be set back, which begins the wait anew, or forward, which ends it. That is no weaker than the counter itself, which whoever
    /// can copy the vault's files can restore: only a device secret stops them.
    pub(crate) fn wait(&self, config: &Config, now: u64) -> Duration {
        let Some(over) = self.failed.checked_sub(config.max_failed_attempts) else {
            return Duration::ZERO;
        };
        let delay = FIRST_DELAY.saturating_mul(2_u32.saturating_pow(over)).min(LONGEST_DELAY);
        match now.checked_sub(self.last) {
            Some(passed) => delay.saturating_sub(Duration::from_millis(passed)),
            None => delay,
        }
    }

    /// Counts one more guess.
    pub(crate) fn count(self, now: u64) -> Self {
        Self { failed: self.failed.saturating_add(1), last: now }
    }

    /// Guesses left before the limit.
    pub(crate) fn left(&self, config: &Config) -> u32 {
        config.max_failed_attempts.saturating_sub(self.failed)
    }

    /// Whether the limit has been reached.
    pub(crate) fn exhausted(&self, config: &Config) -> bool {
        self.left(config) == 0
    }
}

/// What was guessed at. The two are counted apart: a wrong recovery code must not bring a vault nearer
/// to being cleared, nor a forgotten passcode keep its owner from recovering it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guess {
    Passcode,
    RecoveryCode,
}

/// The failed attempts of one vault, of both kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) passcode: Attempts,
    pub(crate) recovery: Attempts,
}

impl Counts {
    /// Those of one kind.
    pub(crate) fn of(&mut self, guess: Guess) -> &mut Attempts {
        match guess {
            Guess::Passcode => &mut self.passcode,
            Guess::RecoveryCode => &mut self.recovery,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::VaultType;

    #[test]
    fn guesses_wait_longer_each_time() {
        let config = Config::new("session", VaultType::CustomPasscode);
        let wait = |failed, passed: u64| {
            Attempts { failed, last: 1_000_000 }.wait(&config, 1_000_000 + passed).as_secs()
        };
        assert_eq!(wait(4, 0), 0);
        assert_eq!([5, 6, 7, 8].map(|failed| wait(failed, 0)), [30, 60, 120, 240]);
        assert_eq!(wait(12, 0), 3600);
        assert_eq!(wait(u32::MAX, 0), 3600);
        assert_eq!(wait(5, 10_000), 20);
        assert_eq!(wait(5, 30_000), 0);
    }

    #[test]
    fn a_clock_set_back_makes_the_wait_no_longer_than_it_was() {
        let config = Config::new("session", VaultType::CustomPasscode);
        let attempts = Attempts { failed: 5, last: 1_000_000 };
        assert_eq!(attempts.wait(&config, 0).as_secs(), 30);
    }
}
