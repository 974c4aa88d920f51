//! `keyward inspect`

use std::io;
use std::path::PathBuf;

use keyward::{Error, Inspection, SlotInfo, inspect, store};
use keyward_platform::Native;
use serde_json::{Value, json};

use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::output::{Output, Tone, escaped};
use crate::words;

/// Show what anyone can know of a vault's file
///
/// Prints the header, the slots and the sizes of a sealed file, wherever it is. Needs no key and
/// changes nothing. Nothing of this is authenticated before the vault is opened.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward inspect ~/.local/share/keyward/default.keyward
  keyward inspect backup.keyward --json | jq .config.type")]
pub(crate) struct Args {
    /// The file; `-` reads standard input
    file: PathBuf,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let file = match args.file.to_str() {
        Some("-") => "Standard input".to_owned(),
        _ => args.file.display().to_string(),
    };
    let bytes = input::read_path(&args.file, store::MAX_STORED_LEN).map_err(|error| match error
        .kind()
    {
        io::ErrorKind::FileTooLarge => {
            Failure::new(Code::TooLarge, format!("{file} is larger than a vault can be."))
        }
        io::ErrorKind::NotFound => Failure::new(Code::NoVault, format!("There is no file {file}.")),
        io::ErrorKind::PermissionDenied => {
            Failure::new(Code::Denied, format!("There is no permission to read {file}."))
        }
        io::ErrorKind::IsADirectory => Failure::new(Code::NotAFile, format!("{file} is a folder.")),
        _ => Failure::file("Reading", &args.file, &error),
    })?;
    let inspection = inspect(&bytes).map_err(|error| match error {
        Error::TooNew { version } => Failure::new(
            Code::TooNew,
            format!(
                "{file} was written by a newer Keyward (format version {version}); update this one."
            ),
        ),
        Error::Damaged { what } => Failure::new(
            Code::Damaged,
            format!("{file} is not a vault's file, or it is damaged ({what})."),
        ),
        error => Failure::new(Code::Failed, format!("{file} could not be inspected: {error}.")),
    })?;
    if output.json {
        return output.json(&as_json(&inspection));
    }
    show(&inspection, output)
}

/// The public part of a vault in JSON.
pub(super) fn as_json(inspection: &Inspection) -> Value {
    let slots: Vec<Value> = inspection.slots.iter().map(slot_json).collect();
    json!({
        "version": inspection.version,
        "vaultId": inspection.vault.to_string(),
        "epoch": inspection.epoch,
        "empty": inspection.empty,
        "config": inspection.config,
        "slots": slots,
        "weakenedTo": inspection.weakened_to,
        "protectionChanges": inspection.protection_changes,
        "fileBytes": inspection.sealed_len,
        "contentBytes": inspection.content_len,
        "assurance": words::assurance(assurance(inspection)),
    })
}

fn slot_json(slot: &SlotInfo) -> Value {
    let costs = slot.costs.map(|costs| {
        json!({ "memoryKiB": costs.memory_kib, "passes": costs.passes, "lanes": costs.lanes })
    });
    json!({ "kind": slot.kind, "keyStore": slot.provider, "argon2id": costs })
}

/// What protects the entries, by what this platform's protectors say of themselves. The key file
/// is taken to be where it belongs: away from the vault's file.
pub(super) fn assurance(inspection: &Inspection) -> keyward::Assurance {
    inspection.assurance(&Native::new("").with_key_file("").platform())
}

fn show(inspection: &Inspection, output: Output) -> Outcome {
    let config = &inspection.config;
    let plain = |text: String| (text, Tone::Plain);
    let mut rows = vec![
        ("Format", plain(format!("version {}", inspection.version))),
        ("Vault", plain(escaped(&config.key))),
        ("Identity", plain(inspection.vault.to_string())),
        ("Epoch", plain(inspection.epoch.to_string())),
        (
            "Type",
            plain(format!(
                "{} ({})",
                words::name(config.vault_type),
                words::how_it_opens(config.vault_type)
            )),
        ),
        ("Entries", plain(if inspection.empty { "none" } else { "some" }.to_owned())),
    ];
    if let Some(weakened) = words::weakened(inspection) {
        rows.push(("Weakened to", (weakened, Tone::Poor)));
    }
    let changes = inspection.protection_changes.iter();
    rows.extend(changes.map(|change| ("Protection", plain(words::change(change)))));
    rows.extend(inspection.slots.iter().map(|slot| ("Slot", plain(describe(slot)))));
    rows.push((
        "Size",
        plain(format!(
            "{} bytes, of which {} sealed content with its padding",
            inspection.sealed_len, inspection.content_len
        )),
    ));
    let assurance = assurance(inspection);
    if !is_blank(inspection) {
        rows.push((
            "A stolen copy",
            (
                words::stolen_file(assurance.stolen_file).to_owned(),
                words::tone(assurance.stolen_file),
            ),
        ));
    }
    let rows: Vec<(&str, String, Tone)> =
        rows.into_iter().map(|(label, (text, tone))| (label, text, tone)).collect();
    output.table(&rows)
}

/// Whether the vault has no key, because nothing has ever been stored in it.
pub(super) fn is_blank(inspection: &Inspection) -> bool {
    inspection.empty && inspection.slots.iter().all(|slot| slot.kind == "blank")
}

/// A slot for people.
pub(super) fn describe(slot: &SlotInfo) -> String {
    let mut text = match slot.kind {
        "blank" => "no key yet".to_owned(),
        kind => kind.to_owned(),
    };
    if let Some(provider) = &slot.provider {
        text += &format!(", key in {}", escaped(provider));
    }
    if let Some(costs) = slot.costs {
        text += &format!(
            ", each guess costs Argon2id with m={} KiB, t={}, p={}",
            costs.memory_kib, costs.passes, costs.lanes
        );
    }
    text
}
