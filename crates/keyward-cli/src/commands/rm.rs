//! `keyward rm`

use std::collections::BTreeSet;

use serde_json::json;

use super::get::absent;
use crate::app::App;
use crate::failure::Outcome;
use crate::output::escaped;
use crate::session::Session;

/// Remove entries
///
/// If one of them is not there, nothing is removed, with exit code 3; --force removes those that
/// are there. They are removed in one step: all of them or none.
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
    session.run(|vault| vault.remove_many(&there))?;
    if app.output.json {
        return app.output.json(&json!({ "removed": there, "absent": missing }));
    }
    for name in there {
        app.output.say(&format!("Removed \"{}\".", escaped(name)))?;
    }
    Ok(())
}
