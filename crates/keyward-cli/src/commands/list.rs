//! `keyward list`

use crate::app::App;
use crate::failure::Outcome;
use crate::output::shown;
use crate::session::Session;

/// Print the names of all entries
///
/// One name a line, shorter ones first. On a terminal, control characters in names are escaped; into
/// a pipe, names are printed as they are. With --json, the names are an array of strings: use that
/// for names that may contain line breaks.
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "Examples:
  keyward list
  keyward list | grep '^aws-'
  keyward list --json | jq length"
)]
pub(crate) struct Args {}

pub(crate) fn run(app: &App) -> Outcome {
    let names = Session::open(app)?.run(|vault| vault.keys())?;
    if app.output.json {
        return app.output.json(&names);
    }
    for name in &names {
        app.output.line(&shown(name))?;
    }
    Ok(())
}
