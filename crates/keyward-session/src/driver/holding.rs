//! What has come and is not in the vault yet: it is held until the vault is open.

use super::Driver;
use crate::refresh::{Held, settle};

impl Driver {
    /// Tries to make durable what is held, if that asks nobody.
    pub(super) fn settle(&mut self, held: Held) {
        self.start(async move |context| settle(&context, held, false).await);
    }

    /// Holds what could not be made durable. If the vault has been unlocked in between, that may have
    /// been after the look at it, and nobody tells of it again.
    pub(super) fn hold(&mut self, held: Held) {
        match self.looks == self.begun_looks {
            true => self.held = Some(held),
            false => self.settle(held),
        }
    }

    /// Has those who wait wait for what is held.
    pub(super) fn park(&mut self, held: &Held) {
        // Whatever comes is another than what they do not want; that leaves memory, too.
        let aside = matches!(held, Held::Aside);
        let waiting = self.waiting.drain(..);
        self.parked.extend(waiting.map(|(it, reply)| (it.filter(|_| !aside), reply)));
    }
}
