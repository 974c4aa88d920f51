//! `keyward status`

use keyward::{
    Condition, Health, Inspection, NextStep, Obstacle, Protection, RegistryState, VaultType,
};
use serde_json::json;

use super::inspect::{assurance, describe, is_blank};
use crate::app::App;
use crate::explain::explain;
use crate::failure::Outcome;
use crate::key_store::{self, State};
use crate::output::Tone;
use crate::session::{Session, older_words};
use crate::words;

/// Show where the vault is, how it is protected, how it is, and what is safe to do next
///
/// Never asks for a passcode and changes nothing in the vault. The number of entries is shown only where the
/// vault opens without asking and the key store is unlocked. A keyring that confirms every access,
/// or that holds the key in a second, locked keyring, may still ask for that.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward status
  cp \"$(keyward status --json | jq -r .file)\" backup.keyward")]
pub(crate) struct Args {}

/// A key store that a slot names, and its state.
struct KeyStore {
    name: String,
    state: State,
}

pub(crate) fn run(app: &App) -> Outcome {
    let found = app.find()?;
    let path = found.path.display().to_string();
    let inspection = match &found.inspection {
        Ok(inspection) => inspection.clone(),
        Err(error) => return Err(explain(app, Some(&found), error)),
    };
    let key_store = inspection.slots.iter().find_map(|slot| slot.provider.clone()).map(|name| {
        let state = key_store::state(&name, app.key_file.as_deref());
        KeyStore { name, state }
    });
    let mut session = Session::without_asking(app, found)?;
    let health = session.health()?;
    let entries = count(&mut session, &inspection, key_store.as_ref());
    drop(session);
    if app.output.json {
        return as_json(app, &path, &inspection, key_store.as_ref(), entries, &health);
    }
    show(app, &path, &inspection, key_store.as_ref(), entries, &health)
}

/// The number of entries, where it can be told without asking anybody.
fn count(
    session: &mut Session<'_>,
    inspection: &Inspection,
    key_store: Option<&KeyStore>,
) -> Option<usize> {
    if inspection.empty {
        return Some(0);
    }
    // Opening one that was weakened may raise it, and this command changes nothing.
    let opens_by_itself = inspection.config.vault_type == VaultType::SecureStorage
        && inspection.weakened_to.is_none();
    if !opens_by_itself || key_store.is_none_or(|key_store| key_store.state != State::Ready) {
        return None;
    }
    session.run(|vault| vault.keys()).ok().map(|names| names.len())
}

fn as_json(
    app: &App,
    path: &str,
    inspection: &Inspection,
    key_store: Option<&KeyStore>,
    entries: Option<usize>,
    health: &Health,
) -> Outcome {
    let key_store = key_store
        .map(|key_store| json!({ "name": key_store.name, "state": key_store.state.name() }));
    app.output.json(&json!({
        "vault": app.vault,
        "file": path,
        "fileBytes": inspection.sealed_len,
        "type": inspection.config.vault_type,
        "asksToOpen": asks(inspection),
        "empty": inspection.empty,
        "entries": entries,
        "keyStore": key_store,
        "weakenedTo": inspection.weakened_to,
        "assurance": words::assurance(assurance(inspection)),
        "health": health_json(health),
    }))
}

/// Whether opening the vault asks somebody.
fn asks(inspection: &Inspection) -> bool {
    let in_force = inspection.weakened_to.map(Protection::vault_type);
    in_force.unwrap_or(inspection.config.vault_type) != VaultType::SecureStorage
        && !is_blank(inspection)
}

fn show(
    app: &App,
    path: &str,
    inspection: &Inspection,
    key_store: Option<&KeyStore>,
    entries: Option<usize>,
    health: &Health,
) -> Outcome {
    let vault_type = inspection.config.vault_type;
    let holds = match entries {
        Some(0) => "empty".to_owned(),
        Some(count) => words::entries(count),
        None if asks(inspection) => "locked; holds entries".to_owned(),
        None if inspection.weakened_to.is_some() => "holds entries".to_owned(),
        None => "holds entries; cannot be opened now".to_owned(),
    };
    let mut rows = vec![
        ("Vault", app.name(), Tone::Plain),
        ("File", format!("{path} ({} bytes)", inspection.sealed_len), Tone::Plain),
        (
            "Type",
            format!("{} ({})", words::name(vault_type), words::how_it_opens(vault_type)),
            Tone::Plain,
        ),
        ("State", holds, Tone::Plain),
    ];
    if let Some(weakened) = words::weakened(inspection) {
        rows.push(("Weakened to", weakened, Tone::Poor));
    }
    rows.extend(health_rows(health));
    rows.extend(inspection.slots.iter().map(|slot| ("Key", describe(slot), Tone::Plain)));
    if let Some(KeyStore { name, state }) = key_store {
        let tone = if *state == State::Ready { Tone::Good } else { Tone::Poor };
        rows.push(("Key store", format!("{name}: {}", state.describe()), tone));
    }
    if !is_blank(inspection) {
        let assurance = assurance(inspection);
        let (file, disk) = (assurance.stolen_file, assurance.stolen_disk);
        rows.push((
            "A stolen copy of the file",
            words::stolen_file(file).to_owned(),
            words::tone(file),
        ));
        rows.push((
            "A stolen disk",
            words::stolen_disk(disk, vault_type).to_owned(),
            words::tone(disk),
        ));
    }
    app.output.table(&rows)
}

fn health_json(health: &Health) -> serde_json::Value {
    let obstacle = match &health.condition {
        Condition::KeyUnavailable { obstacle, .. } => obstacle.as_ref().map(Obstacle::name),
        _ => None,
    };
    let older = health.older.map(|older| {
        json!({
            "storedIdentity": older.stored_vault.to_string(),
            "storedEpoch": older.stored_epoch,
            "seenIdentity": older.seen_vault.to_string(),
            "seenEpoch": older.seen_epoch,
        })
    });
    json!({
        "condition": health.condition.name(),
        "obstacle": obstacle,
        "nextStep": health.next_step().name(),
        "older": older,
        "recoverable": health.recoverable,
        "canBeRaised": health.can_be_raised,
        "retryAfterSeconds": health.retry_after.map(words::whole_seconds),
        "registry": health.registry.name(),
    })
}

fn health_rows(health: &Health) -> Vec<(&'static str, String, Tone)> {
    let (is, tone) = match &health.condition {
        Condition::Intact => ("intact; its seal was verified".to_owned(), Tone::Good),
        Condition::Empty => ("nothing is missing".to_owned(), Tone::Good),
        Condition::Locked { key_seen: true } => {
            ("locked; nothing looks wrong".to_owned(), Tone::Good)
        }
        Condition::Locked { .. } => {
            ("locked; whether its key is there is seen when it is unlocked".to_owned(), Tone::Plain)
        }
        Condition::KeyUnavailable { obstacle: Some(obstacle), .. } => {
            (format!("its key is out of reach: {obstacle}"), Tone::Poor)
        }
        Condition::KeyUnavailable { cause, .. } => {
            (format!("its key is out of reach: {cause}"), Tone::Poor)
        }
        Condition::KeyLost { .. } => ("its key is lost".to_owned(), Tone::Poor),
        Condition::Damaged { what } => (format!("damaged ({what})"), Tone::Poor),
        Condition::Vanished => ("vanished".to_owned(), Tone::Poor),
        Condition::TooNew { version } => (format!("format version {version}"), Tone::Poor),
        Condition::StoreFailed(error) => (error.to_string(), Tone::Poor),
        other => (other.name().to_owned(), Tone::Plain),
    };
    let mut rows = vec![("Health", is, tone)];
    if let Some(wait) = health.retry_after {
        let words = format!(
            "too many wrong passcodes: none is taken for another {} s",
            words::whole_seconds(wait)
        );
        rows.push(("Attempts", words, Tone::Poor));
    }
    if let Some(better) = health.can_be_raised {
        let words = format!("to {}, which can be had now", words::protection(better));
        rows.push(("Can be raised", words, Tone::Good));
    }
    if health.recoverable {
        rows.push(("Recovery", "a recovery code or key opens it".to_owned(), Tone::Good));
    }
    if let Some(older) = &health.older {
        rows.push(("Older", older_words(older), Tone::Poor));
    }
    match health.next_step() {
        NextStep::Nothing => {}
        step => rows.push(("Next", step.words().to_owned(), Tone::Plain)),
    }
    if let RegistryState::Failed(error) = &health.registry {
        rows.push(("Memory", format!("{error}; a loss could not be told now"), Tone::Poor));
    }
    rows
}
