//! The door to where an answer waits that came while the vault was locked.

use async_trait::async_trait;
use keyward::Cause;

use crate::sign_outs::InThisProcess;

/// The longest sealed answer, in bytes: 4 MiB, more than an answer of [`MAX_BODY_LEN`] comes to.
///
/// [`MAX_BODY_LEN`]: crate::MAX_BODY_LEN
pub const MAX_LATE_ANSWER_LEN: usize = 4 << 20;

/// Keeps the answer to a refresh that came while the vault was locked, until somebody sees the vault
/// open: this process, or a later one. It is sealed, and the key to it lies in the vault. There is at
/// most one for each session.
#[async_trait(?Send)]
pub trait LateAnswers {
    /// Keeps `sealed` for the session called `name`, in the place of what is there. When this has
    /// succeeded, it is durable, whole, and found by all processes that share the vault.
    ///
    /// # Errors
    /// When it cannot be kept. The session then keeps the answer in its memory, and it is lost if the
    /// process ends before the vault is open.
    async fn store(&self, name: &str, sealed: &[u8]) -> Result<(), Cause>;

    /// What is kept for that session, as it was stored or as somebody has left it. What is longer than
    /// [`MAX_LATE_ANSWER_LEN`] is nothing that was stored, and not there.
    ///
    /// # Errors
    /// When it cannot be told. Nobody spends a refresh token then: the answer to it may be there.
    async fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Cause>;

    /// Removes what is kept for that session; nothing, if there is nothing.
    async fn remove(&self, name: &str);
}

#[async_trait(?Send)]
impl LateAnswers for InThisProcess {
    async fn store(&self, name: &str, sealed: &[u8]) -> Result<(), Cause> {
        self.late_answers.borrow_mut().insert(name.to_owned(), sealed.to_vec());
        Ok(())
    }

    async fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Cause> {
        Ok(self.late_answers.borrow().get(name).cloned())
    }

    async fn remove(&self, name: &str) {
        self.late_answers.borrow_mut().remove(name);
    }
}
