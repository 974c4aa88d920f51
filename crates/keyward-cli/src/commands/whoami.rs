//! `keyward whoami`

use keyward_session::View;
use serde_json::{Value, json};

use super::login::AccountArgs;
use crate::account::{Account, Record};
use crate::app::App;
use crate::failure::Outcome;
use crate::output::{Tone, shown};
use crate::words;

/// Print who is signed in, and where
///
/// As the provider said at the sign-in; nobody is asked anew, and the token is never printed.
/// Without a sign-in the exit code is 70.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward whoami
  keyward whoami --account work --json | jq -r .email
  keyward whoami --all")]
pub(crate) struct Args {
    #[command(flatten)]
    account: AccountArgs,

    /// All sign-ins in the vault, those that have ended left out
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let mut account = Account::open(app, &args.account.account)?;
    if args.all {
        return all(&mut account);
    }
    let record = account.find()?;
    match look(&account, &record)? {
        Some(view) if app.output.json => app.output.json(&json(&account, &record, Some(&view))),
        Some(view) => print(&account, &record, &view),
        None => Err(account.signed_out(keyward_session::SignedOutCause::NeverSignedIn)),
    }
}

fn all(account: &mut Account<'_>) -> Outcome {
    let mut found = Vec::new();
    for name in account.all()? {
        account.name = name;
        if let Some(record) = account.record()?
            && let Some(view) = look(account, &record)?
        {
            found.push((account.name.clone(), record, view));
        }
    }
    let output = account.app.output;
    if output.json {
        let mut list = Vec::new();
        for (name, record, view) in found {
            account.name = name;
            list.push(json(account, &record, Some(&view)));
        }
        return output.json(&list);
    }
    for (place, (name, record, view)) in found.into_iter().enumerate() {
        if place > 0 {
            output.line("")?;
        }
        account.name = name;
        print(account, &record, &view)?;
    }
    Ok(())
}

fn look(account: &Account<'_>, record: &Record) -> Outcome<Option<View>> {
    account.tokens(&record.place)?.run(|session| session.view())
}

/// The sign-in as JSON.
pub(super) fn json(account: &Account<'_>, record: &Record, view: Option<&View>) -> Value {
    let person = record.person.as_ref();
    json!({
        "account": account.name,
        "issuer": record.place.issuer,
        "clientId": record.place.client_id,
        "subject": person.map(|person| &person.subject),
        "name": person.and_then(|person| person.name.as_ref()),
        "email": person.and_then(|person| person.email.as_ref()),
        "scope": view.and_then(|view| view.scope.as_ref()),
        "tokenType": view.and_then(|view| view.token_type.as_ref()),
        "expiresInSeconds": view.and_then(|view| view.expires_in).map(|time| time.as_secs()),
        "refreshable": view.is_some_and(|view| view.refreshable),
    })
}

fn print(account: &Account<'_>, record: &Record, view: &View) -> Outcome {
    let mut rows = vec![("Account", account.name.clone(), Tone::Plain)];
    if let Some(person) = &record.person {
        let known = [("Name", person.name.as_ref()), ("E-mail", person.email.as_ref())];
        let known = known.into_iter().filter_map(|(label, text)| Some((label, text?)));
        rows.extend(known.map(|(label, text)| (label, shown(text), Tone::Plain)));
        rows.push(("Subject", shown(&person.subject), Tone::Plain));
    }
    rows.push(("Issuer", record.place.issuer.clone(), Tone::Plain));
    rows.push(("Client id", shown(&record.place.client_id), Tone::Plain));
    if let Some(scope) = &view.scope {
        rows.push(("Scope", shown(scope), Tone::Plain));
    }
    rows.push(("Token", life(view), Tone::Plain));
    account.app.output.table(&rows)
}

fn life(view: &View) -> String {
    let then = match view.refreshable {
        true => "replaced when it is needed",
        false => "not replaced: there is no refresh token",
    };
    match view.expires_in {
        None => "does not expire, as far as the provider has said".to_owned(),
        Some(left) if left.as_secs() == 0 => format!("has expired; {then}"),
        Some(left) => {
            let left = words::duration(std::time::Duration::from_secs(left.as_secs()));
            format!("lives for another {left}; {then}")
        }
    }
}
