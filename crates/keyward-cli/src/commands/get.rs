//! `keyward get`

use base64ct::{Base64, Encoding};
use keyward::{Value, ValueKind};
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::output::{escaped, to_terminal};
use crate::session::Session;

/// Print an entry's value
///
/// A JSON string is printed as its text, other JSON as it was stored, and bytes as they are. On a
/// terminal a line break follows; into a pipe or a file nothing is added. Bytes are not printed on
/// a terminal without --force. With --json, the value is wrapped so that its kind can be told:
/// {"name":NAME,"json":VALUE} or {"name":NAME,"bytes":BASE64}.
///
/// An entry that is not there gives exit code 3, and nothing on standard output.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyward get api-token
  curl -H @<(printf 'Authorization: Bearer '; keyward get api-token) https://api.example.com
  keyward get cert > cert.der
  keyward get settings | jq .retries
  keyward get settings --json | jq .json.retries")]
pub(crate) struct Args {
    /// The entry's name
    name: String,

    /// Print bytes on a terminal, too
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, app: &App) -> Outcome {
    let value = Session::open(app)?.run(|vault| vault.value(&args.name))?;
    let value = value.ok_or_else(|| absent(app, &args.name))?;
    if app.output.json {
        return as_json(app, &args.name, &value);
    }
    if value.kind() == ValueKind::Bytes && to_terminal() && !args.force {
        return Err(Failure::new(
            Code::ConfirmationNeeded,
            format!(
                "The entry \"{}\" is bytes, which a terminal may misread. Send them to a file or a \
                 pipe, or say --force.",
                escaped(&args.name)
            ),
        ));
    }
    match value.parse::<String>() {
        Ok(text) => app.output.raw(Zeroizing::new(text).as_bytes())?,
        Err(_) => app.output.raw(value.expose())?,
    }
    if to_terminal() { app.output.raw(b"\n") } else { Ok(()) }
}

/// What there is to say about an entry that is not there.
pub(super) fn absent(app: &App, name: &str) -> Failure {
    let (entry, vault) = (escaped(name), app.name());
    Failure::new(Code::NotFound, format!("The vault \"{vault}\" has no entry \"{entry}\"."))
        .with("name", name)
}

fn as_json(app: &App, name: &str, value: &Value) -> Outcome {
    let invalid = |_| {
        Failure::invalid(
            "The entry says that it is JSON and is not; its bytes are kept as they are.",
        )
    };
    let name =
        serde_json::to_string(name).map_err(|_| Failure::invalid("The name has no JSON form."))?;
    let start = format!("{{\"name\":{name},");
    match value.kind() {
        ValueKind::Json => {
            // Another program may have stored it.
            value.parse::<IgnoredAny>().map_err(invalid)?;
            app.output.raw(start.as_bytes())?;
            app.output.raw(b"\"json\":")?;
            app.output.raw(value.expose())?;
        }
        ValueKind::Bytes => {
            let text = Zeroizing::new(Base64::encode_string(value.expose()));
            app.output.raw(start.as_bytes())?;
            app.output.raw(b"\"bytes\":\"")?;
            app.output.raw(text.as_bytes())?;
            app.output.raw(b"\"")?;
        }
    }
    app.output.raw(b"}\n")
}
