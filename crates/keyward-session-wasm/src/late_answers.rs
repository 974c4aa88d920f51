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

    async fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Cause> {
        // Where there is no localStorage, nobody has kept anything.
        let item = self.0.call("getItem", name, &[]).unwrap_or_default();
        // Four letters are three bytes.
        let text = item.as_string().filter(|text| text.len() / 4 * 3 <= MAX_LATE_ANSWER_LEN);
        // What is no Base64 is nothing of ours, and is removed like that.
        Ok(text.map(|text| Base64::decode_vec(&text).unwrap_or_default()))
    }

    async fn remove(&self, name: &str) {
        let _ = self.0.call("removeItem", name, &[]);
    }
}
