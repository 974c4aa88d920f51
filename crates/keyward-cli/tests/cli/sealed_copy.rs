//! A sealed copy is a vault's file like any other, for this command and for whoever imports one.

use std::fs;
use std::path::Path;

use async_io::block_on;
use keyward::{Config, Error, Passcode, Vault, VaultType};
use keyward_platform::Native;

use crate::sandbox::Sandbox;

/// A vault in memory, in a folder of its own.
fn vault_in_memory(folder: &Path) -> Vault {
    let state = folder.join("state");
    let vault = Native::new(folder).with_state_folder(state).open().expect("a vault");
    block_on(vault.initialize(Config::new("elsewhere", VaultType::InMemory))).expect("initialises");
    vault
}

fn passphrase() -> Passcode {
    Passcode::new("correct horse").expect("a passphrase")
}

#[test]
fn the_command_opens_a_sealed_copy() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let vault = vault_in_memory(&sandbox.home().join("memory"));
    let copy = block_on(async {
        vault.set("token", "abc").await?;
        vault.export_sealed(passphrase()).await
    })?;
    fs::create_dir_all(sandbox.vaults()).expect("a folder for vaults");
    fs::write(sandbox.vaults().join("copied.keyward"), copy).expect("writes");
    sandbox.write("passphrase", "correct horse\n");
    let shown = sandbox.ok(&["--vault", "copied", "get", "token", "--passcode-file", "passphrase"]);
    assert_eq!(shown, "abc");
    Ok(())
}

#[test]
fn what_the_command_wrote_without_a_keyring_can_be_imported() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    sandbox.write("passphrase", "correct horse\n");
    sandbox.ok(&["init", "--type", "custom-passcode", "--passcode-file", "passphrase"]);
    sandbox.ok(&["set", "token", "abc", "--passcode-file", "passphrase"]);
    let file = fs::read(sandbox.vaults().join("default.keyward")).expect("reads");
    let vault = vault_in_memory(&sandbox.home().join("memory"));
    let token = block_on(async {
        vault.import_sealed(file, passphrase()).await?;
        vault.get::<String>("token").await
    })?;
    assert_eq!(token.as_deref(), Some("abc"));
    Ok(())
}
