//! Everything that writes: entries, configuration, passcode, clearing. Each is one atomic swap,
//! done again on top of what another process wrote first.

use super::attempts;
use super::engine::{Engine, Known, Next};
use super::keys::{Keys, RecoverySlot};
use super::registry::Seen;
use crate::config::{Config, VaultType};
use crate::entry::Change;
use crate::envelope::{self, Content, Head, Header, Lengths, Slot};
use crate::error::{Error, Invalid, StoreError};
use crate::event::{LockCause, PasscodePurpose};
use crate::fallback::{Protection, Standing};
use crate::health::Condition;
use crate::protector::VaultId;
use crate::secret::Passcode;
use crate::state::Input;
use crate::store::{Revision, Swap};

/// Slots and keys with which the next bytes are sealed; `keys` are new when the slots are.
pub(super) struct Sealing {
    pub(super) vault: VaultId,
    pub(super) slots: Vec<Slot>,
    /// How the slots stand to what the configuration wants.
    pub(super) standing: Standing,
    pub(super) new_keys: Option<Keys>,
    pub(super) passcode: Option<Passcode>,
}

impl Engine {
    /// Answers the names that [`Change::Add`] found taken, in its order.
    pub(super) async fn change(&self, change: &Change) -> Result<Vec<String>, Error> {
        loop {
            self.ensure_writable().await?;
            // Of the content that is changed: what locks or reloads it in between ends this round.
            let taken = match change {
                Change::Add(new) => self.with_content(|content| {
                    let taken = content?.taken(new).map(str::to_owned);
                    Some(taken.collect())
                }),
                _ => None,
            };
            let taken = taken.unwrap_or_default();
            // Nothing to write, and on a vault without a key nobody to ask for one.
            if self.with_content(|content| content.is_some_and(|content| content.stays(change))) {
                return Ok(taken);
            }
            let config = self.config()?;
            let stored = if config.vault_type == VaultType::InMemory {
                self.keep_in_memory(config, change).await?
            } else {
                let protection = match self.present_protection() {
                    Some(present) => present,
                    None => self.new_protection(&config).await?,
                };
                self.swap(&config, protection, change).await?
            };
            if stored {
                return Ok(taken);
            }
            self.reload().await?;
        }
    }

    /// Gives the vault its key before it has an entry.
    pub(super) async fn enroll_early(&self) -> Result<(), Error> {
        loop {
            self.ensure_writable().await?;
            let config = self.config()?;
            if config.vault_type == VaultType::InMemory || self.inner.borrow().keys.is_some() {
                return Ok(());
            }
            let protection = self.new_protection(&config).await?;
            if self.swap(&config, protection, &Change::nothing()).await? {
                return Ok(());
            }
            self.reload().await?;
        }
    }

    /// An InMemory vault stores its configuration, never its entries.
    async fn keep_in_memory(&self, config: Config, change: &Change) -> Result<bool, Error> {
        let absent = self.inner.borrow().known.head().is_none();
        if absent && !self.store_blank(config).await? {
            return Ok(false);
        }
        let content =
            self.with_content(|content| content.map(|content| content.with(change, None)));
        let Some(content) = content.transpose()? else {
            return Ok(false);
        };
        self.shared.hot().content = Some(content);
        Ok(true)
    }

    /// The protection in use; `None` while the vault has no key.
    pub(super) fn present_protection(&self) -> Option<Sealing> {
        let inner = self.inner.borrow();
        let head = inner.known.head().filter(|_| inner.keys.is_some())?;
        let (vault, slots) = (head.header.vault, head.slots.clone());
        let standing = head.header.standing.clone();
        Some(Sealing { vault, slots, standing, new_keys: None, passcode: None })
    }

    /// The recovery slots of an open vault.
    pub(super) fn recovery_slots(&self) -> Vec<RecoverySlot> {
        let inner = self.inner.borrow();
        let head = inner.known.head().filter(|_| inner.keys.is_some());
        head.map_or(Vec::new(), |head| RecoverySlot::among(&head.slots))
    }

    /// The protection in use, with a fresh DEK and these recovery slots; `None` if it takes somebody
    /// to make that.
    pub(super) fn renewed_protection(
        &self,
        recovery: &[RecoverySlot],
    ) -> Result<Option<Sealing>, Error> {
        let inner = self.inner.borrow();
        let (Some(keys), Some(head)) = (&inner.keys, inner.known.head()) else {
            return Ok(None);
        };
        let vault = head.header.vault;
        let renewed = keys.renew(vault, &head.slots, recovery)?;
        Ok(renewed.map(|(slots, keys)| Sealing {
            vault,
            slots,
            standing: head.header.standing.clone(),
            new_keys: Some(keys),
            passcode: None,
        }))
    }

    /// Seals the changed entries and swaps them in: the one place that replaces stored entries.
    /// False if the store holds something newer, or a lock came before the sealing; then nothing
    /// has changed.
    pub(super) async fn swap(
        &self,
        config: &Config,
        protection: Sealing,
        change: &Change,
    ) -> Result<bool, Error> {
        let Sealing { vault, slots, standing, new_keys, passcode } = protection;
        if self.with_content(|content| content.is_none()) {
            self.keep_new_passcode(passcode);
            return Ok(false);
        }
        let (expected, before, stood, left) = {
            let inner = self.inner.borrow();
            if matches!(inner.known, Known::Vanished) {
                return Err(Error::Vanished);
            }
            let present = inner.known.head();
            let before = present.map(|head| Seen::of(&head.header));
            // What has another identity from now on.
            let left = present.filter(|head| head.header.vault != vault).cloned();
            let stood = present.map(|head| head.header.standing.clone()).unwrap_or_default();
            (inner.known.revision(), before, stood, left)
        };
        let missed = left.is_some() && before.is_some_and(Seen::has_entries);
        if missed {
            self.mark_clearing().await;
        }
        let mut parts = Some((slots, standing, new_keys));
        let mut sealed = Ok(None);
        let swapped = self
            .cells()?
            .vault
            .swap_with(expected, &mut || {
                let (slots, standing, new_keys) = parts.take()?;
                let config = config.clone();
                let header = Header { vault, epoch: 0, empty: false, config, standing };
                let mut bytes = None;
                sealed = self.seal(Head { header, slots }, new_keys, change).map(|sealed| {
                    let (made, head, lengths) = sealed?;
                    bytes = Some(made);
                    Some((head, lengths))
                });
                bytes
            })
            .await;
        let swapped = match sealed {
            Ok(Some((head, lengths))) => {
                let now = Seen::of(&head.header);
                let swapped = self.swapped(swapped, head, lengths);
                swapped.map(|revision| Some((now, revision?)))
            }
            Ok(None) => swapped.map(|_| None).map_err(Error::from),
            Err(error) => Err(error),
        };
        if let Ok(Some((now, revision))) = swapped {
            self.protection_stored(&stood);
            self.remember(before, now, revision).await;
            if let Some(left) = left {
                self.forget(&left).await;
            }
            return Ok(true);
        }
        if missed {
            self.unmark_clearing(before.map(Seen::vault)).await;
        }
        swapped?;
        self.keep_new_passcode(passcode);
        Ok(false)
    }

    /// Seals the changed entries under `head`, whose epoch and emptiness are still to be said; `None`
    /// when a lock has come.
    fn seal(
        &self,
        mut head: Head,
        new_keys: Option<Keys>,
        change: &Change,
    ) -> Result<Option<(Vec<u8>, Head, Lengths)>, Error> {
        let spare = self.inner.borrow_mut().spare.take();
        let content = self.with_content(|content| Some(content?.with(change, spare)));
        let Some(content) = content.transpose()? else {
            return Ok(None);
        };
        let mut inner = self.inner.borrow_mut();
        let same_config =
            inner.known.head().is_some_and(|known| known.header.config == head.header.config);
        head.header.epoch = if new_keys.is_none() && same_config {
            inner.known.epoch()
        } else {
            inner.known.next_epoch()?
        };
        head.header.empty = content.is_empty();
        let keys = new_keys.as_ref().or(inner.keys.as_ref());
        let dek = &keys.expect("open content without new keys has present ones").dek;
        let bytes = envelope::seal(&head, dek, &content)?;
        let lengths = Lengths { sealed: bytes.len(), content: content.padded().len() };
        // Kept where a lock finds it, should one come during the write.
        inner.next = Some(Next { content, new_keys });
        Ok(Some((bytes, head, lengths)))
    }

    /// Takes over what [`Engine::swap`] has stored; `None` if it has not.
    fn swapped(
        &self,
        swapped: Result<Swap, StoreError>,
        head: Head,
        lengths: Lengths,
    ) -> Result<Option<Revision>, Error> {
        let mut inner = self.inner.borrow_mut();
        let next = inner.next.take();
        let Swap::Done(Some(revision)) = swapped? else {
            return Ok(None);
        };
        inner.known = Known::Present { head, revision, lengths };
        // A lock that came during the write stays a lock.
        if let Some(Next { content, new_keys }) = next {
            if new_keys.is_some() {
                inner.keys = new_keys;
            }
            let replaced = self.shared.hot().content.replace(content);
            inner.spare = replaced.and_then(Content::into_spare);
        }
        Ok(Some(revision))
    }

    /// Keeps a passcode that a person has chosen for when the slot is made again.
    fn keep_new_passcode(&self, passcode: Option<Passcode>) {
        self.inner.borrow_mut().passcode = passcode.map(|it| (PasscodePurpose::Set, it));
    }

    pub(super) async fn update_config(&self, config: Config) -> Result<(), Error> {
        if config.key != self.config()?.key {
            return Err(Invalid::Config("a vault keeps its key").into());
        }
        loop {
            match self.ensure_readable().await {
                // The way out must stay open, as below.
                Err(Error::Vanished) => {
                    self.adopt_config(&config);
                    return Ok(());
                }
                readable => readable?,
            }
            let done = if self.has_nothing_to_unlock() {
                self.reconfigure_blank(&config).await?
            } else if self.is_known_to_be_lost().await {
                true
            } else {
                match self.ensure_open().await {
                    Ok(()) => self.reconfigure_open(&config).await?,
                    // The way out of a lost key or vault must stay open: the app goes on with the
                    // new configuration and clears; until then what is stored stays as it is.
                    Err(Error::KeyLost { .. } | Error::Vanished) => true,
                    Err(error) => return Err(error),
                }
            };
            if done {
                self.adopt_config(&config);
                return Ok(());
            }
            self.reload().await?;
        }
    }

    /// Whether it is known, without asking anybody now, that the stored key is gone.
    async fn is_known_to_be_lost(&self) -> bool {
        if self.with_content(|content| content.is_some()) {
            return false;
        }
        let told = {
            let inner = self.inner.borrow();
            inner.lost_at.is_some() && inner.lost_at == inner.known.revision()
        };
        match self.health().await.condition {
            Condition::KeyLost { .. } => true,
            // The device does not say it unasked, but it has said it.
            Condition::Locked { key_seen: false } => told,
            _ => false,
        }
    }

    /// Whether the vault is empty and opening it would ask someone, or there is no vault. One with
    /// recovery slots is opened: whoever keeps a code must not lose its use in silence.
    fn has_nothing_to_unlock(&self) -> bool {
        let open = self.with_content(|content| content.map(|content| !content.is_empty()));
        let inner = self.inner.borrow();
        match open {
            Some(has_entries) => !has_entries && inner.keys.is_none(),
            None => inner
                .known
                .head()
                .is_none_or(|head| head.header.empty && !head.slots.iter().any(Slot::is_recovery)),
        }
    }

    /// With no entries there is nothing to protect: the new protection is made when the first
    /// entry is written, and nobody is asked now. Entries in memory stay there.
    async fn reconfigure_blank(&self, config: &Config) -> Result<bool, Error> {
        if matches!(self.inner.borrow().known, Known::Unsure) {
            // It is stored with the first entry.
            return Ok(true);
        }
        let before = self.inner.borrow().known.head().cloned();
        let stored = self.store_blank(config.clone()).await?;
        if stored {
            self.inner.borrow_mut().keys = None;
            if self.with_content(|content| content.is_none()) {
                self.open_blank(LockCause::ProtectionChanged);
            }
            if let Some(before) = before {
                self.forget(&before).await;
            }
        }
        Ok(stored)
    }

    async fn reconfigure_open(&self, config: &Config) -> Result<bool, Error> {
        let same_protection = self.in_force()?.same_protection(config);
        // Weaker than wanted is kept for an app that accepts it, and for no other: it takes what it
        // wants, or is refused.
        let weakened = self.held().filter(|held| {
            let wanted = Protection::wanted(config);
            self.is_weakened() && config.fallback.is_empty() && Some(*held) != wanted
        });
        let stays = same_protection && weakened.is_none();
        let empty = self.with_content(|content| content.is_some_and(Content::is_empty))
            && self.recovery_slots().is_empty();
        if config.vault_type == VaultType::InMemory || (empty && !stays) {
            return self.reconfigure_blank(config).await;
        }
        let protection = match self.present_protection() {
            _ if !config.fallback.is_empty() => self.best_protection(config).await?,
            Some(present) if stays => Sealing { standing: Standing::default(), ..present },
            Some(_) if weakened.is_some() => {
                self.first_of(config, &config.acceptable(), weakened).await?
            }
            _ => self.new_protection(config).await?,
        };
        self.swap(config, protection, &Change::nothing()).await
    }

    pub(super) async fn set_passcode(&self, passcode: Passcode) -> Result<(), Error> {
        self.ensure_readable().await?;
        if !self.may_have_passcode()? {
            return Err(Error::NotAPasscodeVault);
        }
        if self.inner.borrow().keys.is_some() {
            let changed = self.change_passcode(&passcode).await;
            if changed.is_err() {
                // It must not become the passcode later, after this has said that it did not.
                self.inner.borrow_mut().passcode = None;
            }
            return changed;
        }
        // Locked, or without a key yet: it is used when one is needed.
        let mut inner = self.inner.borrow_mut();
        let without_key = inner.known.head().is_none_or(Head::is_blank);
        let purpose = if without_key { PasscodePurpose::Set } else { PasscodePurpose::Unlock };
        inner.passcode = Some((purpose, passcode));
        Ok(())
    }

    /// Whether a passcode protects the vault, or may come to protect it when it gets its key.
    fn may_have_passcode(&self) -> Result<bool, Error> {
        let config = self.config()?;
        let without_key = self.inner.borrow().known.head().is_none_or(Head::is_blank);
        let listed = config.fallback.contains(&Protection::CustomPasscode)
            && config.vault_type != VaultType::InMemory;
        Ok(self.in_force()?.vault_type == VaultType::CustomPasscode || (without_key && listed))
    }

    async fn change_passcode(&self, passcode: &Passcode) -> Result<(), Error> {
        loop {
            // Asks only if the vault has locked meanwhile, or another process was faster: then the
            // passcode in force opens it, and not this one.
            self.ensure_writable().await?;
            let config = self.config()?;
            if !self.may_have_passcode()? {
                return Err(Error::NotAPasscodeVault);
            }
            self.keep_new_passcode(Some(passcode.clone()));
            if self.inner.borrow().keys.is_none() {
                // Another process has cleared it: this is for the vault that the next write makes.
                return Ok(());
            }
            let protection = self.first_of(&config, &[Protection::CustomPasscode], None).await?;
            if self.swap(&config, protection, &Change::nothing()).await? {
                return Ok(());
            }
            self.reload().await?;
        }
    }

    pub(super) async fn clear(&self) -> Result<(), Error> {
        self.clear_if(&|_| true).await.map(drop)
    }

    /// Clears what is stored if it is `wanted`; false if it is not. If it fails before the data
    /// are gone, the vault is as it was, and what was open still is.
    pub(super) async fn clear_if(&self, wanted: &dyn Fn(&[u8]) -> bool) -> Result<bool, Error> {
        let cells = self.cells()?;
        // What is stored may be damaged; its keys are forgotten by what was last seen of it.
        let last_seen = self.inner.borrow().known.head().cloned();
        let vault = |bytes: &[u8]| Some(envelope::Sealed::parse(bytes).ok()?.head.header.vault);
        let mut marked = None;
        let cleared = loop {
            let stored = match cells.vault.load().await {
                Ok(Some(stored)) => stored,
                Ok(None) => break None,
                Err(error) => {
                    if let Some(marked) = marked {
                        self.unmark_clearing(marked).await;
                    }
                    return Err(error.into());
                }
            };
            if !wanted(&stored.bytes) {
                if let Some(marked) = marked {
                    self.unmark_clearing(marked).await;
                }
                return Ok(false);
            }
            // Before it goes: a kill must not make it look lost.
            self.mark_clearing().await;
            marked = Some(vault(&stored.bytes));
            match cells.vault.swap(Some(stored.revision), None).await {
                Ok(Swap::Done(_)) => break Some(stored.bytes),
                Ok(Swap::Conflict) => {}
                Err(error) => {
                    self.unmark_clearing(vault(&stored.bytes)).await;
                    return Err(error.into());
                }
            }
        };
        self.inner.borrow_mut().known = Known::Absent;
        self.inner.borrow_mut().passcode = None;
        self.step(Input::Cleared);
        self.shared.hot().content = Some(Content::empty());
        let remembered = self.forget_seen().await;
        // Told last: with the data gone, a second call would not know whose key to forget.
        let attempts_forgotten = attempts::forget(&*cells.attempts).await;
        // The data are gone. A key store that is out of reach keeps a key that opens nothing.
        let sealed = cleared.as_deref().and_then(|bytes| envelope::Sealed::parse(bytes).ok());
        if let Some(head) = sealed.map(|sealed| sealed.head).or(last_seen) {
            self.forget(&head).await;
        } else if let Some(vault) = remembered {
            // Its bytes had vanished: its key is forgotten by what is remembered of it.
            self.forget_by_name(vault).await;
        }
        attempts_forgotten?;
        Ok(true)
    }
}
