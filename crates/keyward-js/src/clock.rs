//! Time as a page has it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use js_sys::Date;
use keyward::{Clock, Instant};
use wasm_bindgen::prelude::*;

use crate::js;

/// Browsers stop timers while the device sleeps, and some stop `performance.now()` too: nothing
/// wakes a page that has slept past its deadline, so that it looks at the time this often.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// By how many milliseconds the two clocks of a page must have parted for one of them to have
/// jumped, and not only to be read a little later.
const JUMP: f64 = 1000.0;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic() -> f64;
}

/// A clock that counts sleep and that nobody can set back. A page has no such clock, but two that
/// make one: `performance.now()`, which never goes back and may leave out sleep, and the clock on
/// the wall, which counts sleep and can be set. When the wall runs ahead, that was sleep, or
/// somebody set it: either way it counts as time that has passed. When it goes back, it does not.
pub struct PageClock(Mutex<Reading>);

struct Reading {
    /// How far the wall is ahead of `performance.now()`, at the last jump.
    ahead: f64,
    /// All jumps forward, in milliseconds.
    jumped: f64,
}

impl Default for PageClock {
    fn default() -> Self {
        Self::new()
    }
}

impl PageClock {
    /// The clock, which must be made before the time that it is to count.
    #[must_use]
    pub fn new() -> Self {
        Self(Mutex::new(Reading { ahead: Date::now() - monotonic(), jumped: 0.0 }))
    }
}

#[async_trait(?Send)]
impl Clock for PageClock {
    fn now(&self) -> Instant {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = monotonic();
        let jump = Date::now() - now - reading.ahead;
        if jump.abs() >= JUMP {
            reading.ahead += jump;
            reading.jumped += jump.max(0.0);
        }
        Instant((now + reading.jumped) as u64)
    }

    fn wall(&self) -> u64 {
        Date::now() as u64
    }

    async fn sleep_until(&self, deadline: Instant) {
        let left = deadline.since(self.now()).min(LONGEST_SLEEP);
        js::sleep(left.as_millis() as i32).await;
    }
}
