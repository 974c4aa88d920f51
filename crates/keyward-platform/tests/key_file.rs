//! The key file against the protector suite, and against everything that can stand in its place.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use futures_executor::block_on;
use keyward::{Config, Key, Protector, ProtectorError, Request, Theft, VaultId, VaultType};
use keyward_conformance::protector::{
    self, Forgotten, Subject, assert_shows_no_secret, everything_printed,
};
use keyward_platform::KeyFile;
use tempfile::tempdir;

const VAULT: VaultId = VaultId([3; 16]);

fn config() -> Config {
    Config::new("key file test", VaultType::SecureStorage)
}

fn enroll(path: &Path) -> Result<(Vec<u8>, Key), ProtectorError> {
    let enrolled = block_on(KeyFile::new(path).enroll(&Request::new(VAULT, &config())))?;
    Ok((enrolled.handle, enrolled.material))
}

fn release(path: &Path, handle: &[u8]) -> Result<Key, ProtectorError> {
    block_on(KeyFile::new(path).release(&Request::new(VAULT, &config()), handle))
}

fn assert_unavailable<T>(answer: Result<T, ProtectorError>) -> String {
    match answer {
        Err(error @ ProtectorError::Unavailable(_)) => everything_printed(&error),
        Err(error) => panic!("must be unavailable, not: {}", everything_printed(&error)),
        Ok(_) => panic!("must be unavailable"),
    }
}

#[test]
fn passes_the_suite() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("made/when/needed/key");
    let open = || -> Box<dyn Protector> { Box::new(KeyFile::new(&path)) };
    block_on(protector::all(&Subject { open: &open, forgotten: Forgotten::Kept }));
}

#[test]
fn says_what_it_promises() {
    let assurance = KeyFile::new("anywhere").assurance();
    assert!(!assurance.hardware_bound && !assurance.user_verified && assurance.persistent);
    assert_eq!(assurance.stolen_file, Theft::Sealed);
    assert_eq!(assurance.stolen_disk, Theft::Opens);
}

#[test]
fn the_file_is_private_whole_and_alone_in_its_folder() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("keys/key");
    enroll(&path).expect("enrolls");

    let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().expect("has a folder")), 0o700);
    let text = fs::read_to_string(&path).expect("is text");
    assert_eq!(text.len(), 107);
    assert!(text.starts_with("keyward-key-file 1\n"));
    let names = fs::read_dir(path.parent().expect("has a folder")).expect("lists").count();
    assert_eq!(names, 1, "drafts are removed");
}

/// The derivation is part of the format: a changed one loses every vault that uses a key file.
#[test]
fn derives_what_the_format_says() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("key");
    let lines = [
        "keyward-key-file 1",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "check a63ce3a9a54e004f",
    ];
    fs::write(&path, lines.map(|line| format!("{line}\n")).concat()).expect("writes");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("is ours");
    let (handle, material) = enroll(&path).expect("reads the file");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (handle, material) = (hex(&handle), hex(material.expose()));
    assert_eq!(handle, "b95178ef6dfc1732a6995953ef074aae");
    assert_eq!(material, "c26f64b7e752459bb89ec141fb1e8e75ee4e7d257074e364b2997a305098f399");

    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../SPEC.md");
    let spec = fs::read_to_string(spec).expect("is there");
    for stated in [&lines.map(|line| format!("    {line}\n")).concat(), &handle, &material] {
        assert!(spec.contains(stated), "SPEC.md does not say: {stated}");
    }
}

#[test]
fn an_absent_file_is_lost_and_an_absent_folder_is_unavailable() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("keys/key");
    let (handle, _) = enroll(&path).expect("enrolls");

    fs::rename(folder.path().join("keys"), folder.path().join("away")).expect("moves");
    assert_unavailable(release(&path, &handle));
    fs::rename(folder.path().join("away"), folder.path().join("keys")).expect("moves back");
    assert!(release(&path, &handle).is_ok());

    fs::remove_file(&path).expect("deletes");
    assert!(matches!(release(&path, &handle), Err(ProtectorError::Lost)));
    enroll(&path).expect("makes another key");
    assert!(
        matches!(release(&path, &handle), Err(ProtectorError::Lost)),
        "another key in the same place is not the key"
    );
}

#[test]
fn whatever_else_stands_there_is_unavailable_and_left_alone() {
    let folder = tempdir().expect("a folder");
    let real = folder.path().join("real");
    let (handle, _) = enroll(&real).expect("enrolls");

    let link = folder.path().join("link");
    symlink(&real, &link).expect("links");
    let dangling = folder.path().join("dangling");
    symlink(folder.path().join("nowhere"), &dangling).expect("links");
    let directory = folder.path().join("directory");
    fs::create_dir(&directory).expect("makes a folder");
    let beyond_a_file = real.join("key");
    let pipe = folder.path().join("pipe");
    #[cfg(target_os = "linux")]
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::from_raw_mode(0o600))
        .expect("makes a pipe");
    #[cfg(not(target_os = "linux"))]
    let _socket = std::os::unix::net::UnixListener::bind(&pipe).expect("makes a socket");

    for path in [&link, &dangling, &directory, &beyond_a_file, &pipe] {
        let before = fs::symlink_metadata(path).ok().map(|found| (found.file_type(), found.len()));
        assert_unavailable(release(path, &handle));
        assert_unavailable(enroll(path));
        let after = fs::symlink_metadata(path).ok().map(|found| (found.file_type(), found.len()));
        assert_eq!(before, after, "{} was touched", path.display());
    }
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn a_damaged_file_is_unavailable_kept_and_shows_nothing() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("key");
    let (handle, material) = enroll(&path).expect("enrolls");
    let good = fs::read(&path).expect("reads");

    let mut damaged: Vec<Vec<u8>> = (0..good.len())
        .map(|index| {
            let mut bytes = good.clone();
            bytes[index] ^= 1;
            bytes
        })
        .collect();
    damaged.extend((0..good.len()).map(|len| good[..len].to_vec()));
    damaged.push([&good[..], b"\n"].concat());
    damaged.push(good.to_ascii_uppercase());
    for bytes in damaged {
        fs::write(&path, &bytes).expect("writes");
        assert_shows_no_secret(&assert_unavailable(release(&path, &handle)), &material);
        assert_unavailable(enroll(&path));
        assert_eq!(fs::read(&path).expect("reads"), bytes, "a damaged file was overwritten");
    }
    fs::write(&path, &good).expect("writes");
    assert_eq!(release(&path, &handle).expect("is whole again").expose(), material.expose());
}

#[test]
fn a_file_that_others_can_read_is_refused_before_anything_depends_on_it() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("key");
    let (handle, material) = enroll(&path).expect("enrolls");
    for mode in [0o640, 0o604, 0o620, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("is ours");
        assert!(assert_unavailable(enroll(&path)).contains("0600"));
        let released = release(&path, &handle).expect("still releases");
        assert_eq!(released.expose(), material.expose());
    }
}

#[test]
fn of_many_creators_one_wins_and_all_get_its_key() {
    let folder = tempdir().expect("a folder");
    for round in 0..20 {
        let path = folder.path().join(format!("key {round}"));
        let start = Barrier::new(8);
        let materials: Vec<Vec<u8>> = thread::scope(|scope| {
            let creators: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        enroll(&path).expect("enrolls").1.expose().to_vec()
                    })
                })
                .collect();
            creators.into_iter().map(|creator| creator.join().expect("no panic")).collect()
        });
        assert!(materials.windows(2).all(|pair| pair[0] == pair[1]));
    }
    assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 20, "drafts are removed");
}
