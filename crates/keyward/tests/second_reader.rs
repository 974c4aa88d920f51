//! `testdata/reader.py`, an implementation that was written from SPEC.md alone: it reads our files,
//! and the engine reads its files.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use keyward::{Config, Recovery, RecoveryCode, Stores, ValueKind, VaultType};
use support::{Desk, name, passcode, testdata};

const PYTHON: &str = "/usr/bin/python3";

/// Runs the reader. Without Python and its packages the test fails: a test that is skipped in
/// silence proves nothing.
fn reader(arguments: &[&Path]) -> Output {
    let imports = "import argon2.low_level, cryptography.hazmat.primitives.keywrap";
    let probe = Command::new(PYTHON).args(["-c", imports]).output();
    let reason = match &probe {
        Ok(probe) if probe.status.success() => None,
        Ok(probe) => Some(String::from_utf8_lossy(&probe.stderr).into_owned()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(reason) = reason {
        panic!(
            "{PYTHON} needs the Debian packages python3, python3-cryptography and python3-argon2 \
             for testdata/reader.py; install them and run this test again. {reason}"
        );
    }
    let mut command = Command::new(PYTHON);
    command.env("PYTHONUTF8", "1");
    command.arg(testdata("reader.py")).args(arguments);
    command.output().unwrap()
}

#[test]
fn the_second_reader_comes_to_the_outcome_of_every_vector() {
    let output = reader(&[&testdata("")]);
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let counts = text.lines().last().and_then(|line| {
        let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
        Some((passed.parse::<u32>().ok()?, failed.parse::<u32>().ok()?))
    });
    let (passed, failed) = counts.unwrap_or_else(|| panic!("no closing line: {text}{errors}"));
    assert_eq!(failed, 0, "{text}");
    assert!(passed > 500, "{passed} vectors are not all");
    assert!(output.status.success(), "{errors}");
}

/// What the reader finds in a file that a passcode alone opens, or a recovery code.
const OPEN: &str = r"
import json, sys
sys.path.insert(0, sys.argv[1])
import reader
vault = reader.read(open(sys.argv[2], 'rb').read())
kind, given = int(sys.argv[3]), sys.argv[4]
slot, = [slot for slot in vault.slots if slot.header[reader.KIND] == kind]
private = reader.private_of(given) if kind == reader.RECOVERY_CODE else None
kek = reader.derive_kek(vault.header[reader.VAULT_ID], slot, given, None, private)
entries = reader.unseal(vault, reader.unwrap(kek, slot))
print(json.dumps([reader.shown_entry(*entry) for entry in entries.items()]))
";

/// Opens a sealed file with the reader, by its one slot of this kind.
fn opened_by_the_reader(sealed: &[u8], name: &str, kind: &str, given: &str) -> serde_json::Value {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, sealed).unwrap();
    let output = Command::new(PYTHON)
        .env("PYTHONUTF8", "1")
        .args(["-B", "-c", OPEN])
        .args([&testdata(""), &path, Path::new(kind), Path::new(given)])
        .output()
        .unwrap();
    fs::remove_file(&path).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_second_reader_opens_a_sealed_copy() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::DeviceSecurity);
    let copy = desk.run(async {
        program.vault.set("token", "abc").await.unwrap();
        program.vault.set_bytes("key", &[0, 255]).await.unwrap();
        program.vault.export_sealed(passcode("pässphrase 🔑")).await.unwrap()
    });
    let entries = opened_by_the_reader(&copy, "copy.keyward", "3", "pässphrase 🔑");
    let expected = serde_json::json!([
        { "name": "key", "bytes": "00ff" },
        { "name": "token", "json": "\"abc\"" },
    ]);
    assert_eq!(entries, expected);
}

#[test]
fn the_second_reader_opens_a_vault_with_its_recovery_code() {
    let desk = Desk::new();
    let program = desk.start_with(VaultType::SecureStorage);
    let code = desk.run(async {
        program.vault.set("token", "abc").await.unwrap();
        program.vault.enroll_recovery().await.unwrap()
    });
    let typed = code.expose().to_lowercase().replace('-', "");
    let sealed = desk.stored().unwrap();
    let entries = opened_by_the_reader(&sealed, "recoverable.keyward", "4", &typed);
    assert_eq!(entries, serde_json::json!([{ "name": "token", "json": "\"abc\"" }]));
}

#[test]
fn the_engine_recovers_what_the_second_reader_wrote() {
    let made = reader(&[Path::new("--code")]);
    let code = String::from_utf8(made.stdout).unwrap();
    let code = RecoveryCode::parse(code).unwrap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recoverable-by-python.keyward");
    let arguments = [Path::new("--write"), &path, Path::new("1234"), Path::new(code.expose())];
    let output = reader(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sealed = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();

    let desk = Desk::without_protectors();
    let cell = desk.stores.open("written-by-python").unwrap().vault;
    desk.run(cell.swap(None, Some(&sealed))).unwrap();
    let program = desk.start();
    program.answers_with("5678");
    let config = Config::new("written-by-python", VaultType::CustomPasscode);
    desk.run(program.vault.initialize(config)).unwrap();
    desk.run(program.vault.recover(Recovery::Code(code))).unwrap();
    let found = desk.run(program.vault.value("bytes")).unwrap().unwrap();
    assert_eq!(found.expose(), (0..=255).collect::<Vec<u8>>());
}

#[test]
fn the_engine_opens_what_the_second_reader_wrote() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("written-by-python.keyward");
    let passcode = "pässcode 🔑";
    let output = reader(&[Path::new("--write"), &path, Path::new(passcode)]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let sealed = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();

    let desk = Desk::without_protectors();
    let cell = desk.stores.open("written-by-python").unwrap().vault;
    desk.run(cell.swap(None, Some(&sealed))).unwrap();
    let program = desk.start();
    let vault = &program.vault;
    let config = Config::new("written-by-python", VaultType::CustomPasscode);
    desk.run(vault.initialize(config)).unwrap();

    program.answers_with("another passcode");
    let error = desk.run(vault.unlock()).unwrap_err();
    assert_eq!(name(&error), "WrongPasscode");
    program.answers_with(passcode);
    let bytes: Vec<u8> = (0..=255).collect();
    let json = br#"{ "written by": "Python", "number": 1.50e+2 }"#;
    let expected: [(&str, ValueKind, &[u8]); 4] = [
        ("", ValueKind::Bytes, b""),
        ("json", ValueKind::Json, json),
        ("bytes", ValueKind::Bytes, &bytes),
        ("naïve 🔑\0", ValueKind::Json, b"null"),
    ];
    let entries = desk.run(vault.export()).unwrap();
    let found = entries.iter().map(|(name, value)| (name.as_str(), value.kind(), value.expose()));
    assert_eq!(found.collect::<Vec<_>>(), expected);

    // And goes on with it as with its own.
    desk.run(vault.set("more", &true)).unwrap();
    desk.run(vault.lock()).unwrap();
    assert_eq!(desk.run(vault.get("more")).unwrap(), Some(true));
}
