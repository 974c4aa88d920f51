//! An export document: what reads is written and read again the same.
#![no_main]

use keyward::export;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(entries) = export::parse(bytes) {
        let text = export::write(&entries).expect("what was read can be written");
        let again = export::parse(text.expose()).expect("what was written can be read");
        assert!(again == entries, "an entry changed on its way");
    }
});
