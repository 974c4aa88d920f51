//! Verification of the person through a passkey and its pseudo-random function (the WebAuthn PRF
//! extension).

mod handle;
mod remembered;
mod web_authn;

use async_trait::async_trait;
use keyward::{Assurance, Enrolled, Key, Protector, ProtectorError, Request, Role, Theft};

use self::handle::Handle;
use self::remembered::Remembered;
use self::web_authn::{Evaluated, Prompt};
use crate::database::Database;
use crate::persistence;
use crate::trouble::Trouble;

pub(crate) use self::web_authn::is_supported;

/// Passkeys of the device's own authenticator, one for each vault key (the name in the
/// configuration). The material is the output of the passkey's pseudo-random function for a label,
/// the vault's identity, and a random salt in the slot (SPEC.md).
///
/// A vault that is cleared and made again takes the passkey that is there, with another salt, so
/// that passkeys do not pile up in the person's list of them. For the same reason clearing leaves
/// the passkey where it is: a page cannot delete one.
///
/// A browser does not say whether a person refused or had no such passkey any more, so that both are
/// [`ProtectorError::Dismissed`].
pub struct Passkey {
    remembered: Remembered,
    database: Database,
}

impl Passkey {
    /// The passkeys of this origin.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Database::new())
    }

    pub(crate) fn with(database: Database) -> Self {
        Self { remembered: Remembered::new(database.clone()), database }
    }

    /// Asks for the person with any of the passkeys that are remembered.
    pub(crate) async fn verify_person(&self) -> Result<(), ProtectorError> {
        let credentials = self.remembered.credentials().await.map_err(Trouble::at_release)?;
        if credentials.is_empty() {
            let none = Trouble::new("NotFoundError", "no vault of this site has a passkey yet");
            return Err(none.at_release());
        }
        let prompt = Prompt::open().await?;
        prompt.verify(&credentials).await
    }

    async fn make(
        &self,
        prompt: &Prompt,
        request: &Request<'_>,
    ) -> Result<Enrolled, ProtectorError> {
        let name = &request.config.key;
        if let Some(credential) = self.remembered.credential(name).await {
            let handle = Handle::new(request.vault, credential);
            let evaluated = prompt.evaluate(&handle).await;
            if evaluated.is_err() {
                // Refused, or deleted: the browser does not say which. The next time a new passkey
                // is made.
                self.remembered.forget_credential(name).await;
            }
            return self.keep(request, handle, evaluated?).await;
        }
        let (handle, evaluated) = prompt.create(request.vault, name).await?;
        match evaluated {
            Evaluated::Now(material) => {
                self.remembered.remember_credential(name, handle.credential()).await;
                persistence::ask_once(&self.database);
                self.keep(request, handle, material).await
            }
            Evaluated::Later => {
                // Should the person close the second prompt, the passkey is not lost.
                self.remembered.remember_credential(name, handle.credential()).await;
                let material = prompt.evaluate(&handle).await?;
                self.keep(request, handle, material).await
            }
        }
    }

    async fn keep(
        &self,
        request: &Request<'_>,
        handle: Handle,
        material: Key,
    ) -> Result<Enrolled, ProtectorError> {
        self.remembered.remember_handle(request.vault, &handle).await;
        Ok(Enrolled { handle: handle.into_bytes(), material })
    }
}

impl Default for Passkey {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait(?Send)]
impl Protector for Passkey {
    fn role(&self) -> Role {
        Role::UserVerification
    }

    fn provider(&self) -> &'static str {
        "passkey"
    }

    fn assurance(&self) -> Assurance {
        // Where a passkey lies is the person's choice: in hardware, or synchronised.
        let mut assurance = Assurance::NONE;
        assurance.user_verified = true;
        assurance.persistent = true;
        assurance.stolen_file = Theft::Sealed;
        assurance.stolen_disk = Theft::Sealed;
        assurance
    }

    async fn enroll(&self, request: &Request<'_>) -> Result<Enrolled, ProtectorError> {
        if !is_supported().await {
            return Err(unsupported("passkeys that keep keys"));
        }
        // Held until the end, so that another page finds what this one has made.
        let prompt = Prompt::open().await?;
        match self.remembered.handle(request.vault).await {
            Some(handle) => {
                let material = prompt.evaluate(&handle).await?;
                Ok(Enrolled { handle: handle.into_bytes(), material })
            }
            None => self.make(&prompt, request).await,
        }
    }

    async fn release(&self, request: &Request<'_>, handle: &[u8]) -> Result<Key, ProtectorError> {
        let Some(handle) = Handle::read(handle) else {
            return Err(Trouble::new("DataError", "a newer Keyward made the slot").at_release());
        };
        if handle.vault() != request.vault {
            return Err(ProtectorError::Lost);
        }
        Prompt::open().await?.evaluate(&handle).await
    }

    async fn forget(&self, request: &Request<'_>, _handle: &[u8]) -> Result<(), ProtectorError> {
        self.remembered.forget_handle(request.vault).await.map_err(Trouble::at_release)
    }
}

fn unsupported(what: &str) -> ProtectorError {
    ProtectorError::Unsupported(what.to_owned())
}
