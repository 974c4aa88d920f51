//! `keyward login`

use std::time::Duration;

use crate::account::{Account, Record, parse_name};
use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::sign_in::{DEFAULT_SCOPES, Way, Wish, issuer, sign_in};
use crate::words::parse_patience;

use super::whoami;

/// Sign in at an OpenID provider, and keep the tokens in the vault
///
/// Opens the browser at the provider, which comes back to a port of this machine that is open for
/// that alone (authorization code with PKCE, RFC 8252). With --device, the browser may be on another
/// device: you enter a code there (RFC 8628). The id token is checked before anything is kept.
///
/// The vault must be there: `keyward init` makes one. A sign-in of the same name at the same provider
/// is replaced, and the provider is told to take its tokens back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward login https://id.example.com --client-id my-tool
  keyward login https://id.example.com --client-id my-tool --device
  keyward login id.example.com --client-id my-tool --account work --scope 'openid orders.read'
  keyward login                                again, where the last sign-in was

The program must be registered at the provider, as a public client that may be redirected to
http://127.0.0.1/callback with any port; --port is for providers that want to know which.")]
pub(crate) struct Args {
    /// The provider's address; left out, that of the sign-in before
    issuer: Option<String>,

    /// The name under which the provider knows this program
    #[arg(long, value_name = "ID", env = "KEYWARD_CLIENT_ID", hide_env_values = true)]
    client_id: Option<String>,

    #[command(flatten)]
    account: AccountArgs,

    /// What to ask for; by default openid, profile, email and offline_access, as far as there are
    #[arg(long, value_name = "SCOPE", value_delimiter = ' ')]
    scope: Vec<String>,

    /// Sign in on any device, by a code
    #[arg(long, conflicts_with_all = ["no_browser", "port"])]
    device: bool,

    /// Print the address instead of opening the browser
    #[arg(long)]
    no_browser: bool,

    /// The port that the browser comes back to; by default any that is free
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,

    /// How long to wait for you, such as 90s or 10m
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_patience)]
    timeout: Duration,
}

/// Which sign-in.
#[derive(Debug, clap::Args)]
pub(crate) struct AccountArgs {
    /// Which sign-in, where there are several side by side
    #[arg(
        long,
        value_name = "NAME",
        env = "KEYWARD_ACCOUNT",
        default_value = "default",
        hide_env_values = true,
        value_parser = parse_name
    )]
    pub(crate) account: String,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let mut account = Account::open(app, &args.account.account)?;
    // Before anybody signs in for nothing.
    let before = account.record()?;
    let wish = wish(args, before.as_ref())?;
    let elsewhere = |it: &&Record| !it.place.is_same(&wish.issuer, &wish.client_id);
    if let Some(record) = before.as_ref().filter(elsewhere) {
        leave_nothing_behind(&account, record)?;
    }
    let signed_in = sign_in(&wish, app.output).map_err(|problem| problem.explain(&wish.issuer))?;
    if let Some(record) = before.as_ref().filter(|it| !elsewhere(it)) {
        let tokens = account.tokens(&record.place)?;
        if tokens.run(|session| session.view())?.is_some() {
            tokens.run(|session| session.logout())?;
        }
    }
    let record =
        Record { place: signed_in.place, person: Some(signed_in.person), device: args.device };
    account.write(&record)?;
    let tokens = account.tokens(&record.place)?;
    tokens.run(|session| session.begin(signed_in.tokens))?;
    let view = match app.output.json {
        true => tokens.run(|session| session.view())?,
        false => None,
    };
    // Where the provider has just answered, what it has still to be told reaches it.
    let _ = tokens.send_revocations();
    drop(tokens);
    // A sign-out at the same moment may have removed it, because there were no tokens beside it yet.
    if account.record()?.as_ref() != Some(&record) {
        account.write(&record)?;
    }
    if app.output.json {
        return app.output.json(&whoami::json(&account, &record, view.as_ref()));
    }
    let who = record.person.as_ref().map(|person| person.describe()).unwrap_or_default();
    app.output.say(&format!("Signed in as {who} at {}.", record.place.issuer))
}

fn wish(args: &Args, before: Option<&Record>) -> Outcome<Wish> {
    let place = before.map(|record| &record.place);
    let address = match (&args.issuer, place) {
        (Some(text), _) => issuer(text).map_err(|problem| problem.explain(text))?,
        (None, Some(place)) => place.issuer.clone(),
        (None, None) => {
            return Err(Failure::usage("Say at which provider: `keyward login ISSUER`."));
        }
    };
    let known = place.filter(|place| place.issuer == address).map(|place| &place.client_id);
    let client_id = args.client_id.as_ref().filter(|id| !id.is_empty()).or(known);
    let client_id = client_id.cloned().ok_or_else(|| {
        Failure::usage(format!(
            "Say under which name {address} knows this program: --client-id or KEYWARD_CLIENT_ID."
        ))
    })?;
    let mut scopes: Vec<String> =
        args.scope.iter().filter(|scope| !scope.is_empty()).cloned().collect();
    scopes.dedup();
    if scopes.iter().any(|scope| !is_scope(scope)) {
        let usual = DEFAULT_SCOPES.join(" ");
        return Err(Failure::usage(format!("Scopes are words such as these: {usual}.")));
    }
    let way = match args.device {
        true => Way::Device,
        false => Way::Browser { open: !args.no_browser, port: args.port.unwrap_or(0) },
    };
    Ok(Wish { issuer: address, client_id, scopes, way, patience: args.timeout })
}

/// RFC 6749, section 3.3.
fn is_scope(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// A sign-in at another provider is not replaced by the way: its tokens can only be taken back there.
fn leave_nothing_behind(account: &Account<'_>, record: &Record) -> Outcome {
    let (name, issuer) = (&account.name, &record.place.issuer);
    let tokens = account.tokens(&record.place)?;
    if tokens.run(|session| session.view())?.is_some() {
        return Err(Failure::new(
            Code::SignedIn,
            format!(
                "The account \"{name}\" is signed in at {issuer} (client id {}). Nothing was \
                 changed. Sign out with {}, or sign in beside it with --account.",
                record.place.client_id,
                account.hint("logout")
            ),
        ));
    }
    match tokens.send_revocations()? {
        true => Ok(()),
        false => Err(Failure::new(
            Code::ProviderUnavailable,
            format!(
                "{issuer} has still to be told that the account \"{name}\" has signed out, and cannot \
                 be reached, or does not take its tokens back. Nothing was changed. Try again later, \
                 sign in beside it with --account, or give it up with {}.",
                account.hint("logout --forget")
            ),
        )),
    }
}
