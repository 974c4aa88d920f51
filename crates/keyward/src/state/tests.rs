//! The state machine against its invariants, over every interleaving up to a stated depth, and
//! against a model that keeps the whole history instead of a state.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// Every input sequence of this length is explored, with time standing still, passing a little
/// (less than the grace) or passing much between any two.
const DEPTH: usize = 7;

const LOCK_AFTER: Duration = Duration::from_millis(1500);
const PAUSES: [u64; 3] = [0, 600, 2000];

const INPUTS: [Input; 13] = [
    Input::Attached { open: false },
    Input::Attached { open: true },
    Input::UnlockStarted,
    Input::UnlockEnded { unlocked: true },
    Input::UnlockEnded { unlocked: false },
    Input::PromptOpened,
    Input::PromptClosed,
    Input::LockRequested,
    Input::Background,
    Input::Resume,
    Input::Tick,
    Input::Superseded(LockCause::ProtectionChanged),
    Input::Cleared,
];

fn machine(vault_type: VaultType, lock_after: Option<Duration>) -> State {
    let mut config = Config::new("session", vault_type);
    config.lock_after_backgrounded = lock_after;
    let mut state = State::new();
    state.configure(&config);
    state.step(Input::Attached { open: true }, Instant(0));
    state
}

/// What holds of every single step, whatever came before.
fn check_step(before: State, input: Input, now: Instant, after: State, effects: &[Effect]) {
    let context = || format!("{before:?} --{input:?} at {now:?}--> {after:?} {effects:?}");
    let locked = effects.iter().filter(|e| matches!(e, Effect::AnnounceLocked(_))).count();
    let unlocked = effects.iter().filter(|e| matches!(e, Effect::AnnounceUnlocked)).count();

    // A lock is announced when an open, lockable vault closes; then and only then, once.
    let closes = before.phase == Phase::Unlocked && after.phase == Phase::Locked;
    let quiet = before.locking == Locking::Never
        || matches!(input, Input::Attached { .. } | Input::UnlockEnded { .. });
    assert_eq!(locked, usize::from(closes && !quiet), "{}", context());

    // An unlock is announced when an unlock under way ends well, and only for a vault that asks.
    let opens = before.phase == Phase::Unlocking && after.phase == Phase::Unlocked;
    let announced = opens
        && before.locking == Locking::Asks
        && input != Input::Cleared
        && !matches!(input, Input::Attached { .. });
    assert_eq!(unlocked, usize::from(announced), "{}", context());

    // Whatever is no longer open has lost its keys, before anyone is told.
    let attached = matches!(input, Input::Attached { .. });
    if before.phase == Phase::Unlocked && after.phase == Phase::Locked && !attached {
        assert_eq!(effects.first(), Some(&Effect::DropKeys), "{}", context());
    }

    // An unlock that fails is shared by everyone who waits, whatever else happened meanwhile.
    let refused = effects.contains(&Effect::RefuseWaiting);
    assert_eq!(refused, input == (Input::UnlockEnded { unlocked: false }), "{}", context());

    // A vault that cannot be locked is not.
    if before.locking == Locking::Never
        && matches!(input, Input::LockRequested | Input::Background | Input::Resume | Input::Tick)
    {
        assert!(effects.is_empty() && after.phase == before.phase, "{}", context());
    }

    // A background event caused by a prompt of ours locks nothing.
    if input == Input::Background && before.prompting && before.presence == Presence::Here {
        assert!(effects.is_empty() && after.presence == Presence::BehindPrompt, "{}", context());
    }

    // Whenever time is looked at, nothing is open past its time.
    if matches!(input, Input::Background | Input::Resume | Input::Tick) {
        assert!(before.deadline().is_none_or(|due| now < due) || after.phase != Phase::Unlocked);
        assert!(after.deadline().is_none_or(|due| now < due), "{}", context());
    }
}

/// The state as it looks from `now`, so that equal situations at different times are one.
fn relative(state: State, now: Instant) -> State {
    let presence = match state.presence {
        Presence::Away { since, grace } => {
            let passed = u64::try_from(now.since(since).as_millis()).expect("small");
            Presence::Away { since: Instant(passed.min(10_000)), grace }
        }
        other => other,
    };
    State { presence, ..state }
}

#[test]
fn every_interleaving_keeps_the_invariants() {
    let types = [VaultType::SecureStorage, VaultType::CustomPasscode, VaultType::InMemory];
    for vault_type in types {
        for lock_after in [None, Some(Duration::ZERO), Some(LOCK_AFTER)] {
            let mut frontier = vec![(machine(vault_type, lock_after), Instant(0))];
            let mut explored = 0_u32;
            for _ in 0..DEPTH {
                let mut seen = HashSet::new();
                let mut next = Vec::new();
                for (before, now) in frontier {
                    for pause in PAUSES {
                        for input in INPUTS {
                            let now = Instant(now.0 + pause);
                            let mut after = before;
                            let effects = after.step(input, now);
                            check_step(before, input, now, after, &effects);
                            explored += 1;
                            if seen.insert(relative(after, now)) {
                                next.push((after, now));
                            }
                        }
                    }
                }
                frontier = next;
            }
            assert!(explored > 1000, "the exploration has hardly left its start: {explored}");
        }
    }
}

/// Decides from the whole history whether a vault of the type that asks is open at its end.
fn model_is_open(history: &[(u64, Input)], lock_after: Option<Duration>) -> bool {
    let mut open = true;
    let mut unlocking = false;
    for (at, (now, input)) in history.iter().enumerate() {
        let timed_out = lock_after.is_some_and(|after| {
            counted_away(&history[..at], *now).is_some_and(|away| away >= after)
        });
        let looks_at_time = matches!(input, Input::Background | Input::Resume | Input::Tick);
        if open && looks_at_time && timed_out {
            open = false;
        }
        match input {
            Input::Attached { open: is_open } => (open, unlocking) = (*is_open, false),
            Input::UnlockStarted => (open, unlocking) = (false, true),
            Input::UnlockEnded { unlocked } => {
                (open, unlocking) = (if *unlocked { unlocking } else { open }, false);
            }
            Input::LockRequested | Input::Superseded(_) => (open, unlocking) = (false, false),
            Input::Cleared => (open, unlocking) = (true, false),
            // With nothing to wait for, going to the background is the end of it.
            Input::Background
                if lock_after == Some(Duration::ZERO)
                    && counted_away(&history[..=at], *now) == Some(Duration::ZERO) =>
            {
                open = false;
            }
            _ => {}
        }
    }
    open
}

/// How long the app has been away for the purpose of locking: since it left, or since the last
/// prompt closed or unlock succeeded while it was gone. Below the grace, that is not at all.
fn counted_away(history: &[(u64, Input)], now: u64) -> Option<Duration> {
    let mut prompting = false;
    let mut behind_prompt = false;
    let mut left: Option<(u64, Duration)> = None;
    let mut unlocking = false;
    for (time, input) in history {
        match input {
            Input::PromptOpened => prompting = true,
            Input::PromptClosed => {
                prompting = false;
                if std::mem::take(&mut behind_prompt) {
                    left = Some((*time, PROMPT_GRACE));
                }
            }
            Input::Background if left.is_none() && !behind_prompt => {
                if prompting {
                    behind_prompt = true;
                } else {
                    left = Some((*time, Duration::ZERO));
                }
            }
            Input::Resume => (left, behind_prompt) = (None, false),
            Input::UnlockStarted => unlocking = true,
            Input::UnlockEnded { unlocked } => {
                if *unlocked && unlocking && left.is_some() {
                    left = Some((*time, PROMPT_GRACE));
                }
                unlocking = false;
            }
            Input::Attached { .. }
            | Input::LockRequested
            | Input::Superseded(_)
            | Input::Cleared => {
                unlocking = false;
            }
            _ => {}
        }
    }
    let (since, grace) = left?;
    let away = Duration::from_millis(now - since);
    (away >= grace).then_some(away)
}

fn inputs() -> impl Strategy<Value = Vec<(u64, Input)>> {
    let one = (0_usize..INPUTS.len(), prop_oneof![Just(0_u64), 1..3000_u64]);
    prop::collection::vec(one, 0..60).prop_map(|steps| {
        let mut now = 0;
        steps
            .into_iter()
            .map(|(at, pause)| {
                now += pause;
                (now, INPUTS[at])
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_machine_agrees_with_the_model(
        history in inputs(),
        lock_after in prop_oneof![Just(None), (0..4000_u64).prop_map(|ms| Some(Duration::from_millis(ms)))],
    ) {
        let mut state = machine(VaultType::CustomPasscode, lock_after);
        for (now, input) in &history {
            let before = state;
            let effects = state.step(*input, Instant(*now));
            check_step(before, *input, Instant(*now), state, &effects);
        }
        prop_assert_eq!(state.phase == Phase::Unlocked, model_is_open(&history, lock_after));
    }
}

#[test]
fn away_for_less_than_the_time_locks_nothing() {
    let mut state = machine(VaultType::CustomPasscode, Some(LOCK_AFTER));
    state.step(Input::Background, Instant(0));
    assert_eq!(state.deadline(), Some(Instant(1500)));
    assert_eq!(state.step(Input::Resume, Instant(1499)), []);
    assert_eq!(state.deadline(), None);
    state.step(Input::Background, Instant(2000));
    let locked = [Effect::DropKeys, Effect::AnnounceLocked(LockCause::Timeout)];
    assert_eq!(state.step(Input::Tick, Instant(3500)), locked);
    assert_eq!(state.step(Input::Resume, Instant(3600)), [], "the event fires once");
}

#[test]
fn a_prompt_of_ours_is_not_the_background() {
    let mut state = machine(VaultType::DeviceSecurity, Some(Duration::ZERO));
    state.step(Input::LockRequested, Instant(0));
    state.step(Input::UnlockStarted, Instant(0));
    state.step(Input::PromptOpened, Instant(0));
    assert_eq!(state.step(Input::Background, Instant(10)), []);
    state.step(Input::PromptClosed, Instant(5000));
    let unlocked = [Effect::AnnounceUnlocked];
    assert_eq!(state.step(Input::UnlockEnded { unlocked: true }, Instant(5001)), unlocked);
    assert_eq!(state.step(Input::Resume, Instant(5300)), [], "the app came back in time");
}
