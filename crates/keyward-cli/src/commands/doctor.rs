//! `keyward doctor`

mod device;
mod mending;
mod reading;

use std::path::PathBuf;

use keyward_doctor::Report;
use serde_json::json;

use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};

/// Find what is missing or unsafe in an app's folder, and on this device
///
/// Looks at the project in the present folder (its Info.plist, Android's backup rules, Capacitor's
/// and Tauri's configuration, content security policies, packages and scripts), and at this device:
/// its keyring, and who may read the vaults' files. Needs no vault, and changes nothing without
/// --fix.
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
        let project = keyward_doctor::examine(&reading::read(&root)?);
        let device = match args.project_only {
            true => Report::default(),
            false => keyward_doctor::examine_device(&device::look(app)),
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
            let path = mending::mend(&root, repair, &fixed)?;
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
        // Stripped again where the output is no terminal.
        output.line(project.and(&device).text(true).trim_end())?;
    }
    match project.is_clean() && device.is_clean() {
        true => Ok(()),
        false => Err(Failure::said(Code::Findings)),
    }
}
