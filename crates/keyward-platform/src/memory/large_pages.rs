//! Large pages for long runs of memory, such as the 64 MiB in which a passcode is hashed: a quarter
//! of the time goes, as long as the system has some at hand.

use std::ffi::c_void;
use std::time::{Duration, Instant};

use rustix::mm::{Advice, madvise};

/// The size of a large page on most systems, which is also where they may begin.
const LARGE_PAGE: usize = 2 << 20;

/// What bringing in one large page may take. A system that has one clears it in a fifth of this; a
/// virtual machine that has to ask its host for one takes several times as long, which is more than
/// large pages save.
const PATIENCE: Duration = Duration::from_millis(1);

/// Brings in large pages from `address` on, for as long as that is quick. The other pages are ordinary
/// ones, and come in when they are used.
///
/// # Safety
/// The pages are mapped, and may be written to by this process.
pub(super) unsafe fn bring_in(address: *mut c_void, length: usize) {
    let mut start = address.addr().next_multiple_of(LARGE_PAGE) - address.addr();
    while start + LARGE_PAGE <= length {
        let page = address.wrapping_byte_add(start);
        let began = Instant::now();
        // SAFETY: as the caller's. Neither call changes what the memory holds.
        let brought_in = unsafe {
            let _ = madvise(page, LARGE_PAGE, Advice::LinuxHugepage);
            madvise(page, LARGE_PAGE, Advice::LinuxPopulateWrite)
        };
        if brought_in.is_err() || began.elapsed() > PATIENCE {
            return;
        }
        start += LARGE_PAGE;
    }
}
