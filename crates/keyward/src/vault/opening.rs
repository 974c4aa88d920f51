//! From stored bytes to readable entries: attaching, unlocking, and following what other
//! processes do.

use super::engine::{Engine, Known};
use super::keys::Keys;
use super::registry::{Emptied, Seen};
use crate::config::{Config, VaultType};
use crate::crypto;
use crate::envelope::{self, Content, Head, Header, Inspection, Sealed};
use crate::error::{Error, StoreError};
use crate::event::{Event, LockCause, PasscodePurpose};
use crate::fallback::Standing;
use crate::protector::{Assurance, Theft, VaultId};
use crate::state::{Input, Phase};
use crate::store::{Revision, Store, Stored, Swap};

/// What an unlock finds in the store.
enum Newest {
    /// Entries, and the slots that lead to their key.
    Closed(Head, Revision),
    /// No entries that need a key.
    Blank,
    /// Something else by the time it was looked at.
    NotAnyMore,
}

/// The first and the last bytes of a vault that are read to see what can be seen without a key: far
/// more than the header and the slots of any but the strangest.
const ENDS: usize = 64 << 10;

/// Bytes of which the head can be parsed, and the content not opened. Without a key nobody reads
/// megabytes of entries.
async fn load_head(cell: &dyn Store) -> Result<Option<Stored>, StoreError> {
    let ends = cell.load_ends(ENDS).await?;
    let is_whole = |stored: &Stored| stored.bytes.len() <= 2 * ENDS;
    match ends {
        // Either the head is longer, or something is wrong: the whole tells.
        Some(ends) if !is_whole(&ends) && Sealed::parse(&ends.bytes).is_err() => cell.load().await,
        ends => Ok(ends),
    }
}

/// Reads the public part of the vault that a cell holds, and nothing of its entries where the store can
/// bring a part for less than the whole. `None` when the cell is empty.
///
/// # Errors
/// [`Error::Store`], and those of [`inspect`](crate::inspect).
pub async fn inspect_cell(cell: &dyn Store) -> Result<Option<Inspection>, Error> {
    load_head(cell).await?.map(|stored| envelope::inspect(&stored.bytes)).transpose()
}

impl Engine {
    pub(super) async fn initialize(&self, config: Config) -> Result<(), Error> {
        let again = self.shared.config().is_some_and(|present| present.key == config.key)
            && self.cells().is_ok();
        if again && matches!(self.inner.borrow().known, Known::Present { .. }) {
            return Ok(());
        }
        self.inner.borrow_mut().initializing = true;
        if !again {
            self.step(Input::Attached { open: false });
            self.drop_keys();
            self.inner.borrow_mut().passcode = None;
            let cells = self.platform.stores.open(&config.key);
            self.inner.borrow_mut().cells = Some(cells);
            self.inner.borrow_mut().attached.clone_from(&config.key);
            self.attach_registry();
            self.adopt_config(&config);
        }
        let attached = self.attach().await;
        self.inner.borrow_mut().initializing = false;
        if attached.is_ok()
            && self.config()?.unlock_on_load
            && let Err(error) = self.ensure_open().await
        {
            self.shared.emit(&Event::Failed(error));
        }
        attached
    }

    /// Reads the stored configuration, or stores the present one where there is none.
    async fn attach(&self) -> Result<(), Error> {
        self.inner.borrow_mut().known = Known::Unreadable;
        let cells = self.cells()?;
        self.inner.borrow_mut().watch = Some(cells.vault.watch());
        let blank = loop {
            // What was found a moment ago may not read any more.
            self.inner.borrow_mut().known = Known::Unreadable;
            match load_head(&*cells.vault).await? {
                Some(stored) => {
                    let sealed = Sealed::parse(&stored.bytes)?;
                    let blank = sealed.head.is_blank();
                    let seen = Seen::of(&sealed.head.header);
                    self.know(sealed, stored.revision);
                    if self.meet(seen, stored.revision).await {
                        break blank;
                    }
                }
                None => match self.why_empty().await? {
                    Emptied::Vanished => return Err(Error::Vanished),
                    Emptied::NotAnyMore => {}
                    Emptied::Unsure => {
                        // The sign of a loss, if it is one, must not be written over.
                        self.inner.borrow_mut().known = Known::Unsure;
                        break true;
                    }
                    Emptied::OnPurpose => {
                        self.inner.borrow_mut().known = Known::Absent;
                        if self.store_blank(self.config()?).await? {
                            break true;
                        }
                    }
                },
            }
        };
        self.step(Input::Attached { open: blank });
        let in_memory = self.config()?.vault_type == VaultType::InMemory;
        let mut hot = self.shared.hot();
        // Entries in memory are still there when only the configuration could not be read.
        if !(blank && in_memory && hot.content.is_some()) {
            hot.content = blank.then(Content::empty);
        }
        Ok(())
    }

    /// Replaces what is known to be stored by a vault without entries and without a key. False if
    /// something else is stored by now.
    pub(super) async fn store_blank(&self, config: Config) -> Result<bool, Error> {
        let (epoch, expected, before) = {
            let inner = self.inner.borrow();
            if matches!(inner.known, Known::Vanished) {
                return Err(Error::Vanished);
            }
            let before = inner.known.head().map(|head| Seen::of(&head.header));
            (inner.known.next_epoch()?, inner.known.revision(), before)
        };
        if before.is_some_and(Seen::has_entries) {
            self.mark_clearing().await;
        }
        // A new identity: nothing that belonged to the earlier content counts for this one.
        let vault = VaultId(crypto::random()?);
        let standing = Standing::default();
        let header = Header { vault, epoch, empty: true, config, standing };
        let (head, bytes, lengths) = envelope::seal_blank(header)?;
        let now = Seen::of(&head.header);
        match self.cells()?.vault.swap(expected, Some(&bytes)).await {
            Ok(Swap::Done(Some(revision))) => {
                self.inner.borrow_mut().known = Known::Present { head, revision, lengths };
                self.remember(before, now, revision).await;
                return Ok(true);
            }
            unchanged => {
                if before.is_some_and(Seen::has_entries) {
                    self.unmark_clearing(before.map(Seen::vault)).await;
                }
                unchanged?;
            }
        }
        Ok(false)
    }

    /// Looks at the store again if what it holds could not be read before.
    pub(super) async fn ensure_readable(&self) -> Result<(), Error> {
        let read_before = match self.inner.borrow().known {
            Known::Unreadable => self.has_open_entries(),
            Known::Vanished | Known::Unsure => true,
            Known::Absent | Known::Present { .. } => return Ok(()),
        };
        if read_before { self.reload().await } else { self.attach().await }
    }

    /// Makes the entries readable, asking whoever has to be asked.
    pub(super) async fn ensure_open(&self) -> Result<(), Error> {
        let readable = self.ensure_readable().await;
        let vanished = matches!(self.inner.borrow().known, Known::Vanished);
        let damaged = matches!(readable, Err(Error::Damaged { .. })) && self.has_open_entries();
        let is_open = self.with_content(|content| content.is_some());
        if is_open && (readable.is_ok() || vanished || damaged) {
            return Ok(());
        }
        readable?;
        self.step(Input::UnlockStarted);
        let opened = self.open_stored().await;
        self.inner.borrow_mut().ahead = None;
        let unlocked = opened.is_ok();
        if let Ok((content, keys)) = opened {
            let mut inner = self.inner.borrow_mut();
            inner.keys = keys;
            // One that was handed over to unlock has no use any more.
            inner.passcode.take_if(|(purpose, _)| *purpose == PasscodePurpose::Unlock);
            drop(inner);
            self.shared.hot().content = Some(content);
        } else if let Err(error) = opened {
            let mut inner = self.inner.borrow_mut();
            let lost = matches!(error, Error::KeyLost { .. });
            inner.lost_at = inner.known.revision().filter(|_| lost);
            inner.unlock_error = Some(error);
        }
        self.step(Input::UnlockEnded { unlocked });
        if unlocked {
            self.raise_by_itself().await;
        }
        let inner = self.inner.borrow();
        match &inner.unlock_error {
            Some(error) if !unlocked => Err(error.clone()),
            // Something took the keys' use away while they were being fetched.
            _ if inner.state.phase != Phase::Unlocked => Err(Error::Dismissed),
            _ => Ok(()),
        }
    }

    /// [`Engine::ensure_open`], for what is going to write: the entries of a vault that has vanished,
    /// or is damaged, may still be in memory, but nobody is asked for a protector that will not be
    /// used.
    pub(super) async fn ensure_writable(&self) -> Result<(), Error> {
        loop {
            self.ensure_open().await?;
            match self.inner.borrow().known {
                Known::Vanished => return Err(Error::Vanished),
                Known::Unreadable => {}
                _ => return Ok(()),
            }
            self.ensure_readable().await?;
        }
    }

    fn has_open_entries(&self) -> bool {
        self.with_content(|content| content.is_some_and(|content| !content.is_empty()))
    }

    /// Whether the store still holds these slots, which it held at `revision`.
    pub(super) async fn still_has(&self, head: &Head, revision: Revision) -> Result<bool, Error> {
        let cell = self.cells()?.vault;
        if cell.holds(revision).await? {
            return Ok(true);
        }
        let Some(stored) = cell.load().await? else {
            return Ok(false);
        };
        let now = Sealed::parse(&stored.bytes)?.head;
        Ok(now.header.vault == head.header.vault && now.slots == head.slots)
    }

    async fn open_stored(&self) -> Result<(Content, Option<Keys>), Error> {
        loop {
            let (head, revision) = match self.newest_head().await? {
                Newest::Closed(head, revision) => (head, revision),
                Newest::Blank => return Ok((Content::empty(), None)),
                Newest::NotAnyMore => continue,
            };
            let Some(keys) = self.release(&head, revision).await? else {
                continue;
            };
            // Releasing may have taken a person's time: others may have written meanwhile.
            let cell = self.cells()?.vault;
            let ahead = self.inner.borrow_mut().ahead.take();
            let newest = match ahead {
                Some(ahead) if cell.holds(ahead.revision).await? => ahead,
                _ => match cell.load().await? {
                    Some(newest) => newest,
                    None => continue,
                },
            };
            let sealed = Sealed::parse(&newest.bytes)?;
            let Some(keys) = keys.for_slots(&sealed.head.slots) else {
                continue;
            };
            let spare = self.inner.borrow_mut().spare.take();
            let content = sealed.open_into(&keys.dek, spare)?;
            self.know(sealed, newest.revision);
            return Ok((content, Some(keys)));
        }
    }

    /// The slots that have to be opened now. The entries are read when there is a key for them.
    async fn newest_head(&self) -> Result<Newest, Error> {
        let cell = self.cells()?.vault;
        let known = {
            let inner = self.inner.borrow();
            inner.known.head().cloned().zip(inner.known.revision())
        };
        if let Some((head, revision)) = known
            && !head.is_blank()
            && cell.holds(revision).await?
        {
            return Ok(Newest::Closed(head, revision));
        }
        let Some(stored) = cell.load().await? else {
            let known = match self.why_empty().await? {
                Emptied::OnPurpose => Known::Absent,
                Emptied::Unsure => Known::Unsure,
                Emptied::NotAnyMore => return Ok(Newest::NotAnyMore),
                Emptied::Vanished => {
                    self.inner.borrow_mut().known = Known::Vanished;
                    return Err(Error::Vanished);
                }
            };
            self.inner.borrow_mut().known = known;
            return Ok(Newest::Blank);
        };
        let sealed = Sealed::parse(&stored.bytes)?;
        if sealed.head.is_blank() {
            self.know(sealed, stored.revision);
            return Ok(Newest::Blank);
        }
        Ok(Newest::Closed(sealed.head, stored.revision))
    }

    /// Remembers what the store holds, and follows its configuration.
    pub(super) fn know(&self, sealed: Sealed<'_>, revision: Revision) {
        let config = sealed.head.header.config.clone();
        let lengths = sealed.lengths();
        self.inner.borrow_mut().known = Known::Present { head: sealed.head, revision, lengths };
        self.adopt_config(&config);
    }

    /// Follows what another process has stored. Entries in memory that are newer in the store are
    /// replaced; keys that are of no use any more are dropped.
    pub(super) async fn reload(&self) -> Result<(), Error> {
        while !self.reload_once().await? {}
        Ok(())
    }

    /// False if something else is stored by now.
    async fn reload_once(&self) -> Result<bool, Error> {
        let stored = self.cells()?.vault.load().await?;
        if stored.as_ref().map(|stored| stored.revision) == self.inner.borrow().known.revision()
            && matches!(self.inner.borrow().known, Known::Absent | Known::Present { .. })
        {
            return Ok(true);
        }
        let Some(stored) = stored else {
            let was_unsure = matches!(self.inner.borrow().known, Known::Unsure);
            let known = match self.why_empty().await? {
                Emptied::OnPurpose => Known::Absent,
                Emptied::Unsure => Known::Unsure,
                Emptied::NotAnyMore => return Ok(false),
                Emptied::Vanished => {
                    self.inner.borrow_mut().known = Known::Vanished;
                    if was_unsure {
                        self.close_what_looked_empty();
                    }
                    return Err(Error::Vanished);
                }
            };
            self.inner.borrow_mut().known = known;
            if was_unsure {
                return Ok(true);
            }
            self.open_blank(LockCause::Cleared);
            self.shared.emit(&Event::Changed);
            return Ok(true);
        };
        let followed = self.follow(&stored);
        if let Err(error) = &followed {
            // What is stored of a vault in memory says nothing about its entries; and those that are
            // open when the bytes are damaged may be the last copy.
            let in_memory = self.config()?.vault_type == VaultType::InMemory;
            let last_copy = matches!(error, Error::Damaged { .. }) && self.has_open_entries();
            if !in_memory && !last_copy {
                self.supersede(LockCause::ProtectionChanged);
            }
            self.inner.borrow_mut().known = Known::Unreadable;
        }
        followed?;
        let seen = self.inner.borrow().known.head().map(|head| Seen::of(&head.header));
        match seen {
            Some(seen) => Ok(self.meet(seen, stored.revision).await),
            None => Ok(true),
        }
    }

    /// What was open without an entry, because the registry did not say that some are missed, must
    /// not answer for them now. (Entries in memory are there all the same.)
    fn close_what_looked_empty(&self) {
        if self.with_content(|content| content.is_some_and(Content::is_empty)) {
            self.shared.hot().content = None;
            self.step(Input::Attached { open: false });
        }
    }

    fn follow(&self, stored: &Stored) -> Result<(), Error> {
        let sealed = Sealed::parse(&stored.bytes)?;
        let in_memory = sealed.head.header.config.vault_type == VaultType::InMemory
            && self.config()?.vault_type == VaultType::InMemory;
        let keys =
            self.inner.borrow().keys.as_ref().and_then(|keys| keys.for_slots(&sealed.head.slots));
        match keys {
            // The entries of a vault in memory are each process's own.
            _ if in_memory => {}
            _ if sealed.head.is_blank() => self.open_blank(LockCause::ProtectionChanged),
            Some(keys) => {
                let content = sealed.open(&keys.dek)?;
                self.inner.borrow_mut().keys = Some(keys);
                self.shared.hot().content = Some(content);
            }
            None => self.supersede(LockCause::ProtectionChanged),
        }
        self.know(sealed, stored.revision);
        self.shared.emit(&Event::Changed);
        Ok(())
    }

    fn supersede(&self, cause: LockCause) {
        self.step(Input::Superseded(cause));
    }

    /// What is stored has no key and no entries, so that nobody has to be asked. Whatever was open
    /// before has ended by `cause`.
    pub(super) fn open_blank(&self, cause: LockCause) {
        if self.has_open_entries() || self.inner.borrow().keys.is_some() {
            self.supersede(cause);
        }
        self.step(Input::Attached { open: true });
        self.shared.hot().content = Some(Content::empty());
    }

    pub(super) async fn is_empty(&self) -> Result<bool, Error> {
        self.ensure_readable().await?;
        let stored = self.inner.borrow().known.head().is_none_or(|head| head.header.empty);
        Ok(self.with_content(|content| content.map_or(stored, Content::is_empty)))
    }

    pub(super) async fn exists(&self) -> Result<bool, Error> {
        self.ensure_readable().await?;
        let stored = self.inner.borrow().known.head().is_some_and(|head| !head.is_blank());
        Ok(stored || self.with_content(|content| content.is_some_and(|c| !c.is_empty())))
    }

    pub(super) async fn assurance(&self) -> Result<Assurance, Error> {
        self.ensure_readable().await?;
        let in_memory = self.config()?.vault_type == VaultType::InMemory;
        // What a key protects stays there, and as it is, until the vault is cleared.
        if in_memory && self.inner.borrow().known.head().is_none_or(Head::is_blank) {
            let sealed = Theft::Sealed;
            return Ok(Assurance { stolen_file: sealed, stolen_disk: sealed, ..Assurance::NONE });
        }
        let inner = self.inner.borrow();
        Ok(inner
            .known
            .head()
            .map_or(Assurance::NONE, |head| envelope::assurance(head, &self.platform)))
    }
}
