//! What the protectors keep in IndexedDB: one value for each vault, at `[session, provider, vault]`.

use std::rc::Rc;

use js_sys::Uint8Array;
use keyward::{Cause, Obstacle, ProtectorError, StoreError, VaultId};
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
    pub(crate) fn find(&self, place: &JsValue) -> impl Future<Output = Outcome> {
        self.transact(place, Change::Nothing)
    }

    /// Keeps `value`, durably, unless there is one already, and answers the one that is there.
    pub(crate) fn keep(&self, place: &JsValue, value: JsValue) -> impl Future<Output = Outcome> {
        self.transact(place, Change::Keep(value))
    }

    /// Removes the value.
    pub(crate) fn remove(&self, place: &JsValue) -> impl Future<Output = Outcome> {
        self.transact(place, Change::Remove)
    }

    /// Whether the browser lets this page at the values at all.
    pub(crate) async fn reachable(&self) -> Result<(), Obstacle> {
        match self.find(&self.place("", VaultId([0; 16]))).await {
            Ok(_) => Ok(()),
            Err(ProtectorError::Unavailable(cause)) => Err(Obstacle::Unreachable(cause)),
            Err(error) => Err(Obstacle::Unreachable(Cause::new(error))),
        }
    }

    async fn transact(&self, place: &JsValue, change: Change) -> Outcome {
        let done = async {
            let access =
                if matches!(change, Change::Nothing) { Access::Read } else { Access::Write };
            let transaction = self.database.begin(KEYS, access).await?;
            let there = match change {
                Change::Remove => {
                    transaction.request("delete", &[place])?;
                    JsValue::UNDEFINED
                }
                Change::Nothing | Change::Keep(_) => {
                    let found = transaction.ask("get", &[place]).await?;
                    match change {
                        Change::Keep(value) if found.is_undefined() => {
                            transaction.request("put", &[&value, place])?;
                            value
                        }
                        _ => return Ok(found),
                    }
                }
            };
            transaction.commit().await?;
            Ok(there)
        };
        done.await.map_err(unavailable)
    }
}

type Outcome = Result<JsValue, ProtectorError>;

/// What is done to a value.
enum Change {
    Nothing,
    Keep(JsValue),
    Remove,
}

/// A store that cannot be reached says nothing about what is in it.
pub(crate) fn unavailable(error: StoreError) -> ProtectorError {
    match error {
        StoreError::Full => ProtectorError::Full,
        error => ProtectorError::Unavailable(Cause::new(error)),
    }
}

/// The platform's own error.
pub(crate) fn failed(error: &JsValue) -> ProtectorError {
    ProtectorError::Unavailable(Cause::new(js::describe(error)))
}

/// An answer, or a handle, that makes no sense.
pub(crate) fn nonsense(what: &'static str) -> ProtectorError {
    ProtectorError::Unavailable(Cause::new(what))
}
