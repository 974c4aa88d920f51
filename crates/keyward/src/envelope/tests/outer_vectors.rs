//! What can be wrong with the outermost layer of a file: its shape, its encoding, its end.

use super::super::fuzzing::with_new_checksum;
use super::doc::{Doc, bytes, int, tagged, text, uint};
use super::fixed;
use super::parts::Parts;
use super::recipe::Recipe;
use super::vector::Vector;

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = shapes();
    all.extend(encodings());
    all.extend(ends());
    all
}

fn base() -> Parts {
    Parts::of(&Recipe::new("outer").make())
}

fn shapes() -> Vec<Vector> {
    let file = || base().file();
    let inner = || file().raw("^");
    let extra = [int(-70_099), uint(0)].concat();
    let shape =
        |name: &str, what: &str, doc: Doc| Vector::damaged(&format!("file-{name}"), what, &doc.0);
    vec![
        shape("empty", "No bytes at all.", Doc(Vec::new())),
        shape("tag-missing", "The array without its tag.", Doc(inner())),
        shape("tag-encrypt0", "Tag 16, COSE_Encrypt0.", Doc(tagged(16, &inner()))),
        shape(
            "tag-self-described",
            "The self-described CBOR tag around the file.",
            Doc(tagged(55_799, &file().0)),
        ),
        shape("tag-twice", "The tag around the tag.", Doc(tagged(96, &file().0))),
        shape("array-of-3", "An array of three: no recipients.", file().remove("^/3")),
        shape("array-of-5", "An array of five.", file().push("^", &uint(0))),
        shape(
            "protected-map",
            "The protected header as a map, not as a byte string.",
            file().set("^/0", &base().protected),
        ),
        shape(
            "protected-text",
            "The protected header as a text string.",
            file().set("^/0", &text("protected")),
        ),
        shape("protected-empty", "An empty protected header.", file().set("^/0", &bytes(&[]))),
        shape(
            "unprotected-extra",
            "A third pair in the unprotected map.",
            file().push("^/1", &extra),
        ),
        shape("unprotected-empty", "An empty unprotected map.", file().set("^/1", &[0xa0])),
        shape("iv-missing", "No IV.", file().remove("^/1/5")),
        shape("iv-11-bytes", "An IV of 11 bytes.", file().set("^/1/5", &bytes(&fixed::<11>("iv")))),
        shape("iv-13-bytes", "An IV of 13 bytes.", file().set("^/1/5", &bytes(&fixed::<13>("iv")))),
        shape(
            "iv-repeated",
            "The label of the IV twice: duplicate keys in a map.",
            file().repeat("^/1/5"),
        ),
        shape("checksum-missing", "No checksum.", file().remove("^/1/-70021")),
        shape("checksum-null", "Null as the checksum.", file().set("^/1/-70021", &[0xf6])),
        shape(
            "checksum-31-bytes",
            "A checksum of 31 bytes.",
            file().set("^/1/-70021", &bytes(&fixed::<31>("checksum"))),
        ),
        shape("checksum-repeated", "The label of the checksum twice.", file().repeat("^/1/-70021")),
        shape("ciphertext-null", "A detached ciphertext: null.", file().set("^/2", &[0xf6])),
        shape("ciphertext-empty", "An empty ciphertext.", file().set("^/2", &bytes(&[]))),
        shape(
            "ciphertext-15-bytes",
            "A ciphertext that is shorter than its tag.",
            file().set("^/2", &bytes(&fixed::<15>("ciphertext"))),
        ),
        shape(
            "recipients-null",
            "Null in the place of the recipients.",
            Doc(with_new_checksum(file().set("^/3", &[0xf6]).0).unwrap()),
        ),
    ]
}

fn encodings() -> Vec<Vector> {
    let mut all = Vec::new();
    // The recipients are with the slots.
    let items = [
        ("", "tag"),
        ("^", "array"),
        ("^/0", "protected"),
        ("^/1", "unprotected"),
        ("^/1/5", "iv"),
        ("^/1/-70021", "checksum"),
        ("^/2", "ciphertext"),
    ];
    for (path, name) in items {
        let long = base().file().longer(path).0;
        all.push(Vector::damaged(
            &format!("encoding-file-{name}-long-head"),
            "A head that is longer than it need be.",
            &long,
        ));
        if name != "tag" {
            all.push(Vector::damaged(
                &format!("encoding-file-{name}-indefinite"),
                "An indefinite length.",
                &base().file().indefinite(path).0,
            ));
        }
    }
    for (path, name) in [("^/1/5", "iv"), ("^/1/-70021", "checksum")] {
        all.push(Vector::damaged(
            &format!("encoding-file-{name}-label-long-head"),
            "A label whose head is longer than it need be.",
            &base().file().longer_key(path).0,
        ));
    }
    all.push(Vector::damaged(
        "encoding-file-unprotected-order",
        "The keys of the unprotected map in the wrong order.",
        &base().file().exchange("^/1/5", "^/1/-70021").0,
    ));
    all
}

fn ends() -> Vec<Vector> {
    let trailing = |raw: &[u8]| [base().bytes(), raw.to_vec()].concat();
    vec![
        Vector::damaged("trailing-zero", "A zero byte behind the file.", &trailing(&[0])),
        Vector::damaged(
            "trailing-zero-new-checksum",
            "A zero byte behind the file, with a checksum that covers it.",
            &with_new_checksum(trailing(&[0])).unwrap(),
        ),
        Vector::damaged("trailing-newline", "A line feed behind the file.", &trailing(b"\n")),
        Vector::damaged("trailing-second-file", "The file twice.", &trailing(&base().bytes())),
    ]
}
