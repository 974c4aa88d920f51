//! What an origin remembers of sign-outs: in localStorage.

use async_trait::async_trait;
use keyward_js::js;
use keyward_session::{InThisProcess, SignOuts};

use crate::local_storage::Items;

/// Remembers sign-outs for all pages of the origin; where there is no localStorage, for this one.
pub(crate) struct TabSignOuts {
    items: Items,
    here: InThisProcess,
}

impl TabSignOuts {
    /// For the sessions of the vault with this key.
    pub(crate) fn new(vault: String) -> Self {
        let items = Items { kind: "keyward-signed-out", vault };
        Self { items, here: InThisProcess::default() }
    }
}

#[async_trait(?Send)]
impl SignOuts for TabSignOuts {
    async fn remember(&self, name: &str) {
        // Not twice: another page that signs in forgets what is there, and cannot forget what is here.
        if self.items.call("setItem", name, &[&"yes".into()]).is_err() {
            self.here.remember(name).await;
        }
    }

    async fn remembers(&self, name: &str) -> bool {
        self.here.remembers(name).await
            || self.items.call("getItem", name, &[]).is_ok_and(|item| js::is_some(&item))
    }

    async fn forget(&self, name: &str) {
        self.here.forget(name).await;
        let _ = self.items.call("removeItem", name, &[]);
    }
}
