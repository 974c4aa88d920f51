//! What the protectors keep in IndexedDB: one value for each vault, at `[session, provider, vault]`.

use std::rc::Rc;

use js_sys::Uint8Array;
use keyward::{Cause, ProtectorError, StoreError, VaultId};
use wasm_bindgen::prelude::*;

use crate::indexed_db::{Access, Database, KEYS};
use crate::js;

/// The values of one provider.
pub(crate) struct StoredKeys {
    pub(crate) database: Rc<Database>,
    pub(crate) provider: &'static str,
}

impl StoredKeys {
    /// The place of a vault's value. `session` is empty for what stays.
    pub(crate) fn place(&self, session: &str, vault: VaultId) -> JsValue {
        let vault = Uint8Array::from(vault.0.as_slice());
        js::list(&[&session.into(), &self.provider.into(), &vault]).into()
    }

    /// The value; undefined where there is none.
    pub(crate) async fn find(&self, place: &JsValue) -> Result<JsValue, ProtectorError> {
        let found =
            async { self.database.begin(KEYS, Access::Read).await?.ask("get", &[place]).await };
        found.await.map_err(unavailable)
    }

    /// Keeps `value`, durably, unless there is one already, and answers the one that is there.
    pub(crate) async fn keep(
        &self,
        place: &JsValue,
        value: JsValue,
    ) -> Result<JsValue, ProtectorError> {
        let kept = async {
            let transaction = self.database.begin(KEYS, Access::Write).await?;
            let found = transaction.ask("get", &[place]).await?;
            if !found.is_undefined() {
                return Ok(found);
            }
            transaction.request("put", &[&value, place])?;
            transaction.commit().await?;
            Ok(value)
        };
        kept.await.map_err(unavailable)
    }

    /// Removes the value.
    pub(crate) async fn remove(&self, place: &JsValue) -> Result<(), ProtectorError> {
        let removed = async {
            let transaction = self.database.begin(KEYS, Access::Write).await?;
            transaction.request("delete", &[place])?;
            transaction.commit().await
        };
        removed.await.map_err(unavailable)
    }
}

/// A store that cannot be reached says nothing about what is in it.
pub(crate) fn unavailable(error: StoreError) -> ProtectorError {
    ProtectorError::Unavailable(Cause::new(error))
}

/// The platform's own error.
pub(crate) fn failed(error: &JsValue) -> ProtectorError {
    ProtectorError::Unavailable(Cause::new(js::describe(error)))
}

/// An answer, or a handle, that makes no sense.
pub(crate) fn nonsense(what: &'static str) -> ProtectorError {
    ProtectorError::Unavailable(Cause::new(what))
}
