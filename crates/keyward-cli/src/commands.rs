//! The commands, one in each file.

mod capabilities;
mod clear;
mod completions;
mod config;
mod doctor;
mod exec;
mod exit_codes;
mod export;
mod get;
mod import;
mod init;
mod inspect;
mod list;
mod login;
mod logout;
mod moving;
mod passcode;
mod recover;
mod recovery;
mod rm;
mod set;
mod status;
mod token;
mod whoami;

use std::convert::Infallible;
use std::path::PathBuf;

use clap::Subcommand;

use crate::app::App;
use crate::failure::Outcome;
use crate::output::Output;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Set(set::Args),
    Get(get::Args),
    List(list::Args),
    Rm(rm::Args),
    Status(status::Args),
    Capabilities(capabilities::Args),
    Config(config::Args),
    Passcode(passcode::Args),
    Recovery(recovery::Args),
    Recover(recover::Args),
    Export(export::Args),
    Import(import::Args),
    Move(moving::Args),
    Clear(clear::Args),
    Inspect(inspect::Args),
    Exec(exec::Args),
    Login(login::Args),
    Token(token::Args),
    Whoami(whoami::Args),
    Logout(logout::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    ExitCodes(exit_codes::Args),
}

impl Command {
    /// Where a new passcode comes from, for the one command that takes two: a file or a descriptor.
    pub(crate) fn new_passcode(&self) -> Option<(Option<PathBuf>, Option<i32>)> {
        match self {
            Self::Passcode(args) => Some((args.new_passcode_file.clone(), args.new_passcode_fd)),
            _ => None,
        }
    }

    /// Where a recovery code comes from, for the commands that take one: a file or a descriptor, and
    /// the options that say so.
    pub(crate) fn recovery_code(&self) -> Option<(Option<PathBuf>, Option<i32>, &'static str)> {
        match self {
            Self::Recover(args) => {
                let options = "--code-file or --code-fd, or a key with --key";
                Some((args.code_file.clone(), args.code_fd, options))
            }
            Self::Import(args) => {
                Some((args.recovery_code_file.clone(), None, "--recovery-code-file"))
            }
            _ => None,
        }
    }

    /// Runs a command that works without a vault; `None` when it needs one.
    pub(crate) fn run_alone(&self, output: Output) -> Option<Outcome> {
        match self {
            Self::Inspect(args) => Some(inspect::run(args, output)),
            Self::Completions(args) => Some(completions::run(args, output)),
            Self::ExitCodes(_) => Some(exit_codes::run(output)),
            _ => None,
        }
    }

    /// Runs a command on a vault.
    pub(crate) fn run(self, app: &App) -> Outcome {
        match self {
            Self::Init(args) => init::run(&args, app),
            Self::Set(args) => set::run(&args, app),
            Self::Get(args) => get::run(&args, app),
            Self::List(_) => list::run(app),
            Self::Rm(args) => rm::run(&args, app),
            Self::Status(_) => status::run(app),
            Self::Capabilities(_) => capabilities::run(app),
            Self::Config(args) => config::run(&args, app),
            Self::Passcode(_) => passcode::run(app),
            Self::Recovery(args) => recovery::run(&args, app),
            Self::Recover(args) => recover::run(&args, app),
            Self::Export(args) => export::run(&args, app),
            Self::Import(args) => import::run(&args, app),
            Self::Move(args) => moving::run(&args, app),
            Self::Clear(args) => clear::run(&args, app),
            Self::Exec(args) => exec::run(&args, app).map(|never: Infallible| match never {}),
            Self::Login(args) => login::run(&args, app),
            Self::Token(args) => token::run(&args, app),
            Self::Whoami(args) => whoami::run(&args, app),
            Self::Logout(args) => logout::run(&args, app),
            Self::Doctor(args) => doctor::run(&args, app),
            alone => alone.run_alone(app.output).unwrap_or(Ok(())),
        }
    }
}
