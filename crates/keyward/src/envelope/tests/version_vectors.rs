//! The version: what a reader looks at to find it, and what it does not look at. What is the same
//! in every version is tried with version 3, where an outcome other than too new shows that the
//! reader looked.

use super::doc::{Case, Doc, bytes, int, tagged, text, uint};
use super::header_vectors::base;
use super::vector::Vector;

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = newer();
    all.extend(passed_over());
    all.extend(damaged());
    all.extend(passed_over_in_vain());
    all.extend(outside());
    all
}

fn edited(edit: impl FnOnce(Doc) -> Doc) -> Vec<u8> {
    base().header(edit).bytes()
}

fn three(doc: Doc) -> Doc {
    doc.set("-70001", &uint(3))
}

/// Version 3 behind a pair whose value is `value`.
fn behind(value: &[u8]) -> Vec<u8> {
    let pair = [uint(0), value.to_vec()].concat();
    edited(|doc| three(doc).push_front("", &pair))
}

/// So many arrays inside one another, and `raw` in the innermost.
fn nested(depth: usize, raw: &[u8]) -> Vec<u8> {
    [&vec![0x81; depth], raw].concat()
}

fn pair(version: &[u8]) -> Vec<u8> {
    [int(-70_001), version.to_vec()].concat()
}

fn newer() -> Vec<Vector> {
    let cases: [(&str, &str, u64, &dyn Fn(Doc) -> Doc); 7] = [
        ("version-3", "The next version.", 3, &three),
        ("version-max", "The last version that can be.", u64::MAX, &|doc| {
            doc.set("-70001", &uint(u64::MAX))
        }),
        ("version-3-unknown-rest", "A newer version, and nothing else that is known.", 3, &|_| {
            Doc([vec![0xa1], pair(&uint(3))].concat())
        }),
        (
            "version-3-trailing-bytes",
            "A newer version, and bytes behind the header's map: nothing behind the version is \
             looked at.",
            3,
            &|_| Doc([vec![0xa1], pair(&uint(3)), vec![0xff, 0]].concat()),
        ),
        (
            "version-3-count-too-large",
            "A newer version in a map that says that more pairs follow than the file can hold.",
            3,
            &|_| Doc([&[0xbb], &[0xff; 8][..], &pair(&uint(3))].concat()),
        ),
        (
            "version-3-behind-tag-and-map",
            "A newer version behind a tag and a map, and keys of other types.",
            3,
            &|doc| {
                let pair = [tagged(1, &bytes(b"key")), vec![0xa1, 0x20, 0x61, 0x61]].concat();
                three(doc).push_front("", &pair)
            },
        ),
        (
            "version-3-twice",
            "Two versions: the first counts, so that this is for a newer reader to judge.",
            3,
            &|doc| three(doc).repeat("-70001"),
        ),
    ];
    cases
        .map(|(name, what, version, edit)| Vector::too_new(name, what, &edited(edit), version))
        .into()
}

/// Items of every kind before the version.
fn passed_over() -> Vec<Vector> {
    let floats =
        [0x86, 0xf9, 0, 0, 0xfa, 0, 0, 0, 0, 0xfb, 0, 0, 0, 0, 0, 0, 0, 1, 0xf6, 0xf7, 0xf8, 0x20];
    let unordered = [&[0xa2][..], &uint(1), &uint(1), &uint(0), &uint(0)].concat();
    let cases: [(&str, &str, &[u8]); 6] = [
        (
            "8-arrays",
            "A newer version behind a value of 8 containers inside one another.",
            &nested(8, &[0]),
        ),
        (
            "8-arrays-empty",
            "The same, with the innermost of the 8 containers empty.",
            &nested(7, &[0x80]),
        ),
        (
            "floats",
            "A newer version behind floating-point numbers of every width, null, undefined and \
             the first simple value of two bytes.",
            &floats,
        ),
        ("simple-255", "A newer version behind the last simple value.", &[0xf8, 0xff]),
        (
            "not-utf-8",
            "A newer version behind text that is not UTF-8, which is not checked on the way.",
            &[0x62, 0xc3, 0x28],
        ),
        (
            "unordered-map",
            "A newer version behind a map whose keys are out of order, which is not checked on \
             the way.",
            &unordered,
        ),
    ];
    let vector = |(name, what, value): (&str, &str, &[u8])| {
        Vector::too_new(&format!("version-3-behind-{name}"), what, &behind(value), 3)
    };
    cases.map(vector).into()
}

fn damaged() -> Vec<Vector> {
    let cases: [Case<'_>; 10] = [
        (
            "version-2-without-need",
            "Version 2, and nothing in the file that version 1 does not have: a file has the lowest \
             version that describes it.",
            &|doc| doc.set("-70001", &uint(2)),
        ),
        ("version-0", "Version 0 is never written.", &|doc| doc.set("-70001", &uint(0))),
        ("version-missing", "No version.", &|doc| doc.remove("-70001")),
        ("version-text", "A version that is text.", &|doc| doc.set("-70001", &text("1"))),
        ("version-negative", "A version below zero.", &|doc| doc.set("-70001", &int(-2))),
        ("version-repeated", "Version 1 twice.", &|doc| doc.repeat("-70001")),
        (
            "version-1-then-3",
            "Version 1, and then version 3: the first counts, and version 1 has no such pair.",
            &|doc| doc.push("", &pair(&uint(3))),
        ),
        ("version-long-head", "Version 1 in two bytes.", &|doc| doc.longer("-70001")),
        ("version-3-long-head", "A newer version whose head is longer than it need be.", &|doc| {
            three(doc).longer("-70001")
        }),
        (
            "version-3-key-long-head",
            "A newer version whose key's head is longer than it need be.",
            &|doc| three(doc).longer_key("-70001"),
        ),
    ];
    cases.map(|(name, what, edit)| Vector::damaged(name, what, &edited(edit))).into()
}

/// What does not read before the version is damage in every version.
fn passed_over_in_vain() -> Vec<Vector> {
    let cases: [(&str, &str, &[u8]); 13] = [
        ("9-arrays", "A value of 9 containers inside one another", &nested(9, &[0])),
        (
            "9-arrays-empty",
            "A value of 9 containers inside one another, the innermost of them empty",
            &nested(8, &[0x80]),
        ),
        ("9-tags", "A value of 9 tags on one another", &[[0xc1; 9].as_slice(), &[0]].concat()),
        ("long-head", "A head that is longer than it need be", &[0x18, 23]),
        (
            "nested-long-head",
            "A head that is longer than it need be, inside an array",
            &nested(1, &[0x18, 23]),
        ),
        ("indefinite-array", "An array of indefinite length", &[0x9f, 0xff]),
        (
            "nested-indefinite-map",
            "A map of indefinite length, inside an array",
            &nested(1, &[0xbf, 0xff]),
        ),
        (
            "nested-indefinite-bytes",
            "A byte string of indefinite length, inside an array",
            &nested(1, &[0x5f, 0x41, 0, 0xff]),
        ),
        ("reserved-head", "Additional information 28, which is reserved", &[0x1c]),
        ("break", "A break byte", &[0xff]),
        (
            "simple-0-in-two-bytes",
            "The simple value 0 in two bytes, which is not well-formed",
            &[0xf8, 0],
        ),
        (
            "simple-31-in-two-bytes",
            "The simple value 31 in two bytes, which is not well-formed",
            &[0xf8, 31],
        ),
        (
            "string-too-long",
            "A byte string that goes beyond the end of the protected header",
            &[0x5a, 0, 0, 4, 0],
        ),
    ];
    let vector = |(name, what, value): (&str, &str, &[u8])| {
        let what = format!("{what}, before a newer version.");
        Vector::damaged(&format!("version-3-behind-{name}"), &what, &behind(value))
    };
    cases.map(vector).into()
}

/// What is around the protected header of a newer version.
fn outside() -> Vec<Vector> {
    let file = || Doc(edited(three));
    let mut stale = file();
    let checksum = stale.value("^/1/-70021").end - 1;
    stale.0[checksum] ^= 1;
    let inside = file().value("^/0").end - 1;
    let too_new = |name: &str, what: &str, doc: Doc| {
        Vector::too_new(&format!("version-3-{name}"), what, &doc.0, 3)
    };
    let damaged = |name: &str, what: &str, doc: Doc| {
        let what = format!("A newer version, and {what}.");
        Vector::damaged(&format!("version-3-{name}"), &what, &doc.0)
    };
    vec![
        too_new(
            "other-checksum",
            "A newer version, and a checksum that is wrong in this version: it is not looked at.",
            stale,
        ),
        too_new(
            "cut-off",
            "A newer version in a file that ends early: only the version is looked at.",
            Doc(file().0[..checksum].to_vec()),
        ),
        too_new(
            "protected-alone",
            "A newer version, and nothing behind the protected header.",
            Doc(file().0[..=inside].to_vec()),
        ),
        damaged(
            "protected-cut-off",
            "a protected header that lacks its last byte",
            Doc(file().0[..inside].to_vec()),
        ),
        damaged("tag-long-head", "a tag whose head is longer than it need be", file().longer("")),
        damaged("tag-other", "another tag", Doc(tagged(16, &file().raw("^")))),
        damaged("array-of-5", "an array of five", file().push("^", &uint(0))),
        damaged(
            "array-long-head",
            "an array whose head is longer than it need be",
            file().longer("^"),
        ),
        damaged("array-indefinite", "an array of indefinite length", file().indefinite("^")),
        damaged(
            "protected-long-head",
            "a protected header whose head is longer than it need be",
            file().longer("^/0"),
        ),
        damaged(
            "protected-indefinite",
            "a protected header of indefinite length",
            file().indefinite("^/0"),
        ),
        damaged(
            "map-long-head",
            "a header's map whose head is longer than it need be",
            Doc(edited(|doc| three(doc).longer(""))),
        ),
        damaged(
            "map-indefinite",
            "a header's map of indefinite length",
            Doc(edited(|doc| three(doc).indefinite(""))),
        ),
    ]
}
