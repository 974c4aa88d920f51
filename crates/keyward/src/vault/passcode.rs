//! Asking the app for a passcode.

use std::fmt;
use std::sync::Arc;

use futures_channel::mpsc;

use crate::event::PasscodePurpose;
use crate::secret::Passcode;

pub(super) type PasscodeHandler = Arc<dyn Fn(PasscodeRequest) + Send + Sync>;

/// A request for a passcode. Dropping it unanswered dismisses it, so that nobody waits for ever.
/// [`Vault::set_passcode`](crate::Vault::set_passcode) answers it as well; the first answer counts.
pub struct PasscodeRequest {
    number: u32,
    purpose: PasscodePurpose,
    answers: mpsc::UnboundedSender<Option<Passcode>>,
}

impl PasscodeRequest {
    pub(super) fn new(
        number: u32,
        purpose: PasscodePurpose,
        answers: mpsc::UnboundedSender<Option<Passcode>>,
    ) -> Self {
        Self { number, purpose, answers }
    }

    /// Its number among the requests of this vault's handles, which are counted from 1. Each is
    /// told by one [`Event::PasscodeRequested`](crate::Event::PasscodeRequested), in their order.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Whether a new passcode is to be chosen, or the present one entered.
    #[must_use]
    pub fn purpose(&self) -> PasscodePurpose {
        self.purpose
    }

    /// Answers with a passcode.
    pub fn answer(self, passcode: Passcode) {
        let _ = self.answers.unbounded_send(Some(passcode));
    }

    /// Answers that there will be none.
    pub fn dismiss(self) {}
}

impl Drop for PasscodeRequest {
    fn drop(&mut self) {
        // After an answer this is a second one, which nobody reads.
        let _ = self.answers.unbounded_send(None);
    }
}

impl fmt::Debug for PasscodeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasscodeRequest").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}
