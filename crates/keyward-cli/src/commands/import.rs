//! `keyward import`

use std::io;
use std::path::{Path, PathBuf};

use keyward::{CopyKey, export, inspect, store};
use serde_json::json;

use crate::app::{App, Found};
use crate::ask::confirm;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::recovery;
use crate::session::Session;
use crate::words;

/// Read entries from an export document or a sealed copy
///
/// The vault's entries are replaced by those in the document, in one step: if anything fails, they
/// are what they were. Asks first when that would remove entries; without a terminal, --yes is
/// needed. With --merge, entries of the same name are replaced and all others stay.
///
/// With --sealed, the file is a sealed copy, or any vault's file: a passphrase opens it, or a recovery
/// code or key that was enrolled for it. A passphrase is asked for if nothing else is named.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward import entries.json
  keyward import --merge entries.json
  age -d entries.json.age | keyward import -
  keyward import --sealed moving.keyward
  keyward import --sealed default.keyward --recovery-code")]
pub(crate) struct Args {
    /// The export document, or the sealed copy; `-` reads standard input
    file: PathBuf,

    /// Keep entries that the document does not have
    #[arg(long)]
    merge: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    /// The file is a sealed copy, or a vault's file
    #[arg(long, conflicts_with = "merge")]
    sealed: bool,

    /// Ask for the recovery code that opens the copy
    #[arg(long, requires = "sealed", conflicts_with_all = ["recovery_code_file", "recovery_key", "passphrase_file"])]
    recovery_code: bool,

    /// Read the recovery code that opens the copy from the first line of this file
    #[arg(long, value_name = "FILE", requires = "sealed", conflicts_with_all = ["recovery_key", "passphrase_file"])]
    pub(super) recovery_code_file: Option<PathBuf>,

    /// Open the copy with this private key (P-256, PEM)
    #[arg(long, value_name = "FILE", requires = "sealed", conflicts_with = "passphrase_file")]
    recovery_key: Option<PathBuf>,

    /// Read the copy's passphrase from the first line of this file
    #[arg(long, value_name = "FILE", requires = "sealed")]
    passphrase_file: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let found = app.find()?;
    if args.sealed {
        return sealed(args, app, found);
    }
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

fn sealed(args: &Args, app: &App, found: Found) -> Outcome {
    let copy = input::read_path(&args.file, store::MAX_STORED_LEN)
        .map_err(|error| Failure::file("Reading", &args.file, &error))?;
    let key = if let Some(path) = &args.recovery_key {
        CopyKey::Recovery(recovery::private_key(path)?)
    } else if args.recovery_code || args.recovery_code_file.is_some() {
        CopyKey::Recovery(recovery::code(app)?)
    } else {
        let file = args.passphrase_file.as_deref();
        CopyKey::Passphrase(recovery::passphrase(app, file, false)?)
    };
    if !found.inspection.as_ref().is_ok_and(|inspection| inspection.empty) {
        let warning = format!(
            "This replaces all entries of the vault \"{}\" by those of the sealed copy.",
            app.name()
        );
        confirm(&app.progress, args.yes, &warning)?;
    }
    Session::of(app, found)?.run(|vault| vault.import_sealed(copy.to_vec(), key))?;
    if app.output.json {
        return app.output.json(&json!({ "imported": true, "sealed": true }));
    }
    app.output.say("Imported the entries of the sealed copy.")
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
        if inspect(&text).is_ok() {
            return Failure::invalid(
                "This is no export document, but a sealed copy or a vault's file. Nothing was \
                 changed. Import it with --sealed.",
            );
        }
        Failure::invalid(format!("The document was not imported: {error}. Nothing was changed."))
    })
}
