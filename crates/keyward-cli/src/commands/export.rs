//! `keyward export`

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use keyward::{CopyFor, export};
use serde_json::json;

use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::output::to_terminal;
use crate::recovery::{passphrase, public_key};
use crate::session::Session;
use crate::words;

/// Write all entries, as plain text or sealed
///
/// The export document is NOT encrypted: whoever reads it has every secret in the vault. It is for
/// moving to another program or device. A backup is a copy of the vault's file, which stays sealed:
/// `cp "$(keyward status --json | jq -r .file)" backup.keyward`.
///
/// The document is JSON: {"keyward":1,"entries":{NAME:{"json":VALUE},NAME:{"bytes":BASE64}}}.
///
/// With --sealed, it is a sealed copy and no document: a vault's file of its own, for another device,
/// which a passphrase alone opens, or the private key to --recovery-key alone. The passphrase is asked
/// for, twice. Whoever has the copy can guess at it as often as they like: it must be long.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward export --output entries.json
  keyward export | age -r age1… > entries.json.age
  keyward export | keyward --vault other import -
  keyward export --sealed --output moving.keyward
  keyward export --sealed --recovery-key recovery.pub.pem --output moving.keyward")]
pub(crate) struct Args {
    /// Write to this new file, which only you can read
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Replace the file if it is there, or print on a terminal
    #[arg(long)]
    force: bool,

    /// Write a sealed copy
    #[arg(long)]
    sealed: bool,

    /// Seal the copy for whoever has the private key to this public one (P-256, PEM)
    #[arg(long, value_name = "FILE", requires = "sealed", conflicts_with = "passphrase_file")]
    recovery_key: Option<PathBuf>,

    /// Read the copy's passphrase from the first line of this file
    #[arg(long, value_name = "FILE", requires = "sealed")]
    passphrase_file: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    if args.output.is_none() && to_terminal() && !args.force {
        let what = match args.sealed {
            true => "A sealed copy is bytes, which a terminal may misread.",
            false => "The export would show every secret on the terminal.",
        };
        return Err(Failure::new(
            Code::ConfirmationNeeded,
            format!("{what} Send it to a file (--output) or a pipe, or say --force."),
        ));
    }
    if args.sealed {
        return sealed(args, app);
    }
    let entries = Session::open(app)?.run(|vault| vault.export())?;
    let document = export::write(&entries)
        .map_err(|error| Failure::invalid(format!("The entries cannot be exported: {error}.")))?;
    let Some(path) = &args.output else {
        app.output.raw(document.expose())?;
        return app.output.raw(b"\n");
    };
    save(path, document.expose(), b"\n", args.force)?;
    if app.output.json {
        let file = path.display().to_string();
        return app.output.json(&json!({ "file": file, "exported": entries.len() }));
    }
    app.output.say(&format!(
        "Exported {} to {}. The file is not encrypted.",
        words::entries(entries.len()),
        path.display()
    ))
}

fn sealed(args: &Args, app: &App) -> Outcome {
    let found = app.find()?;
    let copy_for = match &args.recovery_key {
        Some(path) => CopyFor::Recovery(public_key(path)?),
        None => CopyFor::Passphrase(passphrase(app, args.passphrase_file.as_deref(), true)?),
    };
    let copy = Session::of(app, found)?.run(|vault| vault.export_sealed(copy_for))?;
    let Some(path) = &args.output else {
        return app.output.raw(&copy);
    };
    save(path, &copy, b"", args.force)?;
    if app.output.json {
        let file = path.display().to_string();
        return app.output.json(&json!({ "file": file, "sealed": true }));
    }
    app.output.say(&format!("Wrote a sealed copy to {}.", path.display()))
}

fn save(path: &Path, document: &[u8], end: &[u8], replace: bool) -> Outcome {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::new(
            Code::ConfirmationNeeded,
            format!(
                "{} is there already and was left as it is. --force replaces it.",
                path.display()
            ),
        ),
        _ => Failure::file("Writing", path, &error),
    };
    let mut draft = path.as_os_str().to_owned();
    if replace {
        draft.push(format!(".{}.new", std::process::id()));
    }
    let draft = PathBuf::from(draft);
    let mut file = create(&draft).map_err(failed)?;
    let written = file
        .write_all(document)
        .and_then(|()| file.write_all(end))
        .and_then(|()| file.sync_all())
        .and_then(|()| if replace { fs::rename(&draft, path) } else { Ok(()) });
    if written.is_err() {
        // Half an export is of no use to anybody but a thief.
        let _ = fs::remove_file(&draft);
    }
    written.map_err(failed)
}

/// A file that was not there before, and that only its owner may read.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}
