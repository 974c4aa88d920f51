//! Another implementation of COSE reads our files: `coset` for the structures, ChaCha20/Poly1305
//! called directly. Neither goes through the engine's CBOR or its crypto room.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use coset::cbor::Value as Cbor;
use coset::{
    Algorithm, AsCborValue, CborSerializable, CoseEncrypt, CoseKey, Label, TaggedCborSerializable,
    iana,
};

use super::good_vectors;
use super::recipe::{Made, Recipe};
use super::vector::Outcome;

fn open(bytes: &[u8], dek: &[u8]) -> Cbor {
    let parsed = CoseEncrypt::from_tagged_slice(bytes).unwrap();
    assert_eq!(
        parsed.protected.header.alg,
        Some(Algorithm::Assigned(iana::Algorithm::ChaCha20Poly1305))
    );
    for recipient in &parsed.recipients {
        let (protected, unprotected) = (&recipient.protected.header, &recipient.unprotected);
        let algorithm = protected.alg.clone().or(unprotected.alg.clone());
        let ephemeral = iana::HeaderAlgorithmParameter::EphemeralKey as i64;
        let ephemeral = unprotected.rest.iter().find(|(label, _)| *label == Label::Int(ephemeral));
        match ephemeral {
            None => {
                assert_eq!(algorithm, Some(Algorithm::Assigned(iana::Algorithm::A256KW)));
                assert!(recipient.protected.is_empty());
            }
            Some((_, key)) => {
                assert_eq!(algorithm, Some(Algorithm::Assigned(iana::Algorithm::ECDH_ES_A256KW)));
                let key = CoseKey::from_cbor_value(key.clone()).unwrap();
                assert_eq!(key.kty, coset::KeyType::Assigned(iana::KeyType::EC2));
            }
        }
        assert_eq!(unprotected.key_id.len(), 16);
    }
    let slots = parsed.recipients.iter().cloned();
    let slots = slots.map(|slot| AsCborValue::to_cbor_value(slot).unwrap());
    let external_aad = Cbor::Array(slots.collect()).to_vec().unwrap();
    let nonce: [u8; 12] = parsed.unprotected.iv.as_slice().try_into().unwrap();
    let cipher = ChaCha20Poly1305::new_from_slice(dek).unwrap();
    let decrypt = |ciphertext: &[u8], aad: &[u8]| {
        let payload = Payload { msg: ciphertext, aad };
        cipher.decrypt(&Nonce::from(nonce), payload)
    };
    let plain =
        parsed.decrypt_ciphertext(&external_aad, || panic!("a ciphertext"), decrypt).unwrap();
    // The reader stops at the end of the map; the padding follows.
    coset::cbor::from_reader(plain.as_slice()).unwrap()
}

fn check(made: &Made) {
    let bytes = made.bytes();
    let Cbor::Map(pairs) = open(&bytes, made.dek.expose()) else {
        panic!("content is a map");
    };
    let mut entries = made.content.entries();
    for (name, value) in pairs {
        let entry = entries.next().unwrap();
        assert_eq!(name.as_text(), Some(entry.name));
        let (kind, value) = match value {
            Cbor::Tag(262, value) => (crate::ValueKind::Json, *value),
            value => (crate::ValueKind::Bytes, value),
        };
        assert_eq!(kind, entry.kind);
        assert_eq!(value.as_bytes().map(Vec::as_slice), Some(entry.value));
    }
    assert!(entries.next().is_none());
    let again = CoseEncrypt::from_tagged_slice(&bytes).unwrap();
    assert_eq!(again.to_tagged_vec().unwrap(), bytes, "the same encoding");
}

#[test]
fn coset_opens_our_files() {
    check(&good_vectors::every_value("peer").make());
    check(&good_vectors::passcode_with_device("peer").make());
    check(&Recipe::new("peer").entries([]).make());
    check(&Recipe::new("peer").config(good_vectors::full_config()).make());
}

#[test]
fn coset_reads_every_vector_that_opens() {
    for vector in super::all_vectors() {
        if vector.expect != Outcome::Opens {
            continue;
        }
        let dek = vector.keys[0].dek.as_ref().unwrap().bytes();
        let sealed = vector.sealed.as_ref().unwrap().bytes();
        assert!(open(&sealed, &dek).is_map());
    }
}
