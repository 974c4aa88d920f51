//! How long a tab's vaults live.
//!
//! A tab session begins when a page of the tab first needs a key of its own, and has a random name
//! in the tab's sessionStorage. Reloading and navigating keep it, as they keep sessionStorage.
//! Browsers copy sessionStorage into duplicates of the tab and windows that it opens: such a copy
//! has copies of the vaults, too, and shares the session with the first, so that each can open
//! what it has. While a page of the session lives it holds a Web Lock by the session's name, shared.
//!
//! Keys of sessions that nobody holds are removed, but not at once: a page that is being reloaded,
//! or that the browser has put aside to save memory, holds nothing and will come back. Whoever finds
//! a session unheld writes down when, and the keys go when it is still so a day later.

use std::rc::Rc;

use base64ct::{Base64Unpadded, Encoding};
use futures_util::lock::Mutex;
use js_sys::Array;
use keyward::{Cause, StoreError};
use wasm_bindgen::prelude::*;

use crate::indexed_db::{Access, Database, KEYS};
use crate::js;
use crate::web_lock::{self, Mode, WebLock};
use crate::web_storage::SESSION;

/// Where a tab keeps its session's name.
const ITEM: &str = "keyward-session";
/// What the name of every session begins with.
const PREFIX: &str = "keyward-tab/";
const LIMIT_MS: i32 = 10_000;
/// How long a session may be unheld before its keys are removed, in milliseconds: a day.
const GRACE_MS: f64 = 86_400_000.0;

/// The session of this page's tab.
pub struct TabSession {
    database: Rc<Database>,
    grace_ms: f64,
    begun: Mutex<Option<(String, WebLock)>>,
}

impl TabSession {
    /// The session whose keys are in `database`.
    #[must_use]
    pub fn new(database: &Rc<Database>) -> Rc<Self> {
        Self::with_grace(database, GRACE_MS)
    }

    /// A session that removes the keys of others after another time than a day, in milliseconds.
    #[must_use]
    pub fn with_grace(database: &Rc<Database>, grace_ms: f64) -> Rc<Self> {
        Rc::new(Self { database: Rc::clone(database), grace_ms, begun: Mutex::default() })
    }

    pub(crate) fn database(&self) -> &Rc<Database> {
        &self.database
    }

    /// The session's name. The first call begins or continues the session.
    pub(crate) async fn id(&self) -> Result<String, StoreError> {
        let mut begun = self.begun.lock().await;
        if let Some((id, _)) = begun.as_ref() {
            return Ok(id.clone());
        }
        let id = match SESSION.item(ITEM)? {
            Some(id) => id,
            None => {
                let id = random_name()?;
                SESSION.set_item(ITEM, Some(&id))?;
                id
            }
        };
        let lock = web_lock::hold(&id, Mode::Shared, LIMIT_MS).await;
        let lock = lock.ok_or(StoreError::Busy)?;
        self.sweep(&id).await?;
        *begun = Some((id.clone(), lock));
        Ok(id)
    }

    /// Whether another page has this session, too.
    pub(crate) async fn is_shared(&self) -> bool {
        let Ok(id) = self.id().await else {
            return true;
        };
        let held = web_lock::held(LIMIT_MS).await.unwrap_or_default();
        held.iter().filter(|held| **held == id).count() > 1
    }

    /// Removes the keys of sessions that are over, and says of this one that it is not.
    async fn sweep(&self, own: &str) -> Result<(), StoreError> {
        let Some(held) = web_lock::held(LIMIT_MS).await else {
            return Ok(());
        };
        let transaction = self.database.begin(KEYS, Access::Write).await?;
        let keys: Array = transaction.ask("getAllKeys", &[]).await?.unchecked_into();
        let mut seen = String::new();
        for key in keys.iter() {
            // `[session, provider, vault]`, or `[session]` for when it was found unheld.
            let Some(session) = js::get(&key, "0").as_string() else { continue };
            if !session.starts_with(PREFIX) || session == seen {
                continue;
            }
            let mark = js::list(&[&session.as_str().into()]).into();
            if session == own || held.contains(&session) {
                transaction.request("delete", &[&mark])?;
            } else {
                let since = transaction.ask("get", &[&mark]).await?.as_f64();
                let now = js_sys::Date::now();
                if since.is_none() {
                    transaction.request("put", &[&now.into(), &mark])?;
                } else if since.is_some_and(|since| now - since >= self.grace_ms) {
                    let end = js::list(&[&session.as_str().into(), &js::list(&[])]);
                    let ranges = js::get(&js::global(), "IDBKeyRange");
                    let range = js::call(&ranges, "bound", &[&mark, &end])
                        .map_err(|error| StoreError::Io(Cause::new(js::describe(&error))))?;
                    transaction.request("delete", &[&range])?;
                }
            }
            seen = session;
        }
        transaction.commit().await
    }
}

fn random_name() -> Result<String, StoreError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| StoreError::Io(Cause::new("no random numbers")))?;
    Ok([PREFIX, &Base64Unpadded::encode_string(&random)].concat())
}
