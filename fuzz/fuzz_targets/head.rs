//! The protected header and the recipients, without the layer around them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyward::fuzzing::head(bytes));
