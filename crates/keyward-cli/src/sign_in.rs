//! Signing in at an OpenID provider: the person's browser comes back to a port of loopback (RFC
//! 8252), or another device confirms a code (RFC 8628). Discovery, state, nonce, PKCE and the checks
//! of the id token are `openidconnect`'s; nothing here looks at a token before they have passed.

mod browser;
mod code;
mod device;
mod http;
mod identity;
mod problem;
mod provider;
mod redirect;

use std::time::Duration;

use keyward_session::Tokens;

use crate::account::{Person, Place};
use crate::output::Output;

use http::Http;
use provider::Provider;

pub(crate) use browser::open as open_browser;
pub(crate) use problem::Problem;
pub(crate) use provider::{DEFAULT_SCOPES, issuer};

/// How somebody wants to sign in.
pub(crate) struct Wish {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// Empty for the usual ones, as far as the provider has them.
    pub(crate) scopes: Vec<String>,
    pub(crate) way: Way,
    /// How long the person may take.
    pub(crate) patience: Duration,
}

/// Where the person signs in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// In a browser on this machine, which comes back to a port of loopback; 0 for any that is free.
    Browser { open: bool, port: u16 },
    /// In a browser anywhere.
    Device,
}

/// Somebody has signed in.
pub(crate) struct SignedIn {
    pub(crate) tokens: Tokens,
    pub(crate) person: Person,
    pub(crate) place: Place,
}

/// Signs in. Progress that concerns people goes to standard error.
pub(crate) fn sign_in(wish: &Wish, output: Output) -> Result<SignedIn, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Problem::System)?.block_on(async {
        let http = Http::new()?;
        let provider = Provider::discover(wish, &http).await?;
        let (tokens, person) = match wish.way {
            Way::Browser { open, port } => {
                code::sign_in(&provider, wish, &http, output, open, port).await?
            }
            Way::Device => device::sign_in(&provider, wish, &http, output).await?,
        };
        Ok(SignedIn { tokens, person, place: provider.place(wish) })
    })
}
