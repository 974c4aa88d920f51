//! `keyward rm`

use std::collections::BTreeSet;

use serde_json::json;

use super::get::absent;
use crate::app::App;
use crate::failure::{Failure, Outcome};
use crate::output::escaped;
use crate::session::Session;

/// Remove entries
///
/// If one of them is not there, nothing is removed, with exit code 3; --force removes those that
/// are there. They are removed one after the other: if that fails on the way, the error names those
/// that are gone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward rm api-token
  keyward rm --force old-token older-token")]
pub(crate) struct Args {
    /// The entries' names
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,

    /// An entry that is not there is no error
    #[arg(long, short)]
    force: bool,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let mut session = Session::open(app)?;
    let present: BTreeSet<String> = session.run(|vault| vault.keys())?.into_iter().collect();
    let wanted: BTreeSet<&String> = args.names.iter().collect();
    let (there, missing): (Vec<&String>, Vec<&String>) =
        wanted.into_iter().partition(|name| present.contains(*name));
    if let Some(name) = missing.first()
        && !args.force
    {
        return Err(absent(app, name));
    }
    for (done, name) in there.iter().enumerate() {
        let removed = session.run(|vault| vault.remove(name));
        removed.map_err(|failure| after(&there[..done], failure))?;
    }
    if app.output.json {
        return app.output.json(&json!({ "removed": there, "absent": missing }));
    }
    for name in there {
        app.output.say(&format!("Removed \"{}\".", escaped(name)))?;
    }
    Ok(())
}

/// A failure that came after these entries had been removed, one write for each. What it says of the
/// vault is true of the last write only.
fn after(removed: &[&String], failure: Failure) -> Failure {
    if removed.is_empty() {
        return failure;
    }
    let names: Vec<String> = removed.iter().map(|name| format!("\"{}\"", escaped(name))).collect();
    let message = format!("Removed {}. Then: {}", names.join(", "), failure.message);
    let failure =
        failure.with("removed", removed.iter().map(|name| name.as_str()).collect::<Vec<_>>());
    Failure { message, ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit_code::Code;

    #[test]
    fn what_was_removed_before_a_failure_is_told() {
        let failure = || Failure::new(Code::DiskFull, "There is no space left.");
        assert_eq!(after(&[], failure()).message, "There is no space left.");
        let (a, b) = ("a".to_owned(), "two\nlines".to_owned());
        let told = after(&[&a, &b], failure());
        assert_eq!(told.message, "Removed \"a\", \"two\\nlines\". Then: There is no space left.");
        assert_eq!(told.code, Code::DiskFull);
        assert_eq!(told.details["removed"], json!(["a", "two\nlines"]));
    }
}
