//! The `keyward` command: secrets in a vault, from the shell. `docs/command-line.md` shows it at
//! work.

mod account;
mod app;
mod args;
mod ask;
mod commands;
mod descriptor;
mod exit_code;
mod explain;
mod failure;
mod input;
#[cfg(unix)]
mod interrupt;
mod key_store;
mod output;
mod passcode;
mod plain_entries;
mod plain_file;
mod progress;
mod recovery;
mod session;
mod sign_in;
mod terminal;
mod words;

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{ColorChoice, CommandFactory, FromArgMatches};

use app::App;
use args::Cli;
use descriptor::Descriptors;
use failure::{Failure, Outcome};
use output::Output;
use passcode::{Passcodes, Source};
use progress::Progress;

/// What is freed is wiped: HTTP libraries keep what they send and receive in buffers of their own.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    // The command works without it, only with less protection against its own user's other
    // programs.
    let _ = keyward_platform::harden_process();
    let output = Output { json: asks_for_json() };
    match run(output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(output.fail(&failure)),
    }
}

fn run(output: Output) -> Outcome {
    let colour = colour_choice();
    match colour {
        ColorChoice::Auto => {}
        ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
        ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
    }
    let parsed = Cli::command()
        .color(colour)
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return answer_or_usage(output, &error),
    };
    // First of all, because it takes descriptors over by their numbers.
    let mut taken = Descriptors::default();
    let present = Source::from_options(
        &mut taken,
        cli.global.passcode_file.clone(),
        cli.global.passcode_fd,
        "--passcode-file or --passcode-fd",
    )?;
    let new = cli.command.new_passcode().map(|(file, descriptor)| {
        let options = "--new-passcode-file or --new-passcode-fd";
        Source::from_options(&mut taken, file, descriptor, options)
    });
    let new = new.transpose()?;
    let code = cli.command.recovery_code().map(|(file, descriptor, options)| {
        Source::from_options(&mut taken, file, descriptor, options)
    });
    let code = code.transpose()?;
    if let Some(outcome) = cli.command.run_alone(output) {
        return outcome;
    }
    let vault = match cli.global.vault.as_str() {
        "" => "default".to_owned(),
        name => name.to_owned(),
    };
    let progress = Progress::new(output.json);
    let app = App {
        folder: folder()?,
        key_file: cli.global.key_file.filter(|path| !path.is_empty()).map(PathBuf::from),
        output,
        passcodes: Arc::new(Passcodes::new(&vault, present, new, progress.clone())),
        code,
        progress,
        vault,
    };
    cli.command.run(&app)
}

/// Help and the version are answers; everything else is a mistake on the command line.
fn answer_or_usage(output: Output, error: &clap::Error) -> Outcome {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => output.help(error),
        ErrorKind::MissingSubcommand if output.json => {
            Err(Failure::usage("There is no command. `keyward --help` lists them."))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if output.json => {
            Err(Failure::usage("The command needs another one behind it. Its --help lists them."))
        }
        _ if output.json => {
            let text = error.render().to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            let message = text.lines().next().unwrap_or_default();
            Err(Failure::usage(message))
        }
        _ => {
            output.usage(error);
            Err(Failure::said(exit_code::Code::Usage))
        }
    }
}

/// The folder that vaults live in.
fn folder() -> Outcome<PathBuf> {
    let path =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // The XDG Base Directory Specification has relative paths ignored.
    let data = || path("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let home = || path("HOME").map(|home| home.join(".local/share"));
    path("KEYWARD_HOME")
        .or_else(|| data().or_else(home).map(|data| data.join("keyward")))
        .ok_or_else(|| {
            Failure::usage("There is no place for vaults: neither KEYWARD_HOME nor HOME is set.")
        })
}

/// Whether errors are to be JSON, even those about the command line itself.
fn asks_for_json() -> bool {
    own_arguments().any(|argument| argument == "--json")
}

/// `--color`, even for help and for errors about the command line itself.
fn colour_choice() -> ColorChoice {
    let arguments: Vec<_> = own_arguments().collect();
    let given = arguments.iter().enumerate().find_map(|(place, argument)| {
        match argument.to_str()?.strip_prefix("--color")? {
            "" => arguments.get(place + 1)?.to_str(),
            value => value.strip_prefix('='),
        }
    });
    given.and_then(|word| word.parse().ok()).unwrap_or(ColorChoice::Auto)
}

/// The arguments up to `--`, behind which they are another command's.
fn own_arguments() -> impl Iterator<Item = std::ffi::OsString> {
    std::env::args_os().skip(1).take_while(|argument| argument != OsStr::new("--"))
}
