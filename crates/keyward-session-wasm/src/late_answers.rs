//! Answers that came while the vault was locked: in localStorage, which all pages of the origin have.

use async_trait::async_trait;
use base64ct::{Base64, Encoding};
use keyward::Cause;
use keyward_js::js;
use keyward_session::{LateAnswers, MAX_LATE_ANSWER_LEN};

use crate::local_storage::Items;

/// Keeps late answers for all pages of the origin. Where there is no localStorage, or no room in it,
/// nothing is kept.
pub(crate) struct TabLateAnswers(Items);

impl TabLateAnswers {
    /// For the sessions of the vault with this key.
    pub(crate) fn new(vault: String) -> Self {
        Self(Items { kind: "keyward-late-answer", vault })
    }
}

#[async_trait(?Send)]
impl LateAnswers for TabLateAnswers {
    async fn store(&self, name: &str, sealed: &[u8]) -> Result<(), Cause> {
        let text = Base64::encode_string(sealed).into();
        let stored = self.0.call("setItem", name, &[&text]);
        stored.map(drop).map_err(|thrown| Cause::new(js::name(&thrown)))
    }

    async fn load(&self, name: &str) -> Option<Vec<u8>> {
        let text = self.0.call("getItem", name, &[]).ok()?.as_string()?;
        // Four letters are three bytes.
        match text.len() / 4 * 3 <= MAX_LATE_ANSWER_LEN {
            // What is no Base64 is nothing of ours, and is removed like that.
            true => Some(Base64::decode_vec(&text).unwrap_or_default()),
            false => None,
        }
    }

    async fn remove(&self, name: &str) {
        let _ = self.0.call("removeItem", name, &[]);
    }
}
