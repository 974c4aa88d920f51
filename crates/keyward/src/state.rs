//! The lock state machine: (state, input, now) gives (state, effects). Pure: no I/O, no clock, no
//! keys. Whatever decides whether a vault is open, is decided here.

use std::time::Duration;

use crate::clock::Instant;
use crate::config::{Config, VaultType};
use crate::event::LockCause;
use crate::policy::PROMPT_GRACE;

/// Whether the vault can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// No: whoever reads has to be let in first.
    Locked,
    /// An unlock is under way.
    Unlocking,
    /// Yes.
    Unlocked,
}

/// What locking means for the vault's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Locking {
    /// Cannot be locked: the device store would open it again without asking.
    Never,
    /// Drops the keys; unlocking asks.
    Asks,
    /// Ends the data, so that there is nothing to unlock.
    Ends,
}

/// Where the app is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Presence {
    Here,
    /// In the background since a moment that counts. The vault must not lock before `grace` has
    /// passed from then.
    Away {
        since: Instant,
        grace: Duration,
    },
    /// In the background because a prompt of ours covers the app. Does not count.
    BehindPrompt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) phase: Phase,
    pub(crate) presence: Presence,
    prompting: bool,
    locking: Locking,
    lock_after: Option<Duration>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    /// The vault was attached. `open`: nothing protects it (it is new, blank or in memory).
    Attached {
        open: bool,
    },
    /// An operation needs the keys.
    UnlockStarted,
    UnlockEnded {
        unlocked: bool,
    },
    /// The platform shows a prompt of ours, or has taken it away.
    PromptOpened,
    PromptClosed,
    LockRequested,
    Background,
    Resume,
    /// Time has passed; see [`State::deadline`].
    Tick,
    /// The keys are of no use any more: another process rotated them or cleared the vault.
    Superseded(LockCause),
    /// The app cleared the vault: nothing is left that could be locked.
    Cleared,
}

/// What has to be done about it, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    /// Wipe every key and every decrypted value.
    DropKeys,
    AnnounceLocked(LockCause),
    AnnounceUnlocked,
    /// Everyone who waits on this unlock gets its refusal.
    RefuseWaiting,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::Locked,
            presence: Presence::Here,
            prompting: false,
            locking: Locking::Never,
            lock_after: None,
        }
    }

    /// Takes over what the configuration says. Locks nothing by itself; a shorter time away that
    /// has already passed locks at the next [`Input::Tick`].
    pub(crate) fn configure(&mut self, config: &Config) {
        self.locking = match config.vault_type {
            VaultType::SecureStorage => Locking::Never,
            VaultType::DeviceSecurity | VaultType::CustomPasscode => Locking::Asks,
            VaultType::InMemory => Locking::Ends,
        };
        self.lock_after = config.lock_after_backgrounded;
    }

    /// What an app is told: only a vault that asks to be unlocked can be locked.
    pub(crate) fn is_locked(&self) -> bool {
        self.locking == Locking::Asks && self.phase != Phase::Unlocked
    }

    /// The phase that an app is told of: a vault that asks nobody counts as unlocked even while its
    /// entries are not in memory.
    pub(crate) fn told_phase(&self) -> Phase {
        match (self.phase, self.locking) {
            (Phase::Locked, Locking::Never | Locking::Ends) => Phase::Unlocked,
            (phase, _) => phase,
        }
    }

    /// When [`Input::Tick`] is due; `None` while nothing can time out.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match (self.phase, self.presence, self.locking) {
            (Phase::Unlocked, Presence::Away { since, grace }, Locking::Asks | Locking::Ends) => {
                Some(since.plus(self.lock_after?.max(grace)))
            }
            _ => None,
        }
    }

    pub(crate) fn step(&mut self, input: Input, now: Instant) -> Vec<Effect> {
        match input {
            Input::Attached { open } => {
                self.phase = if open { Phase::Unlocked } else { Phase::Locked };
                Vec::new()
            }
            Input::UnlockStarted => {
                self.phase = Phase::Unlocking;
                Vec::new()
            }
            Input::UnlockEnded { unlocked } => self.unlock_ended(unlocked, now),
            Input::PromptOpened => {
                self.prompting = true;
                Vec::new()
            }
            Input::PromptClosed => {
                self.prompting = false;
                if self.presence == Presence::BehindPrompt {
                    self.presence = Presence::Away { since: now, grace: PROMPT_GRACE };
                }
                Vec::new()
            }
            Input::LockRequested => self.lock(LockCause::Requested),
            Input::Background => {
                if self.presence == Presence::Here {
                    self.presence = if self.prompting {
                        Presence::BehindPrompt
                    } else {
                        Presence::Away { since: now, grace: Duration::ZERO }
                    };
                }
                self.lock_if_due(now)
            }
            Input::Resume => {
                let effects = self.lock_if_due(now);
                self.presence = Presence::Here;
                effects
            }
            Input::Tick => self.lock_if_due(now),
            Input::Superseded(cause) => self.drop_keys(Some(cause)),
            Input::Cleared => {
                let effects = self.drop_keys(None);
                self.phase = Phase::Unlocked;
                effects
            }
        }
    }

    fn unlock_ended(&mut self, unlocked: bool, now: Instant) -> Vec<Effect> {
        match (self.phase, unlocked) {
            (Phase::Unlocking, true) => {
                self.phase = Phase::Unlocked;
                if let Presence::Away { .. } = self.presence {
                    // Whoever unlocks in the background means to use it: time away starts anew.
                    self.presence = Presence::Away { since: now, grace: PROMPT_GRACE };
                }
                match self.locking {
                    Locking::Asks => vec![Effect::AnnounceUnlocked],
                    Locking::Never | Locking::Ends => Vec::new(),
                }
            }
            // The last guess has cleared the vault: nothing is left that could be locked.
            (Phase::Unlocked, false) => vec![Effect::RefuseWaiting],
            (Phase::Locked | Phase::Unlocking, false) => {
                self.phase = Phase::Locked;
                vec![Effect::DropKeys, Effect::RefuseWaiting]
            }
            // Something took the keys' use away while they were being fetched.
            (Phase::Locked | Phase::Unlocked, true) => {
                self.phase = Phase::Locked;
                vec![Effect::DropKeys]
            }
        }
    }

    fn lock_if_due(&mut self, now: Instant) -> Vec<Effect> {
        match self.deadline() {
            Some(deadline) if now >= deadline => self.lock(LockCause::Timeout),
            _ => Vec::new(),
        }
    }

    fn lock(&mut self, cause: LockCause) -> Vec<Effect> {
        match (self.locking, self.phase) {
            (Locking::Never, _) | (_, Phase::Locked) => Vec::new(),
            // The driver takes commands one at a time, so that this is only ever a safeguard:
            // the unlock under way is abandoned, and nobody was told that it had succeeded.
            (_, Phase::Unlocking) => {
                self.phase = Phase::Locked;
                vec![Effect::DropKeys]
            }
            (_, Phase::Unlocked) => self.drop_keys(Some(cause)),
        }
    }

    /// Ends whatever was open. A `cause` is announced if the app knew the vault to be open and
    /// lockable.
    fn drop_keys(&mut self, cause: Option<LockCause>) -> Vec<Effect> {
        let announce =
            cause.filter(|_| self.phase == Phase::Unlocked && self.locking != Locking::Never);
        self.phase = Phase::Locked;
        std::iter::once(Effect::DropKeys).chain(announce.map(Effect::AnnounceLocked)).collect()
    }
}

#[cfg(test)]
mod tests;
