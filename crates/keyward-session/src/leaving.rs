//! Signing out: the vault first, then the server, now or later.

use std::rc::Rc;
use std::time::Duration;

use crate::context::{Context, NoTurn};
use crate::document::{Document, Leaving};
use crate::error::Error;
use crate::late;
use crate::secret::Secret;
use crate::server::{Revoked, revoked};

/// What became of the tokens at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revocation {
    /// The server has been told, and refuses them.
    Done,
    /// The server could not be told yet, or does not do it: it does not accept the client, for
    /// instance. The tokens are kept sealed in the vault until it does, or until
    /// [`Config::revocation_max_age`](crate::Config::revocation_max_age) has passed. Of a vault that
    /// is locked nobody knows whether there are any.
    Later,
    /// The server does not revoke tokens, or not of this kind, or there were none.
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

/// Which session is to be removed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Whatever is there: somebody signs out.
    Present,
    /// What an earlier sign-out could not remove, if nobody has signed in since: the session of this
    /// number, where it is known.
    Left(Option<u64>),
}

/// Removes the session from the vault. What is to be revoked stays there, sealed, apart from it.
pub(crate) async fn clear(
    context: Rc<Context>,
    held: Vec<Leaving>,
    which: Which,
) -> Result<Option<Secret>, Error> {
    let (sign_outs, name) = (&context.doors.sign_outs, &context.config.entry);
    // What an earlier sign-out has left may have been removed by others by now.
    let is_new = which == Which::Present;
    if context.doors.keep.is_locked().await.unwrap_or(true) {
        if !is_new {
            // Nobody is asked again for that alone.
            return Err(keyward::Error::Dismissed.into());
        }
        // Somebody may have to be asked, and this process may end meanwhile.
        sign_outs.remember(name).await;
    }
    let removed = remove(&context, held, which).await;
    if is_new && removed.is_err() {
        sign_outs.remember(name).await;
    }
    removed
}

async fn remove(
    context: &Context,
    held: Vec<Leaving>,
    which: Which,
) -> Result<Option<Secret>, Error> {
    let (sign_outs, name) = (&context.doors.sign_outs, &context.config.entry);
    // Whoever has to be asked is asked before others wait. Signing out works whatever is there.
    match context.load().await {
        Ok(_) | Err(Error::Unreadable) => {}
        Err(error) => return Err(error),
    }
    let gone = {
        let _editing = context.editing().await;
        // Another process may have stored the next tokens just now: these are the ones to be revoked.
        let document = match held.is_empty() {
            true => context.load_to_write().await,
            false => context.load_newest().await,
        };
        let mut document = match document {
            Err(Error::Unreadable) => Document::default(),
            document => document?,
        };
        let gone = match which {
            Which::Present => document.kept.take(),
            Which::Left(Some(session)) => document.kept.take_if(|kept| kept.session == session),
            Which::Left(None) => match sign_outs.remembers(name).await {
                true => document.kept.take(),
                false => None,
            },
        };
        if context.config.server.wants_leave() {
            let wall = context.wall();
            // What came while the vault was locked is a session's, too, and cannot be read without it.
            let late = match &gone {
                Some(gone) => late::in_place_of(context, gone).await,
                None => None,
            };
            let given_up = gone.iter().chain(&late);
            document.leavings.extend(given_up.map(|kept| Leaving::of(&kept.tokens, wall)));
            document.leavings.extend(held);
        }
        context.store(&document).await?;
        context.replaced.set(context.replaced.get() + 1);
        if document.kept.is_none() {
            late::remove(context).await;
        }
        sign_outs.forget(name).await;
        gone
    };
    let Some(gone) = gone else {
        return Ok(None);
    };
    // Another process may have been about to write the tokens that it has just got for this session, or
    // to put them beside the vault. When it is our turn, it has.
    if let Ok(_turn) = context.turn().await {
        let _editing = context.editing().await;
        let mut document = context.load_newest().await?;
        let written = document.kept.take_if(|kept| kept.session == gone.session);
        let late = late::in_place_of(context, &gone).await;
        if written.is_some() || late.is_some() {
            if context.config.server.wants_leave() {
                let (given_up, wall) = (written.iter().chain(&late), context.wall());
                document.leavings.extend(given_up.map(|kept| Leaving::of(&kept.tokens, wall)));
            }
            context.store(&document).await?;
        }
        if document.kept.is_none() {
            late::remove(context).await;
        }
    }
    Ok(context.config.server.end_session(&gone.tokens))
}

/// Tells the server of tokens that have been given up, until there are none, or it does not answer.
/// Asks nobody.
pub(crate) async fn sweep(context: Rc<Context>) -> Result<Revocation, Error> {
    let mut outcome = Revocation::NotOffered;
    // What the server does not want to hear of stays, and does not stand in the way of the rest.
    let mut refused = Vec::new();
    loop {
        if context.doors.keep.is_locked().await? {
            let wanted = context.config.server.wants_leave();
            return Ok(if wanted { Revocation::Later } else { outcome });
        }
        let Some(leaving) = first(&context, &refused).await? else {
            return Ok(if refused.is_empty() { outcome } else { Revocation::Later });
        };
        let Some((request, left)) = context.config.server.leave(&leaving, context.config.timeout)
        else {
            match edit(&context, |leavings| replace(leavings, &leaving, None)).await? {
                true => continue,
                false => return Ok(Revocation::Later),
            }
        };
        let answer = context.send(request).await.map(|response| revoked(&response));
        match answer {
            Ok(Revoked::Done) => outcome = Revocation::Done,
            Ok(Revoked::NotOffered) => {}
            Ok(Revoked::Refused) => {
                refused.push(leaving);
                continue;
            }
            Ok(Revoked::Later) | Err(_) => return Ok(Revocation::Later),
        }
        let more = context.config.server.leave(&left, Duration::ZERO).is_some();
        let left = more.then_some(left);
        if !edit(&context, |leavings| replace(leavings, &leaving, left)).await? {
            // It is told once more, which does no harm.
            return Ok(Revocation::Later);
        }
    }
}

/// The oldest that is not too old, and none of `but`. Those that are too old, go.
async fn first(context: &Context, but: &[Leaving]) -> Result<Option<Leaving>, Error> {
    let (wall, limit) = (context.wall(), context.config.revocation_max_age);
    let lasts =
        |leaving: &Leaving| Duration::from_millis(wall.saturating_sub(leaving.since)) <= limit;
    let leavings = context.load().await?.leavings;
    if !leavings.iter().all(lasts) {
        edit(context, |leavings| leavings.retain(lasts)).await?;
    }
    let mut lasting = leavings.into_iter().filter(lasts);
    Ok(lasting.find(|leaving| !but.contains(leaving)))
}

fn replace(leavings: &mut Vec<Leaving>, old: &Leaving, new: Option<Leaving>) {
    if let Some(place) = leavings.iter().position(|leaving| leaving == old) {
        match new {
            Some(new) => leavings[place] = new,
            None => drop(leavings.remove(place)),
        }
    }
}

/// Changes what is to be revoked, and nothing else of the entry: it is our turn, so that nobody writes
/// the next tokens meanwhile, and they would be overwritten with spent ones. False if it does not come
/// to be our turn.
async fn edit(context: &Context, edit: impl FnOnce(&mut Vec<Leaving>)) -> Result<bool, Error> {
    let _turn = match context.turn().await {
        Ok(turn) => turn,
        Err(NoTurn::Busy) => return Ok(false),
        Err(NoTurn::Failed(cause)) => return Err(Error::Keep(cause)),
    };
    // Nobody is asked to unlock the vault for this.
    if context.doors.keep.is_locked().await? {
        return Ok(false);
    }
    let _editing = context.editing().await;
    let mut document = context.load_to_write().await?;
    let before = document.leavings.clone();
    edit(&mut document.leavings);
    if document.leavings != before {
        context.store(&document).await?;
    }
    Ok(true)
}
