//! The vectors as files: regenerating them changes nothing, every file is listed, and the engine
//! finds in each what it says. `KEYWARD_WRITE_VECTORS=1` writes them; see testdata/README.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::super::Keeper;
use super::fallback_vectors::with_history;
use super::good_vectors::{every_value, full_config, passcode_with_device};
use super::recipe::{Recipe, Way, blank, device_store};
use super::vector::{Outcome, Vector};
use super::{all_vectors, repository, writing};
use crate::config::{Config, VaultType};

const VECTORS: &str = "testdata/vectors";
const VAULTS: &str = "testdata/vaults";
const LIST: &str = "vaults.json";

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    entries.map(|entry| name(entry).into_string().unwrap()).collect()
}

/// Holds a folder against the files that should be in it, or makes it so.
fn settle(folder: &Path, files: &BTreeMap<String, Vec<u8>>) {
    if writing() {
        fs::create_dir_all(folder).unwrap();
        for name in names(folder).iter().filter(|name| !files.contains_key(*name)) {
            fs::remove_file(folder.join(name)).unwrap();
        }
        for (name, bytes) in files {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    let listed: BTreeSet<String> = files.keys().cloned().collect();
    assert_eq!(names(folder), listed, "the files in {}", folder.display());
    for (name, bytes) in files {
        let found = fs::read(folder.join(name)).unwrap();
        assert!(found == *bytes, "{name} is not what the generator writes");
    }
}

#[test]
fn vectors_are_what_the_generator_writes_and_no_file_is_unlisted() {
    let mut files = BTreeMap::new();
    for vector in all_vectors() {
        let name = format!("{}.json", vector.name);
        let twice = files.insert(name, text(vector).into_bytes());
        assert!(twice.is_none(), "two vectors are called {}", vector.name);
    }
    settle(&repository(VECTORS), &files);
}

#[test]
fn every_vector_comes_out_as_it_says() {
    if writing() {
        return;
    }
    let folder = repository(VECTORS);
    let mut outcomes = BTreeMap::new();
    for name in names(&folder) {
        let text = fs::read(folder.join(&name)).unwrap();
        let mut vector: Vector = serde_json::from_slice(&text).unwrap();
        vector.name = name;
        vector.check(&vector.sealed.as_ref().unwrap().bytes());
        *outcomes.entry(format!("{:?}", vector.expect)).or_insert(0) += 1;
    }
    assert_eq!(outcomes.len(), 6, "each outcome has vectors: {outcomes:?}");
}

/// The files that stand for format version 1 for as long as there are readers.
fn version_1() -> BTreeMap<String, Vec<u8>> {
    let recipes = [
        ("device-store", every_value("v1 device store")),
        ("every-config-field", Recipe::new("v1 config").config(full_config())),
        ("passcode", passcode_with_device("v1 passcode")),
        ("without-entries", Recipe::new("v1 without entries").entries([])),
    ];
    let fresh = blank("v1 blank", Config::new("blank", VaultType::CustomPasscode));
    let what = "Written by format version 1: a vault without a passcode yet.";
    let mut vectors = opening(1, recipes);
    vectors.push(Vector::blank("blank", what, &fresh));
    files(vectors)
}

/// The files that stand for format version 2.
fn version_2() -> BTreeMap<String, Vec<u8>> {
    let (code, key) = (Way::Recovery(Keeper::Code), Way::Recovery(Keeper::Key));
    let with_passcode = passcode_with_device("v2 passcode");
    let passcode = with_passcode.ways[0].clone();
    let recipes = [
        ("recovery-code", every_value("v2 code").ways([device_store(), code.clone()])),
        ("recovery-key", Recipe::new("v2 key").ways([device_store(), key.clone()])),
        ("passcode-and-recovery", with_passcode.ways([passcode, code, key.clone()])),
        ("copy-for-a-recovery-key", Recipe::new("v2 copy").ways([key])),
        ("weakened", with_history("v2 weakened")),
    ];
    files(opening(2, recipes))
}

fn opening<const N: usize>(version: u64, recipes: [(&str, Recipe); N]) -> Vec<Vector> {
    let vector = |(name, recipe): (&str, Recipe)| {
        let what = format!("Written by format version {version}: {}.", name.replace('-', " "));
        let made = recipe.make();
        assert_eq!(made.head.version(), version, "{name}");
        Vector::opens(name, &what, &made)
    };
    recipes.into_iter().map(vector).collect()
}

/// Whole files, and the list of what comes out of them.
fn files(vectors: Vec<Vector>) -> BTreeMap<String, Vec<u8>> {
    let mut list = Vec::new();
    let mut files = BTreeMap::new();
    for mut vector in vectors {
        let path = format!("{}.keyward", vector.name);
        files.insert(path.clone(), vector.sealed.take().unwrap().bytes());
        vector.path = Some(path);
        list.push(vector);
    }
    files.insert(LIST.to_owned(), text(&list).into_bytes());
    files
}

#[test]
fn vaults_of_each_version_are_what_the_generator_writes() {
    settle(&repository(VAULTS).join("v1"), &version_1());
    settle(&repository(VAULTS).join("v2"), &version_2());
}

/// What is in the folders is held against their lists above; here is what stands beside them.
#[test]
fn nothing_else_is_in_testdata() {
    let of = |expected: &[&str]| expected.iter().map(|&name| name.to_owned()).collect();
    let expected: BTreeSet<String> = of(&["README.md", "reader.py", "vaults", "vectors"]);
    let mut found = names(&repository("testdata"));
    // Python puts it there when somebody imports the reader.
    found.remove("__pycache__");
    assert_eq!(found, expected);
    let expected: BTreeSet<String> = of(&["v1", "v2"]);
    assert_eq!(names(&repository(VAULTS)), expected);
}

#[test]
fn vaults_of_every_version_still_open() {
    if writing() {
        return;
    }
    for version in names(&repository(VAULTS)) {
        let folder = repository(VAULTS).join(&version);
        let list = fs::read(folder.join(LIST)).unwrap();
        let list: Vec<Vector> = serde_json::from_slice(&list).unwrap();
        let mut listed = BTreeSet::from([LIST.to_owned()]);
        for mut vector in list {
            assert!(matches!(vector.expect, Outcome::Opens | Outcome::Blank));
            let path = vector.path.take().unwrap();
            vector.name = format!("{version}/{path}");
            vector.check(&fs::read(folder.join(&path)).unwrap());
            listed.insert(path);
        }
        assert_eq!(names(&folder), listed, "the files in {}", folder.display());
    }
}
