//! The door to what must be known of sign-outs while the vault is shut.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use async_trait::async_trait;

/// Remembers which sessions have been signed out of although their vault could not be opened, so that
/// no later process hands out what is still in there. Nothing of it is secret.
#[async_trait(?Send)]
pub trait SignOuts {
    /// Remembers the session called `name`, durably. Best effort: what cannot be remembered is known
    /// to this process alone.
    async fn remember(&self, name: &str);

    /// Whether that session is remembered. What cannot be read is not.
    async fn remembers(&self, name: &str) -> bool;

    /// The session has left the vault, or another one has come into its place.
    async fn forget(&self, name: &str);
}

/// Remembers for as long as the process lives: for vaults that end with it, such as one in memory.
/// Late answers too.
#[derive(Debug, Default)]
pub struct InThisProcess {
    sign_outs: RefCell<HashSet<String>>,
    pub(crate) late_answers: RefCell<HashMap<String, Vec<u8>>>,
}

#[async_trait(?Send)]
impl SignOuts for InThisProcess {
    async fn remember(&self, name: &str) {
        self.sign_outs.borrow_mut().insert(name.to_owned());
    }

    async fn remembers(&self, name: &str) -> bool {
        self.sign_outs.borrow().contains(name)
    }

    async fn forget(&self, name: &str) {
        self.sign_outs.borrow_mut().remove(name);
    }
}
