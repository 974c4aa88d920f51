//! `keyward init`

use async_io::block_on;
use keyward::{Config, Error, Passcode, PasscodePurpose, Stores, VaultType, inspect};
use serde_json::json;

use super::config::Settings;
use super::inspect::is_blank;
use crate::app::App;
use crate::exit_code::Code;
use crate::explain::cannot_protect;
use crate::failure::{Failure, Outcome};
use crate::session::Session;
use crate::words::{self, TypeWord};

/// Create a vault
///
/// Nothing else creates one. A vault that is there already is left as it is, with exit code 5.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward init                               the keyring of this session opens it
  keyward init --type custom-passcode        asks for a passcode, twice
  keyward --vault work init --type custom-passcode --max-failed-attempts 10
  keyward --key-file /mnt/stick/key init     where there is no keyring")]
pub(crate) struct Args {
    /// How the vault opens
    #[arg(long = "type", value_enum, value_name = "TYPE", default_value = "secure-storage")]
    vault_type: TypeWord,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    if args.vault_type == TypeWord::InMemory {
        return Err(Failure::usage(
            "An in-memory vault ends with the program that made it, so that this command could \
             never read back what it stored. Choose another type.",
        ));
    }
    let mut config = Config::new(&app.vault, args.vault_type.into());
    args.settings.apply(&mut config);

    let before = app.look()?;
    match before.as_ref().map(|found| &found.inspection) {
        // Before a passcode is chosen for nothing.
        None if app.has_vanished()? => return Err(app.vanished()),
        None => {}
        // What a vault without a key was meant to be does not matter: nothing was ever in it.
        Some(Ok(inspection)) if is_blank(inspection) => {}
        Some(_) => return Err(exists(app)),
    }
    // Before anything is created, so that giving up here leaves nothing behind.
    let passcode = match config.vault_type {
        VaultType::CustomPasscode => Some(app.passcodes.obtain(PasscodePurpose::Set)?),
        _ => None,
    };
    let created = create(app, &config, passcode);
    if created.is_err() && before.is_none() {
        remove_blank(app);
    }
    created?;
    report(app, &config)
}

fn create(app: &App, config: &Config, passcode: Option<Passcode>) -> Outcome {
    let mut session = Session::create(app, config.clone())?;
    // Another process may have been faster.
    if session.run(|vault| vault.exists())? {
        return Err(exists(app));
    }
    if session.config()? != *config {
        session.run(|vault| vault.update_config(config.clone()))?;
    }
    if let Some(passcode) = passcode {
        session.run(|vault| vault.set_passcode(passcode))?;
    }
    match session.try_run(|vault| vault.enroll()) {
        Err(Error::Unsupported { .. }) => Err(cannot_protect(config.vault_type)),
        result => result.map_err(|error| session.explain(&error)),
    }
}

/// Removes the vault again if it still has no key, in one step: nothing that another process has
/// stored in it is ever removed.
fn remove_blank(app: &App) {
    let remove = || {
        let cell = app.stores().open(&app.vault)?.vault;
        block_on(async {
            if let Some(stored) = cell.load().await?
                && inspect(&stored.bytes).is_ok_and(|inspection| is_blank(&inspection))
            {
                cell.swap(Some(stored.revision), None).await?;
            }
            Ok::<_, keyward::StoreError>(())
        })
    };
    // The failure that led here is what matters; an empty vault does no harm.
    let _ = remove();
}

fn exists(app: &App) -> Failure {
    let (name, config) = (app.name(), app.hint("config"));
    Failure::new(
        Code::VaultExists,
        format!(
            "There is a vault \"{name}\" already; it was left as it is. {config} changes how it is \
             protected."
        ),
    )
}

fn report(app: &App, config: &Config) -> Outcome {
    let path = app.path()?;
    if app.output.json {
        let file = path.display().to_string();
        return app.output.json(&json!({ "vault": app.vault, "file": file, "config": config }));
    }
    app.output.say(&format!(
        "Created the vault \"{}\" ({}) in {}.",
        app.name(),
        words::how_it_opens(config.vault_type),
        path.display()
    ))
}
