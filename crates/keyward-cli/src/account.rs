//! A sign-in as it lies in the vault: where it is from and whose it is in one entry, and its tokens in
//! another, which `keyward-session` keeps.

use std::thread::JoinHandle;
use std::time::Duration;

use keyward_session::{Config, Error, Event, OAuth, Revocation, Server, SignedOutCause, Trouble};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::output::escaped;
use crate::session::Session;

/// What the names of the entries begin with. `exec` leaves them out.
pub(crate) const PREFIX: &str = "keyward/login/";
/// What the name of the entry with the tokens ends with.
const TOKENS: &str = "/tokens";
/// The longest name of an account, in bytes.
const MAX_NAME_LEN: usize = 100;
/// How long a provider may take to answer a refresh or a revocation.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A provider, as far as it has to be known after the sign-in. None of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) token_endpoint: String,
    pub(crate) revocation_endpoint: Option<String>,
    pub(crate) end_session_endpoint: Option<String>,
}

impl Place {
    /// Whether tokens from here are revoked there.
    pub(crate) fn is_same(&self, issuer: &str, client_id: &str) -> bool {
        self.issuer == issuer && self.client_id == client_id
    }

    fn config(&self, entry: String) -> Config {
        let mut oauth = OAuth::new(&self.token_endpoint, &self.client_id);
        oauth.revocation_endpoint.clone_from(&self.revocation_endpoint);
        oauth.end_session_endpoint.clone_from(&self.end_session_endpoint);
        let mut config = Config::new(entry, Server::OAuth(oauth));
        config.timeout = TIMEOUT;
        config
    }
}

/// Who has signed in, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
}

impl Person {
    pub(crate) fn is_whole(&self) -> bool {
        self.name.is_some() && self.email.is_some()
    }

    /// The person for messages.
    pub(crate) fn describe(&self) -> String {
        match (&self.name, &self.email) {
            (Some(name), Some(email)) => escaped(&format!("{name} ({email})")),
            (Some(one), None) | (None, Some(one)) => escaped(one),
            (None, None) => escaped(&self.subject),
        }
    }
}

/// The entry that stands beside the tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) place: Place,
    /// Nobody after a sign-out of which the provider has still to be told.
    pub(crate) person: Option<Person>,
    /// The person's browser may be on another device.
    #[serde(default)]
    pub(crate) device: bool,
}

/// An account of a vault that is in use.
pub(crate) struct Account<'a> {
    pub(crate) app: &'a App,
    pub(crate) name: String,
    vault: Session<'a>,
}

/// Reads `--account`.
pub(crate) fn parse_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@+".contains(c);
    match !text.is_empty() && text.len() <= MAX_NAME_LEN && text.chars().all(plain) {
        true => Ok(text.to_owned()),
        false => Err(format!("say 1 to {MAX_NAME_LEN} letters, digits and any of - _ . @ +")),
    }
}

impl<'a> Account<'a> {
    pub(crate) fn open(app: &'a App, name: &str) -> Outcome<Self> {
        Ok(Self { app, name: name.to_owned(), vault: Session::open(app)? })
    }

    /// The names of all accounts in the vault.
    pub(crate) fn all(&mut self) -> Outcome<Vec<String>> {
        let names = self.vault.run(|vault| vault.keys())?;
        let names = names.iter().filter_map(|name| name.strip_prefix(PREFIX));
        let mut names: Vec<_> =
            names.filter(|name| !name.contains('/')).map(str::to_owned).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn entry(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// What is known of the sign-in; `None` when there never was one.
    pub(crate) fn record(&mut self) -> Outcome<Option<Record>> {
        let entry = self.entry();
        let value = self.vault.run(|vault| vault.value(&entry))?;
        let Some(value) = value else {
            return Ok(None);
        };
        value.parse().map(Some).map_err(|_| {
            let (name, entry) = (&self.name, self.entry());
            Failure::invalid(format!(
                "The entry \"{entry}\" of the account \"{name}\" is not what this version writes. It \
                 was left as it is; {} removes it.",
                self.hint("logout --forget")
            ))
        })
    }

    /// What is known of the sign-in, which must be there.
    pub(crate) fn find(&mut self) -> Outcome<Record> {
        match self.record()? {
            Some(record) => Ok(record),
            None => Err(self.signed_out(SignedOutCause::NeverSignedIn)),
        }
    }

    pub(crate) fn write(&mut self, record: &Record) -> Outcome {
        let entry = self.entry();
        self.vault.run(|vault| vault.set(&entry, record))
    }

    /// Removes what is known of the sign-in, and its tokens if there are any.
    pub(crate) fn forget(&mut self) -> Outcome {
        let (entry, tokens) = (self.entry(), self.entry() + TOKENS);
        // The tokens first: without the other entry nobody would find them any more.
        self.vault.run(|vault| vault.remove(&tokens))?;
        self.vault.run(|vault| vault.remove(&entry))
    }

    /// Removes what is known of the sign-in, unless somebody has signed in meanwhile.
    pub(crate) fn remove_record(&mut self) -> Outcome {
        let (entry, tokens) = (self.entry(), self.entry() + TOKENS);
        self.vault.run(|vault| vault.catch_up())?;
        match self.vault.run(|vault| vault.value(&tokens))? {
            Some(_) => Ok(()),
            None => self.vault.run(|vault| vault.remove(&entry)),
        }
    }

    /// The life of the sign-in's tokens.
    pub(crate) fn tokens(&self, place: &Place) -> Outcome<Tokens<'_, 'a>> {
        let config = place.config(self.entry() + TOKENS);
        let started = keyward_session::native::start(self.vault.handle(), &self.app.folder, config);
        let (session, thread) = started.map_err(|error| self.explain(&error))?;
        let events = session.events();
        Ok(Tokens { account: self, handle: Some((session, events)), thread: Some(thread) })
    }

    /// A command on this account, as somebody would type it.
    pub(crate) fn hint(&self, command: &str) -> String {
        match self.name.as_str() {
            "default" => self.app.hint(command),
            name => self.app.hint(&format!("{command} --account {name}")),
        }
    }

    pub(crate) fn signed_out(&self, cause: SignedOutCause) -> Failure {
        let name = &self.name;
        let what = match cause {
            SignedOutCause::Refused => {
                format!("The provider has ended the sign-in \"{name}\".")
            }
            SignedOutCause::AnswerLost => format!(
                "The provider has ended the sign-in \"{name}\", after an answer with new tokens was \
                 lost on its way."
            ),
            SignedOutCause::Expired => format!(
                "The token of the sign-in \"{name}\" has expired, and nothing can replace it."
            ),
            _ => format!("Nobody is signed in as \"{name}\" in the vault \"{}\".", self.app.name()),
        };
        let login = self.hint("login ISSUER");
        Failure::new(Code::SignedOut, format!("{what} {login} signs in."))
            .with("account", name.as_str())
    }

    /// The failure that an error of the session is.
    fn explain(&self, error: &Error) -> Failure {
        match error {
            Error::SignedOut(cause) => self.signed_out(*cause),
            Error::Vault(error) => self.vault.explain(error),
            Error::Later { trouble, retry_after } => {
                let seconds = retry_after.as_secs().max(1);
                let (code, what) = trouble_words(*trouble);
                Failure::new(
                    code,
                    format!("{what} The token has expired, and there is no new one; the sign-in is kept."),
                )
                .with("retryAfterSeconds", seconds)
            }
            Error::Unreadable => Failure::invalid(format!(
                "What the vault keeps for \"{}\" is not what this version writes. It was left as it \
                 is; {} removes it.",
                self.name,
                self.hint("logout --forget")
            )),
            error => Failure::new(Code::Failed, format!("The sign-in could not be used: {error}.")),
        }
    }
}

/// What a refresh's trouble means for whoever waits for a token.
fn trouble_words(trouble: Trouble) -> (Code, &'static str) {
    match trouble {
        Trouble::Offline => (Code::ProviderUnavailable, "The provider cannot be reached."),
        Trouble::TooManyRequests => {
            (Code::ProviderUnavailable, "The provider asks for patience. Try again later.")
        }
        Trouble::Misconfigured => (
            Code::ProviderRefuses,
            "The provider does not accept this program any more. See whether its client id is still \
             registered there.",
        ),
        Trouble::Busy => (Code::Busy, "Another process is getting a token. Try again."),
        _ => {
            (Code::ProviderUnavailable, "The provider does not answer as it should now. Try again.")
        }
    }
}

/// A sign-in's tokens in use. When this is dropped, whatever was begun is done.
pub(crate) struct Tokens<'s, 'a> {
    account: &'s Account<'a>,
    /// Taken only by [`Drop`].
    handle: Option<(keyward_session::Session, keyward_session::Events)>,
    thread: Option<JoinHandle<()>>,
}

impl Tokens<'_, '_> {
    /// Waits for one operation.
    pub(crate) fn run<T>(
        &self,
        operation: impl FnOnce(&keyward_session::Session) -> keyward_session::Pending<T>,
    ) -> Outcome<T> {
        let (session, _) = self.handle.as_ref().expect("the handle lives as long as this");
        let result = self.account.app.progress.wait(operation(session));
        result.map_err(|error| self.account.explain(&error))
    }

    /// Tells the provider of sign-outs that it could not be told of before. False when it still
    /// cannot be.
    pub(crate) fn send_revocations(&self) -> Outcome<bool> {
        Ok(self.run(|session| session.send_revocations())? != Revocation::Later)
    }

    /// Has an interruption wait for a refresh that is under way, from here on.
    pub(crate) fn see_refreshes_through(&self) {
        #[cfg(unix)]
        if let Some((session, _)) = &self.handle {
            crate::interrupt::wait_for_refreshes(session.events());
        }
    }

    /// Whether the provider has given new tokens meanwhile.
    pub(crate) fn has_refreshed(&mut self) -> bool {
        let (_, events) = self.handle.as_mut().expect("the handle lives as long as this");
        std::iter::from_fn(|| events.next_now()).any(|event| event == Event::Refreshed)
    }
}

impl Drop for Tokens<'_, '_> {
    fn drop(&mut self) {
        self.handle = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_accounts_stay_apart_from_those_of_other_entries() {
        for name in ["default", "ada@example.org", "work-2", &"a".repeat(MAX_NAME_LEN)] {
            assert_eq!(parse_name(name).as_deref(), Ok(name));
        }
        for name in ["", "a/b", "a b", "é", &"a".repeat(MAX_NAME_LEN + 1)] {
            assert!(parse_name(name).is_err(), "{name}");
        }
    }
}
