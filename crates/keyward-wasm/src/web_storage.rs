//! Cells in a page's own small storage: the store of a tab in sessionStorage, and in localStorage what
//! an origin remembers of its vaults, apart from IndexedDB, where they are.

use std::rc::Rc;

use async_trait::async_trait;
use base64ct::{Base64Unpadded, Encoding};
use futures_core::stream::LocalBoxStream;
use keyward::{Cause, Cells, Registry, Revision, Store, StoreError, Stored, Stores, Swap};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

use crate::bell::Bell;
use crate::indexed_db::store_error;
use crate::js;
use crate::revision::random_revision;

/// One of the storages, by its name in the global object.
#[derive(Clone, Copy)]
pub(crate) struct Area(&'static str);

/// The tab's.
pub(crate) const SESSION: Area = Area("sessionStorage");
/// The origin's.
const LOCAL: Area = Area("localStorage");

impl Area {
    /// An item, `None` where there is none.
    pub(crate) fn item(self, name: &str) -> Result<Option<String>, StoreError> {
        let item = js::call(&self.storage()?, "getItem", &[&name.into()]);
        Ok(item.map_err(|error| store_error(&error))?.as_string())
    }

    /// Sets an item, or removes it.
    pub(crate) fn set_item(self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let storage = self.storage()?;
        let name = name.into();
        let done = match value {
            Some(value) => js::call(&storage, "setItem", &[&name, &value.into()]),
            None => js::call(&storage, "removeItem", &[&name]),
        };
        done.map(drop).map_err(|error| store_error(&error))
    }

    /// Undefined in Node; forbidden where a person has turned storage off.
    fn storage(self) -> Result<JsValue, StoreError> {
        let storage = js::get(&js::global(), self.0);
        if js::is_some(&storage) {
            Ok(storage)
        } else {
            Err(StoreError::Denied(Cause::new(["there is no ", self.0, " here"].concat())))
        }
    }

    fn cell(self, name: String) -> Rc<dyn Store> {
        Rc::new(Cell { area: self, bell: Bell::new(name.clone()), name })
    }
}

/// The vaults of one tab.
pub struct SessionStorage;

impl Stores for SessionStorage {
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        let cell = |kind: &str| SESSION.cell([kind, key].concat());
        Ok(Cells { vault: cell("keyward-tab/"), attempts: cell("keyward-tab#") })
    }
}

/// What an origin remembers of its vaults. The vaults themselves are in IndexedDB, so that a browser
/// or a program that takes that away does not take this.
pub struct LocalStorage;

impl Registry for LocalStorage {
    fn cell(&self, key: &str) -> Result<Rc<dyn Store>, StoreError> {
        let hash = Sha256::new().chain_update(NAME_LABEL).chain_update(key).finalize();
        let name = Base64Unpadded::encode_string(&hash[..16]);
        Ok(LOCAL.cell(["keyward-known/", &name].concat()))
    }
}

/// What the hash in a record's name begins with, before the vault's key.
const NAME_LABEL: &str = "keyward-registry 1 name";

/// One cell: an item of Base64, the revision in eight bytes and then the content. Reading,
/// comparing and writing it happen in one go, and all pages of a tab that can see it take turns. Of
/// localStorage browsers promise less: two pages may both believe that they were first, and then one
/// record of what was seen is lost, which the next look mends.
struct Cell {
    area: Area,
    name: String,
    bell: Bell,
}

impl Cell {
    fn read(&self) -> Result<Option<Stored>, StoreError> {
        let Some(text) = self.area.item(&self.name)? else {
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
        self.area.set_item(&self.name, text.as_deref())?;
        self.bell.ring();
        Ok(Swap::Done(next))
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        self.bell.listen()
    }
}
