//! What the engine tells the registry, and asks of it. SPEC.md, section "The registry".
//!
//! A vault's bytes are written first and remembered then, so that what is remembered was there; a
//! vault that is about to go is marked before it goes. So a kill between the two neither invents a
//! loss nor forgets a vault whose last write was acknowledged. Nothing here fails an operation:
//! trouble is told as an event.

use std::rc::Rc;

use super::engine::{Engine, Known};
use crate::envelope::{Header, Mark, Record, Sealed, decode_record, encode_record};
use crate::error::Error;
use crate::event::Event;
use crate::health::Older;
use crate::platform::Platform;
use crate::protector::VaultId;
use crate::registry::RegistryError;
use crate::store::{Revision, Store, Swap};

/// What of a header is remembered. While it stays the same, nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    vault: VaultId,
    epoch: u64,
    entries: bool,
}

impl Seen {
    pub(super) fn of(header: &Header) -> Self {
        Self { vault: header.vault, epoch: header.epoch, entries: !header.empty }
    }

    fn in_record(record: &Record) -> Self {
        Self { vault: record.vault, epoch: record.epoch, entries: record.entries }
    }

    pub(super) fn vault(self) -> VaultId {
        self.vault
    }

    pub(super) fn has_entries(self) -> bool {
        self.entries
    }

    /// How this is older than what is remembered; `None` if it is not.
    ///
    /// Of another vault, only one is missed that had entries and was not being cleared.
    pub(super) fn older_than(self, record: &Record) -> Option<Older> {
        let older =
            if self.vault == record.vault { self.epoch < record.epoch } else { record.is_missed() };
        older.then_some(Older {
            stored_vault: self.vault,
            stored_epoch: self.epoch,
            seen_vault: record.vault,
            seen_epoch: record.epoch,
        })
    }
}

/// Why nothing is stored.
pub(super) enum Emptied {
    /// There was nothing, or it was given up: by clearing, or by leaving no entry in it.
    OnPurpose,
    /// The registry could not be asked, or what it holds does not read.
    Unsure,
    Vanished,
    /// Another process has stored something meanwhile.
    NotAnyMore,
}

impl Record {
    /// Whether it is a loss when nothing is stored.
    pub(super) fn is_missed(&self) -> bool {
        self.entries && self.mark != Mark::Clearing
    }
}

/// The cell that remembers a vault; `None` where nothing is remembered.
pub(super) fn cell(platform: &Platform, key: &str) -> Result<Option<Rc<dyn Store>>, RegistryError> {
    let opened = platform.registry.as_ref().map(|registry| registry.cell(key));
    Ok(opened.transpose()?)
}

/// What a cell remembers.
pub(super) async fn recall(cell: &dyn Store) -> Result<Option<Record>, RegistryError> {
    look(cell).await?.1
}

/// What a cell holds, and what that means; a damaged record is replaced by the next one.
async fn look(
    cell: &dyn Store,
) -> Result<(Option<Revision>, Result<Option<Record>, RegistryError>), RegistryError> {
    Ok(match cell.load().await? {
        None => (None, Ok(None)),
        Some(stored) => (Some(stored.revision), decode_record(&stored.bytes).map(Some)),
    })
}

/// What becomes of what is remembered.
type ChangeRecord<'a> = &'a dyn Fn(Option<Record>) -> Option<Record>;

/// Replaces what a cell remembers by what `change` makes of it, and answers that. Writes nothing that
/// is there.
async fn update(
    cell: &dyn Store,
    change: ChangeRecord<'_>,
) -> Result<Option<Record>, RegistryError> {
    loop {
        let (revision, found) = look(cell).await?;
        let before = match found {
            Err(error @ RegistryError::TooNew) => return Err(error),
            // What does not read is worth less than what was just seen.
            found => found.ok().flatten(),
        };
        let after = change(before);
        let unreadable = revision.is_some() && before.is_none();
        if after == before && !unreadable {
            return Ok(after);
        }
        let bytes = after.as_ref().map(encode_record);
        if let Swap::Done(_) = cell.swap(revision, bytes.as_deref()).await? {
            return Ok(after);
        }
    }
}

impl Engine {
    /// Forgets what the registry said of another vault.
    pub(super) fn attach_registry(&self) {
        let mut inner = self.inner.borrow_mut();
        (inner.registry, inner.last_record, inner.given_up) = (None, None, false);
    }

    /// The vault's place in the registry. One that could not be had before may be there by now.
    fn registry(&self) -> Result<Option<Rc<dyn Store>>, RegistryError> {
        let (known, key) = {
            let inner = self.inner.borrow();
            (inner.registry.clone(), inner.attached.clone())
        };
        if known.is_some() {
            return Ok(known);
        }
        let found = cell(&self.platform, &key)?;
        self.inner.borrow_mut().registry.clone_from(&found);
        Ok(found)
    }

    /// Remembers what this program has just written in place of `before`.
    ///
    /// What is missed, or newer, and was not seen when this was written (because the registry could
    /// not be asked then) is not written over before the app has been told of it.
    pub(super) async fn remember(&self, before: Option<Seen>, now: Seen, revision: Revision) {
        if before == Some(now) {
            return;
        }
        let given_up = self.inner.borrow().given_up;
        let untold = |record: &Record| {
            let unseen = before.is_none_or(|before| before.older_than(record).is_some());
            let told = record.mark == Mark::OlderTold;
            unseen && !told && !given_up && now.older_than(record).is_some()
        };
        self.change_record(&|record| match record.filter(&untold) {
            Some(missed) => Some(missed),
            None => now.remembered(record),
        })
        .await;
        let kept = self.inner.borrow().last_record.filter(&untold);
        match kept.and_then(|record| Some((record, now.older_than(&record)?))) {
            Some((record, older)) => drop(self.tell_older(older, record, revision).await),
            None => drop(self.take_back(now, revision).await),
        }
    }

    /// If the store holds something else by now than what was remembered: another process may have
    /// cleared it meanwhile, and remembered it would look lost; or it has only changed it, and then it
    /// is missed when it goes, as before. True if the store holds something else.
    async fn take_back(&self, remembered: Seen, revision: Revision) -> bool {
        if self.still_holds(revision).await != Some(false) {
            return false;
        }
        let Ok(cells) = self.cells() else { return true };
        let now = match cells.vault.load().await {
            Ok(None) => None,
            Ok(Some(stored)) => match Sealed::parse(&stored.bytes) {
                Ok(sealed) => Some(Seen::of(&sealed.head.header)),
                // Bytes that do not read, and a store that does not answer, give nothing up.
                Err(_) => return true,
            },
            Err(_) => return true,
        };
        self.change_record(&|record| {
            // Whoever clears a vault, and whoever remembers another, has changed what stands here.
            let ours = |record: &Record| {
                record.mark == Mark::None && Seen::in_record(record) == remembered
            };
            let Some(ours) = record.filter(ours) else { return record };
            match now {
                // An older copy: it is told of when it is looked at.
                Some(now) if now.vault == ours.vault && now.older_than(&ours).is_some() => record,
                // With nothing in it any more it is not missed; another vault has come after it.
                Some(now) => now.remembered(None),
                None => None,
            }
        })
        .await;
        true
    }

    /// Remembers that what is stored is about to be given up on purpose.
    pub(super) async fn mark_clearing(&self) {
        self.change_record(&|record| Some(Record { mark: Mark::Clearing, ..record? })).await;
    }

    /// The vault that was about to be given up may have stayed (`None`: bytes that do not read): if
    /// the store still has it, what is remembered is missed again when it goes. (What cannot be seen
    /// now, the next initialisation sees.)
    pub(super) async fn unmark_clearing(&self, given_up: Option<VaultId>) {
        let Ok(cells) = self.cells() else { return };
        // A store that failed may have done what it was asked to.
        let Ok(Some(stored)) = cells.vault.load().await else { return };
        let seen = Sealed::parse(&stored.bytes).ok().map(|sealed| Seen::of(&sealed.head.header));
        if seen.map(|seen| seen.vault) != given_up {
            return;
        }
        self.change_record(&|record| {
            let marked = record.filter(|record| record.mark == Mark::Clearing);
            let Some(marked) = marked else { return record };
            let unmarked = Record { mark: Mark::None, ..marked };
            match seen {
                // What is newer, or another vault's, is still missed when an older copy stays.
                Some(seen) if seen.older_than(&unmarked).is_none() => seen.remembered(record),
                _ => Some(unmarked),
            }
        })
        .await;
    }

    /// Forgets the vault, which was given up on purpose. Says which one it was.
    pub(super) async fn forget_seen(&self) -> Option<VaultId> {
        let known = self.recalled().await;
        let known = self.heard(known).flatten();
        self.inner.borrow_mut().given_up = true;
        self.change_record(&|_| None).await;
        known.map(|record| record.vault)
    }

    /// Compares what was found in the store at `revision` with what is remembered, remembers the
    /// newer, and tells the app of an older. False if the store holds something else by now, which
    /// has to be looked at instead.
    pub(super) async fn meet(&self, found: Seen, revision: Revision) -> bool {
        let record = self.recalled().await;
        let record = self.heard(record).flatten();
        // What was given up is one thing, and what is there now another.
        self.inner.borrow_mut().given_up = false;
        let Some(older) = record.and_then(|record| found.older_than(&record)) else {
            return self.note(found, record, revision).await;
        };
        match record {
            Some(record) if record.mark != Mark::OlderTold => {
                self.tell_older(older, record, revision).await
            }
            _ => true,
        }
    }

    /// Tells the app that what is stored at `revision` is older than what is remembered. False if the
    /// store holds something else by now.
    async fn tell_older(&self, older: Older, record: Record, revision: Revision) -> bool {
        // What is remembered was stored before. If another process has just stored it, what was
        // found is only out of date.
        match self.still_holds(revision).await {
            Some(true) => {}
            Some(false) => return false,
            None => return true,
        }
        self.shared.emit(&Event::Older(older));
        self.change_record(&|now| match now {
            Some(now) if now == record => Some(Record { mark: Mark::OlderTold, ..now }),
            now => now,
        })
        .await;
        true
    }

    /// Remembers what was found, unless something newer than `record` is remembered by now.
    async fn note(&self, found: Seen, record: Option<Record>, revision: Revision) -> bool {
        if found.remembered(record) == record {
            return true;
        }
        self.change_record(&|now| match now.filter(|now| found.older_than(now).is_some()) {
            Some(newer) => Some(newer),
            None => found.remembered(now),
        })
        .await;
        !self.take_back(found, revision).await
    }

    /// Whether the store holds what it held at `revision`; `None` if it does not say.
    async fn still_holds(&self, revision: Revision) -> Option<bool> {
        let cells = self.cells().ok()?;
        cells.vault.holds(revision).await.ok()
    }

    /// What it means that the vault's cell was found empty.
    pub(super) async fn why_empty(&self) -> Result<Emptied, Error> {
        if self.inner.borrow().given_up {
            self.forget_seen().await;
            return Ok(Emptied::OnPurpose);
        }
        // When it cannot be asked now, what was missed a moment ago still is.
        let last = self.inner.borrow().last_record;
        let recalled = self.recalled().await;
        let told = matches!(self.inner.borrow().known, Known::Unsure);
        let record = match recalled {
            Ok(record) => record,
            Err(error) => {
                if !told {
                    self.shared.emit(&Event::RegistryFailed(error));
                }
                match last.filter(Record::is_missed) {
                    Some(last) => Some(last),
                    None => return Ok(Emptied::Unsure),
                }
            }
        };
        let Some(record) = record.filter(Record::is_missed) else {
            return Ok(Emptied::OnPurpose);
        };
        // Another process may have cleared or created the vault just now. Whoever clears it marks
        // it first, so that what is missed before and after the look has not been cleared.
        if self.cells()?.vault.load().await?.is_some() {
            return Ok(Emptied::NotAnyMore);
        }
        Ok(match self.recalled().await {
            Ok(again) if !again.is_some_and(|again| again.is_missed()) => Emptied::OnPurpose,
            // Somebody has just written: there is something else to look at.
            Ok(again) if again != Some(record) => Emptied::NotAnyMore,
            // What was missed a moment ago still is, as far as can be seen.
            _ => Emptied::Vanished,
        })
    }

    /// What is remembered now.
    async fn recalled(&self) -> Result<Option<Record>, RegistryError> {
        let record = match self.registry()? {
            Some(cell) => recall(&*cell).await?,
            None => None,
        };
        self.inner.borrow_mut().last_record = record;
        Ok(record)
    }

    async fn change_record(&self, change: ChangeRecord<'_>) {
        let changed = async {
            let Some(cell) = self.registry()? else { return Ok(()) };
            let record = update(&*cell, change).await?;
            let mut inner = self.inner.borrow_mut();
            (inner.last_record, inner.given_up) = (record, false);
            Ok(())
        };
        let changed = changed.await;
        self.heard(changed);
    }

    /// Tells the app of trouble with the registry.
    fn heard<T>(&self, result: Result<T, RegistryError>) -> Option<T> {
        result.map_err(|error| self.shared.emit(&Event::RegistryFailed(error))).ok()
    }
}

impl Seen {
    /// The record after this has been seen. A vault that has never had an entry cannot be missed,
    /// and is not worth one.
    fn remembered(self, record: Option<Record>) -> Option<Record> {
        let Self { vault, epoch, entries } = self;
        (record.is_some() || entries).then_some(Record { vault, epoch, entries, mark: Mark::None })
    }
}
