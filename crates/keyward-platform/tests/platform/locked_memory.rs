//! Locked memory, as the kernel counts it.

use keyward::secret::PageGuard;
use keyward_platform::LockedPages;

use crate::support::{child, child_stores, skipped};

/// Other tests' threads must not lock memory meanwhile, so this has a process of its own.
#[test]
fn pages_are_locked_until_their_last_secret_goes() {
    let place = tempfile::tempdir().expect("a folder");
    let output = child("locked_memory::alone", place.path()).output().expect("a child");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
    if let Some(line) = said.lines().find(|line| line.starts_with("SKIPPED")) {
        skipped("pages_are_locked_until_their_last_secret_goes", line);
    }
}

#[test]
#[ignore = "the child of another test"]
fn alone() {
    if child_stores().is_none() {
        return;
    }
    let page = rustix::param::page_size();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Memlock).current;
    if limit.is_some_and(|limit| limit < 16 * page as u64) {
        return skipped("alone", "the limit for locked memory is too low (ulimit -l)");
    }
    let memory = vec![1_u8; 8 * page];
    let start = memory.as_ptr().align_offset(page);
    let (first, second) = (&memory[start..start + 32], &memory[start + 64..start + 96]);
    let across = &memory[start + page - 16..start + 2 * page + 16];
    assert_eq!((locked_kib(), kept_out_of_dumps(first)), (0, false));

    let kib = page / 1024;
    LockedPages.guard(first);
    assert_eq!((locked_kib(), kept_out_of_dumps(first)), (kib, true));
    LockedPages.guard(second);
    assert_eq!(locked_kib(), kib, "the same page");
    LockedPages.guard(across);
    assert_eq!((locked_kib(), kept_out_of_dumps(across)), (3 * kib, true));
    LockedPages.release(first);
    assert_eq!(locked_kib(), 3 * kib, "the page still has secrets on it");
    LockedPages.release(across);
    assert_eq!((locked_kib(), kept_out_of_dumps(second)), (kib, true));
    LockedPages.release(second);
    assert_eq!((locked_kib(), kept_out_of_dumps(second)), (0, false));

    let empty: &[u8] = &[];
    LockedPages.guard(empty);
    LockedPages.release(empty);
    assert_eq!(locked_kib(), 0);

    a_long_secret_goes_in_pieces(page, limit);

    keyward_platform::harden_process().expect("may give up being dumped");
    assert_eq!(rustix::process::getrlimit(rustix::process::Resource::Core).current, Some(0));
    let dumpable = rustix::process::dumpable_behavior().expect("says");
    assert_eq!(dumpable, rustix::process::DumpableBehavior::NotDumpable);
}

/// What is longer than the pages that are let go at once goes whole all the same, but for a page that
/// has another secret on it.
fn a_long_secret_goes_in_pieces(page: usize, limit: Option<u64>) {
    const PAGES: usize = 1_100;
    if limit.is_some_and(|limit| limit < (PAGES * page) as u64) {
        return skipped("alone", "the limit for locked memory is too low for a long secret");
    }
    let memory = vec![1_u8; (PAGES + 1) * page];
    let start = memory.as_ptr().align_offset(page);
    let long = &memory[start..start + PAGES * page];
    let other = &long[700 * page..700 * page + 32];
    let on = |at: usize| kept_out_of_dumps(&long[at * page..]);
    let kib = page / 1024;

    LockedPages.guard(long);
    LockedPages.guard(other);
    assert_eq!(locked_kib(), PAGES * kib);
    assert!([0, 511, 512, 1_023, 1_024, PAGES - 1].iter().all(|at| on(*at)));
    LockedPages.release(long);
    assert_eq!((locked_kib(), on(700)), (kib, true), "the other secret stays where it is");
    assert!(![0, 511, 512, 699, 701, 1_023, 1_024, PAGES - 1].iter().any(|at| on(*at)));
    LockedPages.release(other);
    assert_eq!((locked_kib(), on(700)), (0, false));
}

fn locked_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:")).expect("says");
    line.trim_end_matches("kB").trim().parse().expect("a number")
}

/// Whether the mapping that `bytes` begin in bears the flag `dd`, "do not dump".
fn kept_out_of_dumps(bytes: &[u8]) -> bool {
    let address = bytes.as_ptr().addr();
    let smaps = std::fs::read_to_string("/proc/self/smaps").expect("Linux");
    let mut ours = false;
    for line in smaps.lines() {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        let bounds = range
            .map(|(from, to)| (usize::from_str_radix(from, 16), usize::from_str_radix(to, 16)));
        if let Some((Ok(from), Ok(to))) = bounds {
            ours = (from..to).contains(&address);
        } else if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| ours) {
            return flags.split_whitespace().any(|flag| flag == "dd");
        }
    }
    panic!("no mapping holds {address:x}");
}
