//! What an app's platform brings: time, places for sealed bytes, protectors, and somewhere to hash
//! passcodes.

use std::rc::Rc;
use std::sync::Arc;

use crate::clock::Clock;
use crate::crypto::Argon2Costs;
use crate::hashing::PasscodeHashing;
use crate::protector::{Protector, Role};
use crate::registry::Registry;
use crate::store::Stores;

/// Everything that the engine needs from outside.
pub struct Platform {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where vaults live.
    pub stores: Rc<dyn Stores>,
    /// The protectors of this device, the preferred ones first. New slots are made with the first
    /// of the fitting role that does not answer
    /// [`ProtectorError::Unsupported`](crate::ProtectorError::Unsupported).
    pub protectors: Vec<Rc<dyn Protector>>,
    /// What this device remembers of vaults outside of their own place; `None` where it remembers
    /// nothing, and vaults that have vanished look like new ones.
    pub registry: Option<Rc<dyn Registry>>,
    /// Where passcodes are hashed.
    pub hashing: Rc<dyn PasscodeHashing>,
    /// What a guess at a new passcode will cost.
    pub argon2: Argon2Costs,
}

impl Platform {
    pub(crate) fn with_role(&self, role: Role) -> impl Iterator<Item = Rc<dyn Protector>> {
        self.protectors.iter().filter(move |protector| protector.role() == role).cloned()
    }

    pub(crate) fn provider(&self, name: &str) -> Option<Rc<dyn Protector>> {
        self.protectors.iter().find(|protector| protector.provider() == name).cloned()
    }
}
