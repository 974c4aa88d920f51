//! The system's clock that counts sleep, and a wait that ends when the device wakes too late.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_io::Timer;
use async_trait::async_trait;
use keyward::{Clock, Instant};
use rustix::time::{ClockId, clock_gettime};

/// `CLOCK_BOOTTIME` on Linux: since the device started, sleep included, and nobody can set it.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "openbsd"))]
const COUNTS_SLEEP: ClockId = ClockId::Boottime;
/// Darwin's `CLOCK_MONOTONIC` keeps counting during sleep; other systems have nothing closer.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "openbsd")))]
const COUNTS_SLEEP: ClockId = ClockId::Monotonic;

/// The longest wait on a timer that stands still while the device sleeps, so that a deadline that
/// passed during sleep is noticed soon after waking.
const LONGEST_CHUNK: Duration = Duration::from_secs(1);

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait(?Send)]
impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let now = clock_gettime(COUNTS_SLEEP);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        let millis = u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000;
        Instant(seconds.saturating_mul(1000).saturating_add(millis))
    }

    fn wall(&self) -> u64 {
        // A clock set to before 1970 counts as 1970.
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
    }

    async fn sleep_until(&self, deadline: Instant) {
        // A descriptor may not be had when the process has too many open; chunks always work.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if alarm(deadline).await.is_ok() {
            return;
        }
        loop {
            let left = deadline.since(self.now());
            if left.is_zero() {
                return;
            }
            Timer::after(left.min(LONGEST_CHUNK)).await;
        }
    }
}

/// Waits with a timer on the clock that counts sleep: the kernel fires it on waking if it is due.
#[cfg(any(target_os = "linux", target_os = "android"))]
async fn alarm(deadline: Instant) -> std::io::Result<()> {
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };

    // An expiry of zero would switch the timer off instead of firing it.
    let millis = deadline.0.max(1);
    let at = Timespec {
        tv_sec: i64::try_from(millis / 1000).unwrap_or(i64::MAX),
        tv_nsec: (millis % 1000 * 1_000_000) as _,
    };
    let once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
    let timer = timerfd_create(TimerfdClockId::Boottime, flags)?;
    let expiry = Itimerspec { it_interval: once, it_value: at };
    timerfd_settime(&timer, TimerfdTimerFlags::ABSTIME, &expiry)?;
    async_io::Async::new(timer)?.readable().await
}

#[cfg(test)]
mod tests {
    use async_io::block_on;

    use super::*;

    #[test]
    fn counts_and_wakes() {
        let clock = SystemClock;
        let start = clock.now();
        assert!(start > Instant(0), "the device started some time ago");
        let deadline = start.plus(Duration::from_millis(30));
        block_on(clock.sleep_until(deadline));
        assert!(clock.now() >= deadline, "the wait does not end early");
    }

    #[test]
    fn a_passed_deadline_does_not_wait() {
        block_on(SystemClock.sleep_until(Instant(0)));
        block_on(SystemClock.sleep_until(SystemClock.now()));
    }

    #[test]
    fn a_wait_can_be_dropped() {
        block_on(async {
            let never = SystemClock.sleep_until(Instant(u64::MAX));
            let soon = Timer::after(Duration::from_millis(5));
            futures_util::future::select(never, soon).await;
        });
    }

    #[test]
    fn the_wall_clock_is_in_milliseconds() {
        // 2024-01-01 and 2200-01-01.
        assert!((1_704_067_200_000..7_258_118_400_000).contains(&SystemClock.wall()));
    }
}
