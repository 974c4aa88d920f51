//! HKDF-SHA-256 (RFC 5869) and Argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Block, MIN_SALT_LEN, Params, Version};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroizing, optimization_barrier};

use super::ecdh::WIDE_LEN;
use super::stack::wiped;
use crate::error::{Cause, Error, Invalid};
use crate::secret::{Guarded, Hold, Key};

/// The least memory that a reader accepts: 19 MiB, the OWASP Password Storage Cheat Sheet's
/// minimum for t=2, p=1.
pub const MIN_ARGON2_MEMORY_KIB: u32 = 19 * 1024;
/// The most memory that a reader spends: 1 GiB. More is refused before it is allocated.
pub const MAX_ARGON2_MEMORY_KIB: u32 = 1024 * 1024;
/// The most passes that a reader makes.
pub const MAX_ARGON2_PASSES: u32 = 16;
pub(crate) const MIN_ARGON2_PASSES: u32 = 2;
pub(crate) const MAX_ARGON2_LANES: u32 = 4;

/// What one guess at a passcode costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Argon2Costs {
    /// Memory in KiB (m).
    pub memory_kib: u32,
    /// Passes over that memory (t).
    pub passes: u32,
    /// Lanes (p).
    pub lanes: u32,
}

impl Argon2Costs {
    /// The default: 64 MiB, t=3, p=1.
    pub const DEFAULT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// Where memory is tight: 32 MiB, t=6, p=1.
    pub const SMALL_MEMORY: Self = Self { memory_kib: 32 * 1024, passes: 6, lanes: 1 };
    /// The least that a reader accepts: 19 MiB, t=2, p=1.
    pub const MINIMUM: Self = Self { memory_kib: MIN_ARGON2_MEMORY_KIB, passes: 2, lanes: 1 };

    /// Whether these costs are neither too cheap to protect nor too dear to pay.
    #[must_use]
    pub fn is_acceptable(&self) -> bool {
        (MIN_ARGON2_MEMORY_KIB..=MAX_ARGON2_MEMORY_KIB).contains(&self.memory_kib)
            && (MIN_ARGON2_PASSES..=MAX_ARGON2_PASSES).contains(&self.passes)
            && (1..=MAX_ARGON2_LANES).contains(&self.lanes)
    }
}

/// What Argon2 fills. Its first blocks are a cheap test of a guess at the passcode, so it is guarded
/// and wiped like any secret. That the guard comes before the first write also lets the platform use
/// large pages, which is a quarter of the time.
struct Memory {
    blocks: Vec<Block>,
    hold: Hold,
}

impl Memory {
    /// `None` when there is not so much.
    fn new(count: usize) -> Option<Self> {
        let mut blocks = Vec::new();
        blocks.try_reserve_exact(count).ok()?;
        let hold = Hold::on(Self::bytes(blocks.as_ptr(), count));
        blocks.resize(count, Block::new());
        Some(Self { blocks, hold })
    }

    fn bytes(blocks: *const Block, count: usize) -> *const [u8] {
        std::ptr::slice_from_raw_parts(blocks.cast(), count * Block::SIZE)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.blocks.fill(Block::new());
        optimization_barrier(&*self.blocks);
        self.hold.release(Self::bytes(self.blocks.as_ptr(), self.blocks.len()));
    }
}

/// Argon2id (RFC 9106), version 0x13, with a 32-byte output. Blocks for as long as `costs` say, and
/// takes as much memory.
///
/// This is what a [`PasscodeHashing`](crate::PasscodeHashing) that runs elsewhere calls there; an
/// app has no use for it.
///
/// # Errors
/// [`Invalid::Argon2`] when the costs are out of bounds or the salt has less than 8 bytes; nothing
/// has been spent then. [`Error::NotHashed`] when there is not enough memory.
pub fn argon2id(passcode: &[u8], salt: &[u8], costs: Argon2Costs) -> Result<Key, Error> {
    argon2id_then(passcode, salt, costs, |key| key)
}

/// [`argon2id`], whose answer goes to `then` as soon as it is there. Wiping the memory and giving it
/// back comes after that, and takes several milliseconds: long enough that somebody who waits on
/// another thread should not wait for it.
pub fn argon2id_then<T>(
    passcode: &[u8],
    salt: &[u8],
    costs: Argon2Costs,
    then: impl FnOnce(Result<Key, Error>) -> T,
) -> T {
    let acceptable = costs.is_acceptable() && salt.len() >= MIN_SALT_LEN;
    let params = Params::new(costs.memory_kib, costs.passes, costs.lanes, Some(Key::LEN));
    let Some(params) = params.ok().filter(|_| acceptable) else {
        return then(Err(Invalid::Argon2.into()));
    };
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let Some(mut memory) = Memory::new(argon2.params().block_count()) else {
        return then(Err(Error::NotHashed(Cause::new("not enough memory"))));
    };
    let hashed = Key::fill_with(|out| {
        let blocks = &mut memory.blocks[..];
        wiped(|| argon2.hash_password_into_with_memory(passcode, salt, out, blocks))
    });
    then(hashed.map_err(|_| Invalid::Argon2.into()))
}

/// HKDF-SHA-256 without a salt, to 32 bytes. `ikm` is one input, given in parts.
pub(crate) fn hkdf_sha256(ikm: &[&Key], info: &[u8]) -> Key {
    // In its exact size from the start: a buffer that grows leaves unwiped copies behind.
    let mut joined = Zeroizing::new(Vec::with_capacity(ikm.len() * Key::LEN));
    for part in ikm {
        joined.extend_from_slice(part.expose());
    }
    let expanded = Key::fill_with(|okm| expand(&joined, info, okm));
    expanded.expect("32 bytes are below HKDF's limit")
}

/// HKDF-SHA-256 without a salt, to as many bytes as a P-256 private key is made of.
pub(crate) fn hkdf_sha256_wide(ikm: &[u8], info: &[u8]) -> Guarded {
    let mut okm = Guarded::zeroed(WIDE_LEN, None);
    expand(ikm, info, okm.as_mut_slice()).expect("48 bytes are below HKDF's limit");
    okm
}

fn expand(ikm: &[u8], info: &[u8], okm: &mut [u8]) -> Result<(), hkdf::InvalidLength> {
    wiped(|| Hkdf::<Sha256>::new(None, ikm).expand(info, okm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argon2id_matches_the_reference_command() {
        // echo -n password | argon2 somesaltsomesalt -id -v 13 -k 65536 -t 3 -p 1 -l 32 -r
        let key =
            argon2id(b"password", b"somesaltsomesalt", Argon2Costs::DEFAULT).expect("derives");
        let hex: String = key.expose().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "7664ad4ba1a3c999fcdd0991ffc2270f78302d2383233db5e7befc85d1bb1819");
    }

    #[test]
    fn costs_are_bounded_on_both_sides() {
        assert!(Argon2Costs::DEFAULT.is_acceptable());
        assert!(Argon2Costs::SMALL_MEMORY.is_acceptable());
        assert!(Argon2Costs::MINIMUM.is_acceptable());
        for costs in [
            Argon2Costs { memory_kib: 8, ..Argon2Costs::DEFAULT },
            Argon2Costs { memory_kib: u32::MAX, ..Argon2Costs::DEFAULT },
            Argon2Costs { passes: 1, ..Argon2Costs::DEFAULT },
            Argon2Costs { passes: 17, ..Argon2Costs::DEFAULT },
            Argon2Costs { lanes: 0, ..Argon2Costs::DEFAULT },
            Argon2Costs { lanes: 5, ..Argon2Costs::DEFAULT },
        ] {
            assert!(!costs.is_acceptable(), "{costs:?}");
            let refused = argon2id(b"password", b"somesaltsomesalt", costs);
            assert!(matches!(refused, Err(Error::Invalid(Invalid::Argon2))), "{costs:?}");
        }
    }

    #[cfg(target_os = "linux")]
    mod memory {
        use std::cell::RefCell;
        use std::fs::File;
        use std::os::unix::fs::FileExt;

        use super::*;
        use crate::secret::{PageGuard, install_page_guard};

        /// What happens to the memory in which a passcode is hashed, on this thread.
        #[derive(Debug, PartialEq)]
        enum Step {
            Guarded,
            Handed { wiped: bool },
            Released { wiped: bool },
        }

        thread_local! {
            static MEMORY: RefCell<Option<(u64, usize)>> = const { RefCell::new(None) };
            static STEPS: RefCell<Vec<Step>> = const { RefCell::new(Vec::new()) };
        }

        struct Watching;

        impl PageGuard for Watching {
            fn guard(&self, memory: *const [u8]) {
                if is_for_hashing(memory) {
                    let place = (memory.cast::<u8>().addr() as u64, memory.len());
                    MEMORY.set(Some(place));
                    happened(Step::Guarded);
                }
            }

            fn release(&self, memory: *const [u8]) {
                if is_for_hashing(memory) {
                    happened(Step::Released { wiped: is_wiped() });
                }
            }
        }

        fn is_for_hashing(memory: *const [u8]) -> bool {
            memory.len() >= MIN_ARGON2_MEMORY_KIB as usize * 1024
        }

        fn happened(step: Step) {
            STEPS.with_borrow_mut(|steps| steps.push(step));
        }

        /// Whether all of the memory is zeros, by what the system says that is there.
        fn is_wiped() -> bool {
            let (address, len) = MEMORY.take().expect("it was guarded");
            let mut found = vec![1; len];
            let memory = File::open("/proc/self/mem").expect("Linux");
            memory.read_exact_at(&mut found, address).expect("it is mapped");
            MEMORY.set(Some((address, len)));
            found.iter().all(|byte| *byte == 0)
        }

        fn steps_of(hash: impl FnOnce()) -> Vec<Step> {
            install_page_guard(&Watching);
            hash();
            STEPS.take()
        }

        #[test]
        fn the_key_is_handed_over_first_and_then_the_memory_is_wiped() {
            let (passcode, salt, costs) = (b"2580", [7; 16], Argon2Costs::MINIMUM);
            let mut key = None;
            let steps = steps_of(|| {
                key = argon2id_then(passcode, &salt, costs, |key| {
                    happened(Step::Handed { wiped: is_wiped() });
                    key.ok()
                });
            });
            let in_between = Step::Handed { wiped: false };
            assert_eq!(steps, [Step::Guarded, in_between, Step::Released { wiped: true }]);
            let same = argon2id(passcode, &salt, costs).expect("hashes");
            assert_eq!(key.expect("hashes").expose(), same.expose());
        }

        #[test]
        fn a_refusal_is_handed_over_too_and_has_taken_no_memory() {
            let refused = |salt: &[u8], costs| {
                let mut told = Vec::new();
                let steps = steps_of(|| argon2id_then(b"2580", salt, costs, |it| told.push(it)));
                assert_eq!(steps, []);
                let [told] = &told[..] else { panic!("told {} times", told.len()) };
                assert!(matches!(told, Err(Error::Invalid(Invalid::Argon2))), "{told:?}");
            };
            refused(&[7; 16], Argon2Costs { passes: 1, ..Argon2Costs::MINIMUM });
            refused(&[7; 7], Argon2Costs::MINIMUM);
        }
    }
}
