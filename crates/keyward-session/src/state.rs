//! When a session serves from memory, when it asks the vault and the server, and when it does
//! neither: (state, input, now) → state, and (state, need, now) → what to do. Pure.

use std::time::Duration;

use keyward::Instant;

use crate::backoff::pause;
use crate::error::{SignedOutCause, Trouble};
use crate::life::Life;

/// After a refresh that a refusal (401) was the reason for, this long none is made for that reason:
/// a server that refuses every token would otherwise cost a refresh for each request.
pub(crate) const REFUSAL_PAUSE: Duration = Duration::from_secs(60);

/// What is known of a session in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing: the vault has not been asked since the start, or it has been locked or changed
    /// since.
    Unread(History),
    /// There is a token in memory.
    Present(Life, History),
    /// The vault has been asked, or we ended the session ourselves.
    Ended(SignedOutCause),
}

/// What outlives a lock: how the server answered last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct History {
    /// Refreshes that failed, in a row.
    failures: u32,
    /// The server is left alone until then, and why.
    quiet: Option<(Instant, Trouble)>,
    /// An answer was lost that may have held the next refresh token.
    pub(crate) answer_lost: bool,
    /// When the token in hand came in the place of one that had been refused.
    refused: Option<Instant>,
    /// There has been a session.
    pub(crate) known: bool,
    /// Why there was none, when we looked last.
    pub(crate) last_end: Option<SignedOutCause>,
}

/// What a caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A token.
    Token,
    /// Another one than the one in memory, which a server has refused.
    Another,
}

/// What is to be done for a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Hand out the token in memory.
    Serve,
    /// Ask the vault, and then the server if need be.
    Ask,
    /// Say that there is no session.
    SignedOut(SignedOutCause),
    /// Say that there is no token for now.
    Later(Trouble, Duration),
    /// Say that fresh tokens are refused, too.
    StillRefused,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// The vault locked, or another process changed it.
    Unsettled,
    /// A token came from the vault, or by signing in.
    Found(Life),
    /// A token came from the server, in the place of one that had been refused or not.
    Refreshed(Life, Need),
    /// The server gave none this time. The token in hand, if any, stays.
    Failed {
        /// Of the token in hand.
        life: Option<Life>,
        trouble: Trouble,
        /// What the server asked for.
        asked: Option<Duration>,
        /// Any number.
        jitter: u32,
    },
    /// There is no session, or no more.
    Ended(SignedOutCause),
}

impl State {
    /// At the start of a process.
    pub(crate) const START: Self = Self::Unread(History {
        failures: 0,
        quiet: None,
        answer_lost: false,
        refused: None,
        known: false,
        last_end: None,
    });

    pub(crate) fn history(&self) -> History {
        match self {
            Self::Unread(history) | Self::Present(_, history) => *history,
            Self::Ended(cause) => History { last_end: Some(*cause), ..History::default() },
        }
    }

    /// Whether there is a token in memory.
    pub(crate) fn is_present(&self) -> bool {
        matches!(self, Self::Present(..))
    }

    /// Why there is no session; `None` while there may be one.
    pub(crate) fn ended(&self) -> Option<SignedOutCause> {
        match self {
            Self::Ended(cause) => Some(*cause),
            _ => None,
        }
    }

    /// What to do for a caller now.
    pub(crate) fn next(&self, need: Need, now: Instant) -> Next {
        match *self {
            Self::Ended(cause) => Next::SignedOut(cause),
            Self::Unread(_) => Next::Ask,
            Self::Present(life, history) => match need {
                Need::Token if now < self.serves_until(now) => Next::Serve,
                // One that is stale by now may have been refused for its age alone.
                Need::Another if history.refused_lately(now) && life.is_fresh(now) => {
                    Next::StillRefused
                }
                _ => history
                    .quiet_now(now)
                    .map_or(Next::Ask, |(trouble, left)| Next::Later(trouble, left)),
            },
        }
    }

    /// Until when the token in memory may be handed out without asking again: while it is fresh,
    /// or, while the server is left alone, as long as it lives.
    pub(crate) fn serves_until(&self, now: Instant) -> Instant {
        const NEVER: Instant = Instant(u64::MAX);
        let Self::Present(life, history) = self else {
            return Instant(0);
        };
        let fresh = life.stale.unwrap_or(NEVER);
        match history.quiet {
            Some((until, _)) if now < until => fresh.max(until.min(life.dead.unwrap_or(NEVER))),
            _ => fresh,
        }
    }

    /// The state after `input`.
    pub(crate) fn after(&self, input: Input, now: Instant) -> Self {
        let history = self.history();
        let known = History { known: true, last_end: None, ..history };
        match input {
            Input::Unsettled => Self::Unread(history),
            // Another process may have refreshed where we failed.
            Input::Found(life) if life.is_fresh(now) => Self::Present(
                life,
                History { failures: 0, quiet: None, answer_lost: false, ..known },
            ),
            Input::Found(life) => Self::Present(life, known),
            Input::Refreshed(life, need) => {
                let refused = match need {
                    Need::Another => Some(now),
                    Need::Token => None,
                };
                Self::Present(life, History { refused, known: true, ..History::default() })
            }
            Input::Failed { life, trouble, asked, jitter } => {
                let failures = history.failures.saturating_add(1);
                let history = History {
                    known: history.known || life.is_some(),
                    failures,
                    quiet: Some((now.plus(pause(failures, asked, jitter)), trouble)),
                    answer_lost: history.answer_lost || trouble.may_have_lost_an_answer(),
                    ..history
                };
                match (life, self) {
                    (Some(life), _) => Self::Present(life, history),
                    (None, Self::Present(life, _)) => Self::Present(*life, history),
                    (None, _) => Self::Unread(history),
                }
            }
            Input::Ended(cause) => Self::Ended(cause),
        }
    }
}

impl History {
    /// Why the server is left alone, and for how long from now.
    pub(crate) fn quiet_now(&self, now: Instant) -> Option<(Trouble, Duration)> {
        let (until, trouble) = self.quiet?;
        (now < until).then(|| (trouble, until.since(now)))
    }

    fn refused_lately(&self, now: Instant) -> bool {
        self.refused.is_some_and(|refused| now.since(refused) < REFUSAL_PAUSE)
    }
}

impl Trouble {
    /// Whether the server may have rotated the refresh token, and we have not got the new one.
    pub(crate) fn may_have_lost_an_answer(self) -> bool {
        matches!(self, Self::NoAnswer | Self::BadAnswer | Self::Server)
    }
}

#[cfg(test)]
mod tests;
