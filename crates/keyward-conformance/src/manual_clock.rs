//! A clock that stands still until the test moves it.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use keyward::{Clock, Instant};

/// A clock that stands still until the test moves it. Clones are the same clock.
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<State>>);

struct State {
    now: Instant,
    wall: u64,
    sleepers: BTreeMap<u64, (Instant, Waker)>,
    next_sleeper: u64,
}

impl ManualClock {
    /// A clock that shows one hour since the device started, on 1 January 2030.
    #[must_use]
    pub fn new() -> Self {
        let (now, wall) = (Instant(3_600_000), 1_893_456_000_000);
        Self(Arc::new(Mutex::new(State { now, wall, sleepers: BTreeMap::new(), next_sleeper: 0 })))
    }

    /// Moves both clocks on, and wakes who has slept long enough. Whoever is woken runs when its
    /// executor lets it.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        let now = state.now.plus(by);
        state.wall += now.since(state.now).as_millis() as u64;
        state.now = now;
        let due: Vec<u64> = state
            .sleepers
            .iter()
            .filter(|(_, (deadline, _))| *deadline <= now)
            .map(|(id, _)| *id)
            .collect();
        let woken: Vec<Waker> =
            due.iter().filter_map(|id| state.sleepers.remove(id)).map(|(_, waker)| waker).collect();
        // A waker may run its task at once, and the task may ask for the time.
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Sets the clock on the wall, as a user can: to any time, backwards too.
    pub fn set_wall(&self, millis: u64) {
        self.state().wall = millis;
    }

    /// The earliest time that anybody sleeps until.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.state().sleepers.values().map(|(deadline, _)| *deadline).min()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait(?Send)]
impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.state().now
    }

    fn wall(&self) -> u64 {
        self.state().wall
    }

    async fn sleep_until(&self, deadline: Instant) {
        Sleep { clock: self, deadline, id: None }.await;
    }
}

struct Sleep<'a> {
    clock: &'a ManualClock,
    deadline: Instant,
    id: Option<u64>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state();
        if self.deadline <= state.now {
            return Poll::Ready(());
        }
        let id = self.id.unwrap_or_else(|| {
            state.next_sleeper += 1;
            state.next_sleeper
        });
        state.sleepers.insert(id, (self.deadline, context.waker().clone()));
        drop(state);
        self.id = Some(id);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.clock.state().sleepers.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn stands_still_and_moves_both_clocks() {
        let clock = ManualClock::new();
        let (now, wall) = (clock.now(), clock.wall());
        assert_eq!((clock.now(), clock.wall()), (now, wall));
        clock.advance(Duration::from_millis(1500));
        assert_eq!(
            (clock.now().since(now), clock.wall()),
            (Duration::from_millis(1500), wall + 1500)
        );
        clock.set_wall(7);
        assert_eq!((clock.now().since(now), clock.wall()), (Duration::from_millis(1500), 7));
    }

    #[test]
    fn wakes_who_has_slept_long_enough() {
        let clock = ManualClock::new();
        let start = clock.now();
        let mut short = clock.sleep_until(start.plus(Duration::from_secs(1)));
        let mut long = clock.sleep_until(start.plus(Duration::from_secs(2)));
        assert!(short.as_mut().now_or_never().is_none());
        assert!(long.as_mut().now_or_never().is_none());
        assert_eq!(clock.next_deadline(), Some(start.plus(Duration::from_secs(1))));
        clock.advance(Duration::from_secs(1));
        block_on(&mut short);
        assert!(long.as_mut().now_or_never().is_none());
        assert_eq!(clock.next_deadline(), Some(start.plus(Duration::from_secs(2))));
        drop(long);
        assert_eq!(clock.next_deadline(), None);
        block_on(clock.sleep_until(start));
    }

    #[test]
    fn wakes_a_task_on_another_thread() {
        let clock = ManualClock::new();
        let other = clock.clone();
        let deadline = clock.now().plus(Duration::from_secs(5));
        let sleeper = std::thread::spawn(move || block_on(other.sleep_until(deadline)));
        while clock.next_deadline().is_none() {
            std::thread::yield_now();
        }
        clock.advance(Duration::from_secs(5));
        sleeper.join().expect("it woke");
    }
}
