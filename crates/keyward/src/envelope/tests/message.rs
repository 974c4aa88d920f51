//! Sealed messages, and the example of one in SPEC.md.

use std::fs;

use proptest::prelude::*;

use super::super::message::{open_message, seal_message, seal_message_with_nonce};
use super::{hex, repository};
use crate::crypto::NONCE_LEN;
use crate::secret::Key;

const KIND: &str = "application/vnd.keyward.late-answer+cose";

proptest! {
    #[test]
    fn a_message_opens_under_its_key_and_as_what_it_is(message: Vec<u8>, key: [u8; 32]) {
        let key = Key::from_bytes(key);
        let sealed = seal_message(&key, KIND, &message).unwrap();
        let opened = open_message(&key, KIND, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &message[..]);
        prop_assert!(open_message(&Key::generate().unwrap(), KIND, &sealed).is_none());
        prop_assert!(open_message(&key, "application/cose", &sealed).is_none());
    }

    #[test]
    fn what_was_changed_or_cut_or_made_longer_does_not_open(
        message: Vec<u8>, at in any::<prop::sample::Index>(), flip in 1_u8..,
    ) {
        let key = Key::from_bytes([7; 32]);
        let sealed = seal_message(&key, KIND, &message).unwrap();
        let mut changed = sealed.clone();
        changed[at.index(sealed.len())] ^= flip;
        prop_assert!(open_message(&key, KIND, &changed).is_none());
        prop_assert!(open_message(&key, KIND, &sealed[..at.index(sealed.len())]).is_none());
        prop_assert!(open_message(&key, KIND, &[&sealed[..], &[flip]].concat()).is_none());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        prop_assert!(open_message(&Key::from_bytes([7; 32]), KIND, &bytes).is_none());
    }
}

#[test]
fn the_example_in_the_specification() {
    let message = br#"{"version":1}"#;
    let key = Key::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap()));
    let sealed = seal_message_with_nonce(&key, KIND, message, [0x0c; NONCE_LEN]);
    assert_eq!(open_message(&key, KIND, &sealed).unwrap().expose(), message);
    let spec = fs::read_to_string(repository("SPEC.md")).unwrap();
    let joined: String = spec.split_whitespace().collect();
    assert!(joined.contains(&hex(&sealed)), "SPEC.md has no {}", hex(&sealed));
    assert!(spec.contains(KIND), "SPEC.md has no {KIND}");
}
