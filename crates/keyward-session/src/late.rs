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

/// What waits beside the vault and came in the place of `spent`, as far as it can be read: for whoever
/// removes both.
pub(crate) async fn in_place_of(context: &Context, spent: &Kept) -> Option<Kept> {
    open(spent, &load(context).await.ok()??).ok()?
}

async fn load(context: &Context) -> Result<Option<Vec<u8>>, Error> {
    context.doors.late_answers.load(&context.config.entry).await.map_err(Error::Keep)
}

/// Whatever waits beside the vault is of no use any more.
pub(crate) async fn remove(context: &Context) {
    context.doors.late_answers.remove(&context.config.entry).await;
}

/// Stores what waits beside the vault in it, and then removes it there, and answers what is in the
/// vault now; `None` if there was nothing that fits. Asks the person if there is something, and it must.
/// What fits and does not read, as a newer version's, stays where it is.
pub(crate) async fn take_in(context: &Context) -> Result<Option<Kept>, Error> {
    if load(context).await?.is_none() {
        return Ok(None);
    }
    // Whoever has to be asked is asked before others wait.
    context.load().await?;
    let _editing = context.editing().await;
    let mut document = context.load_newest().await?;
    // Somebody else may have been faster.
    let Some(sealed) = load(context).await? else {
        return Ok(None);
    };
    let late = match &document.kept {
        Some(kept) => open(kept, &sealed)?,
        None => None,
    };
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

/// `None` for what was not sealed in the place of `spent`; an error for what was, and does not read.
fn open(spent: &Kept, sealed: &[u8]) -> Result<Option<Kept>, Error> {
    let Some(entry) = key_of(spent).and_then(|key| open_message(&key, MEDIA_TYPE, sealed)) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(entry.expose()).ok();
    let document = text.and_then(Document::read_text).ok_or(Error::Unreadable)?;
    Ok(document.kept.filter(|late| late.session == spent.session))
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

    fn read(spent: &Kept, sealed: &[u8]) -> Option<Kept> {
        open(spent, sealed).unwrap()
    }

    #[test]
    fn what_fits_and_does_not_read_is_an_error() {
        let spent = kept(0);
        let key = key_of(&spent).unwrap();
        for entry in ["", "{}", r#"{"version":2,"tokens":{}}"#] {
            let sealed = seal_message(&key, MEDIA_TYPE, entry.as_bytes()).unwrap();
            assert!(matches!(open(&spent, &sealed), Err(Error::Unreadable)), "{entry}");
        }
    }

    #[test]
    fn it_opens_in_the_place_of_what_was_spent_for_it_and_of_nothing_else() {
        let (spent, new) = (kept(0), kept(1));
        let sealed = seal(&spent, &new).unwrap();
        assert_eq!(read(&spent, &sealed), Some(new.clone()));
        assert_eq!(read(&new, &sealed), None, "an old copy");
        let other = Kept { session: 3, ..spent.clone() };
        assert_eq!(read(&other, &sealed), None, "another session's");
        for end in 0..sealed.len() {
            assert_eq!(read(&spent, &sealed[..end]), None, "cut off at {end}");
        }
        for key in [None, Some(""), Some("AAAA"), Some("no base64")] {
            let spent = Kept { late_key: key.map(Secret::from), ..spent.clone() };
            assert_eq!(read(&spent, &sealed), None);
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
