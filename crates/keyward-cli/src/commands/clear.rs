//! `keyward clear`

use serde_json::json;

use crate::app::App;
use crate::ask::confirm;
use crate::exit_code::Code;
use crate::explain::explain;
use crate::failure::Outcome;
use crate::session::Session;

/// Remove the vault and everything in it
///
/// Needs no key and no passcode: whoever can delete the vault's file can do that, too. The vault's
/// key is removed from the device's key store. Asks first; without a terminal, --yes is needed.
/// There is no way back, except from a copy of the file and of the key. A vault whose file has
/// vanished is given up, so that `init` can make a new one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward clear
  keyward --vault scratch clear --yes")]
pub(crate) struct Args {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let Some(found) = app.look()? else {
        return give_up(args, app);
    };
    let holds = match &found.inspection {
        Ok(inspection) if inspection.empty => "It is empty.",
        Ok(_) => "It holds entries, which would be gone.",
        Err(_) => "Its file does not read now, but might be put back from a copy.",
    };
    let name = app.name();
    let warning = format!("This removes the vault \"{name}\". {holds}");
    confirm(&app.progress, args.yes, &warning)?;
    let mut session = Session::without_asking(app, found)?;
    session.clear()?;
    let failures = session.side_failures();
    drop(session);
    let stays =
        failures.into_iter().find(|error| matches!(error, keyward::Error::Unavailable { .. }));
    if let Some(error) = &stays {
        let explained = explain(app, None, error);
        app.output.note(&format!(
            "The vault's key is still in the key store, which is out of reach ({}). Without a copy of \
             the vault's file it opens nothing.",
            explained.code.name()
        ));
    }
    if app.output.json {
        return app.output.json(&json!({ "cleared": app.vault, "keyRemoved": stays.is_none() }));
    }
    app.output.say(&format!("Removed the vault \"{name}\" and everything in it."))
}

/// Clears a vault whose file has vanished: from then on nothing is missed.
fn give_up(args: &Args, app: &App) -> Outcome {
    let missing = app.missing()?;
    if missing.code != Code::Vanished {
        return Err(missing);
    }
    let name = app.name();
    let warning =
        format!("The file of the vault \"{name}\" has vanished. This gives up what was in it.");
    confirm(&app.progress, args.yes, &warning)?;
    Session::without_vault(app)?.clear()?;
    if app.output.json {
        return app.output.json(&json!({ "cleared": app.vault, "vanished": true }));
    }
    app.output.say(&format!("Gave up the vault \"{name}\", which had vanished."))
}
