//! Time, as far as a browser can tell it.

use std::cell::Cell;
use std::time::Duration;

use async_trait::async_trait;
use js_sys::Date;
use keyward::{Clock, Instant};
use wasm_bindgen::prelude::*;

use crate::timer;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// The page's clock.
///
/// Browsers have no clock that counts sleep and that nobody can set: `performance.now()` stands
/// still during sleep on most systems, `Date.now()` can be set. Together they will do: time passes
/// by the former, and where the latter has run ahead of it by more than a second, the device slept,
/// or somebody set its clock forward, which locks early and does no harm. Setting it back has no
/// effect.
#[derive(Debug, Clone, Copy, Default)]
pub struct PageClock;

/// Less than this is the two clocks' inaccuracy, in milliseconds.
const SLEEP: f64 = 1000.0;

/// The longest wait on a timer that stands still during sleep, so that a deadline that passed
/// meanwhile is noticed soon after waking.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy)]
struct Reading {
    steady: f64,
    date: f64,
    /// Sleep that `steady` has not counted.
    slept: f64,
}

thread_local! {
    static LAST: Cell<Option<Reading>> = const { Cell::new(None) };
}

#[async_trait(?Send)]
impl Clock for PageClock {
    fn now(&self) -> Instant {
        let (steady, date) = (performance_now(), Date::now());
        let last = LAST.get().unwrap_or(Reading { steady, date, slept: 0.0 });
        let ahead = (date - last.date) - (steady - last.steady);
        let slept = last.slept + if ahead > SLEEP { ahead } else { 0.0 };
        LAST.set(Some(Reading { steady, date, slept }));
        Instant((steady + slept) as u64)
    }

    fn wall(&self) -> u64 {
        Date::now() as u64
    }

    async fn sleep_until(&self, deadline: Instant) {
        let left = deadline.since(self.now());
        if !left.is_zero() {
            timer::sleep(left.min(LONGEST_WAIT)).await;
        }
    }
}
