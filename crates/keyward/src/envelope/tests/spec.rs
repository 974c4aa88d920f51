//! SPEC.md against the code: a number that changes in one must change in the other.

use std::fs;

use super::super::{
    CHECKSUM, CHECKSUM_LEN, IV, Sealed, TAG_COSE_ENCRYPT, content, header, recovery, slot,
};
use super::vector::Vector;
use super::{example, recipe, repository, unhex, writing};
use crate::config;
use crate::crypto::{self, Argon2Costs, NONCE_LEN, TAG_LEN, WRAPPED_LEN};
use crate::fallback;
use crate::recovery as codes;
use crate::secret::Passcode;

const BEGIN: &str = "<!-- worked example: begin -->\n";
const END: &str = "<!-- worked example: end -->";

fn spec() -> String {
    fs::read_to_string(repository("SPEC.md")).unwrap()
}

/// The section under a heading, as far as the next heading of the same level.
fn section<'a>(spec: &'a str, heading: &str) -> &'a str {
    let start = format!("\n## {heading}\n");
    let (_, rest) = spec.split_once(&start).unwrap_or_else(|| panic!("no section {heading}"));
    rest.split_once("\n## ").map_or(rest, |(section, _)| section)
}

/// Holds a section against its table rows, each given by its first cells.
fn rows(spec: &str, heading: &str, rows: &[(&str, &str)]) {
    let section = section(spec, heading);
    for (first, second) in rows {
        let row = format!("| {first} | {second}");
        let found = section.lines().any(|line| line.starts_with(&row));
        assert!(found, "SPEC.md, section {heading}, has no row {row}");
    }
    let listed = section.lines().filter(|line| is_numbered(line)).count();
    assert_eq!(listed, rows.len(), "rows with a number in section {heading}");
}

fn is_numbered(line: &str) -> bool {
    let cell = line.strip_prefix("| ").and_then(|line| line.split(" |").next());
    cell.is_some_and(|cell| cell.parse::<i64>().is_ok())
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[test]
fn every_label_stands_in_its_table() {
    let spec = spec();
    let of = |labels: &[(i64, &'static str)]| -> Vec<(String, &'static str)> {
        let text = labels.iter().map(|(label, name)| (label.to_string(), *name));
        text.collect()
    };
    let check = |heading: &str, labels: &[(i64, &'static str)]| {
        let labels = of(labels);
        let borrowed: Vec<_> = labels.iter().map(|(l, n)| (l.as_str(), *n)).collect();
        rows(&spec, heading, &borrowed);
    };
    check("The file", &[(IV, "IV"), (CHECKSUM, "checksum")]);
    check("Protected header", &header::LABELS);
    check("Configuration", &header::CONFIG_KEYS);
    // Kinds follow labels in the same section; kind 3 has two rows.
    let kinds = [
        (0, "blank"),
        (1, "device-store"),
        (2, "user-verification"),
        (3, "passcode, without device secret"),
        (3, "passcode, with device secret"),
        (4, "recovery-code"),
        (5, "recovery-key"),
    ];
    let slots: Vec<_> = slot::LABELS.into_iter().chain(kinds).collect();
    check("Slots", &slots);
}

#[test]
fn every_bound_stands_in_its_table() {
    let spec = spec();
    let bounds = section(&spec, "Bounds");
    let numbers: [(&str, u64); 18] = [
        ("MAX_STORED_LEN", crate::store::MAX_STORED_LEN as u64),
        ("MAX_CONTENT_LEN", crate::MAX_CONTENT_LEN as u64),
        ("MAX_NAME_LEN", crate::MAX_NAME_LEN as u64),
        ("MAX_VALUE_LEN", crate::MAX_VALUE_LEN as u64),
        ("MAX_SLOTS", slot::MAX_SLOTS),
        ("MAX_PROVIDER_LEN", slot::MAX_PROVIDER_LEN as u64),
        ("MAX_HANDLE_LEN", crate::MAX_HANDLE_LEN as u64),
        ("MIN_ARGON2_MEMORY_KIB", crypto::MIN_ARGON2_MEMORY_KIB.into()),
        ("MAX_ARGON2_MEMORY_KIB", crypto::MAX_ARGON2_MEMORY_KIB.into()),
        ("MIN_ARGON2_PASSES", crypto::MIN_ARGON2_PASSES.into()),
        ("MAX_ARGON2_PASSES", crypto::MAX_ARGON2_PASSES.into()),
        ("MAX_ARGON2_LANES", crypto::MAX_ARGON2_LANES.into()),
        ("Passcode::MAX_LEN", Passcode::MAX_LEN as u64),
        ("MAX_KEY_LEN", config::MAX_KEY_LEN as u64),
        ("MAX_LOCK_AFTER", config::MAX_LOCK_AFTER.as_millis() as u64),
        ("MAX_FAILED_ATTEMPTS", config::MAX_FAILED_ATTEMPTS.into()),
        ("MAX_PROMPT_TEXTS", config::MAX_PROMPT_TEXTS as u64),
        ("MAX_PROTECTION_CHANGES", fallback::MAX_PROTECTION_CHANGES as u64),
    ];
    let prompts = [
        ("MAX_PROMPT_NAME_LEN", config::MAX_PROMPT_NAME_LEN as u64),
        ("MAX_PROMPT_TEXT_LEN", config::MAX_PROMPT_TEXT_LEN as u64),
    ];
    for (name, bound) in numbers.into_iter().chain(prompts) {
        let quoted = format!("`{name}`");
        let mut lines = bounds.lines().filter(|line| line.contains(&quoted));
        let line = lines.next().unwrap_or_else(|| panic!("no bound {name}"));
        let words = line.split([' ', '`']).any(|word| word == grouped(bound));
        assert!(words, "{name} is {bound}; SPEC.md says: {line}");
    }
}

#[test]
fn names_and_lengths_stand_in_the_text() {
    let spec = spec();
    let entries = [recipe::json("name", r#"{"any":"JSON value"}"#), recipe::raw("other", b"hello")];
    let export = crate::export::write(&entries).unwrap();
    let stored = grouped(crate::store::MAX_STORED_LEN as u64);
    let shown = crate::RecoveryCode::from_seed([0; codes::SEED_LEN]);
    let private = crate::Recovery::Code(shown.clone()).private_key();
    let public = private.public_key();
    let costs = |costs: Argon2Costs| {
        let (memory, passes) = (costs.memory_kib / 1024, costs.passes);
        format!("{memory} MiB, {passes} passes and {} lane", costs.lanes)
    };
    for text in [
        String::from_utf8(export.expose().to_vec()).unwrap(),
        format!("`{}`", header::MEDIA_TYPE),
        format!("[ {:?}, vault id (bstr), slot header (bstr) ]", slot::KEK_CONTEXT),
        format!("unsigned integer: 1 or {}; see [Versions]", header::NEWEST_VERSION),
        format!("# The sealed file, format versions 1 and {}", header::NEWEST_VERSION),
        format!("If it is greater than {}: *too new*", header::NEWEST_VERSION),
        format!("{} (ChaCha20/Poly1305)", header::CHACHA20_POLY1305),
        format!("{} (A256KW)", slot::A256KW),
        format!("the byte string `{}`", super::hex(&recovery::PROTECTED)),
        format!("info = {:?}, L = {}", codes::KEY_CONTEXT, crypto::WIDE_LEN),
        format!("SHA-256( {:?} || seed )", codes::CHECKSUM_CONTEXT),
        format!("{} symbols", codes::SYMBOLS),
        format!("    {}  ", shown.expose()),
        format!("groups of {}", codes::GROUP),
        format!("    d = {}\n", super::hex(private.expose())),
        format!("    x = {}\n", super::hex(&public.as_bytes()[1..33])),
        format!("    y = {}\n", super::hex(&public.as_bytes()[33..])),
        format!("{} random bytes", codes::SEED_LEN),
        format!("| tag | {TAG_COSE_ENCRYPT} |"),
        format!("tag {} (`d9 01 06`)", content::TAG_JSON),
        format!("byte string of {NONCE_LEN}: the nonce"),
        format!("byte string of {CHECKSUM_LEN}: see [Checksum]"),
        format!("at least {TAG_LEN} bytes"),
        format!("`wrapped` is a byte string of {WRAPPED_LEN}"),
        format!("salt (byte string of {}, random)", slot::SALT_LEN),
        format!("more than {} containers", header::MAX_DEPTH),
        format!("The file is at most {stored} bytes."),
        format!(
            "SHOULD use {}, or {}",
            costs(Argon2Costs::DEFAULT),
            costs(Argon2Costs::SMALL_MEMORY)
        ),
        "`MAX_EXPORT_LEN`".to_owned(),
        grouped(crate::export::MAX_EXPORT_LEN as u64),
    ] {
        assert!(spec.contains(&text), "SPEC.md does not say: {text}");
    }
    for (place, name) in
        ["SecureStorage", "DeviceSecurity", "CustomPasscode", "InMemory"].into_iter().enumerate()
    {
        assert!(spec.contains(&format!("{place} {name}")));
        assert_eq!(format!("{:?}", header::VAULT_TYPES[place]), name);
    }
    for (place, name) in ["None", "SystemPasscode", "Biometrics", "Both"].into_iter().enumerate() {
        assert!(spec.contains(&format!("{place} {name}")));
        assert_eq!(format!("{:?}", header::DEVICE_SECURITIES[place]), name);
    }
    let listed = fallback::Protection::ALL.into_iter().enumerate();
    let listed: Vec<_> = listed.map(|(place, it)| format!("{place} {it}")).collect();
    assert!(spec.contains(&format!("> {}", listed.join(", "))), "the protections");
}

#[test]
fn the_worked_example_is_the_engines() {
    let spec = spec();
    let (before, rest) = spec.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    let expected = format!("\n{}", example::text());
    if writing() {
        let whole = [before, BEGIN, &expected, END, after].concat();
        fs::write(repository("SPEC.md"), whole).unwrap();
    } else {
        assert_eq!(found, expected, "the worked example in SPEC.md is stale");
    }
}

#[test]
fn the_worked_example_opens_and_is_written_again_the_same() {
    if writing() {
        return;
    }
    let spec = spec();
    let (_, rest) = spec.split_once("\nThe file (").unwrap();
    let (_, rest) = rest.split_once("```hex\n").unwrap();
    let (hex, _) = rest.split_once("\n```").unwrap();
    let bytes = unhex(&hex.replace('\n', ""));
    let made = example::vault();
    Vector::opens("worked example", "", &made).check(&bytes);
    assert_eq!(super::properties::written_again(&bytes), bytes);
    let sealed = Sealed::parse(&bytes).unwrap();
    let again = super::super::seal_with_nonce(
        &sealed.head,
        &made.dek,
        &sealed.open(&made.dek).unwrap(),
        sealed.nonce,
    );
    assert_eq!(again, bytes);
}
