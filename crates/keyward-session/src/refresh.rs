//! One refresh, from the vault and back to it. At most one is under way in a process, and by
//! [`Turns`](crate::Turns) in all of them.
//!
//! What the server gives is durable before anybody gets it. If the vault has locked in between, it
//! is sealed and put [beside it](crate::late), and leaves memory: nobody is shown a prompt for it, and
//! whoever sees the vault open next, this process or another, stores it there first. Writing in the
//! same unlocked span is not to be had, because a lock takes effect at once and an answer takes its
//! time. Only where nothing can be put beside the vault is the answer held in memory, with the turn, so
//! that no other process spends the token that is spent already; it is given up when the process ends.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::backoff::pause;
use crate::context::{Context, NoTurn, OurTurn};
use crate::document::{Document, Failed, Kept, Leaving};
use crate::error::{Error, SignedOutCause, Trouble};
use crate::event::Event;
use crate::late::{new_key, put_aside, take_in};
use crate::life::Life;
use crate::secret::Secret;
use crate::server::Answer;

/// What a refresh is made for.
#[derive(Clone, Default)]
pub(crate) struct Reason {
    /// A server has refused this token, however fresh it seems.
    pub(crate) refused: Option<Arc<Secret>>,
    /// The server is left alone for now: only the vault is asked.
    pub(crate) quiet: bool,
    /// An answer was lost before.
    pub(crate) answer_lost: bool,
}

/// How it ended.
pub(crate) enum Done {
    /// These are what is to be used; they lie in the vault.
    Found(Kept, Life),
    /// These came from the server, and lie in the vault. Just now, or they have been held.
    Refreshed(Kept, Life, Age),
    /// As before, because the server gave none. These are in the vault.
    Failed(Kept, Life, Trouble, Option<Duration>),
    /// The token was refused, and nothing can replace it.
    Irreplaceable(Kept, Life),
    /// There is no session.
    Nothing,
    /// The session has ended just now.
    Ended(SignedOutCause),
    /// The vault cannot be written now. Without an error, because it is locked.
    Held(Held, Option<Error>),
    /// The vault could not be read.
    Error(Error),
}

/// How old an answer is that has become durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    JustNow,
    Held,
}

/// New tokens that are not in the vault yet.
pub(crate) enum Held {
    /// They are sealed beside it, and not in memory.
    Aside,
    /// They are in memory, because they could not be put beside it.
    Here(Box<Fresh>),
}

/// New tokens that are in memory alone.
pub(crate) struct Fresh {
    spent: Kept,
    new: Kept,
    life: Life,
    sign_outs: u64,
    replaced: u64,
    _turn: OurTurn,
}

impl Held {
    /// The tokens in memory, to be revoked.
    pub(crate) fn leaving(&self, wall: u64) -> Option<Leaving> {
        match self {
            Self::Aside => None,
            Self::Here(fresh) => Some(fresh.leaving(wall)),
        }
    }
}

impl Fresh {
    fn leaving(&self, wall: u64) -> Leaving {
        Leaving::of(&self.new.tokens, wall)
    }
}

/// What a look at the vault says.
enum Look {
    Settled(Done),
    Refresh(Kept, Life),
}

/// Asks the vault, and the server if need be.
pub(crate) async fn refresh(context: Rc<Context>, reason: Reason) -> Done {
    if let Err(error) = take_in(&context).await {
        return Done::Error(error);
    }
    let (kept, life) = match look(&context, &reason).await {
        Ok(Look::Settled(done)) => return done,
        Ok(Look::Refresh(kept, life)) => (kept, life),
        Err(error) => return Done::Error(error),
    };
    let (sign_outs, replaced) = (context.sign_outs.get(), context.replaced.get());
    let turn = match context.turn().await {
        Ok(turn) => turn,
        Err(NoTurn::Busy) => return Done::Failed(kept, life, Trouble::Busy, None),
        Err(NoTurn::Failed(cause)) => return Done::Error(Error::Keep(cause)),
    };
    // Somebody else may have been faster, and have spent the token that we saw. If his vault was locked
    // when the next one came, it waits beside it. Looked for before the look at what others have stored:
    // it is removed there when it has been stored.
    if let Err(error) = take_in(&context).await {
        return Done::Error(error);
    }
    if let Err(error) = context.doors.keep.catch_up(&context.config.entry).await {
        return Done::Error(error);
    }
    let (kept, life) = match look(&context, &reason).await {
        Ok(Look::Settled(done)) => return done,
        Ok(Look::Refresh(kept, life)) => (kept, life),
        Err(error) => return Done::Error(error),
    };
    let Some(request) = context.config.server.refresh(&kept.tokens, context.config.timeout) else {
        return Done::Irreplaceable(kept, life);
    };
    context.shared.emit(Event::Refreshing);
    let (sent, wall) = (context.now(), context.wall());
    let answer = match context.send(request).await {
        Ok(response) => context.config.server.read(&response, context.wall()),
        Err(error) => Answer::Later(error.into(), None),
    };
    match answer {
        Answer::Tokens(tokens) => {
            let tokens = tokens.on_top_of(&kept.tokens);
            let (session, late_key) = (kept.session, new_key());
            let new = Kept { tokens, since: wall, session, late_key, failed: None };
            let life = context.life_from(&new, sent);
            let fresh = Fresh { spent: kept, new, life, sign_outs, replaced, _turn: turn };
            store(&context, Box::new(fresh), Age::JustNow, false).await
        }
        Answer::Refused => {
            let lost = kept.failed.is_some_and(|failed| failed.lost);
            let cause = match reason.answer_lost || lost {
                true => SignedOutCause::AnswerLost,
                false => SignedOutCause::Refused,
            };
            forget(&context, &kept, cause).await
        }
        Answer::Later(trouble, asked) => {
            let noted = note(&context, &kept, trouble, asked).await;
            Done::Failed(kept, life, trouble, noted.or(asked))
        }
    }
}

/// Writes down that the server is to be left alone, and for how long, and that an answer may have been
/// lost, for the processes that come after. One that was not reached need not be left alone by them.
/// Asks nobody: where it cannot be written, they find out by themselves.
async fn note(
    context: &Context,
    kept: &Kept,
    trouble: Trouble,
    asked: Option<Duration>,
) -> Option<Duration> {
    let lost = trouble.may_have_lost_an_answer();
    let patience = trouble == Trouble::TooManyRequests;
    if !(lost || patience) || context.doors.keep.is_locked().await.unwrap_or(true) {
        return None;
    }
    let _editing = context.editing().await;
    let mut document = context.load_newest().await.ok()?;
    let ours = document.kept.as_mut().filter(|ours| ours.is_same(kept))?;
    let earlier = ours.failed;
    let times = earlier.map_or(0, |failed| failed.times).saturating_add(1);
    let quiet = patience || trouble == Trouble::Server;
    let pause = quiet.then(|| pause(times, asked, context.jitter()));
    ours.failed = Some(Failed {
        times,
        since: context.wall(),
        pause: pause.map_or(0, |pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
        patience,
        lost: lost || earlier.is_some_and(|failed| failed.lost),
    });
    context.store(&document).await.ok()?;
    pause
}

async fn look(context: &Context, reason: &Reason) -> Result<Look, Error> {
    let Some(kept) = context.load().await?.kept else {
        forget_refused(context).await;
        return Ok(Look::Settled(Done::Nothing));
    };
    let (life, now) = (context.life(&kept), context.now());
    let refused = reason.refused.as_ref().is_some_and(|refused| **refused == kept.tokens.access);
    if life.is_fresh(now) && !refused {
        return Ok(Look::Settled(Done::Found(kept, life)));
    }
    if !context.config.server.can_refresh(&kept.tokens) {
        return Ok(Look::Settled(match life.is_alive(now) {
            true => Done::Irreplaceable(kept, life),
            false => forget(context, &kept, SignedOutCause::Expired).await,
        }));
    }
    if reason.quiet {
        return Ok(Look::Settled(Done::Found(kept, life)));
    }
    // Another process may have been told to leave the server alone.
    Ok(match kept.failed.and_then(|failed| failed.quiet(context.wall())) {
        Some((trouble, left)) => Look::Settled(Done::Failed(kept, life, trouble, Some(left))),
        None => Look::Refresh(kept, life),
    })
}

/// Brings what is not in the vault yet there. Asks nobody unless it may.
pub(crate) async fn settle(context: &Context, held: Held, may_ask: bool) -> Done {
    match held {
        Held::Aside => take_back(context, may_ask).await,
        Held::Here(fresh) => store(context, fresh, Age::Held, may_ask).await,
    }
}

/// Brings what waits beside the vault into it. Another process may have done so.
async fn take_back(context: &Context, may_ask: bool) -> Done {
    if let Err(error) = reachable(context, may_ask).await {
        return Done::Held(Held::Aside, error);
    }
    match take_in(context).await {
        Ok(Some(kept)) => {
            let life = context.life(&kept);
            Done::Refreshed(kept, life, Age::Held)
        }
        Ok(None) => match context.load_newest().await {
            Ok(document) => found(context, document),
            Err(error) => Done::Held(Held::Aside, Some(error)),
        },
        Err(error) => Done::Held(Held::Aside, Some(error)),
    }
}

/// Makes new tokens durable, unless the session they belong to is gone: in the vault, or else beside it.
async fn store(context: &Context, fresh: Box<Fresh>, age: Age, may_ask: bool) -> Done {
    let NotWritten { error, key_is_gone } = match write(context, &fresh, may_ask).await {
        Ok(Written::Ours) => return Done::Refreshed(fresh.new, fresh.life, age),
        Ok(Written::NotOurs(document)) => return found(context, *document),
        Err(not_written) => not_written,
    };
    let key_is_gone = key_is_gone || fresh.replaced != context.replaced.get();
    match !key_is_gone && put_aside(context, &fresh.spent, &fresh.new).await {
        true => Done::Held(Held::Aside, error),
        false => Done::Held(Held::Here(fresh), error),
    }
}

enum Written {
    Ours,
    /// The session is gone; this is what is there.
    NotOurs(Box<Document>),
}

/// Why new tokens cannot be written now; without an error, the vault is locked.
struct NotWritten {
    error: Option<Error>,
    /// What is put beside the vault could not be opened again.
    key_is_gone: bool,
}

impl From<Option<Error>> for NotWritten {
    fn from(error: Option<Error>) -> Self {
        Self { error, key_is_gone: false }
    }
}

impl From<Error> for NotWritten {
    fn from(error: Error) -> Self {
        Some(error).into()
    }
}

/// Writes new tokens into the vault; or has them revoked if their session is gone.
async fn write(context: &Context, fresh: &Fresh, may_ask: bool) -> Result<Written, NotWritten> {
    reachable(context, may_ask).await?;
    // Whoever has to be asked is asked before others wait.
    context.load().await?;
    let _editing = context.editing().await;
    let mut document = context.load_newest().await?;
    let ours = fresh.sign_outs == context.sign_outs.get()
        && document.kept.as_ref().is_some_and(|kept| kept.is_same(&fresh.spent));
    if ours {
        document.kept = Some(fresh.new.clone());
        context.store(&document).await?;
        return Ok(Written::Ours);
    }
    // Somebody signed out meanwhile, and perhaps in again: these tokens are to be revoked.
    if context.config.server.wants_leave() {
        document.leavings.push(fresh.leaving(context.wall()));
        let gone = |error| NotWritten { error: Some(error), key_is_gone: true };
        context.store(&document).await.map_err(gone)?;
    }
    Ok(Written::NotOurs(document.into()))
}

/// Whether the vault can be read and written now; it always can if somebody may be asked.
async fn reachable(context: &Context, may_ask: bool) -> Result<(), Option<Error>> {
    match !may_ask && context.doors.keep.is_locked().await? {
        true => Err(None),
        false => Ok(()),
    }
}

fn found(context: &Context, document: Document) -> Done {
    match document.kept {
        Some(kept) => {
            let life = context.life(&kept);
            Done::Found(kept, life)
        }
        None => Done::Nothing,
    }
}

/// Removes tokens that are of no use any more. If the vault holds others by now, somebody without a
/// lock was faster, and theirs count.
async fn forget(context: &Context, kept: &Kept, cause: SignedOutCause) -> Done {
    // From here on they are not read any more, whether they can be removed now or not.
    context.refused.replace(Some(kept.clone()));
    match remove_refused(context).await {
        Ok(Some(document)) => found(context, document),
        // What could not be removed opens nothing, and is refused again after the next start.
        _ => Done::Ended(cause),
    }
}

/// What a session that the server refused while the vault was locked has left in it. Called when the
/// vault has been read.
pub(crate) async fn forget_refused(context: &Context) {
    if context.refused.borrow().is_some() {
        let _ = remove_refused(context).await;
    }
}

/// Removes them, or gives what is there in their place.
async fn remove_refused(context: &Context) -> Result<Option<Document>, Error> {
    // Nobody is asked to unlock the vault only to remove what opens nothing.
    if context.doors.keep.is_locked().await? {
        return Ok(None);
    }
    let _editing = context.editing().await;
    // It is read without the tokens that are to go.
    let document = context.load_newest().await?;
    if document.kept.is_some() {
        context.refused.take();
        return Ok(Some(document));
    }
    context.store(&document).await?;
    context.refused.take();
    Ok(None)
}
