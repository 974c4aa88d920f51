//! `keyward recover`

use std::path::PathBuf;

use serde_json::json;

use crate::app::App;
use crate::failure::Outcome;
use crate::recovery;
use crate::session::Session;
use crate::words;

/// Open a vault whose key is gone, with its recovery code or key
///
/// The vault gets a new key from its key store, or a new passcode, which is asked for or read with
/// --passcode-file; what opened it before does so no more. The code or key stays as good as it is.
/// All of that is one step: if anything fails, the vault's file is what it was. A code with a typo
/// is told apart from one of another vault; wrong codes are counted and delayed like wrong
/// passcodes, but never clear a vault.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward recover
  keyward recover --key recovery.pem
  keyward recover --code-file code --passcode-file new")]
pub(crate) struct Args {
    /// Read the recovery code from the first line of this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["code_fd", "key"])]
    pub(super) code_file: Option<PathBuf>,

    /// Read the recovery code from the first line of this file descriptor
    #[arg(long, value_name = "N", conflicts_with = "key")]
    pub(super) code_fd: Option<i32>,

    /// Take this private key, of the curve P-256, in PEM, and no code
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let found = app.find()?;
    let recovery = match &args.key {
        Some(path) => recovery::private_key(path)?,
        None => recovery::code(app)?,
    };
    let mut session = Session::of(app, found)?;
    session.run(|vault| vault.recover(recovery))?;
    if app.output.json {
        return app.output.json(&json!({ "recovered": true }));
    }
    app.output.say(&format!(
        "Recovered the vault \"{}\" ({}).",
        app.name(),
        words::how_it_opens(session.config()?.vault_type)
    ))
}
