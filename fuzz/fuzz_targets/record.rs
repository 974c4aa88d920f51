//! What the registry remembers of a vault.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyward::fuzzing::record(bytes));
