//! `keyward set`

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use keyward::{MAX_VALUE_LEN, Value};
use serde_json::json;
use zeroize::Zeroizing;

use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::output::escaped;
use crate::progress::Doing;
use crate::session::Session;
use crate::terminal::{Answer, Terminal};

/// The longest value that can be typed: a pasted token or key.
const MAX_TYPED_LEN: usize = 64 << 10;

/// Store an entry
///
/// Without a value, it is asked for on the terminal and not shown. A value that is given as an
/// argument can be seen by other processes on this machine, and stays in the shell's history: use
/// it for what is not secret. `--` goes before a name or a value that begins with a hyphen.
///
/// Text is stored as a JSON string. From standard input or a file, a single line loses its line
/// break, so that `echo TOKEN | keyward set NAME -` stores the token alone; text of several lines,
/// such as a PEM key, is stored exactly. With --bytes everything is stored exactly.
///
/// An entry of that name is replaced, but not by nothing: where the terminal or standard input gives
/// not a single character, nothing is changed, because the program before a pipe may have failed. The
/// argument '' stores an empty value. When the command ends with exit code 0, the value is on the
/// disk.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward set api-token                         asks for the value
  pass show api | keyward set api-token -       reads it from standard input
  keyward set ssh-key --file ~/.ssh/id_ed25519
  keyward set cert --file cert.der --bytes
  keyward set settings '{\"retries\":3}' --value-json")]
pub(crate) struct Args {
    /// The entry's name: up to 1,024 bytes of any Unicode
    name: String,

    /// The value; `-` reads it from standard input
    #[arg(conflicts_with_all = ["stdin", "file"])]
    value: Option<OsString>,

    /// Read the value from standard input
    #[arg(long, conflicts_with = "file")]
    stdin: bool,

    /// Read the value from a file
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Store the bytes as they are, not as text
    #[arg(long, conflicts_with = "value_json")]
    bytes: bool,

    /// The value is JSON, and is stored as it is
    #[arg(long)]
    value_json: bool,
}

/// Where the value comes from.
enum From<'a> {
    Argument(&'a OsString),
    Path(&'a Path),
    Terminal,
}

impl Args {
    fn from(&self) -> From<'_> {
        match (&self.value, &self.file) {
            (Some(value), _) if value == "-" => From::Path(Path::new("-")),
            (Some(value), _) => From::Argument(value),
            (None, Some(path)) => From::Path(path),
            (None, None) if self.stdin => From::Path(Path::new("-")),
            (None, None) => From::Terminal,
        }
    }
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let found = app.find()?;
    let value = value_of(args, read(args, app)?)?;
    let name = args.name.clone();
    Session::of(app, found)?.run(move |vault| vault.set_many([(name, value)]))?;
    if app.output.json {
        return app.output.json(&json!({ "stored": args.name }));
    }
    app.output.say(&format!("Stored \"{}\".", escaped(&args.name)))
}

fn read(args: &Args, app: &App) -> Outcome<Zeroizing<Vec<u8>>> {
    match args.from() {
        From::Argument(value) => Ok(Zeroizing::new(value.clone().into_vec())),
        From::Path(path) if path == Path::new("-") && app.passcodes.use_stdin() => {
            Err(Failure::usage("Standard input cannot give both the value and the passcode."))
        }
        From::Path(path) => {
            let bytes =
                input::read_path(path, MAX_VALUE_LEN).map_err(|error| unreadable(path, &error))?;
            if bytes.is_empty() && path == Path::new("-") {
                return Err(nothing("Standard input gave no value"));
            }
            Ok(if args.bytes { bytes } else { without_line_break(bytes) })
        }
        From::Terminal => ask(args, app),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::FileTooLarge {
        return Failure::invalid("The value is larger than 8 MiB. Nothing was changed.");
    }
    match path.to_str() {
        Some("-") => Failure::new(
            Code::Failed,
            format!("Reading standard input failed: {error}. Nothing was changed."),
        ),
        _ => Failure::file("Reading", path, error),
    }
}

fn ask(args: &Args, app: &App) -> Outcome<Zeroizing<Vec<u8>>> {
    let no_terminal = || {
        Failure::usage(
            "No value was given, and there is no terminal to ask for it on. Give `-` to read it \
             from standard input, or --file.",
        )
    };
    let failed = |error: io::Error| {
        Failure::new(
            Code::Failed,
            format!("Asking on the terminal failed: {error}. Nothing was changed."),
        )
    };
    let terminal = Terminal::open().ok_or_else(no_terminal)?;
    app.progress.now(Doing::Asking);
    let question = format!("Value for \"{}\" (not shown): ", escaped(&args.name));
    let answer = terminal.hide().and_then(|mut hidden| hidden.ask(&question, MAX_TYPED_LEN));
    app.progress.now(Doing::Working);
    match answer.map_err(failed)? {
        Answer::Given(text) if text.is_empty() => Err(nothing("No value was typed")),
        Answer::Given(mut text) => Ok(Zeroizing::new(std::mem::take(&mut *text).into_bytes())),
        Answer::Dismissed => {
            Err(Failure::new(Code::Dismissed, "No value was given. Nothing was changed."))
        }
    }
}

/// Where an entry could be lost to a slip of a key, or to a program before a pipe that has failed.
fn nothing(what: &str) -> Failure {
    Failure::invalid(format!("{what}. Nothing was changed. The argument '' stores an empty value."))
}

/// A single line without its line break; anything else as it is.
fn without_line_break(mut bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let line = bytes.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    if let Some(line) = line
        && !line.contains(&b'\n')
    {
        let len = line.len();
        bytes.truncate(len);
    }
    bytes
}

fn value_of(args: &Args, mut bytes: Zeroizing<Vec<u8>>) -> Outcome<Value> {
    let invalid = |error: keyward::Error| {
        Failure::invalid(format!("{}. Nothing was changed.", capital(&error)))
    };
    if args.bytes {
        return Value::bytes(std::mem::take(&mut *bytes)).map_err(invalid);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        Failure::invalid(
            "The value is not UTF-8 text. Nothing was changed. --bytes stores it as it is.",
        )
    })?;
    if args.value_json { Value::json_text(text) } else { Value::json(text) }.map_err(invalid)
}

fn capital(error: &keyward::Error) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_line_loses_its_line_break() {
        for (text, kept) in [
            ("token\n", "token"),
            ("token\r\n", "token"),
            ("token", "token"),
            ("\n", ""),
            ("", ""),
            ("two\nlines\n", "two\nlines\n"),
            ("line\n\n", "line\n\n"),
        ] {
            let stripped = without_line_break(Zeroizing::new(text.as_bytes().to_vec()));
            assert_eq!(*stripped, kept.as_bytes(), "{text:?}");
        }
    }
}
