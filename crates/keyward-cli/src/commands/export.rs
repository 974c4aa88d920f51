//! `keyward export`

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use keyward::export;
use serde_json::json;

use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::output::to_terminal;
use crate::session::Session;
use crate::words;

/// Write all entries as plain text
///
/// The export document is NOT encrypted: whoever reads it has every secret in the vault. It is for
/// moving to another program or device. A backup is a copy of the vault's file, which stays sealed:
/// `cp "$(keyward status --json | jq -r .file)" backup.keyward`.
///
/// The document is JSON: {"keyward":1,"entries":{NAME:{"json":VALUE},NAME:{"bytes":BASE64}}}.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward export --output entries.json
  keyward export | age -r age1… > entries.json.age
  keyward export | keyward --vault other import -")]
pub(crate) struct Args {
    /// Write to this new file, which only you can read
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Replace the file if it is there, or print on a terminal
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    if args.output.is_none() && to_terminal() && !args.force {
        return Err(Failure::new(
            Code::ConfirmationNeeded,
            "The export would show every secret on the terminal. Send it to a file or a pipe, or \
             say --force.",
        ));
    }
    let entries = Session::open(app)?.run(|vault| vault.export())?;
    let document = export::write(&entries)
        .map_err(|error| Failure::invalid(format!("The entries cannot be exported: {error}.")))?;
    let Some(path) = &args.output else {
        app.output.raw(document.expose())?;
        return app.output.raw(b"\n");
    };
    save(path, document.expose(), args.force)?;
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

fn save(path: &Path, document: &[u8], replace: bool) -> Outcome {
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
        .and_then(|()| file.write_all(b"\n"))
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
