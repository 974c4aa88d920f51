//! `keyward move`

use std::path::{Path, PathBuf};

use keyward::{Condition, Value, VaultType};
use serde_json::json;

use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::plain_entries::{self, Format, may_be_an_export, quoted, same};
use crate::plain_file::{PlainFile, Stays, Unfit};
use crate::session::Session;
use crate::words;

/// Move the entries of a .env or JSON file into the vault
///
/// Everything is copied in one step, read back, and only then is the file removed. A move that was
/// killed, at whatever point, is gone on with by the same command. Nothing in the vault is overwritten:
/// if it has another value under one of the names, nothing is done. An entry that has the same value
/// already is as good as moved.
///
/// A .env file gives each variable as text. Programs differ in what they make of quotes, `$`, `#` and
/// backslashes there: what can be read in two ways is refused, with the variable's name. A JSON file
/// must be one object; each member becomes an entry, with its JSON as it is. Comments are not kept.
///
/// What exportVault() of Identity Vault gives is an object of texts, with the entries' JSON in them. A
/// file that looks so can be read in two ways, and --format says which one is meant.
///
/// Removing a file does not wipe it: its content may stay on the disk for a long time, above all on an
/// SSD and on file systems that keep journals or snapshots, and in backups, editors and version
/// control. Where somebody may have read it there, replace the secrets themselves.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward move .env --dry-run
  keyward move .env && keyward exec -- ./server
  keyward move secrets.json
  keyward move --format identity-vault exported.json
  keyward move --format env --keep /etc/default/server")]
pub(crate) struct Args {
    /// The file; it is removed in the end
    file: PathBuf,

    /// How the file is written, if its name does not say so
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,

    /// Copy only, and leave the file
    #[arg(long)]
    keep: bool,

    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

type Entries = Vec<(String, Value)>;

/// The names of a file's entries, by how they stand to the vault's.
#[derive(Debug, Default)]
struct Standing {
    free: Vec<String>,
    /// There already, with the same value.
    same: Vec<String>,
    /// There already, with another value.
    other: Vec<String>,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let found = app.find()?;
    if found.inspection.as_ref().is_ok_and(|it| it.config.vault_type == VaultType::InMemory) {
        return Err(Failure::new(
            Code::Unsupported,
            format!(
                "The vault \"{}\" lives in the memory of one program, so that nothing can be moved into \
                 it. Nothing was changed.",
                app.name()
            ),
        ));
    }
    let sources = read(args)?;
    let mut session = Session::of(app, found)?;
    let mut all = Standing::default();
    for (file, entries) in sources {
        let standing = look(&mut session, &entries)?;
        if !args.dry_run {
            refuse_conflicts(args, app, &standing.other)?;
            if !entries.is_empty() {
                copy(args, app, &mut session, &standing, entries)?;
                if !args.keep {
                    file.remove().map_err(|stays| still_there(&args.file, &stays))?;
                }
            }
        }
        all.free.extend(standing.free);
        all.same.extend(standing.same);
        all.other.extend(standing.other);
    }
    report(args, app, &all)
}

/// What is to be moved: all files are read before anything is done.
fn read(args: &Args) -> Outcome<Vec<(PlainFile, Entries)>> {
    let format = args.format.or_else(|| Format::of(&args.file)).ok_or_else(|| {
        Failure::usage(format!(
            "The name {} does not say how the file is written. Say --format env or --format json.",
            args.file.display()
        ))
    })?;
    let refused = |why: String| {
        let file = args.file.display();
        Failure::invalid(format!("{file} was not moved: {why}. Nothing was changed."))
    };
    let files =
        PlainFile::all(&args.file, !args.keep).map_err(|(path, unfit)| refuse(&path, &unfit))?;
    let entries = files.into_iter().map(|file| {
        let entries = plain_entries::read(format, &file.bytes).map_err(refused)?;
        if args.format.is_none() && format == Format::Json && may_be_an_export(&entries) {
            return Err(refused(
                "each of its members is a text that is JSON itself, as in an export of Identity Vault. \
                 Say --format identity-vault to move what the texts hold, or --format json to move them \
                 as they are"
                    .to_owned(),
            ));
        }
        Ok((file, entries))
    });
    entries.collect()
}

fn refuse(path: &Path, unfit: &Unfit) -> Failure {
    let shown = path.display();
    let (code, message) = match unfit {
        Unfit::Link => (
            Code::Invalid,
            format!(
                "{shown} is a symbolic link. Name the file that it leads to, so that it is clear what \
                 will be removed."
            ),
        ),
        Unfit::NotAFile => (Code::Invalid, format!("{shown} is not a plain file.")),
        Unfit::OtherNames => (
            Code::Invalid,
            format!(
                "{shown} has other names (hard links), under which its content would stay. Remove those, \
                 or say --keep."
            ),
        ),
        Unfit::Folder(error) => (
            Code::Denied,
            format!(
                "{shown} could not be removed from its folder afterwards: {error}. --keep copies its \
                 entries and leaves it."
            ),
        ),
        Unfit::Unreadable(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            (Code::Invalid, format!("{shown} is larger than 1 GiB."))
        }
        Unfit::Unreadable(error) => return Failure::file("Reading", path, error),
    };
    Failure::new(code, format!("{message} Nothing was changed."))
}

/// Compares a file's entries with the vault's.
fn look(session: &mut Session<'_>, entries: &Entries) -> Outcome<Standing> {
    let mut standing = Standing::default();
    // Once more before each comparison, because other processes may write.
    session.run(|vault| vault.catch_up())?;
    for (name, value) in entries {
        let names = match session.run(|vault| vault.value(name))? {
            None => &mut standing.free,
            Some(stored) if same(&stored, value) => &mut standing.same,
            Some(_) => &mut standing.other,
        };
        names.push(name.clone());
    }
    Ok(standing)
}

/// Copies what the vault does not have yet, and reads all of it back.
fn copy(
    args: &Args,
    app: &App,
    session: &mut Session<'_>,
    standing: &Standing,
    entries: Entries,
) -> Outcome {
    if !standing.free.is_empty() {
        let new = entries.clone();
        session.run(|vault| vault.add_many(new))?;
    }
    // What is stored, and not only what is in memory.
    let condition = session.health()?.condition;
    if !matches!(condition, Condition::Intact) {
        return Err(Failure::new(
            Code::Failed,
            format!(
                "What is stored of the vault \"{}\" does not verify now ({}), so {} was left as it is. \
                 {} says more.",
                app.name(),
                condition.name(),
                args.file.display(),
                app.hint("status")
            ),
        ));
    }
    let arrived = look(session, &entries)?;
    let missing = [arrived.free, arrived.other].concat();
    refuse_conflicts(args, app, &missing)
}

/// Nothing is removed while the vault has something else under one of the names.
fn refuse_conflicts(args: &Args, app: &App, names: &[String]) -> Outcome {
    if names.is_empty() {
        return Ok(());
    }
    let (shown, rest) = names.split_at(names.len().min(5));
    let shown: Vec<_> = shown.iter().map(|name| quoted(name)).collect();
    let more = match rest.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(Failure::new(
        Code::Conflict,
        format!(
            "The vault \"{}\" has another value under {}{more}. Nothing was overwritten, and {file} was \
             left as it is. Remove what you do not need ({}, or from {file}), and move again.",
            app.name(),
            shown.join(", "),
            app.hint("rm NAME"),
            file = args.file.display()
        ),
    )
    .with("conflicts", names))
}

fn still_there(path: &Path, stays: &Stays) -> Failure {
    let shown = path.display();
    match stays {
        Stays::Changed => Failure::new(
            Code::SourceChanged,
            format!(
                "{shown} has changed while it was being moved, so it was not removed. What it held before \
                 is in the vault. Look at it, and move it again."
            ),
        ),
        Stays::ChangedAside(aside) => Failure::new(
            Code::SourceChanged,
            format!(
                "{shown} has changed while it was being moved, and another file has taken its place. What \
                 it held before is in the vault; the file itself is now {}. Look at both, and move again.",
                aside.display()
            ),
        ),
        Stays::Failed(error) => Failure::new(
            Code::SourceKept,
            format!(
                "All entries are in the vault, but {shown} could not be removed: {error}. Remove it \
                 yourself, or move it again."
            ),
        ),
    }
}

fn report(args: &Args, app: &App, all: &Standing) -> Outcome {
    let Standing { free, same, other } = all;
    let file = args.file.display();
    let nothing = [free, same, other].iter().all(|names| names.is_empty());
    let removed = !args.keep && !args.dry_run && !nothing;
    if app.output.json {
        app.output.json(&json!({
            "file": file.to_string(),
            "moved": free,
            "present": same,
            "conflicts": other,
            "removed": removed,
            "dryRun": args.dry_run,
        }))?;
        return conflicts_are_told(all);
    }
    if nothing {
        return app
            .output
            .line(&format!("There is nothing to move in {file}. It was left as it is."));
    }
    let (name, count) = (app.name(), words::entries(free.len()));
    if args.dry_run {
        app.output
            .line(&format!("{count} would be moved from {file} into the vault \"{name}\":"))?;
        for name in free {
            app.output.line(&format!("  {}", quoted(name)))?;
        }
        for name in same {
            app.output
                .line(&format!("  {} is there already, with the same value", quoted(name)))?;
        }
        for name in other {
            let name = quoted(name);
            app.output.line(&format!("  {name} is there already, with another value"))?;
        }
        app.output.line(match (other.is_empty(), args.keep) {
            (false, _) => "Because of the other values, nothing would be done.",
            (true, true) => "The file would stay.",
            (true, false) => "Then the file would be removed.",
        })?;
        return conflicts_are_told(all);
    }
    let present = match same.len() {
        0 => String::new(),
        1 => " (1 was there already)".to_owned(),
        count => format!(" ({count} were there already)"),
    };
    if args.keep {
        return app.output.line(&format!(
            "Copied {count} from {file} into the vault \"{name}\"{present}. The file is still there."
        ));
    }
    app.output.line(&format!(
        "Moved {count} from {file} into the vault \"{name}\"{present}, and removed the file."
    ))?;
    app.output.note(
        "What was in it may still be on the disk, in backups or in version control: `keyward help move` \
         says more.",
    );
    Ok(())
}

/// Only `--dry-run` comes here with conflicts.
fn conflicts_are_told(all: &Standing) -> Outcome {
    if all.other.is_empty() { Ok(()) } else { Err(Failure::said(Code::Conflict)) }
}
