//! An answer that came while the vault was locked: sealed beside the vault until somebody sees the
//! vault open. SPEC.md, section "Late answers".
//!
//! The key lies in the vault with the tokens that the refresh spends, and is made anew with each
//! answer. So what is beside the vault belongs to this refresh and to no other: an old copy that
//! somebody puts back does not open any more.
//!
//! It is put there only in the turn of whoever has made the refresh, and removed only when its tokens
//! are in the vault. So whoever has the turn, and looks here before he reads the vault, misses nothing.

use base64ct::{Base64, Encoding};
use keyward::{Key, open_message, seal_message};

use crate::context::Context;
use crate::document::{Document, Kept};
use crate::error::Error;
use crate::late_answers::MAX_LATE_ANSWER_LEN;
use crate::secret::Secret;

/// What a sealed answer says that it is.
const MEDIA_TYPE: &str = "application/vnd.keyward.late-answer+cose";

/// A key for the answer to the next refresh. Without random numbers there is none, and a late answer is
/// kept in memory.
pub(crate) fn new_key() -> Option<Secret> {
    let key = Key::generate().ok()?;
    Some(Base64::encode_string(key.expose()).into())
}

/// Seals what has come in the place of `spent`, and puts it beside the vault. False if that cannot be.
pub(crate) async fn put_aside(context: &Context, spent: &Kept, new: &Kept) -> bool {
    match seal(spent, new) {
        Some(sealed) if sealed.len() <= MAX_LATE_ANSWER_LEN => {
            context.doors.late_answers.store(&context.config.entry, &sealed).await.is_ok()
        }
        _ => false,
    }
}

/// What waits beside the vault and came in the place of `spent`.
pub(crate) async fn in_place_of(context: &Context, spent: &Kept) -> Option<Kept> {
    open(spent, &context.doors.late_answers.load(&context.config.entry).await?)
}

/// Whatever waits beside the vault is of no use any more.
pub(crate) async fn remove(context: &Context) {
    context.doors.late_answers.remove(&context.config.entry).await;
}

/// Stores what waits beside the vault in it, and then removes it there, and answers what is in the
/// vault now; `None` if there was nothing that fits. Asks the person if there is something, and it must.
pub(crate) async fn take_in(context: &Context) -> Result<Option<Kept>, Error> {
    let door = &context.doors.late_answers;
    if door.load(&context.config.entry).await.is_none() {
        return Ok(None);
    }
    // Whoever has to be asked is asked before others wait.
    context.load().await?;
    let _editing = context.editing().await;
    let mut document = context.load_newest().await?;
    // Somebody else may have been faster.
    let Some(sealed) = door.load(&context.config.entry).await else {
        return Ok(None);
    };
    let late = document.kept.as_ref().and_then(|kept| open(kept, &sealed));
    if late.is_some() {
        document.kept.clone_from(&late);
        context.store(&document).await?;
    }
    // What does not fit the tokens that are there fits none that will be.
    remove(context).await;
    Ok(late)
}

fn key_of(spent: &Kept) -> Option<Key> {
    let text = spent.late_key.as_ref()?.expose();
    Key::fill_with(|key| match Base64::decode(text, key) {
        Ok(decoded) if decoded.len() == Key::LEN => Ok(()),
        _ => Err(()),
    })
    .ok()
}

fn seal(spent: &Kept, new: &Kept) -> Option<Vec<u8>> {
    let document = Document { kept: Some(new.clone()), leavings: Vec::new() };
    let entry = document.write().ok()?;
    seal_message(&key_of(spent)?, MEDIA_TYPE, entry.expose()).ok()
}

fn open(spent: &Kept, sealed: &[u8]) -> Option<Kept> {
    let entry = open_message(&key_of(spent)?, MEDIA_TYPE, sealed)?;
    let late = Document::read_text(std::str::from_utf8(entry.expose()).ok()?)?.kept?;
    (late.session == spent.session).then_some(late)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tokens::Tokens;

    fn kept(n: u32) -> Kept {
        let tokens = Tokens::new(format!("secret-a{n}")).with_refresh(format!("secret-r{n}"));
        Kept { tokens, since: 1, session: 2, late_key: new_key(), failed: None }
    }

    #[test]
    fn it_opens_in_the_place_of_what_was_spent_for_it_and_of_nothing_else() {
        let (spent, new) = (kept(0), kept(1));
        let sealed = seal(&spent, &new).unwrap();
        assert_eq!(open(&spent, &sealed), Some(new.clone()));
        assert_eq!(open(&new, &sealed), None, "an old copy");
        let other = Kept { session: 3, ..spent.clone() };
        assert_eq!(open(&other, &sealed), None, "another session's");
        for end in 0..sealed.len() {
            assert_eq!(open(&spent, &sealed[..end]), None, "cut off at {end}");
        }
        for key in [None, Some(""), Some("AAAA"), Some("no base64")] {
            let spent = Kept { late_key: key.map(Secret::from), ..spent.clone() };
            assert_eq!(open(&spent, &sealed), None);
            assert_eq!(seal(&spent, &new), None, "nothing to seal it with");
        }
    }

    #[test]
    fn nothing_of_it_can_be_read() {
        let sealed = seal(&kept(0), &kept(1)).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn every_key_is_another() {
        assert_ne!(new_key(), new_key());
    }
}
