//! One tab's session, to which the keys of a `BrowserVault` are bound.
//!
//! Its name stands in sessionStorage, and so lives as long as the tab. Every page of the tab takes
//! part in a Web Lock of that name. A tab that is duplicated takes the name along: then several
//! tabs are one session. When a session starts, those that are over are forgotten: no page holds
//! their lock, and none has started them for a day. (A tab may be on a page without Keyward
//! meanwhile.)

use std::cell::RefCell;

use futures_util::future::try_join;
use js_sys::{Array, Date};
use keyward::VaultId;
use wasm_bindgen::JsValue;
use web_sys::IdbKeyRange;

use crate::database::{Database, KEYS, NOTES, Transaction};
use crate::locks::{self, Held};
use crate::random;
use crate::session_storage::storage;
use crate::trouble::Trouble;

const NAME: &str = "keyward:tab";
/// Before the names of sessions: in the notes of when they were last started, in the names of their
/// locks, and of their keys.
const PREFIX: &str = "tab:";
const DAY: f64 = 24.0 * 60.0 * 60.0 * 1000.0;

thread_local! {
    /// This page's part in the session's lock.
    static SESSION: RefCell<Option<(String, Held)>> = const { RefCell::new(None) };
}

/// Under what name the key of `vault` is kept for this tab.
pub(crate) async fn key_name(database: &Database, vault: VaultId) -> Result<String, Trouble> {
    Ok([&start(database).await?, ":", &vault.to_string()].concat())
}

/// Whether another page takes part in this tab's session.
pub(crate) async fn is_shared() -> Result<bool, Trouble> {
    let Some(name) = present() else {
        return Ok(false);
    };
    Ok(locks::held().await?.iter().filter(|held| **held == name).count() > 1)
}

fn present() -> Option<String> {
    SESSION.with_borrow(|session| session.as_ref().map(|(name, _)| name.clone()))
}

/// The name of this tab's session, which begins unless it has begun.
async fn start(database: &Database) -> Result<String, Trouble> {
    if let Some(name) = present() {
        return Ok(name);
    }
    // Nobody looks for sessions that are over while another is starting.
    let _starting = locks::exclusive("keyward:tabs").await?;
    if let Some(name) = present() {
        return Ok(name);
    }
    let storage = storage()?;
    let name = match storage.get_item(NAME)? {
        Some(name) if name.starts_with(PREFIX) => name,
        _ => {
            let name = [PREFIX, &VaultId(random::bytes()).to_string()].concat();
            storage.set_item(NAME, &name)?;
            name
        }
    };
    let held = locks::shared(&name).await?;
    let alive = locks::held().await?;
    let clean = database.write(&[NOTES, KEYS], async |transaction| {
        let (names, started) = try_join(transaction.keys(NOTES), transaction.values(NOTES)).await?;
        for (name, started) in Array::from(&names).iter().zip(Array::from(&started).iter()) {
            if let (Some(session), Some(started)) = (name.as_string(), started.as_f64())
                && session.starts_with(PREFIX)
                && !alive.contains(&session)
                && Date::now() - started > DAY
            {
                forget(transaction, &session)?;
            }
        }
        transaction.put(NOTES, &name, &JsValue::from_f64(Date::now()))
    });
    clean.await?;
    SESSION.set(Some((name.clone(), held)));
    Ok(name)
}

fn forget(transaction: &Transaction, session: &str) -> Result<(), Trouble> {
    transaction.delete(NOTES, &session.into())?;
    // `;` follows `:`, with which the names of the session's keys go on.
    let (first, end) = ([session, ":"].concat(), [session, ";"].concat());
    transaction.delete(KEYS, &IdbKeyRange::bound(&first.into(), &end.into())?.into())
}
