//! What can be wrong inside the seal: content that is authentic, and still refused.

use super::doc::{Case, Doc, bytes, tagged, text, uint};
use super::parts::{Parts, padded};
use super::recipe::{Recipe, json, raw};
use super::vector::Vector;

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = maps();
    all.extend(encodings());
    all.extend(paddings());
    all
}

fn base() -> Parts {
    let entries = [json("aa", "1"), json("ab", "[2]"), raw("blob", &[7; 30])];
    Parts::of(&Recipe::new("content").entries(entries).make())
}

fn damaged(name: &str, what: &str, edit: impl FnOnce(Doc) -> Doc) -> Vector {
    let parts = base().map(edit);
    Vector::damaged_inside(name, what, &parts.bytes(), &parts.keys[0])
}

fn maps() -> Vec<Vector> {
    let number = tagged(262, &bytes(b"1"));
    let long_name = [text(&"n".repeat(1025)), bytes(b"")].concat();
    let cases: [Case<'_>; 24] = [
        ("content-array", "An array in the place of the map.", &|_| Doc(vec![0x80])),
        ("content-null", "Null in the place of the map.", &|_| Doc(vec![0xf6])),
        ("content-tagged", "A tag around the map.", &|doc| Doc(tagged(55_799, &doc.0))),
        ("content-name-repeated", "A name twice: duplicate keys.", &|doc| doc.repeat("aa")),
        ("content-name-repeated-other-value", "A name twice, with another value.", &|doc| {
            doc.push_front("", &[text("aa"), bytes(b"")].concat())
        }),
        ("content-order", "Names of one length in the wrong order.", &|doc| {
            doc.exchange("aa", "ab")
        }),
        (
            "content-order-by-letters",
            "Names in the order of their letters, not of their encodings.",
            &|doc| doc.push("", &[text("c"), bytes(b"")].concat()),
        ),
        ("content-name-1025-bytes", "A name of 1,025 bytes.", &|doc| doc.push("", &long_name)),
        ("content-name-bytes", "A name that is a byte string.", &|doc| {
            doc.set_key("aa", &bytes(b"aa"))
        }),
        ("content-name-number", "A name that is a number.", &|doc| doc.set_key("aa", &uint(1))),
        ("content-name-tagged", "A tag on a name.", &|doc| {
            doc.set_key("aa", &tagged(262, &text("aa")))
        }),
        ("content-name-not-utf-8", "A name that is not UTF-8.", &|doc| {
            doc.set_key("ab", &[0x62, 0xff, 0xfe])
        }),
        ("content-name-overlong", "A name with an overlong form of U+0000.", &|doc| {
            doc.set_key("ab", &[0x62, 0xc0, 0x80])
        }),
        ("content-value-text", "A value that is a text string.", &|doc| {
            doc.set("blob", &text("x"))
        }),
        ("content-value-number", "A value that is a number.", &|doc| doc.set("aa", &uint(1))),
        ("content-value-map", "A value that is a map.", &|doc| doc.set("aa", &[0xa0])),
        ("content-value-null", "A value that is null.", &|doc| doc.set("aa", &[0xf6])),
        ("content-value-float", "A value that is a floating-point number.", &|doc| {
            doc.set("aa", &[0xf9, 0x3c, 0])
        }),
        ("content-tag-other", "Another tag: 24, embedded CBOR.", &|doc| {
            doc.set("aa", &tagged(24, &bytes(b"1")))
        }),
        ("content-tag-263", "Another tag: 263, hexadecimal.", &|doc| {
            doc.set("aa", &tagged(263, &bytes(b"31")))
        }),
        ("content-tag-on-text", "The JSON tag on a text string.", &|doc| {
            doc.set("aa", &tagged(262, &text("1")))
        }),
        ("content-tag-twice", "The JSON tag twice.", &|doc| doc.set("aa", &tagged(262, &number))),
        (
            "content-count-too-large",
            "A count that is one more than the entries: the padding is no name.",
            &|doc| Doc([&[0xa4], &doc.0[1..]].concat()),
        ),
        (
            "content-count-too-small",
            "A count that is one less than the entries: the last one is in the padding.",
            &|doc| Doc([&[0xa2], &doc.0[1..]].concat()),
        ),
    ];
    cases.map(|(name, what, edit)| damaged(name, what, edit)).into()
}

fn encodings() -> Vec<Vector> {
    let mut all = Vec::new();
    let items = [("", "map"), ("aa", "tag"), ("aa^", "json"), ("blob", "bytes")];
    for (path, name) in items {
        let long = format!("encoding-content-{name}-long-head");
        let what = "A head that is longer than it need be.";
        all.push(damaged(&long, what, |doc| doc.longer(path)));
        if name != "tag" {
            let indefinite = format!("encoding-content-{name}-indefinite");
            let what = "An indefinite length.";
            all.push(damaged(&indefinite, what, |doc| doc.indefinite(path)));
        }
    }
    let what = "A name whose head is longer than it need be.";
    let name = "encoding-content-name-long-head";
    all.push(damaged(name, what, |doc| doc.longer_key("aa")));
    all
}

fn paddings() -> Vec<Vector> {
    let map = || {
        let plain = Doc(base().plain);
        plain.raw("")
    };
    let sealed = |name: &str, what: &str, plain: Vec<u8>| {
        let parts = Parts { plain, ..base() };
        Vector::damaged_inside(name, what, &parts.bytes(), &parts.keys[0])
    };
    let changed = |at: usize| {
        let mut plain = padded(&map());
        plain[at] = 1;
        plain
    };
    let resized = |len: usize| {
        let mut plain = map();
        plain.resize(len, 0);
        plain
    };
    let large = padded(&Doc(map()).push("", &[text("large"), bytes(&[1; 300])].concat()).0);
    let (len, short, long) = (map().len(), large.len() - 1, large.len() + 16);
    let resized_large = |len: usize| {
        let mut plain = large.clone();
        plain.resize(len, 0);
        plain
    };
    vec![
        sealed("padding-first-byte", "A one as the first byte of the padding.", changed(len)),
        sealed("padding-last-byte", "A one as the last byte of the padding.", changed(255)),
        sealed("padding-none", "A content without padding.", resized(len)),
        sealed("padding-255", "One byte of padding too few.", resized(255)),
        sealed("padding-257", "One byte of padding too many.", resized(257)),
        sealed(
            "padding-272",
            "Padding to the next length that another content would have.",
            resized(272),
        ),
        sealed(
            "padding-large-too-short",
            "A content above 256 bytes with one byte of padding too few.",
            resized_large(short),
        ),
        sealed(
            "padding-large-too-long",
            "A content above 256 bytes, padded to the next length.",
            resized_large(long),
        ),
        sealed("padding-only", "256 zero bytes: the number 0, not a map.", vec![0; 256]),
        sealed("content-no-bytes", "Nothing at all under the seal.", Vec::new()),
    ]
}
