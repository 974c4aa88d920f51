//! `keyward capabilities`

use async_io::block_on;
use keyward::{Capability, DeviceSecurity, VaultType};
use serde_json::{Value, json};

use crate::app::App;
use crate::explain::explain;
use crate::failure::Outcome;
use crate::output::Tone;
use crate::session;
use crate::words;

/// Show which kinds of vaults this device can hold now, and why not
///
/// Looks without asking anybody and changes nothing. Name a key file with --key-file to see what
/// can be done with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward capabilities
  keyward capabilities --json | jq -r '.capabilities[] | select(.obstacle) | .obstacle'")]
pub(crate) struct Args {}

pub(crate) fn run(app: &App) -> Outcome {
    let (vault, driver) = session::start(session::native(app))?;
    let capabilities = block_on(vault.capabilities());
    drop(vault);
    let _ = driver.join();
    let capabilities = capabilities.map_err(|error| explain(app, None, &error))?;
    if app.output.json {
        let all: Vec<Value> = capabilities
            .all()
            .map(|(vault_type, wanted, capability)| {
                json!({
                    "type": vault_type,
                    "deviceSecurity": wanted,
                    "capability": capability.name(),
                    "obstacle": capability.obstacle().map(keyward::Obstacle::name),
                })
            })
            .collect();
        return app.output.json(&json!({ "capabilities": all }));
    }
    let rows: Vec<_> = capabilities
        .all()
        .map(|(vault_type, wanted, capability)| {
            let (text, tone) = match capability {
                Capability::Available => ("can be made now".to_owned(), Tone::Good),
                Capability::Unavailable(obstacle) => {
                    (format!("cannot be made now: {obstacle}"), Tone::Poor)
                }
                _ => ("the device cannot say without asking".to_owned(), Tone::Plain),
            };
            (label(vault_type, wanted), text, tone)
        })
        .collect();
    let rows: Vec<_> =
        rows.iter().map(|(label, text, tone)| (label.as_str(), text.clone(), *tone)).collect();
    app.output.table(&rows)
}

fn label(vault_type: VaultType, wanted: DeviceSecurity) -> String {
    match wanted {
        DeviceSecurity::None => words::name(vault_type),
        wanted => format!("{}, {}", words::name(vault_type), words::name(wanted)),
    }
}
