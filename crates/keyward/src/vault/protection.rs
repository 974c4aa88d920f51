//! Making and opening slots: from a configuration to a KEK, and from a stored slot to the DEK.

use std::rc::Rc;

use futures_util::future::join;

use super::attempts;
use super::engine::{Engine, Known};
use super::keys::{Keys, NewSlot};
use crate::config::Config;
use crate::envelope::{Head, PasscodeParams, Place, Sealed, Slot, SlotKind};
use crate::error::{Cause, Error};
use crate::event::{Event, PasscodePurpose};
use crate::fallback::Protection;
use crate::policy::Guess;
use crate::protector::{Protector, ProtectorError, Request, Role, VaultId};
use crate::secret::{Guarded, Key, Passcode};
use crate::state::Input;
use crate::store::Revision;

impl Engine {
    /// Makes the slot for the first of `candidates` that this device supports, and says what it has
    /// become. May prompt; stores nothing in the vault yet.
    pub(super) async fn enroll(
        &self,
        vault: VaultId,
        config: &Config,
        candidates: &[Protection],
        better_than: Option<Protection>,
    ) -> Result<(NewSlot, Protection), Error> {
        let wanted = Protection::wanted(config);
        let mut lack = None;
        for candidate in candidates {
            let in_its_place = match Some(*candidate) == wanted {
                true => config.clone(),
                false => candidate.in_place_of_wanted(config),
            };
            match self.enroll_as(vault, &in_its_place, *candidate, better_than).await {
                // Only a lack: what is out of reach now, or refused, is not gone around.
                Err(error @ Error::Unsupported { .. }) => lack = lack.or(Some(error)),
                made => return made,
            }
        }
        Err(lack.unwrap_or_else(|| missing(Role::DeviceStore, "a better protection".to_owned())))
    }

    async fn enroll_as(
        &self,
        vault: VaultId,
        config: &Config,
        wanted: Protection,
        better_than: Option<Protection>,
    ) -> Result<(NewSlot, Protection), Error> {
        let stores = match wanted {
            // Without a list, what the platform has brought is what the app accepts; but not for a
            // vault that has weaker than what it wanted.
            _ if config.fallback.is_empty() && better_than.is_none() => DeviceStores::All,
            Protection::KeyFile => DeviceStores::Ordinary,
            _ => DeviceStores::Proper,
        };
        match wanted {
            Protection::SecureStorage | Protection::KeyFile => {
                let enrolled = self.enroll_with(Role::DeviceStore, stores, vault, config).await?;
                let (place, material) = enrolled.ok_or_else(|| {
                    missing(Role::DeviceStore, "a key store of the device".to_owned())
                })?;
                let kind = SlotKind::DeviceStore(place);
                Ok((NewSlot::make(vault, kind, &[&material], None)?, wanted))
            }
            Protection::SystemPasscode | Protection::Biometrics | Protection::Both => {
                let role = Role::UserVerification;
                let enrolled = self.enroll_with(role, DeviceStores::All, vault, config).await?;
                let (place, material) = enrolled.ok_or_else(|| {
                    missing(Role::UserVerification, "verification of the person".to_owned())
                })?;
                let kind = SlotKind::UserVerification(place);
                Ok((NewSlot::make(vault, kind, &[&material], None)?, wanted))
            }
            Protection::CustomPasscode | Protection::PasscodeAlone => {
                let device = self.enroll_with(Role::DeviceStore, stores, vault, config).await?;
                if device.is_none() && better_than == Some(Protection::PasscodeAlone) {
                    // A passcode alone is what there is already.
                    return Err(missing(Role::DeviceStore, "a key store of the device".to_owned()));
                }
                if device.is_none()
                    && let Some(provider) = self.bound_to(stores)
                {
                    let cause = Cause::new("it held this vault's key before");
                    return Err(Error::Unavailable { provider, cause });
                }
                let passcode = self.passcode(PasscodePurpose::Set).await?;
                let params = PasscodeParams::generate(self.platform.argon2)?;
                let stretched = self.hash(&passcode, &params).await?;
                let (device, secret) = device.unzip();
                let material: Vec<&Key> =
                    std::iter::once(&stretched).chain(secret.as_ref()).collect();
                let present = match device {
                    Some(_) => Protection::CustomPasscode,
                    None => Protection::PasscodeAlone,
                };
                let kind = SlotKind::Passcode { params, device };
                Ok((NewSlot::make(vault, kind, &material, Some(passcode))?, present))
            }
        }
    }

    pub(super) async fn hash(
        &self,
        passcode: &Passcode,
        params: &PasscodeParams,
    ) -> Result<Key, Error> {
        self.platform.hashing.hash(passcode, &params.salt, params.costs).await
    }

    /// The device store that a present slot names. A vault that has had a device's secret is not
    /// quietly made again without one, because its store happens not to run.
    fn bound_to(&self, stores: DeviceStores) -> Option<String> {
        let inner = self.inner.borrow();
        let head = inner.known.head()?;
        let place = head.slots.iter().find_map(|slot| match &slot.header.kind {
            SlotKind::DeviceStore(place) => Some(place),
            SlotKind::Passcode { device, .. } => device.as_ref(),
            SlotKind::UserVerification(_) | SlotKind::Recovery(_) | SlotKind::Blank => None,
        })?;
        let named = self.platform.provider(&place.provider);
        let counts = named.is_none_or(|protector| stores.include(&*protector));
        counts.then(|| place.provider.clone())
    }

    /// Enrolls with the first protector of `role` that this device supports; `None` if it
    /// supports none. A protector that is only unavailable now is an error: going on without it
    /// would silently protect less.
    async fn enroll_with(
        &self,
        role: Role,
        stores: DeviceStores,
        vault: VaultId,
        config: &Config,
    ) -> Result<Option<(Place, Key)>, Error> {
        for protector in self.platform.with_role(role).filter(|it| stores.include(&**it)) {
            let request = Request::new(vault, config);
            match self.prompting(protector.enroll(&request)).await {
                Ok(enrolled) if enrolled.handle.len() <= crate::MAX_HANDLE_LEN => {
                    let provider = protector.provider().to_owned();
                    let place = Place { provider, handle: enrolled.handle };
                    return Ok(Some((place, enrolled.material)));
                }
                Ok(_) => {
                    return Err(missing(role, "so long a handle".to_owned()));
                }
                Err(ProtectorError::Unsupported(_)) => {}
                Err(error) => return Err(error.of(&*protector)),
            }
        }
        Ok(None)
    }

    /// Opens the vault's slots: the first that opens gives the DEK. `None` if others are stored by
    /// now.
    pub(super) async fn release(
        &self,
        head: &Head,
        revision: Revision,
    ) -> Result<Option<Keys>, Error> {
        let mut trouble = None;
        for slot in head.slots.iter().filter(|slot| !slot.is_recovery()) {
            match self.release_slot(head, revision, slot).await {
                Ok(keys) => return Ok(keys),
                // A person who refused is not asked again for the next slot.
                Err(error) if error.is_refusal() => return Err(error),
                Err(error) => trouble = told_of_several(trouble, error),
            }
        }
        // A copy that was sealed for recovery alone lies where a vault should.
        Err(trouble.unwrap_or_else(|| {
            missing(Role::DeviceStore, "a way in other than recovery".to_owned())
        }))
    }

    async fn release_slot(
        &self,
        head: &Head,
        revision: Revision,
        slot: &Slot,
    ) -> Result<Option<Keys>, Error> {
        let vault = head.header.vault;
        let kek = match &slot.header.kind {
            SlotKind::Blank | SlotKind::Recovery(_) => {
                return Err(Error::Damaged { what: "its slots" });
            }
            SlotKind::DeviceStore(place) => {
                let config = &head.header.in_force();
                let material = self.release_from(Role::DeviceStore, place, vault, config).await?;
                slot.header.derive_kek(vault, &[&material])
            }
            SlotKind::UserVerification(place) => {
                let (role, config) = (Role::UserVerification, &head.header.in_force());
                let material = self.release_from(role, place, vault, config).await?;
                slot.header.derive_kek(vault, &[&material])
            }
            SlotKind::Passcode { params, device } => {
                return self.guess(head, revision, slot, params, device.as_ref()).await;
            }
        };
        Keys::from_slot(slot, kek).map(Some).ok_or(Error::Damaged { what: "its slot" })
    }

    async fn release_from(
        &self,
        role: Role,
        place: &Place,
        vault: VaultId,
        config: &Config,
    ) -> Result<Key, Error> {
        let protector = self.protector(role, place)?;
        let request = Request::new(vault, config);
        let released = self.prompting(protector.release(&request, &place.handle)).await;
        released.map_err(|error| error.of(&*protector))
    }

    /// Asks the protectors that the slots name whether their keys are there, until one is.
    pub(super) async fn check_key(&self) -> Result<(), Error> {
        self.ensure_readable().await?;
        let head = self.inner.borrow().known.head().cloned();
        let mut trouble = None;
        for head in head.iter() {
            let request = Request::new(head.header.vault, &head.header.config);
            for slot in &head.slots {
                let Some(place) = slot.header.place() else { continue };
                let role = match &slot.header.kind {
                    SlotKind::UserVerification(_) => Role::UserVerification,
                    _ => Role::DeviceStore,
                };
                match self.check_place(role, place, &request).await {
                    Ok(()) => return Ok(()),
                    Err(error) if error.is_refusal() => return Err(error),
                    Err(error) => trouble = told_of_several(trouble, error),
                }
            }
        }
        trouble.map_or(Ok(()), Err)
    }

    async fn check_place(
        &self,
        role: Role,
        place: &Place,
        request: &Request<'_>,
    ) -> Result<(), Error> {
        let protector = self.protector(role, place)?;
        let checked = self.prompting(protector.check(request, &place.handle)).await;
        checked.map_err(|error| error.of(&*protector))
    }

    /// The protector that a slot names, which is of this role.
    fn protector(&self, role: Role, place: &Place) -> Result<Rc<dyn Protector>, Error> {
        self.platform.provider(&place.provider).ok_or_else(|| {
            missing(role, format!("{}, which holds this vault's key", place.provider))
        })
    }

    /// One guess at the passcode, counted durably before it is tried. `None` if the slots were
    /// changed while it was being typed or hashed; it is kept for the new ones.
    async fn guess(
        &self,
        head: &Head,
        revision: Revision,
        slot: &Slot,
        params: &PasscodeParams,
        device: Option<&Place>,
    ) -> Result<Option<Keys>, Error> {
        let (vault, config) = (head.header.vault, &head.header.config);
        let cell = self.cells()?.attempts;
        let now = || self.platform.clock.wall();
        let guess = Guess::Passcode;
        // Whatever can fail without a guess comes first, and nobody is asked in vain.
        let attempts = attempts::load(&*cell, vault, guess, now()).await?;
        attempts::refuse_early(attempts, config, now())?;
        let secret = match device {
            Some(place) => Some(self.release_from(Role::DeviceStore, place, vault, config).await?),
            None => None,
        };
        let passcode = self.passcode(PasscodePurpose::Unlock).await?;
        // Hashing takes its time, and says nothing yet: the slots are looked at after it, and the
        // guess is counted then.
        let ready = async {
            self.make_room();
            self.read_ahead().await;
        };
        let (stretched, ()) = join(self.hash(&passcode, params), ready).await;
        let stretched = stretched?;
        if !self.still_has(head, revision).await? {
            self.inner.borrow_mut().passcode = Some((PasscodePurpose::Unlock, passcode));
            return Ok(None);
        }
        let counted = attempts::update(&*cell, vault, guess, &|attempts| {
            Ok(attempts::refuse_early(attempts, config, now())?.count(now()))
        })
        .await?;
        let material: Vec<&Key> = std::iter::once(&stretched).chain(secret.as_ref()).collect();
        let kek = slot.header.derive_kek(vault, &material);
        if let Some(keys) = Keys::from_slot(slot, kek) {
            attempts::forget(&*cell).await?;
            if head.header.standing.present == Some(Protection::PasscodeAlone) {
                self.inner.borrow_mut().at_hand = Some((params.clone(), stretched));
            }
            return Ok(Some(keys));
        }
        if counted.exhausted(config) && config.clear_after_too_many_failed_attempts {
            // Not what another process has put in its place: nobody has guessed at that.
            let guessed_at = |bytes: &[u8]| {
                let sealed = Sealed::parse(bytes);
                sealed.is_ok_and(|it| it.head.header.vault == vault && it.head.slots == head.slots)
            };
            if self.clear_if(&guessed_at).await? {
                return Err(Error::ClearedAfterTooManyAttempts);
            }
        }
        Err(Error::WrongPasscode { attempts_left: counted.left(config) })
    }

    /// Makes a buffer for the entries, which takes some time with many of them: it passes while a
    /// passcode is being hashed elsewhere.
    fn make_room(&self) {
        let mut inner = self.inner.borrow_mut();
        if let Known::Present { lengths, .. } = &inner.known {
            let len = lengths.content;
            inner.spare = Some(Guarded::zeroed(len, inner.spare.take()));
        }
    }

    /// Reads the sealed entries, for when their key is there. What goes wrong here is told by the
    /// one who needs them.
    async fn read_ahead(&self) {
        if let Ok(cells) = self.cells() {
            let ahead = cells.vault.load().await.unwrap_or(None);
            self.inner.borrow_mut().ahead = ahead;
        }
    }

    /// Forgets the key material of a vault that is gone, as far as it can be reached without
    /// asking anyone. What fails for a protector that a slot names is told as an event.
    pub(super) async fn forget(&self, head: &Head) {
        let places: Vec<&Place> =
            head.slots.iter().filter_map(|slot| slot.header.place()).collect();
        let request = Request::new(head.header.vault, &head.header.config);
        for protector in &self.platform.protectors {
            let named = places.iter().find(|place| place.provider == protector.provider());
            // A device store may still have a key from before the last change of type.
            if named.is_none() && protector.role() != Role::DeviceStore {
                continue;
            }
            let handle = named.map_or(&[][..], |place| &place.handle);
            let forgotten = protector.forget(&request, handle).await;
            if let (Err(error), Some(_)) = (forgotten, named) {
                self.shared.emit(&Event::Failed(error.of(&**protector)));
            }
        }
    }

    /// [`Engine::forget`], of a vault whose slots nobody can see any more.
    pub(super) async fn forget_by_name(&self, vault: VaultId) {
        let Ok(config) = self.config() else { return };
        let request = Request::new(vault, &config);
        for protector in self.platform.with_role(Role::DeviceStore) {
            // A key store that is out of reach keeps a key that opens nothing.
            let _ = protector.forget(&request, &[]).await;
        }
    }

    /// Runs a protector's call, during which the app may be sent to the background by a prompt.
    async fn prompting<T>(&self, call: impl Future<Output = T>) -> T {
        self.step(Input::PromptOpened);
        let result = call.await;
        self.step(Input::PromptClosed);
        result
    }
}

/// Which of a platform's device stores are meant.
#[derive(Clone, Copy)]
enum DeviceStores {
    All,
    /// Those that are no makeshift.
    Proper,
    Ordinary,
}

impl DeviceStores {
    fn include(self, protector: &dyn Protector) -> bool {
        match self {
            Self::All => true,
            Self::Proper => !protector.is_ordinary(),
            Self::Ordinary => protector.is_ordinary(),
        }
    }
}

/// Which error is told of several slots': the first, but for a key that is lost, because the next may
/// be there again later.
fn told_of_several(first: Option<Error>, next: Error) -> Option<Error> {
    Some(first.filter(|first| !matches!(first, Error::KeyLost { .. })).unwrap_or(next))
}

/// What this device would need for it.
fn missing(role: Role, what: String) -> Error {
    Error::Unsupported { role, what }
}
