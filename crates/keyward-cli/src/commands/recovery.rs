//! `keyward recovery`

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::app::App;
use crate::failure::Outcome;
use crate::recovery::public_key;
use crate::session::Session;

/// Prepare for the day when the vault's key is gone
///
/// A keyring may be deleted, a device replaced, a passcode forgotten. With a recovery code on paper,
/// or a private key somewhere safe, `keyward recover` opens the vault all the same. Whoever has the
/// code or the private key, and a copy of the vault's file, can do that too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward recovery enroll
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out recovery.pem
  openssl pkey -in recovery.pem -pubout -out recovery.pub.pem
  keyward recovery key recovery.pub.pem")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to prepare.
#[derive(Debug, Subcommand)]
enum Action {
    /// Make a recovery code, and show it this one time
    ///
    /// The code replaces the one that there was. It stays good whatever becomes of the passcode, the
    /// vault's type and its key, until it is replaced or revoked. Write it down, and keep it away
    /// from this device and its backups.
    #[command(after_help = "Examples:
  keyward recovery enroll
  keyward recovery enroll | lp                 onto paper, and not onto the screen")]
    Enroll,
    /// Let whoever has a private key recover the vault
    ///
    /// There may be several such keys, beside a recovery code.
    #[command(after_help = "Examples:
  keyward recovery key recovery.pub.pem")]
    Key {
        /// The public key, of the curve P-256, in PEM
        file: PathBuf,
    },
    /// Take every recovery code and key its use
    ///
    /// Older copies of the vault's file still open with them.
    #[command(after_help = "Examples:
  keyward recovery revoke && keyward recovery enroll")]
    Revoke,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    match &args.action {
        Action::Enroll => enroll(app),
        Action::Key { file } => {
            let public = public_key(file)?;
            Session::open(app)?.run(|vault| vault.enroll_recovery_key(public))?;
            let name = app.name();
            let sentence =
                format!("Whoever has the private key can now recover the vault \"{name}\".");
            done(app, "enrolled", &sentence)
        }
        Action::Revoke => {
            Session::open(app)?.run(|vault| vault.revoke_recovery())?;
            let name = app.name();
            let sentence = format!("No recovery code or key opens the vault \"{name}\" any more.");
            done(app, "revoked", &sentence)
        }
    }
}

fn enroll(app: &App) -> Outcome {
    let code = Session::open(app)?.run(|vault| vault.enroll_recovery())?;
    if app.output.json {
        return app.output.json(&json!({ "recoveryCode": code.expose() }));
    }
    app.output.note(&format!(
        "This is the recovery code of the vault \"{}\". Write it down and keep it safe, away from \
         this device: it opens the vault, and it is not shown again.",
        app.name()
    ));
    app.output.line(code.expose())
}

fn done(app: &App, what: &str, sentence: &str) -> Outcome {
    if app.output.json {
        return app.output.json(&json!({ what: true }));
    }
    app.output.say(sentence)
}
