//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ColorChoice, Parser};

use crate::commands::Command;
use crate::exit_code;

/// Keeps secrets in a vault: sealed in a file, opened by the device's own key store or by a
/// passcode.
///
/// A vault is one sealed file with entries, each of which has a name and a value. `keyward init`
/// creates one; every other command works on a vault that is there, and creates nothing by itself.
#[derive(Debug, Parser)]
#[command(name = "keyward", version, max_term_width = 100, after_long_help = after_long_help())]
#[command(after_help = "Examples:
  keyward init                                 a vault that the keyring opens
  keyward set API_TOKEN                        asks for the value, without showing it
  keyward get API_TOKEN
  keyward exec --only API_TOKEN -- ./deploy    one program gets it in its environment

`keyward help COMMAND` has more about a command, `keyward --help` more about everything.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command has.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options for every command")]
pub(crate) struct Global {
    /// Which vault
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "KEYWARD_VAULT",
        default_value = "default",
        hide_env_values = true
    )]
    pub(crate) vault: String,

    /// A file that stands in for the device's key store
    ///
    /// A new key is put into this file, which is created if need be, and a vault whose key is in
    /// it is opened with it. Whoever has both the vault's file and the key file can open the
    /// vault.
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        env = "KEYWARD_KEY_FILE",
        hide_env_values = true
    )]
    pub(crate) key_file: Option<OsString>,

    /// Read the passcode from the first line of this file
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "passcode_fd")]
    pub(crate) passcode_file: Option<PathBuf>,

    /// Read the passcode from the first line of this file descriptor
    #[arg(long, global = true, value_name = "N")]
    pub(crate) passcode_fd: Option<i32>,

    /// Write results, and errors, as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// When to use colours; NO_COLOR in the environment is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

fn after_long_help() -> String {
    format!("{BEFORE_EXIT_CODES}{}{AFTER_EXIT_CODES}", exit_code::table())
}

const BEFORE_EXIT_CODES: &str = "\
Files:
  Vaults live in the folder $KEYWARD_HOME; by default that is $XDG_DATA_HOME/keyward or
  ~/.local/share/keyward. A copy of a vault's file (`keyward status` says which it is) is a
  backup: it is sealed, and the same key opens it.

Passcodes:
  A passcode is asked for on the terminal, or read with --passcode-file or --passcode-fd. It is
  never taken from the command line or the environment, because other processes can read those.

Environment:
  KEYWARD_HOME      the folder that vaults live in
  KEYWARD_VAULT     the same as --vault
  KEYWARD_KEY_FILE  the same as --key-file
  KEYWARD_ACCOUNT   the same as --account, and KEYWARD_CLIENT_ID as --client-id
  BROWSER           the program that `login` opens
  NO_COLOR          no colours

Exit codes, and the names of errors:
";

const AFTER_EXIT_CODES: &str = "
  With --json, an error is {\"error\":{\"code\":NAME,\"message\":TEXT}} on standard error.

Examples:
  keyward init                                 a vault that the keyring opens
  keyward init --type custom-passcode          a vault with a passcode
  keyward --vault work set GITHUB_TOKEN        asks for the value, without showing it
  keyward set API_TOKEN
  keyward get API_TOKEN | wl-copy
  keyward exec --only API_TOKEN -- ./deploy    one program gets it in its environment";
