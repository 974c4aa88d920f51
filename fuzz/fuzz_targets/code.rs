//! A recovery code, as somebody types it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyward::fuzzing::recovery_code(bytes));
