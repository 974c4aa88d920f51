//! `keyward exec`

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use keyward::Value;

use super::get::absent;
use crate::account;
use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::output::escaped;
use crate::session::Session;

/// Run a command with entries as environment variables
///
/// Every entry becomes a variable of its name, or only those that are chosen: a JSON string as its
/// text, other JSON as it was stored, bytes as they are. A name that cannot be a variable's name,
/// or a value with a NUL byte, is an error, and nothing is run. What `keyward login` keeps is left
/// out.
///
/// The vault is locked before the command takes this one's place, so that its exit code is this
/// one's and no other process keeps a secret. On most systems, other processes of the same user
/// can read a process's environment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward exec -- ./deploy.sh
  keyward exec --only GITHUB_TOKEN NPM_TOKEN -- npm publish
  keyward exec --prefix AWS_ -- aws s3 ls
  keyward exec --prefix staging/ --strip-prefix -- ./deploy.sh")]
pub(crate) struct Args {
    /// Only these entries
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,

    /// Only entries whose names begin like this
    #[arg(long, value_name = "PREFIX", conflicts_with = "only")]
    prefix: Option<String>,

    /// Leave the prefix out of the variables' names
    #[arg(long, requires = "prefix")]
    strip_prefix: bool,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome<Infallible> {
    let mut session = Session::open(app)?;
    let entries = session.run(|vault| vault.export())?;
    session.run(|vault| vault.lock())?;
    drop(session);
    let variables = variables(choose(args, app, entries)?)?;

    let (program, arguments) =
        args.command.split_first().ok_or_else(|| Failure::usage("There is no command to run."))?;
    let mut command = Command::new(program);
    command.args(arguments).envs(variables);
    let error = command.exec();
    let program = escaped(&program.to_string_lossy());
    Err(match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::new(Code::CommandNotFound, format!("The command {program} was not found."))
        }
        _ => Failure::new(
            Code::CannotRun,
            format!("The command {program} could not be run: {error}."),
        ),
    })
}

/// The entries that are asked for, by the names that their variables are to have.
fn choose(
    args: &Args,
    app: &App,
    entries: Vec<(String, Value)>,
) -> Outcome<BTreeMap<String, Value>> {
    if !args.only.is_empty() {
        let present: BTreeSet<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        if let Some(name) = args.only.iter().find(|name| !present.contains(name.as_str())) {
            return Err(absent(app, name));
        }
        return Ok(entries.into_iter().filter(|(name, _)| args.only.contains(name)).collect());
    }
    let Some(prefix) = &args.prefix else {
        // What `keyward login` keeps is no program's environment.
        let own = |name: &str| name.starts_with(account::PREFIX);
        return Ok(entries.into_iter().filter(|(name, _)| !own(name)).collect());
    };
    let chosen = entries.into_iter().filter_map(|(name, value)| {
        let rest = name.strip_prefix(prefix.as_str())?;
        Some((if args.strip_prefix { rest.to_owned() } else { name }, value))
    });
    Ok(chosen.collect())
}

fn variables(entries: BTreeMap<String, Value>) -> Outcome<Vec<(String, OsString)>> {
    let wrong: Vec<String> = entries
        .keys()
        .filter(|name| !is_variable_name(name))
        .map(|name| format!("\"{}\"", escaped(name)))
        .collect();
    if !wrong.is_empty() {
        let (noun, verb) = match wrong.len() {
            1 => ("entry has a name", "is"),
            _ => ("entries have names", "are"),
        };
        return Err(Failure::invalid(format!(
            "{} {noun} that cannot {} of environment variables: {}. Nothing was run. Choose \
             entries with --only or --prefix.",
            wrong.len(),
            if verb == "is" { "be one" } else { "be those" },
            wrong.join(", ")
        )));
    }
    entries
        .into_iter()
        .map(|(name, value)| {
            let text = value.parse::<String>().map(String::into_bytes);
            let bytes = text.unwrap_or_else(|_| value.expose().to_vec());
            if bytes.contains(&0) {
                return Err(Failure::invalid(format!(
                    "The value of \"{name}\" has a NUL byte, which no environment variable can \
                     hold. Nothing was run."
                )));
            }
            Ok((name, OsString::from_vec(bytes)))
        })
        .collect()
}

/// What POSIX shells can use as a variable (IEEE 1003.1, section 3.216, "Name").
fn is_variable_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_variables() {
        for name in ["A", "_", "api_token", "X1"] {
            assert!(is_variable_name(name), "{name}");
        }
        for name in ["", "1X", "api-token", "A B", "É", "A=B", "A\0"] {
            assert!(!is_variable_name(name), "{name}");
        }
    }
}
