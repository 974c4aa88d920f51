//! `keyward token`

use zeroize::Zeroizing;

use super::login::AccountArgs;
use crate::account::Account;
use crate::app::App;
use crate::exit_code::Code;
use crate::failure::Outcome;
use crate::output::to_terminal;

/// Print a token that goes with a request now
///
/// From the vault while it is fresh; when it expires within a minute, the provider gives a new one,
/// once for however many processes ask. When the provider cannot be reached, the token at hand is
/// printed for as long as it lives.
///
/// Ctrl-C waits for a provider that is just giving a new one, because the one before is spent then; a
/// second Ctrl-C does not.
///
/// Nothing else is printed: on a terminal a line break follows, into a pipe nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  curl -H \"Authorization: Bearer $(keyward token)\" https://api.example.com/orders
  curl -H @<(keyward token --header) https://api.example.com/orders
  keyward token --account work

Other processes can read the arguments of the first; the second keeps the token out of them.")]
pub(crate) struct Args {
    #[command(flatten)]
    account: AccountArgs,

    /// Print the whole header: `Authorization: Bearer TOKEN`
    #[arg(long, conflicts_with = "json")]
    header: bool,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let mut account = Account::open(app, &args.account.account)?;
    let record = account.find()?;
    let mut tokens = account.tokens(&record.place)?;
    tokens.see_refreshes_through();
    let bearer = match tokens.run(|session| session.bearer()) {
        Ok(bearer) => bearer,
        Err(failure) => {
            if failure.code == Code::SignedOut {
                // What the provider has still to be told of the last sign-out.
                let _ = tokens.send_revocations();
            }
            return Err(failure);
        }
    };
    if app.output.json {
        app.output.raw(b"{\"token\":")?;
        let text = serde_json::to_vec(bearer.expose());
        app.output.raw(&Zeroizing::new(text.unwrap_or_default()))?;
        app.output.raw(b"}\n")?;
    } else {
        if args.header {
            app.output.raw(b"Authorization: Bearer ")?;
        }
        app.output.raw(bearer.expose().as_bytes())?;
        if to_terminal() || args.header {
            app.output.raw(b"\n")?;
        }
    }
    // Where the provider has just answered, what it has still to be told reaches it.
    if tokens.has_refreshed() {
        let _ = tokens.send_revocations();
    }
    Ok(())
}
