//! Who computes where. Left to the system, a server on the same machine is woken on the client's
//! processor in one round and on another in the next, which takes three times as long: what is compared
//! would be that.

/// How many there are of which, while the program may use them all.
pub fn name() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name"));
    let name = name.map_or("unknown processor", |name| name.trim_start_matches([':', ' ', '\t']));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} × {name}")
}

/// Has the calling thread, and those that it starts, stay on this one of the processors that the
/// program may use, where there are two or more and the system lets it.
#[cfg(target_os = "linux")]
pub fn stay_on(number: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let Ok(ours) = sched_getaffinity(None) else { return };
    let mut numbers = (0..CpuSet::MAX_CPU).filter(|&number| ours.is_set(number));
    let mut chosen = CpuSet::new();
    if let Some(number) = numbers.nth(number) {
        chosen.set(number);
        let _ = sched_setaffinity(None, &chosen);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn stay_on(_: usize) {}
