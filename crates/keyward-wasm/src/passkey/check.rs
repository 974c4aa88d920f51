//! Whether a passkey is still there.
//!
//! Browsers answer the same to a person who says no, to a page that may not ask, and to a passkey that
//! is gone. But an authenticator that is asked for a new passkey, and told which one it must not have
//! already, says so if it has that one, once the person has agreed. If it makes the new one, it does
//! not have the old one. That is the truth about the vault's key only if it is the authenticator that
//! made the old one: people have several. So its make is remembered (its AAGUID), and where the browser
//! does not tell the make, or it is another, nothing is known.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use keyward::{Key, ProtectorError, Request, VaultId};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::webauthn::{
    descriptor, function_output, id_of, maker_of, making_of, signal_unknown, use_of,
};
use super::{Passkey, refusal};
use crate::js;
use crate::stored_keys::nonsense;

/// How long the key material of a passkey that was made in a check is kept, in milliseconds: for as
/// long as a person needs to fetch a recovery code.
const FRESH_MS: i32 = 600_000;

impl Passkey {
    /// Looks for the vault's passkey, by asking for another one. One that is made, and that takes the
    /// place of a lost one, is remembered for when the vault is enrolled again.
    pub(super) async fn look_for(
        &self,
        request: &Request<'_>,
        id: &[u8],
    ) -> Result<(), ProtectorError> {
        let vault = request.vault;
        if self.is_lost(vault, id).await? {
            // No second passkey is made to look again: it may have come back, and then it answers.
            return match self.ask("get", use_of(vault, id)).await {
                Ok(_) => self.remembered.remove(&self.lost(vault)).await.map(drop),
                Err(ProtectorError::Dismissed) => Err(ProtectorError::Lost),
                Err(error) => Err(error),
            };
        }
        let options = making_of(&request.config.key.as_str().into(), vault)?;
        js::set(&options, "excludeCredentials", &js::list(&[&descriptor(id)]));
        let made = match self.prompt("create", options).await? {
            Ok(made) => made,
            Err(error) if js::name(&error) == "InvalidStateError" => {
                return Ok(());
            }
            Err(error) => return Err(refusal(&error)),
        };
        let made_id = id_of(&made);
        if let Err(unknown) = self.is_by_same_maker(vault, id, &made).await {
            signal_unknown(&made_id);
            return Err(unknown);
        }
        self.remembered.remove(&self.lost(vault)).await?;
        self.remembered.keep(&self.lost(vault), Uint8Array::from(id).into()).await?;
        let (enabled, material) = function_output(&made);
        if enabled || material.is_some() {
            self.remembered.remove(&self.remembered.place("", vault)).await?;
            let handle = self.keep(vault, &made).await?;
            self.fresh.put(handle, material);
        } else {
            signal_unknown(&made_id);
        }
        Err(ProtectorError::Lost)
    }

    /// Whether a check has found that this passkey is gone.
    pub(super) async fn is_lost(&self, vault: VaultId, id: &[u8]) -> Result<bool, ProtectorError> {
        let lost = self.remembered.find(&self.lost(vault)).await?;
        Ok(js::is_some(&lost) && Uint8Array::new(&lost).to_vec() == id)
    }

    /// Remembers who made a passkey. Without it nothing can be told of it later, and all else works.
    pub(super) async fn keep_maker(&self, vault: VaultId, id: &[u8], made: &JsValue) {
        let place = self.maker(vault);
        if self.remembered.remove(&place).await.is_ok()
            && let Some(maker) = maker_of(made)
        {
            let maker = Uint8Array::from([&maker, id].concat().as_slice());
            let _ = self.remembered.keep(&place, maker.into()).await;
        }
    }

    /// An error that says why it is not known.
    async fn is_by_same_maker(
        &self,
        vault: VaultId,
        id: &[u8],
        made: &JsValue,
    ) -> Result<(), ProtectorError> {
        let before = self.remembered.find(&self.maker(vault)).await?;
        let before = if js::is_some(&before) { Uint8Array::new(&before).to_vec() } else { vec![] };
        match (before.strip_suffix(id), maker_of(made)) {
            (Some(before), Some(now)) if before == now => Ok(()),
            (Some(_), Some(_)) => Err(nonsense(
                "another password manager or device than the one that made this vault's passkey",
            )),
            _ => Err(nonsense("the browser does not tell who made this vault's passkey")),
        }
    }

    /// Forgets what is known of a vault's passkey.
    pub(super) async fn forget_findings(&self, vault: VaultId) -> Result<(), ProtectorError> {
        self.remembered.remove(&self.maker(vault)).await?;
        self.remembered.remove(&self.lost(vault)).await.map(drop)
    }

    /// Where the id of a passkey stands that a check has found to be gone.
    fn lost(&self, vault: VaultId) -> JsValue {
        self.remembered.place("lost", vault)
    }

    /// Where the make and the id of the remembered passkey stand.
    fn maker(&self, vault: VaultId) -> JsValue {
        self.remembered.place("maker", vault)
    }
}

/// The key material of a passkey that no slot has yet, so that the person who has just made it is not
/// asked for it again. Wiped when it is taken, or its time is up.
#[derive(Default)]
pub(super) struct Fresh(Rc<RefCell<Option<(Vec<u8>, Key)>>>);

impl Fresh {
    fn put(&self, handle: Vec<u8>, material: Option<Key>) {
        *self.0.borrow_mut() = material.map(|material| (handle, material));
        let held = Rc::downgrade(&self.0);
        spawn_local(async move {
            js::sleep(FRESH_MS).await;
            if let Some(held) = held.upgrade() {
                held.take();
            }
        });
    }

    pub(super) fn take(&self, handle: &[u8]) -> Option<Key> {
        let (fresh, material) = self.0.take()?;
        (fresh == handle).then_some(material)
    }

    pub(super) fn drop_it(&self) {
        self.0.take();
    }
}
