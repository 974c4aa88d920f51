//! Memory that stays out of swap and core dumps.

// The two system calls behind the guard take addresses, and rustix rightly calls them unsafe.
#![allow(unsafe_code)]

#[cfg(any(target_os = "linux", target_os = "android"))]
mod large_pages;

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::{LazyLock, Mutex, PoisonError};

use keyward::secret::PageGuard;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Locks the pages that secrets lie on into memory and leaves them out of core dumps. Install it
/// once: `keyward::secret::install_page_guard(&LockedPages)`.
///
/// Secrets share pages with each other, so pages are counted, and a page is let go with the last
/// secret on it. Everything is best effort: once the limit for locked memory (`RLIMIT_MEMLOCK`,
/// often 8 MiB) is used up, further pages stay swappable. A secret is locked whole or not at all,
/// so that one large value does not use up what is left for the keys.
///
/// A program that locks all of its memory with `mlockall` should not install this guard, because
/// the kernel does not count locks, and letting a page go would undo the program's own lock.
#[derive(Debug, Clone, Copy, Default)]
pub struct LockedPages;

/// The pages that hold secrets, by their number (address divided by page size).
static PAGES: LazyLock<Mutex<HashMap<usize, Page>>> = LazyLock::new(Mutex::default);

struct Page {
    secrets: usize,
    /// Whether the kernel agreed to lock it.
    locked: bool,
}

impl PageGuard for LockedPages {
    fn guard(&self, memory: *const [u8]) {
        let mut pages = PAGES.lock().unwrap_or_else(PoisonError::into_inner);
        for run in runs(pages_of(memory), |page| match pages.get_mut(&page) {
            Some(known) => {
                known.secrets += 1;
                false
            }
            None => true,
        }) {
            let locked = lock(&run);
            pages.extend(run.map(|page| (page, Page { secrets: 1, locked })));
        }
    }

    fn release(&self, memory: *const [u8]) {
        let Range { start, end } = pages_of(memory);
        for first in (start..end).step_by(RELEASED_AT_ONCE) {
            release_pages(first..end.min(first + RELEASED_AT_ONCE));
        }
    }
}

/// The most pages that are let go at once, 2 MiB on most systems. Letting go of the 64 MiB in which a
/// passcode was hashed takes milliseconds, during which nobody could get a page guarded.
const RELEASED_AT_ONCE: usize = 512;

fn release_pages(released: Range<usize>) {
    let mut pages = PAGES.lock().unwrap_or_else(PoisonError::into_inner);
    for run in runs(released, |page| match pages.get_mut(&page) {
        Some(known) if known.secrets > 1 => {
            known.secrets -= 1;
            false
        }
        // A page that nobody guarded is left alone.
        known => known.is_some(),
    }) {
        let mut locked = false;
        for page in run.clone() {
            locked |= pages.remove(&page).is_some_and(|known| known.locked);
        }
        release(&run, locked);
    }
}

/// Keeps the whole process out of core dumps, and its memory from other processes of the same
/// user. For programs that hold secrets from start to end, such as a command; not for a library to
/// call in somebody else's program.
///
/// The limit for core dumps is set to 0 (the soft limit, so that a child may raise its own again),
/// and on Linux the process is marked as not dumpable, which also forbids attaching a debugger and
/// hands its entries in `/proc` to root. A child started by `exec` is dumpable again.
///
/// # Errors
/// When the system refuses; the process is then as it was, or half of this is done.
pub fn harden_process() -> io::Result<()> {
    let maximum = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum })?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// The numbers of the pages that `memory` touches.
fn pages_of(memory: *const [u8]) -> Range<usize> {
    let size = rustix::param::page_size();
    let address = memory.cast::<u8>().addr();
    if memory.len() == 0 {
        return 0..0;
    }
    address / size..(address + memory.len() - 1) / size + 1
}

/// Those of `pages` that are `wanted`, joined where they touch, so that a large secret costs one
/// system call and not one for each of its pages.
fn runs(pages: Range<usize>, mut wanted: impl FnMut(usize) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for page in pages {
        if !wanted(page) {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == page => run.end += 1,
            _ => runs.push(page..page + 1),
        }
    }
    runs
}

/// The address and length of a run of pages.
fn span(run: &Range<usize>) -> (*mut std::ffi::c_void, usize) {
    let size = rustix::param::page_size();
    (std::ptr::without_provenance_mut(run.start * size), run.len() * size)
}

/// Locks a run of pages that live secrets lie on; whether the kernel agreed.
fn lock(run: &Range<usize>) -> bool {
    let (address, length) = span(run);
    // SAFETY: the pages are mapped, because the caller holds memory that touches each of them.
    // Neither call changes what the memory holds or how it may be accessed.
    unsafe {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _ = rustix::mm::madvise(address, length, rustix::mm::Advice::LinuxDontDump);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        large_pages::bring_in(address, length);
        rustix::mm::mlock(address, length).is_ok()
    }
}

/// Undoes [`lock`] for a run of pages whose last secret has just been wiped.
fn release(run: &Range<usize>, locked: bool) {
    let (address, length) = span(run);
    // SAFETY: the pages are still mapped, because the caller holds memory that touches each of
    // them. Neither call changes what the memory holds or how it may be accessed.
    unsafe {
        if locked {
            let _ = rustix::mm::munlock(address, length);
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _ = rustix::mm::madvise(address, length, rustix::mm::Advice::LinuxDoDump);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_that_bytes_touch_is_named() {
        let size = rustix::param::page_size();
        let memory = vec![0_u8; 4 * size];
        let start = memory.as_ptr().align_offset(size);
        let first = memory[start..].as_ptr().addr() / size;
        assert_eq!(pages_of(&memory[start..start + 1]), first..first + 1);
        assert_eq!(pages_of(&memory[start..start + size]), first..first + 1);
        assert_eq!(pages_of(&memory[start + size - 1..start + size + 1]), first..first + 2);
        assert_eq!(pages_of(&memory[..0]).len(), 0);
    }

    #[test]
    fn wanted_pages_are_joined_where_they_touch() {
        assert_eq!(runs(3..10, |page| page != 5 && page != 9), [3..5, 6..9]);
        assert_eq!(runs(3..10, |_| false), []);
    }
}
