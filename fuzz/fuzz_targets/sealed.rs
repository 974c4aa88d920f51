//! A whole sealed file, as it is and with its checksum made right.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keyward::fuzzing::sealed(bytes));
