//! Writes `packages/keyward/src/messages.ts` from the messages, or fails when it differs.

use std::fs;
use std::path::PathBuf;

use ts_rs::{Config, TS};

use crate::messages::*;

/// Set, the file is written anew.
const UPDATE: &str = "UPDATE";

const HEAD: &str = "\
// Written by the tests of crates/keyward-bridge from crates/keyward-bridge/src/messages.rs. To write
// it anew: UPDATE=1 cargo test -p keyward-bridge
";

fn declaration<T: TS>() -> String {
    let config = Config::default();
    let docs = T::docs().unwrap_or_default();
    format!("{docs}export {}\n", T::decl(&config))
}

/// The names that the engine gives; its own tests hold each of them.
const CONDITIONS: &[&str] = &[
    "intact",
    "empty",
    "locked",
    "key-unavailable",
    "key-lost",
    "damaged",
    "vanished",
    "too-new",
    "store-failed",
];
const NEXT_STEPS: &[&str] = &[
    "nothing",
    "unlock",
    "retry",
    "unlock-key-store",
    "bring-key-store",
    "recover",
    "bring-back-key",
    "restore-copy",
    "find-bytes",
    "update-program",
    "mend-place",
    "choose-copy",
];
const OBSTACLES: &[&str] = &[
    "no-key-store",
    "not-set-up",
    "locked",
    "no-verification",
    "no-screen-lock",
    "no-biometrics",
    "no-prf",
    "insecure-page",
    "locked-out",
    "not-here",
    "unreachable",
];

fn union(docs: &str, name: &str, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("/**\n * {docs}\n */\nexport type {name} = {};\n", names.join(" | "))
}

fn messages() -> String {
    let declarations = [
        HEAD.to_owned(),
        declaration::<Call>(),
        declaration::<DeviceCall>(),
        declaration::<Answer<()>>(),
        declaration::<Notice>(),
        declaration::<LockCause>(),
        declaration::<Entry<'_>>(),
        declaration::<EntryValue<'_>>(),
        declaration::<VaultConfig>(),
        declaration::<PromptConfig>(),
        declaration::<VaultType>(),
        declaration::<DeviceSecurityType>(),
        union(
            "One way to protect a vault.",
            "Protection",
            &keyward::Protection::ALL.map(keyward::Protection::name),
        ),
        declaration::<StrongVaultOrPasscode>(),
        declaration::<ErrorMessage>(),
        declaration::<Assurance>(),
        declaration::<Theft>(),
        declaration::<Inspection<'_>>(),
        declaration::<Phase>(),
        declaration::<Health>(),
        declaration::<Older>(),
        union("What a vault's state is called.", "HealthCondition", CONDITIONS),
        union("What is safe to do next.", "NextStep", NEXT_STEPS),
        declaration::<Capabilities>(),
        declaration::<Capability>(),
        union("What stands in the way of a protector's work.", "Obstacle", OBSTACLES),
        declaration::<StoredInspection<'_>>(),
        declaration::<ProtectionChange>(),
        declaration::<SlotInspection<'_>>(),
        declaration::<Argon2Inspection>(),
    ];
    let text = declarations.join("\n");
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn the_typescript_types_are_those_of_the_messages() {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packages/keyward/src/messages.ts");
    let messages = messages();
    if std::env::var_os(UPDATE).is_some() {
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("makes it");
        fs::write(&path, &messages).expect("writes");
    }
    let present = fs::read_to_string(&path).expect("the package has its messages");
    assert!(present == messages, "{UPDATE}=1 cargo test -p keyward-bridge writes the types anew");
}
