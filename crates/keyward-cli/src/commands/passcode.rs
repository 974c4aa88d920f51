//! `keyward passcode`

use std::path::PathBuf;

use keyward::{Config, Error, PasscodePurpose, VaultType};
use serde_json::json;

use crate::app::App;
use crate::explain::explain;
use crate::failure::Outcome;
use crate::session::Session;

/// Change the vault's passcode
///
/// Asks for the present passcode and, twice, for the new one. The change is one step and changes
/// the vault's key with it: an older copy of the vault's file still opens with the old passcode,
/// but what is stored from now on does not. A vault without a passcode gets one with
/// `keyward config --type custom-passcode`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward passcode
  keyward passcode --passcode-file old --new-passcode-file new")]
pub(crate) struct Args {
    /// Read the new passcode from the first line of this file
    #[arg(long, value_name = "FILE", conflicts_with = "new_passcode_fd")]
    pub(super) new_passcode_file: Option<PathBuf>,

    /// Read the new passcode from the first line of this file descriptor
    #[arg(long, value_name = "N")]
    pub(super) new_passcode_fd: Option<i32>,
}

pub(crate) fn run(app: &App) -> Outcome {
    let found = app.find()?;
    let other_type = |config: &Config| config.vault_type != VaultType::CustomPasscode;
    if found.inspection.as_ref().is_ok_and(|inspection| other_type(&inspection.config)) {
        return Err(explain(app, Some(&found), &Error::NotAPasscodeVault));
    }
    let mut session = Session::of(app, found)?;
    // The present one first: nobody should choose a new one in vain.
    session.run(|vault| vault.unlock())?;
    let passcode = app.passcodes.obtain(PasscodePurpose::Set)?;
    session.run(|vault| vault.set_passcode(passcode))?;
    // A vault that had no key yet gets it now, with this passcode.
    session.run(|vault| vault.enroll())?;
    if app.output.json {
        return app.output.json(&json!({ "changed": true }));
    }
    app.output.say(&format!("The passcode of the vault \"{}\" has been changed.", app.name()))
}
