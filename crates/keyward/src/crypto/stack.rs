//! Ciphers and key derivations leave copies of keys and plain text on the stack, in frames that
//! nobody wipes. So they run in here, and what they used of the stack is wiped when they return.

use zeroize::Zeroize;

/// More than any of the primitives uses; found by looking for keys in memory after a lock.
const WIPED: usize = 16 * 1024;

/// Runs `primitive` and wipes the stack that it used.
pub(super) fn wiped<T>(primitive: impl FnOnce() -> T) -> T {
    let result = deeper(primitive);
    wipe();
    result
}

/// A frame of its own, so that `wipe` stands on the same place of the stack.
#[inline(never)]
fn deeper<T>(primitive: impl FnOnce() -> T) -> T {
    primitive()
}

#[inline(never)]
fn wipe() {
    // In words, which is faster where that is not seen by the compiler.
    let mut frame = [0_u64; WIPED / 8];
    // Volatile, so that it is not left out as useless.
    frame.zeroize();
}
