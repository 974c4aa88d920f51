//! `keyward doctor`

use std::fs;
use std::io::{self, IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use keyward_doctor::{Device, Keyring, OpenFile, Project, Repair, Report};
use serde_json::json;

use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::key_store::{self, State};

/// Find what is missing or unsafe in an app's folder, and on this device
///
/// Looks at the project in the present folder (its Info.plist, Android's backup rules, Capacitor's
/// configuration, content security policies, packages and scripts), and at this device: its
/// keyring, and who may read the vaults' files. Needs no vault, and changes nothing without --fix.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward doctor
  keyward doctor --fix
  keyward doctor --project-only --json | jq '.project.findings[].check'")]
pub(crate) struct Args {
    /// The project's folder
    #[arg(default_value = ".")]
    folder: PathBuf,

    /// Write what is safe to write: lines are added, nothing is removed
    #[arg(long)]
    fix: bool,

    /// Leave this device out, for example where other machines build the project
    #[arg(long)]
    project_only: bool,
}

/// A repair can be the first half of another; there are never more halves than this.
const ROUNDS: usize = 8;

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let output = app.output;
    let root = args
        .folder
        .canonicalize()
        .map_err(|error| Failure::file("Looking into", &args.folder, &error))?;
    let mut fixed = Vec::new();
    let look = || -> Outcome<(Report, Report)> {
        let project = keyward_doctor::examine(&read(&root)?);
        let device = match args.project_only {
            true => Report::default(),
            false => keyward_doctor::examine_device(&device(app)),
        };
        Ok((project, device))
    };
    let (mut project, mut device) = look()?;
    for _ in 0..ROUNDS {
        let repairs = [project.repairs(), device.repairs()].concat();
        if !args.fix || repairs.is_empty() {
            break;
        }
        for repair in repairs {
            let path = mend(&root, repair)?;
            if !fixed.contains(&path) {
                fixed.push(path);
            }
        }
        (project, device) = look()?;
    }
    if output.json {
        // As the same doctor in Node.js prints it, to the byte.
        let device = if args.project_only { "null".to_owned() } else { device.json() };
        let (fixed, project) = (json!(fixed), project.json());
        output.line(&format!(r#"{{"device":{device},"fixed":{fixed},"project":{project}}}"#))?;
    } else {
        for path in &fixed {
            output.line(&format!("Wrote {path}"))?;
        }
        let all = Report { findings: [project.findings.as_slice(), &device.findings].concat() };
        // Stripped again where the output is no terminal.
        output.line(all.text(true).trim_end())?;
    }
    match project.is_clean() && device.is_clean() {
        true => Ok(()),
        false => Err(Failure::said(Code::Findings)),
    }
}

/// The files that the doctor wants. Links are not followed: they may lead anywhere.
fn read(root: &Path) -> Outcome<Project> {
    let mut project = Project::default();
    let mut count = 0;
    let mut folders = vec![String::new()];
    let installed = "node_modules/@ionic-enterprise/identity-vault/package.json";
    if let Some(text) = text(&root.join(installed)) {
        project.add(installed, text);
    }
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if folder.is_empty() => {
                return Err(Failure::file("Looking into", root, &error));
            }
            // A folder that may not be read is somebody else's.
            Err(_) => continue,
        };
        for entry in entries.filter_map(Result::ok) {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && keyward_doctor::enters(&path) {
                folders.push(path);
            } else if kind.is_file() && keyward_doctor::wanted(&path) {
                if count == keyward_doctor::MAX_FILES {
                    return Ok(project);
                }
                count += 1;
                progress(count);
                if let Some(text) = text(&entry.path()) {
                    project.add(path, text);
                }
            }
        }
    }
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    Ok(project)
}

/// A large project takes a moment.
fn progress(count: usize) {
    if count.is_multiple_of(100) && io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r{count} files");
    }
}

/// A file's text, if it is one and not too long.
fn text(path: &Path) -> Option<String> {
    let length = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?.len();
    let fits = usize::try_from(length).is_ok_and(|length| length <= keyward_doctor::MAX_FILE_LEN);
    fits.then(|| fs::read_to_string(path).ok()).flatten()
}

fn device(app: &App) -> Device {
    let keyring = match key_store::keyring() {
        State::Ready => Some(Keyring::Ready),
        State::Locked => Some(Keyring::Locked),
        State::Missing => Some(Keyring::Missing),
        State::Unreachable => Some(Keyring::Unreachable),
        State::NotNamed | State::Unknown => None,
    };
    let files = fs::read_dir(&app.folder).into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<PathBuf> = files.map(|file| file.path()).collect();
    files.sort();
    let vaults = files.iter().filter(|path| path.extension().is_some_and(|it| it == "keyward"));
    let mut open_files: Vec<OpenFile> = open(&app.folder, true, false).into_iter().collect();
    open_files.extend(vaults.filter_map(|path| open(path, false, false)));
    open_files.extend(app.key_file.as_ref().and_then(|path| open(path, false, true)));
    Device { keyring, open_files }
}

/// The file or folder, if others may use it.
#[cfg(unix)]
fn open(path: &Path, is_folder: bool, has_key: bool) -> Option<OpenFile> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = fs::symlink_metadata(path).ok()?;
    let mode = metadata.permissions().mode() & 0o777;
    let right_kind = metadata.is_dir() == is_folder && !metadata.is_symlink();
    let path = path.to_str()?.to_owned();
    (right_kind && mode & 0o077 != 0).then_some(OpenFile { path, mode, is_folder, has_key })
}

/// Rights are told in another way here.
#[cfg(not(unix))]
fn open(_: &Path, _: bool, _: bool) -> Option<OpenFile> {
    None
}

/// Does one repair, and answers what was written. The file is there whole or not at all.
fn mend(root: &Path, repair: Repair) -> Outcome<String> {
    match repair {
        Repair::Write { path, content } => {
            let whole = root.join(&path);
            let failed = |error: &io::Error| Failure::file("Writing", &whole, error);
            let folder = whole.parent().unwrap_or(root);
            fs::create_dir_all(folder).map_err(|error| failed(&error))?;
            let new = folder.join(format!(".keyward-doctor-{}", std::process::id()));
            let written = fs::write(&new, content)
                .and_then(|()| match fs::metadata(&whole) {
                    Ok(before) => fs::set_permissions(&new, before.permissions()),
                    Err(_) => Ok(()),
                })
                .and_then(|()| fs::rename(&new, &whole));
            if let Err(error) = written {
                let _ = fs::remove_file(&new);
                return Err(failed(&error));
            }
            Ok(path)
        }
        Repair::Restrict { path, mode } => {
            restrict(Path::new(&path), mode)
                .map_err(|error| Failure::file("Restricting", Path::new(&path), &error))?;
            Ok(path)
        }
    }
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
