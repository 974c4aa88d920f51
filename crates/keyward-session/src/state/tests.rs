//! Whatever happens, in whatever order: what the state promises.

use proptest::prelude::*;

use super::*;

fn instants() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![Just(None), (0_u64..200_000).prop_map(Some)]
}

/// A life that began at `now`.
fn lives() -> impl Strategy<Value = (Option<u64>, Option<u64>)> {
    (instants(), instants())
}

#[derive(Debug, Clone)]
enum Step {
    Pass(u64),
    Unsettled,
    Found(Option<u64>, Option<u64>),
    Refreshed(Option<u64>, Option<u64>, bool),
    Failed(Option<u64>, u32),
    Ended,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_u64..120_000).prop_map(Step::Pass),
        1 => Just(Step::Unsettled),
        2 => lives().prop_map(|(stale, dead)| Step::Found(stale, dead)),
        2 => (lives(), any::<bool>()).prop_map(|((stale, dead), it)| Step::Refreshed(stale, dead, it)),
        3 => (instants(), any::<u32>()).prop_map(|(asked, jitter)| Step::Failed(asked, jitter)),
        1 => Just(Step::Ended),
    ];
    proptest::collection::vec(step, 1..40)
}

fn life(now: Instant, stale: Option<u64>, dead: Option<u64>) -> Life {
    let at = |millis: u64| now.plus(Duration::from_millis(millis));
    // A token is stale before it is dead.
    let stale = match (stale, dead) {
        (Some(stale), Some(dead)) => Some(stale.min(dead)),
        (None, dead) => dead,
        (stale, None) => stale,
    };
    Life { stale: stale.map(at), dead: dead.map(at) }
}

/// What a token's life was, told apart from the state's own book-keeping.
#[derive(Default)]
struct Model {
    life: Option<Life>,
    ended: bool,
}

proptest! {
    #[test]
    fn a_token_is_served_only_while_it_is_there_and_lives(steps in steps()) {
        let mut state = State::START;
        let mut now = Instant(1_000_000);
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Pass(millis) => now = now.plus(Duration::from_millis(millis)),
                Step::Unsettled => {
                    state = state.after(Input::Unsettled, now);
                    model = Model::default();
                }
                Step::Found(stale, dead) => {
                    let life = life(now, stale, dead);
                    state = state.after(Input::Found(life), now);
                    model = Model { life: Some(life), ended: false };
                }
                Step::Refreshed(stale, dead, refused) => {
                    let life = life(now, stale, dead);
                    let need = if refused { Need::Another } else { Need::Token };
                    state = state.after(Input::Refreshed(life, need), now);
                    model = Model { life: Some(life), ended: false };
                }
                Step::Failed(asked, jitter) => {
                    if model.ended {
                        continue;
                    }
                    let asked = asked.map(Duration::from_millis);
                    let trouble = Trouble::Server;
                    state = state.after(Input::Failed { life: None, trouble, asked, jitter }, now);
                    let (_, left) = state.history().quiet_now(now).expect("a pause");
                    prop_assert!(left <= Duration::from_secs(3600 + 60), "a pause has an end");
                    prop_assert!(left >= Duration::from_millis(250), "a pause is one");
                    let asked = asked.unwrap_or_default();
                    prop_assert!(left >= asked.min(Duration::from_secs(3600)), "as was asked for");
                }
                Step::Ended => {
                    state = state.after(Input::Ended(SignedOutCause::Refused), now);
                    model = Model { life: None, ended: true };
                }
            }
            let next = state.next(Need::Token, now);
            match model.life {
                Some(life) => {
                    if life.is_fresh(now) {
                        prop_assert_eq!(next, Next::Serve, "a fresh token is served");
                    }
                    if next == Next::Serve {
                        prop_assert!(life.is_alive(now), "a dead token is not served");
                    }
                }
                None if model.ended => {
                    prop_assert_eq!(next, Next::SignedOut(SignedOutCause::Refused));
                }
                None => prop_assert_eq!(next, Next::Ask, "what is not in memory is asked for"),
            }
            // What is handed out without asking the state is what the state would say.
            let hot = state.is_present() && now < state.serves_until(now);
            prop_assert_eq!(hot, next == Next::Serve);
            prop_assert_ne!(state.next(Need::Another, now), Next::Serve, "it was refused");
        }
    }

    #[test]
    fn pauses_grow_and_are_never_longer_than_a_minute(failures in 1_u32..100, jitter: u32) {
        let pause = |failures| crate::backoff::pause(failures, None, jitter);
        prop_assert!(pause(failures) <= pause(failures + 1));
        prop_assert!(pause(failures) <= Duration::from_secs(60));
    }
}

#[test]
fn a_server_that_refuses_everything_costs_one_refresh_a_minute() {
    let now = Instant(5_000);
    let life = Life { stale: None, dead: None };
    let state = State::START.after(Input::Found(life), now);
    assert_eq!(state.next(Need::Another, now), Next::Ask);
    let state = state.after(Input::Refreshed(life, Need::Another), now);
    assert_eq!(state.next(Need::Another, now), Next::StillRefused);
    assert_eq!(state.next(Need::Token, now), Next::Serve);
    assert_eq!(state.next(Need::Another, now.plus(REFUSAL_PAUSE)), Next::Ask);
}

#[test]
fn a_token_in_hand_is_used_while_the_server_is_away() {
    let now = Instant(0);
    let at = |seconds| now.plus(Duration::from_secs(seconds));
    let life = Life { stale: Some(at(60)), dead: Some(at(120)) };
    let state = State::START.after(Input::Found(life), now);
    assert_eq!(state.next(Need::Token, at(60)), Next::Ask);
    let failed =
        Input::Failed { life: None, trouble: Trouble::Offline, asked: None, jitter: u32::MAX };
    let state = state.after(failed, at(60));
    assert_eq!(state.next(Need::Token, at(60)), Next::Serve);
    assert_eq!(state.next(Need::Token, at(61)), Next::Ask, "the pause is over");
    let asked = Some(Duration::from_secs(600));
    let failed = Input::Failed { life: None, trouble: Trouble::TooManyRequests, asked, jitter: 0 };
    let state = state.after(failed, at(61));
    assert_eq!(state.next(Need::Token, at(119)), Next::Serve);
    assert!(matches!(
        state.next(Need::Token, at(120)),
        Next::Later(Trouble::TooManyRequests, left) if left >= Duration::from_secs(541)
    ));
}
