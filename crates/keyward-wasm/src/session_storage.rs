//! The store of a tab: cells in sessionStorage.

use std::rc::Rc;

use async_trait::async_trait;
use base64ct::{Base64Unpadded, Encoding};
use futures_core::stream::LocalBoxStream;
use keyward::{Cause, Cells, Revision, Store, StoreError, Stored, Stores, Swap};
use wasm_bindgen::prelude::*;

use crate::bell::Bell;
use crate::indexed_db::store_error;
use crate::js;
use crate::revision::random_revision;

/// An item of the tab's sessionStorage, `None` where there is none.
pub(crate) fn item(name: &str) -> Result<Option<String>, StoreError> {
    let item = js::call(&storage()?, "getItem", &[&name.into()]);
    Ok(item.map_err(|error| store_error(&error))?.as_string())
}

/// Sets an item, or removes it.
pub(crate) fn set_item(name: &str, value: Option<&str>) -> Result<(), StoreError> {
    let storage = storage()?;
    let name = name.into();
    let done = match value {
        Some(value) => js::call(&storage, "setItem", &[&name, &value.into()]),
        None => js::call(&storage, "removeItem", &[&name]),
    };
    done.map(drop).map_err(|error| store_error(&error))
}

/// Undefined in Node; forbidden where a person has turned storage off.
fn storage() -> Result<JsValue, StoreError> {
    let storage = js::get(&js::global(), "sessionStorage");
    if js::is_some(&storage) {
        Ok(storage)
    } else {
        Err(StoreError::Denied(Cause::new("there is no sessionStorage here")))
    }
}

/// The vaults of one tab.
pub struct SessionStorage;

impl Stores for SessionStorage {
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        let cell = |kind: &str| {
            let name = [kind, key].concat();
            Rc::new(Cell { bell: Bell::new(name.clone()), name })
        };
        Ok(Cells { vault: cell("keyward-tab/"), attempts: cell("keyward-tab#") })
    }
}

/// One cell: an item of Base64, the revision in eight bytes and then the content. Reading,
/// comparing and writing it happen in one go, and all pages of a tab that can see it take turns.
struct Cell {
    name: String,
    bell: Bell,
}

impl Cell {
    fn read(&self) -> Result<Option<Stored>, StoreError> {
        let Some(text) = item(&self.name)? else {
            return Ok(None);
        };
        let item = Base64Unpadded::decode_vec(&text).ok();
        let Some((revision, bytes)) = item.as_ref().and_then(|item| item.split_first_chunk())
        else {
            return Err(StoreError::NotAFile);
        };
        let revision = Revision(u64::from_be_bytes(*revision));
        Ok(Some(Stored { bytes: bytes.to_vec(), revision }))
    }
}

#[async_trait(?Send)]
impl Store for Cell {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        self.read()
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        if self.read()?.map(|stored| stored.revision) != expected {
            return Ok(Swap::Conflict);
        }
        let mut next = None;
        let mut text = None;
        if let Some(bytes) = new {
            let revision = random_revision()?;
            let item = [revision.0.to_be_bytes().as_slice(), bytes].concat();
            text = Some(Base64Unpadded::encode_string(&item));
            next = Some(revision);
        }
        set_item(&self.name, text.as_deref())?;
        self.bell.ring();
        Ok(Swap::Done(next))
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        self.bell.listen()
    }
}
