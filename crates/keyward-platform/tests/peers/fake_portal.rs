//! The Secret portal as xdg-desktop-portal offers it to sandboxes: a key for each application.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use std::collections::HashMap;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::fdo;
use zbus::message::Header;
use zbus::zvariant::{OwnedFd, OwnedObjectPath, OwnedValue, Value};

use super::Bus;

/// What the portal does when it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grant {
    /// Hands out these bytes.
    Key(Vec<u8>),
    /// The person closed the prompt that unlocks the session's keyring.
    Cancelled,
    /// Something went wrong at its end.
    Failed,
    /// Says nothing at all.
    Silence,
}

/// The portal, on its bus until it is dropped.
pub(crate) struct FakePortal {
    grant: Arc<Mutex<Grant>>,
    _connection: Connection,
}

impl FakePortal {
    pub(crate) fn start(bus: &Bus) -> Self {
        let grant = Arc::new(Mutex::new(Grant::Key((0..64).collect())));
        let serve = || {
            Builder::address(bus.address())?
                .serve_at("/org/freedesktop/portal/desktop", Portal(Arc::clone(&grant)))?
                .name("org.freedesktop.portal.Desktop")?
                .build()
        };
        let connection = serve().expect("the fake portal starts");
        Self { grant, _connection: connection }
    }

    pub(crate) fn grant(&self, grant: Grant) {
        *self.grant.lock().unwrap_or_else(PoisonError::into_inner) = grant;
    }
}

struct Portal(Arc<Mutex<Grant>>);

#[zbus::interface(name = "org.freedesktop.portal.Secret")]
impl Portal {
    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }

    async fn retrieve_secret(
        &self,
        fd: OwnedFd,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &zbus::Connection,
    ) -> fdo::Result<OwnedObjectPath> {
        let sender = header.sender().expect("the bus names senders").as_str();
        let token: &str =
            options.get("handle_token").and_then(|it| it.try_into().ok()).unwrap_or("t");
        let request = format!(
            "/org/freedesktop/portal/desktop/request/{}/{token}",
            sender.trim_start_matches(':').replace('.', "_")
        );
        let grant = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let code: u32 = match &grant {
            Grant::Key(key) => {
                let mut stream = UnixStream::from(std::os::fd::OwnedFd::from(fd));
                stream.write_all(key).map_err(|error| fdo::Error::IOError(error.to_string()))?;
                0
            }
            Grant::Cancelled => 1,
            Grant::Failed => 2,
            Grant::Silence => 3,
        };
        if code < 3 {
            let nothing = HashMap::<&str, Value<'_>>::new();
            connection
                .emit_signal(
                    Some(sender),
                    &request[..],
                    "org.freedesktop.portal.Request",
                    "Response",
                    &(code, nothing),
                )
                .await?;
        }
        OwnedObjectPath::try_from(request).map_err(|error| fdo::Error::Failed(error.to_string()))
    }
}
