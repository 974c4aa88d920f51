//! What is done one at a time, in the order of calls.

use std::rc::Rc;
use std::time::Duration;

use super::{Moment, Outcome, Reply, later};
use crate::context::Context;
use crate::document::Kept;
use crate::error::{Error, SignedOutCause, Trouble};
use crate::life::Life;
use crate::refresh::forget_refused;
use crate::secret::Secret;
use crate::server::Answer;
use crate::session::{View, usable};
use crate::tokens::Tokens;

pub(super) enum Task {
    Begin(Tokens, Reply<()>),
    SignIn(Secret, Reply<()>),
    View(Reply<Option<View>>),
    SetFields(Secret, Reply<()>),
    /// A look at the vault, if that asks nobody.
    Look(Moment),
}

impl Task {
    pub(super) async fn run(self, context: Rc<Context>) -> Outcome {
        match self {
            Self::Begin(tokens, reply) => answer(begin(&context, tokens).await, reply),
            Self::SignIn(body, reply) => answer(sign_in(&context, &body).await, reply),
            Self::View(reply) => {
                let _ = reply.send(view(&context).await);
                Outcome::Same
            }
            Self::SetFields(json, reply) => {
                let _ = reply.send(set_fields(&context, json).await);
                Outcome::Same
            }
            Self::Look(begun) => {
                look(&context).await.map_or(Outcome::Same, |seen| Outcome::Seen(begun, seen))
            }
        }
    }
}

fn answer(result: Result<(Kept, Life), Error>, reply: Reply<()>) -> Outcome {
    match result {
        Ok((kept, life)) => Outcome::Began(kept, life, reply),
        Err(error) => {
            let _ = reply.send(Err(error));
            Outcome::Same
        }
    }
}

/// Writes a new session into the vault.
async fn begin(context: &Context, tokens: Tokens) -> Result<(Kept, Life), Error> {
    let (now, wall) = (context.now(), context.wall());
    let session = getrandom::u64().map_err(|_| keyward::Error::NoEntropy)? >> 11;
    let kept = Kept { tokens, since: wall, session };
    let _editing = context.editing().await;
    let mut document = context.load_to_write().await?;
    document.kept = Some(kept.clone());
    context.store(&document).await?;
    let life = context.life_from(&kept, now);
    Ok((kept, life))
}

async fn sign_in(context: &Context, credentials: &Secret) -> Result<(Kept, Life), Error> {
    let request = context.config.server.sign_in(credentials, context.config.timeout)?;
    let response =
        context.send(request).await.map_err(|error| later(Trouble::from(error), None))?;
    match context.config.server.read(&response, context.wall()) {
        Answer::Tokens(tokens) if usable(&tokens) => begin(context, tokens).await,
        Answer::Tokens(_) => Err(later(Trouble::BadAnswer, None)),
        Answer::Refused => Err(Error::CredentialsRefused),
        Answer::Later(trouble, asked) => Err(later(trouble, asked)),
    }
}

async fn view(context: &Context) -> Result<Option<View>, Error> {
    let Some(kept) = context.load().await?.kept else {
        return Ok(None);
    };
    let life = context.life(&kept);
    let left = life.dead.map(|dead| dead.since(context.now()));
    let Tokens { refresh, id, scope, fields, .. } = kept.tokens;
    Ok(Some(View { expires_in: left, refreshable: refresh.is_some(), scope, id, fields }))
}

async fn set_fields(context: &Context, json: Secret) -> Result<(), Error> {
    // A refresh writes the fields that it read: it is waited for. What it wrote may be news to us.
    let turn = context.turn().await;
    let _turn = turn.map_err(|_| later(Trouble::Busy, Some(Duration::from_secs(1))))?;
    let _editing = context.editing().await;
    let mut document = context.load_to_write().await?;
    let Some(kept) = &mut document.kept else {
        return Err(Error::SignedOut(SignedOutCause::NeverSignedIn));
    };
    kept.tokens.fields = Some(json);
    context.store(&document).await
}

async fn look(context: &Context) -> Option<Option<(Kept, Life)>> {
    if context.doors.keep.is_locked().await.ok()? {
        return None;
    }
    let kept = context.load().await.ok()?.kept;
    if kept.is_none() {
        forget_refused(context).await;
    }
    Some(kept.map(|kept| {
        let life = context.life(&kept);
        (kept, life)
    }))
}
