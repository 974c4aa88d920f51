//! What is under the seal, as if it had been authenticated.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyward::fuzzing::content(bytes));
