//! A lock that is asked for in one tab locks the vault in the others: who logs out means everywhere.
//! Time away is each tab's own.

use futures_util::future::{Either, select};
use futures_util::{FutureExt, StreamExt};
use keyward::{Event, LockCause, Vault};

use crate::tabs::{Tabs, Topic};

/// Passes on locks, until the vault's driver has ended.
pub(crate) async fn locks(vault: Vault, tabs: Tabs) {
    let mut events = vault.events();
    let mut heard = tabs.hear(Topic::Locked, None);
    loop {
        match select(events.next(), heard.next()).await {
            Either::Left((Some(Event::Locked(LockCause::Requested)), _)) => {
                if let Some(config) = vault.config() {
                    tabs.tell(Topic::Locked, &config.key);
                }
            }
            Either::Left((Some(_), _)) => {}
            Either::Right((Some(key), _)) => {
                if vault.config().is_some_and(|config| config.key == key)
                    && vault.lock().await.is_ok()
                {
                    // Not told back: what has happened by now is the others' lock.
                    while let Some(Some(_)) = events.next().now_or_never() {}
                }
            }
            Either::Left((None, _)) | Either::Right((None, _)) => return,
        }
    }
}
