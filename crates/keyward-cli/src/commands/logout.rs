//! `keyward logout`

use keyward_session::Revocation;
use openidconnect::url::Url;
use serde_json::json;

use super::login::AccountArgs;
use crate::account::{Account, Record};
use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::sign_in::open_browser;

/// Sign out: the vault is cleared of the tokens, and the provider takes them back
///
/// The vault comes first, whatever the provider says. If the provider cannot be told now, what it has
/// to be told stays sealed in the vault for 30 days, and the next `logout`, `login` or `token` sends
/// it. Where the provider has a place to end the browser's own session, it is opened, or with
/// --no-browser printed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward logout
  keyward logout --account work --no-browser")]
pub(crate) struct Args {
    #[command(flatten)]
    account: AccountArgs,

    /// Do not open the browser at the provider
    #[arg(long)]
    no_browser: bool,

    /// Remove what the provider could not be told of, too: the tokens stay good until they expire
    #[arg(long)]
    forget: bool,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let mut account = Account::open(app, &args.account.account)?;
    let record = match account.record() {
        // Signing out works whatever is there.
        Err(failure) if failure.code == Code::Invalid && args.forget => {
            account.forget()?;
            return done(&account, Revocation::NotOffered, None);
        }
        record => record?,
    };
    let Some(record) = record else {
        return Err(account.signed_out(keyward_session::SignedOutCause::NeverSignedIn));
    };
    let (signed_in, revocation) = leave(&account, &record)?;
    match revocation {
        Revocation::Later if !args.forget => {
            let rest = Record { person: None, ..record.clone() };
            account.write(&rest)?;
        }
        Revocation::Later => account.forget()?,
        _ => account.remove_record()?,
    }
    if !signed_in && revocation == Revocation::Later && !args.forget {
        return Err(Failure::new(
            Code::ProviderUnavailable,
            format!(
                "Nobody is signed in as \"{}\", and {} has still not taken back the last sign-out's \
                 tokens. They stay sealed in the vault; try again later.",
                account.name, record.place.issuer
            ),
        ));
    }
    let page = record.place.end_session_endpoint.as_deref().filter(|_| signed_in);
    let page = page.and_then(|endpoint| end_session(endpoint, &record.place.client_id));
    done(&account, revocation, page.as_ref())?;
    if revocation == Revocation::Later {
        app.output.note(&match args.forget {
            true => {
                "The provider has not taken the tokens back: they stay good until they expire.".into()
            }
            false => format!(
                "{} has not taken the tokens back yet. What it has to be told is sealed in the vault; \
                 the next `logout`, `login` or `token` of this account sends it.",
                record.place.issuer
            ),
        });
    }
    if let Some(page) = page {
        let opened = !args.no_browser && !record.device && open_browser(page.as_str());
        if !opened && !app.output.json {
            app.output.tell(&format!("To end the browser's session there too, open:\n{page}"));
        }
    }
    Ok(())
}

/// Clears the vault of the tokens, and tells the provider. Whether there were any.
fn leave(account: &Account<'_>, record: &Record) -> Outcome<(bool, Revocation)> {
    let tokens = account.tokens(&record.place)?;
    // What cannot be read is removed like everything else.
    let signed_in = !matches!(tokens.run(|session| session.view()), Ok(None));
    let out = tokens.run(|session| session.logout())?;
    Ok((signed_in, out.revocation))
}

/// Where the browser ends the person's session (RP-Initiated Logout 1.0). Without the id token: other
/// processes can read a browser's arguments, and the provider asks the person all the same.
fn end_session(endpoint: &str, client_id: &str) -> Option<Url> {
    let mut url = Url::parse(endpoint).ok()?;
    url.query_pairs_mut().append_pair("client_id", client_id);
    Some(url)
}

fn done(account: &Account<'_>, revocation: Revocation, page: Option<&Url>) -> Outcome {
    let revoked = match revocation {
        Revocation::Done => "done",
        Revocation::Later => "later",
        _ => "not-offered",
    };
    let name = &account.name;
    if account.app.output.json {
        let page = page.map(Url::as_str);
        let value = json!({ "signedOut": name, "revocation": revoked, "endSession": page });
        return account.app.output.json(&value);
    }
    account.app.output.say(&match revocation {
        Revocation::Done => {
            format!("Signed out of \"{name}\"; the provider has taken the tokens back.")
        }
        _ => format!("Signed out of \"{name}\"."),
    })
}
