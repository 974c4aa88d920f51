//! A vault to test protectors with, and what their answers should be.

// Every test program that includes this module uses another part of it.
#![allow(dead_code)]

use std::time::Duration;

use futures_executor::block_on;
use keyward::{Config, Enrolled, Key, Protector, ProtectorError, Request, VaultId, VaultType};
use keyward_conformance::protector::everything_printed;
use keyward_platform::Timeouts;

/// A vault's identity and configuration.
pub(crate) struct Vault {
    pub(crate) id: VaultId,
    config: Config,
}

impl Vault {
    pub(crate) fn new() -> Self {
        let mut id = [0; 16];
        getrandom::fill(&mut id).expect("random numbers");
        Self::with_id(VaultId(id))
    }

    pub(crate) fn with_id(id: VaultId) -> Self {
        Self { id, config: Config::new("test tokens", VaultType::SecureStorage) }
    }

    pub(crate) fn enroll(&self, protector: &dyn Protector) -> Result<Enrolled, ProtectorError> {
        block_on(protector.enroll(&Request::new(self.id, &self.config)))
    }

    pub(crate) fn release(
        &self,
        protector: &dyn Protector,
        handle: &[u8],
    ) -> Result<Key, ProtectorError> {
        block_on(protector.release(&Request::new(self.id, &self.config), handle))
    }

    pub(crate) fn forget(&self, protector: &dyn Protector) -> Result<(), ProtectorError> {
        block_on(protector.forget(&Request::new(self.id, &self.config), b""))
    }

    /// Releases, and checks that it is the key that was enrolled.
    pub(crate) fn assert_releases(&self, protector: &dyn Protector, enrolled: &Enrolled) {
        match self.release(protector, &enrolled.handle) {
            Ok(key) => assert_eq!(key.expose(), enrolled.material.expose(), "another key"),
            Err(error) => panic!("no key: {}", everything_printed(&error)),
        }
    }
}

/// Timeouts for a machine without a person: a prompt that is closed was not seen by anybody, and
/// one that stays open is soon given up.
pub(crate) fn nobody_there() -> Timeouts {
    Timeouts {
        call: Duration::from_secs(30),
        prompt: Duration::from_secs(2),
        unseen: Duration::from_secs(3600),
    }
}

/// The answer is `Unavailable`; returns all that it prints.
pub(crate) fn assert_unavailable<T>(answer: Result<T, ProtectorError>) -> String {
    match answer {
        Err(error @ ProtectorError::Unavailable(_)) => everything_printed(&error),
        Err(error) => panic!("must be unavailable, not: {}", everything_printed(&error)),
        Ok(_) => panic!("must be unavailable, but succeeded"),
    }
}

pub(crate) fn assert_lost<T>(answer: Result<T, ProtectorError>) {
    match answer {
        Err(ProtectorError::Lost) => {}
        Err(error) => panic!("must be lost, not: {}", everything_printed(&error)),
        Ok(_) => panic!("must be lost, but succeeded"),
    }
}

pub(crate) fn assert_unsupported<T>(answer: Result<T, ProtectorError>) {
    match answer {
        Err(ProtectorError::Unsupported(_)) => {}
        Err(error) => panic!("must be unsupported, not: {}", everything_printed(&error)),
        Ok(_) => panic!("must be unsupported, but succeeded"),
    }
}
