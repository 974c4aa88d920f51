//! What is done one at a time, in the order of calls.

use std::rc::Rc;
use std::time::Duration;

use keyward::Instant;

use super::{Moment, Outcome, Reply};
use crate::context::Context;
use crate::document::{Kept, Leaving};
use crate::error::{Error, SignedOutCause, Trouble};
use crate::late;
use crate::life::Life;
use crate::refresh::forget_refused;
use crate::secret::Secret;
use crate::server::Answer;
use crate::session::{View, usable};
use crate::tokens::Tokens;

pub(super) enum Task {
    Begin(Tokens, Call, Reply<()>),
    SignIn(Secret, Call, Reply<()>),
    View(Reply<Option<View>>),
    SetFields(Secret, Reply<()>),
    /// A look at the vault, if that asks nobody.
    Look(Moment),
}

impl Task {
    /// `left`: what the vault holds has been signed out of, and could not be removed yet.
    pub(super) async fn run(self, context: Rc<Context>, left: bool) -> Outcome {
        match self {
            Self::Begin(tokens, call, reply) => {
                answer(begin(&context, tokens, call, left).await, reply)
            }
            Self::SignIn(body, call, reply) => {
                answer(sign_in(&context, &body, call, left).await, reply)
            }
            Self::View(reply) if left => {
                let _ = reply.send(Ok(None));
                Outcome::Same
            }
            Self::SetFields(_, reply) if left => {
                let _ = reply.send(Err(Error::SignedOut(SignedOutCause::Requested)));
                Outcome::Same
            }
            Self::Look(_) if left => Outcome::Same,
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

/// When a sign-in was called.
#[derive(Clone, Copy)]
pub(super) struct Call {
    /// On the clock that nobody can set, and on the wall's: from here the life of its token is counted.
    at: Instant,
    wall: u64,
    /// How often somebody had signed out by then.
    sign_outs: u64,
}

impl Call {
    pub(super) fn now(context: &Context) -> Self {
        Self { at: context.now(), wall: context.wall(), sign_outs: context.sign_outs.get() }
    }

    /// Whether somebody has signed out since.
    fn is_over(self, context: &Context) -> bool {
        self.sign_outs != context.sign_outs.get()
    }
}

fn answer(result: Result<(Kept, Life), Error>, reply: Reply<()>) -> Outcome {
    match result {
        Ok((kept, life)) => Outcome::Began(kept, life, reply),
        Err(error @ Error::SignedOut(_)) => {
            let _ = reply.send(Err(error));
            Outcome::GivenUp
        }
        Err(error) => {
            let _ = reply.send(Err(error));
            Outcome::Same
        }
    }
}

/// Writes a new session into the vault, unless somebody has signed out since it was called. `left`:
/// the one that is there has been signed out of, and is to be revoked.
async fn begin(
    context: &Context,
    tokens: Tokens,
    call: Call,
    left: bool,
) -> Result<(Kept, Life), Error> {
    let session = getrandom::u64().map_err(|_| keyward::Error::NoEntropy)? >> 11;
    let late_key = late::new_key();
    let kept = Kept { tokens, since: call.wall, session, late_key, failed: None };
    if call.is_over(context) {
        return Err(give_up(context, &kept.tokens).await);
    }
    // Whoever has to be asked is asked before others wait.
    context.load().await?;
    let editing = context.editing().await;
    let mut document = context.load_to_write().await?;
    if call.is_over(context) {
        drop(editing);
        return Err(give_up(context, &kept.tokens).await);
    }
    let earlier = document.kept.replace(kept.clone());
    if context.config.server.wants_leave() {
        let wall = context.wall();
        // What came late for the earlier session cannot be read without it.
        let late = match &earlier {
            Some(earlier) => late::in_place_of(context, earlier).await,
            None => None,
        };
        let given_up = earlier.iter().filter(|_| left).chain(&late);
        document.leavings.extend(given_up.map(|kept| Leaving::of(&kept.tokens, wall)));
    }
    context.store(&document).await?;
    context.replaced.set(context.replaced.get() + 1);
    late::remove(context).await;
    context.doors.sign_outs.forget(&context.config.entry).await;
    let life = context.life_from(&kept, call.at);
    Ok((kept, life))
}

/// Has tokens revoked that nobody wants any more. Asks nobody: where the vault is locked, or cannot be
/// written, they are dropped.
async fn give_up(context: &Context, tokens: &Tokens) -> Error {
    let locked = context.doors.keep.is_locked().await.unwrap_or(true);
    if context.config.server.wants_leave() && !locked {
        let _editing = context.editing().await;
        if let Ok(mut document) = context.load_to_write().await {
            document.leavings.push(Leaving::of(tokens, context.wall()));
            let _ = context.store(&document).await;
        }
    }
    Error::SignedOut(SignedOutCause::Requested)
}

async fn sign_in(
    context: &Context,
    credentials: &Secret,
    call: Call,
    left: bool,
) -> Result<(Kept, Life), Error> {
    if call.is_over(context) {
        return Err(Error::SignedOut(SignedOutCause::Requested));
    }
    let call = Call { at: context.now(), wall: context.wall(), ..call };
    let request = context.config.server.sign_in(credentials, context.config.timeout)?;
    let response =
        context.send(request).await.map_err(|error| later(Trouble::from(error), None))?;
    match context.config.server.read(&response, context.wall()) {
        Answer::Tokens(tokens) if usable(&tokens) => begin(context, tokens, call, left).await,
        Answer::Tokens(_) => Err(later(Trouble::BadAnswer, None)),
        Answer::Refused => Err(Error::CredentialsRefused),
        Answer::Later(trouble, asked) => Err(later(trouble, asked)),
    }
}

async fn view(context: &Context) -> Result<Option<View>, Error> {
    context.load().await?;
    // What cannot be stored now is when a token is wanted.
    let _ = late::take_in(context).await;
    let Some(kept) = context.load().await?.kept else {
        return Ok(None);
    };
    let life = context.life(&kept);
    let left = life.dead.map(|dead| dead.since(context.now()));
    let Tokens { refresh, id, scope, fields, .. } = kept.tokens;
    Ok(Some(View {
        expires_in: left,
        refreshable: refresh.is_some(),
        scope,
        token_type: context.config.placement.scheme.clone(),
        id,
        fields,
    }))
}

async fn set_fields(context: &Context, json: Secret) -> Result<(), Error> {
    // A refresh writes the fields that it read: it is waited for. What it wrote may be news to us.
    let turn = context.turn().await;
    let _turn = turn.map_err(|_| later(Trouble::Busy, Some(Duration::from_secs(1))))?;
    // Whoever has to be asked is asked before others wait.
    context.load().await?;
    late::take_in(context).await?;
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
    let _ = late::take_in(context).await;
    let kept = context.load().await.ok()?.kept;
    if kept.is_none() {
        forget_refused(context).await;
    }
    Some(kept.map(|kept| {
        let life = context.life(&kept);
        (kept, life)
    }))
}

/// A sign-in's failure, when the server could not say.
fn later(trouble: Trouble, asked: Option<Duration>) -> Error {
    Error::Later { trouble, retry_after: asked.unwrap_or_default() }
}
