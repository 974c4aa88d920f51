//! `keyward import`

use std::io;
use std::path::{Path, PathBuf};

use keyward::export;
use serde_json::json;

use crate::app::App;
use crate::ask::confirm;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::session::Session;
use crate::words;

/// Read entries from an export document
///
/// The vault's entries are replaced by those in the document, in one step: if anything fails, they
/// are what they were. Asks first when that would remove entries; without a terminal, --yes is
/// needed. With --merge, entries of the same name are replaced and all others stay.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward import entries.json
  keyward import --merge entries.json
  age -d entries.json.age | keyward import -")]
pub(crate) struct Args {
    /// The export document; `-` reads standard input
    file: PathBuf,

    /// Keep entries that the document does not have
    #[arg(long)]
    merge: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let found = app.find()?;
    let entries = read(args, app)?;
    let count = entries.len();
    if !args.merge && !found.inspection.as_ref().is_ok_and(|inspection| inspection.empty) {
        let warning = format!(
            "This replaces all entries of the vault \"{}\" by the {} in the document.",
            app.name(),
            words::entries(count)
        );
        confirm(&app.progress, args.yes, &warning)?;
    }
    let mut session = Session::of(app, found)?;
    if args.merge {
        session.run(|vault| vault.set_many(entries))?;
    } else {
        session.run(|vault| vault.import(entries))?;
    }
    if app.output.json {
        return app.output.json(&json!({ "imported": count, "merged": args.merge }));
    }
    app.output.say(&format!("Imported {}.", words::entries(count)))
}

fn read(args: &Args, app: &App) -> Outcome<Vec<(String, keyward::Value)>> {
    let stdin = args.file == Path::new("-");
    if stdin && app.passcodes.use_stdin() {
        return Err(Failure::usage(
            "Standard input cannot give both the document and the passcode.",
        ));
    }
    let text = input::read_path(&args.file, export::MAX_EXPORT_LEN).map_err(|error| match error
        .kind()
    {
        io::ErrorKind::FileTooLarge => {
            Failure::invalid("The document is longer than 1 GiB. Nothing was changed.")
        }
        _ if stdin => Failure::new(
            Code::Failed,
            format!("Reading standard input failed: {error}. Nothing was changed."),
        ),
        _ => Failure::file("Reading", &args.file, &error),
    })?;
    export::parse(&text).map_err(|error| {
        Failure::invalid(format!("The document was not imported: {error}. Nothing was changed."))
    })
}
