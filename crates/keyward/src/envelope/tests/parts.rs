//! A sealed file in its parts, to be changed and sealed again by someone who has the key: so that
//! a vector is wrong in one way only.

use super::super::content::padded_len;
use super::super::{Writer, enc_structure};
use super::doc::Doc;
use super::recipe::Made;
use super::vector::SlotKey;
use crate::crypto;
use crate::secret::Key;

#[derive(Clone)]
pub(super) struct Parts {
    pub(super) protected: Vec<u8>,
    pub(super) recipients: Vec<u8>,
    /// The content map with its padding.
    pub(super) plain: Vec<u8>,
    pub(super) nonce: [u8; 12],
    pub(super) keys: Vec<SlotKey>,
    pub(super) dek: Key,
}

impl Parts {
    pub(super) fn of(made: &Made) -> Self {
        let file = Doc(made.bytes());
        Self {
            protected: file.string("^/0"),
            recipients: file.raw("^/3"),
            plain: padded(made.content.map()),
            nonce: made.nonce,
            keys: made.keys.clone(),
            dek: made.dek.clone(),
        }
    }

    /// Changes the protected header's map.
    pub(super) fn header(mut self, edit: impl FnOnce(Doc) -> Doc) -> Self {
        self.protected = edit(Doc(self.protected)).0;
        self
    }

    /// Changes the recipients.
    pub(super) fn slots(mut self, edit: impl FnOnce(Doc) -> Doc) -> Self {
        self.recipients = edit(Doc(self.recipients)).0;
        self
    }

    /// Changes the content map, and pads it anew.
    pub(super) fn map(mut self, edit: impl FnOnce(Doc) -> Doc) -> Self {
        let len = Doc(self.plain.clone()).value("").end;
        self.plain.truncate(len);
        self.plain = padded(&edit(Doc(self.plain)).0);
        self
    }

    /// The whole file, with the right checksum and the right seal for these parts.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let aad = enc_structure(&self.protected, &self.recipients);
        let mut sealed = vec![0; self.plain.len() + 16];
        crypto::seal(&self.dek, self.nonce, &aad, &self.plain, &mut sealed);
        let mut bytes = Vec::new();
        let mut w = Writer(&mut bytes);
        w.tag(96);
        w.array(4);
        w.bytes(&self.protected);
        w.map(2);
        w.int(5);
        w.bytes(&self.nonce);
        w.int(-70_021);
        w.bytes(&crypto::sha256(&aad));
        w.bytes(&sealed);
        bytes.extend_from_slice(&self.recipients);
        bytes
    }

    /// The whole file as a document.
    pub(super) fn file(&self) -> Doc {
        Doc(self.bytes())
    }
}

pub(super) fn padded(map: &[u8]) -> Vec<u8> {
    let mut plain = map.to_vec();
    plain.resize(padded_len(map.len()), 0);
    plain
}
