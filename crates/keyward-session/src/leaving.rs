//! Signing out: the vault first, then the server, now or later.

use std::rc::Rc;
use std::time::Duration;

use crate::context::Context;
use crate::document::{Document, Leaving};
use crate::error::Error;
use crate::secret::Secret;
use crate::server::{Revoked, revoked};

/// What became of the tokens at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revocation {
    /// The server has been told, and refuses them.
    Done,
    /// The server could not be told yet. The tokens are kept sealed in the vault until it is, or
    /// until [`Config::revocation_max_age`](crate::Config::revocation_max_age) has passed.
    Later,
    /// The server does not revoke tokens, or there were none.
    NotOffered,
}

/// How a sign-out went.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LoggedOut {
    /// What became of the tokens at the server.
    pub revocation: Revocation,
    /// Where a browser ends the person's session at the provider, if it has such a place. Holds the
    /// id token, as OpenID Connect has it.
    pub end_session: Option<Secret>,
}

/// Removes the session from the vault. What is to be revoked stays there, sealed, apart from it.
pub(crate) async fn clear(
    context: Rc<Context>,
    held: Vec<Leaving>,
) -> Result<Option<Secret>, Error> {
    let gone = {
        let _editing = context.editing().await;
        let mut document = match context.load().await {
            // Signing out works whatever is there.
            Err(Error::Unreadable) => Document::default(),
            document => document?,
        };
        let gone = document.kept.take();
        if context.config.server.wants_leave() {
            let wall = context.wall();
            document.leavings.extend(gone.iter().map(|kept| Leaving::of(&kept.tokens, wall)));
            document.leavings.extend(held);
        }
        context.store(&document).await?;
        gone
    };
    let Some(gone) = gone else {
        return Ok(None);
    };
    // Another process may have been about to write the tokens that it has just got for this session.
    // When it is our turn, it has.
    if let Ok(_turn) = context.turn().await {
        let _editing = context.editing().await;
        let mut document = context.load_newest().await?;
        if let Some(late) = document.kept.take_if(|kept| kept.session == gone.session) {
            if context.config.server.wants_leave() {
                document.leavings.push(Leaving::of(&late.tokens, context.wall()));
            }
            context.store(&document).await?;
        }
    }
    Ok(context.config.server.end_session(&gone.tokens))
}

/// Tells the server of tokens that have been given up, until there are none, or it does not answer.
/// Asks nobody.
pub(crate) async fn sweep(context: Rc<Context>) -> Result<Revocation, Error> {
    let mut outcome = Revocation::NotOffered;
    loop {
        let Some(leaving) = first(&context).await? else {
            return Ok(outcome);
        };
        let Some((request, left)) = context.config.server.leave(&leaving, context.config.timeout)
        else {
            replace(&context, &leaving, None).await?;
            continue;
        };
        match context.send(request).await.map(|response| revoked(&response)) {
            Ok(Revoked::Done) => {
                outcome = Revocation::Done;
                let more = context.config.server.leave(&left, Duration::ZERO).is_some();
                replace(&context, &leaving, more.then_some(left)).await?;
            }
            Ok(Revoked::Later) | Err(_) => return Ok(Revocation::Later),
        }
    }
}

/// The oldest that is not too old. Those that are, go.
async fn first(context: &Context) -> Result<Option<Leaving>, Error> {
    if context.doors.keep.is_locked().await? {
        return Ok(None);
    }
    let _editing = context.editing().await;
    let mut document = context.load().await?;
    let before = document.leavings.len();
    let (wall, limit) = (context.wall(), context.config.revocation_max_age);
    document
        .leavings
        .retain(|leaving| Duration::from_millis(wall.saturating_sub(leaving.since)) <= limit);
    if document.leavings.len() < before {
        context.store(&document).await?;
    }
    Ok(document.leavings.into_iter().next())
}

async fn replace(context: &Context, old: &Leaving, new: Option<Leaving>) -> Result<(), Error> {
    let _editing = context.editing().await;
    let mut document = context.load().await?;
    let Some(place) = document.leavings.iter().position(|leaving| leaving == old) else {
        return Ok(());
    };
    match new {
        Some(new) => document.leavings[place] = new,
        None => drop(document.leavings.remove(place)),
    }
    context.store(&document).await
}
