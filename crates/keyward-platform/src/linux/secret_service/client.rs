//! The calls of the Secret Service specification that are needed here, each under a timeout, over a
//! connection of our own.
//!
//! Properties are read from the service every time and never from a cache: whether a collection is
//! locked decides whether a key counts as lost.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::env;
use std::io;
use std::time::{Duration, Instant};

use async_io::Timer;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use keyward::VaultId;
use oo7::zbus;
use zbus::fdo::{RequestNameFlags, RequestNameReply};
use zbus::proxy::{Builder as ProxyBuilder, CacheProperties};
use zbus::zvariant::{DynamicType, ObjectPath, OwnedObjectPath, OwnedValue, Type, Value};
use zbus::{Connection, Message, Proxy};

use super::patience::{Timeouts, no_longer_than, within};
use super::session::Session;
use super::trouble::Trouble;

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const SERVICE_INTERFACE: &str = "org.freedesktop.Secret.Service";
const COLLECTION_INTERFACE: &str = "org.freedesktop.Secret.Collection";
const ITEM_INTERFACE: &str = "org.freedesktop.Secret.Item";
const PROMPT_INTERFACE: &str = "org.freedesktop.Secret.Prompt";

/// Nobody has more keyrings, and no vault more items, than this; a longer list is nonsense.
const MOST_OBJECTS: usize = 256;

/// How soon to look again whether another program has finished enrolling.
const TURN_POLL: Duration = Duration::from_millis(20);

/// Which bus to connect to.
#[derive(Debug, Clone)]
pub(super) enum Bus {
    /// The one that the environment names.
    Session,
    /// This one.
    At(String),
}

impl Bus {
    pub(super) async fn connect(&self, timeouts: &Timeouts) -> Result<Connection, Trouble> {
        const DOING: &str = "connecting to the session bus";
        let invalid = |error: zbus::Error| Trouble::of(DOING, &error);
        let (builder, named) = match self {
            Self::At(address) => (zbus::connection::Builder::address(&address[..]), true),
            Self::Session => match env::var_os("DBUS_SESSION_BUS_ADDRESS") {
                Some(address) if address.is_empty() => return Err(Trouble::NoBus),
                address => (zbus::connection::Builder::session(), address.is_some()),
            },
        };
        let connecting = builder.map_err(invalid)?.build();
        let connecting = async {
            connecting.await.map_err(|error| match &error {
                // Only where nobody said that there is a bus, its absence is an answer.
                zbus::Error::Connection(cause, _) if !named && is_absent(cause) => Trouble::NoBus,
                zbus::Error::InputOutput(cause) if !named && is_absent(cause) => Trouble::NoBus,
                _ => Trouble::of(DOING, &error),
            })
        };
        no_longer_than(timeouts.call, DOING, connecting).await
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// One connection to the Secret Service, for one operation. Closing it ends its session, its
/// prompts and its turn.
pub(super) struct Client {
    connection: Connection,
    timeouts: Timeouts,
    session: OnceCell<Session>,
    /// The service has answered, so that its absence later means it went away.
    reached: Cell<bool>,
}

impl Client {
    pub(super) async fn connect(bus: &Bus, timeouts: Timeouts) -> Result<Self, Trouble> {
        let connection = bus.connect(&timeouts).await?;
        Ok(Self { connection, timeouts, session: OnceCell::new(), reached: Cell::new(false) })
    }

    /// The collection that new items go into, if there is one.
    pub(super) async fn default_collection(&self) -> Result<Option<OwnedObjectPath>, Trouble> {
        const DOING: &str = "asking for the default keyring";
        let reply = self.call(DOING, ROOT, SERVICE_INTERFACE, "ReadAlias", &"default").await?;
        let path: OwnedObjectPath = body(DOING, &reply)?;
        Ok(is_object(&path).then_some(path))
    }

    /// All collections.
    pub(super) async fn collections(&self) -> Result<Vec<OwnedObjectPath>, Trouble> {
        const DOING: &str = "listing the keyrings";
        let value = self.property(DOING, ROOT, SERVICE_INTERFACE, "Collections").await?;
        bounded(DOING, value.try_into().map_err(|_| Trouble::Nonsense(DOING))?)
    }

    /// Creates the default collection, which asks the person for its password.
    pub(super) async fn create_default_collection(&self) -> Result<OwnedObjectPath, Trouble> {
        const DOING: &str = "creating the default keyring";
        let label =
            HashMap::from([("org.freedesktop.Secret.Collection.Label", Value::from("Default"))]);
        let arguments = (label, "default");
        let reply =
            self.call(DOING, ROOT, SERVICE_INTERFACE, "CreateCollection", &arguments).await?;
        self.created(DOING, &reply).await
    }

    /// Whether a collection or an item is locked, as of now.
    pub(super) async fn is_locked(&self, object: &Object<'_>) -> Result<bool, Trouble> {
        const DOING: &str = "asking whether the keyring is locked";
        let value = self.property(DOING, object.path(), object.interface(), "Locked").await?;
        value.try_into().map_err(|_| Trouble::Nonsense(DOING))
    }

    /// Asks for a collection or an item to be unlocked, which may prompt the person. Whether it is
    /// unlocked then is for the caller to ask.
    pub(super) async fn unlock(&self, object: &Object<'_>) -> Result<(), Trouble> {
        const DOING: &str = "unlocking the keyring";
        let path = ObjectPath::try_from(object.path()).map_err(|_| Trouble::Nonsense(DOING))?;
        // This call may itself wait for the person.
        let reply = within(
            self.timeouts.prompt,
            DOING,
            self.connection.call_method(
                Some(SERVICE),
                ROOT,
                Some(SERVICE_INTERFACE),
                "Unlock",
                &(vec![path],),
            ),
        )
        .await
        .map_err(|trouble| self.gone_if_unknown(DOING, trouble))?;
        let (_, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) = body(DOING, &reply)?;
        self.complete(DOING, &prompt).await.map(drop)
    }

    /// The items of a collection that bear these attributes, as the service says. A locked
    /// collection may say that there are none.
    pub(super) async fn search(
        &self,
        collection: &str,
        attributes: &HashMap<&str, String>,
    ) -> Result<Vec<OwnedObjectPath>, Trouble> {
        const DOING: &str = "searching the keyring";
        let reply = self
            .call(DOING, collection, COLLECTION_INTERFACE, "SearchItems", &(attributes,))
            .await?;
        bounded(DOING, body(DOING, &reply)?)
    }

    pub(super) async fn attributes(&self, item: &str) -> Result<HashMap<String, String>, Trouble> {
        const DOING: &str = "reading an item's attributes";
        let value = self.property(DOING, item, ITEM_INTERFACE, "Attributes").await?;
        value.try_into().map_err(|_| Trouble::Nonsense(DOING))
    }

    /// When an item was created, in seconds since 1970 by the service's clock.
    pub(super) async fn created_at(&self, item: &str) -> Result<u64, Trouble> {
        const DOING: &str = "reading an item's age";
        let value = self.property(DOING, item, ITEM_INTERFACE, "Created").await?;
        value.try_into().map_err(|_| Trouble::Nonsense(DOING))
    }

    /// Adds an item and never replaces one.
    pub(super) async fn create_item(
        &self,
        collection: &str,
        label: &str,
        attributes: &HashMap<&str, String>,
        secret: &[u8],
    ) -> Result<OwnedObjectPath, Trouble> {
        const DOING: &str = "writing to the keyring";
        let secret = self.session().await?.seal(secret)?;
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Value::from(label)),
            ("org.freedesktop.Secret.Item.Attributes", Value::from(attributes.clone())),
        ]);
        let arguments = (properties, secret, false);
        let reply =
            self.call(DOING, collection, COLLECTION_INTERFACE, "CreateItem", &arguments).await?;
        self.created(DOING, &reply).await
    }

    /// An item's secret.
    pub(super) async fn secret(&self, item: &str) -> Result<keyward::SecretBytes, Trouble> {
        const DOING: &str = "reading from the keyring";
        let session = self.session().await?;
        let reply = self.call(DOING, item, ITEM_INTERFACE, "GetSecret", &(session.path(),)).await?;
        session.open(body(DOING, &reply)?)
    }

    pub(super) async fn delete(&self, item: &str) -> Result<(), Trouble> {
        const DOING: &str = "deleting from the keyring";
        let reply = self.call(DOING, item, ITEM_INTERFACE, "Delete", &()).await?;
        let prompt: OwnedObjectPath = body(DOING, &reply)?;
        self.complete(DOING, &prompt).await.map(drop)
    }

    /// Waits until no other program on this bus is enrolling the same vault, and keeps others
    /// waiting until this client is dropped.
    ///
    /// Owning a name on the bus is what the bus itself makes exclusive, and what a killed program
    /// lets go of. Where a sandbox forbids owning names, there is no turn to take, and the oldest
    /// item decides.
    pub(super) async fn take_turn(&self, vault: VaultId) -> Result<(), Trouble> {
        const DOING: &str = "waiting for another program that enrolls the same vault";
        let name = format!("keyward.enroll.v{vault}");
        let waiting = async {
            loop {
                let asking = self
                    .connection
                    .request_name_with_flags(&name[..], RequestNameFlags::DoNotQueue.into());
                match within(self.timeouts.call, DOING, async { Ok(asking.await) }).await? {
                    Ok(RequestNameReply::PrimaryOwner | RequestNameReply::AlreadyOwner) => {
                        return Ok(());
                    }
                    Ok(_) | Err(zbus::Error::NameTaken) => {}
                    Err(zbus::Error::MethodError(..) | zbus::Error::FDO(_)) => return Ok(()),
                    Err(error) => return Err(Trouble::of(DOING, &error)),
                }
                Timer::after(TURN_POLL).await;
            }
        };
        no_longer_than(self.timeouts.prompt, DOING, waiting).await
    }

    async fn session(&self) -> Result<&Session, Trouble> {
        if let Some(session) = self.session.get() {
            return Ok(session);
        }
        const DOING: &str = "opening a session with the Secret Service";
        let (offer, ours) = Session::offer()?;
        let reply = match self.call(DOING, ROOT, SERVICE_INTERFACE, "OpenSession", &offer).await {
            Ok(reply) => Session::agree(ours, body(DOING, &reply)?)?,
            // The specification's answer of a service that does not encrypt. The secret then goes
            // over the bus as it is, which is the user's own.
            Err(Trouble::Failed(_, name)) if name == "org.freedesktop.DBus.Error.NotSupported" => {
                let offer = ("plain", Value::from(""));
                let reply =
                    self.call(DOING, ROOT, SERVICE_INTERFACE, "OpenSession", &offer).await?;
                let (_, path): (OwnedValue, OwnedObjectPath) = body(DOING, &reply)?;
                Session::plain(path)
            }
            Err(trouble) => return Err(trouble),
        };
        Ok(self.session.get_or_init(|| reply))
    }

    /// What a creating call made: at once, or after a prompt.
    async fn created(
        &self,
        doing: &'static str,
        reply: &Message,
    ) -> Result<OwnedObjectPath, Trouble> {
        let (made, prompt): (OwnedObjectPath, OwnedObjectPath) = body(doing, reply)?;
        let made = match self.complete(doing, &prompt).await? {
            None => made,
            Some(value) => value.try_into().map_err(|_| Trouble::Nonsense(doing))?,
        };
        if is_object(&made) { Ok(made) } else { Err(Trouble::Nonsense(doing)) }
    }

    /// Shows a prompt, if there is one, and waits for its end. `None` when there is none.
    async fn complete(
        &self,
        doing: &'static str,
        prompt: &OwnedObjectPath,
    ) -> Result<Option<OwnedValue>, Trouble> {
        if !is_object(prompt) {
            return Ok(None);
        }
        let call = self.timeouts.call;
        let proxy: Proxy<'_> = within(call, doing, async {
            ProxyBuilder::new(&self.connection)
                .destination(SERVICE)?
                .path(prompt)?
                .interface(PROMPT_INTERFACE)?
                .cache_properties(CacheProperties::No)
                .build()
                .await
        })
        .await?;
        // Both before the prompt is shown, so that neither can be missed.
        let mut completed = within(call, doing, proxy.receive_signal("Completed")).await?;
        let mut owner_changed = within(call, doing, proxy.receive_owner_changed()).await?;

        let shown = Instant::now();
        let prompting = async {
            // The window that the prompt belongs to: unknown here.
            within(self.timeouts.prompt, doing, proxy.call_method("Prompt", &"")).await?;
            match select(completed.next(), owner_changed.next()).await {
                Either::Left((Some(signal), _)) => Ok(signal),
                _ => Err(Trouble::Failed(doing, "the Secret Service went away".to_owned())),
            }
        };
        let signal = match no_longer_than(self.timeouts.prompt, doing, prompting).await {
            Ok(signal) => signal,
            Err(trouble) => {
                // Nobody waits for the answer any more, so the prompt must not stay on the screen.
                let _ =
                    within(Duration::from_secs(1), doing, proxy.call_method("Dismiss", &())).await;
                return Err(trouble);
            }
        };
        let (dismissed, value): (bool, OwnedValue) = body(doing, &signal)?;
        match dismissed {
            false => Ok(Some(value)),
            true if shown.elapsed() < self.timeouts.unseen => Err(Trouble::Locked),
            true => Err(Trouble::Dismissed),
        }
    }

    async fn property(
        &self,
        doing: &'static str,
        path: &str,
        interface: &str,
        name: &str,
    ) -> Result<OwnedValue, Trouble> {
        const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
        let reply = self.call(doing, path, PROPERTIES, "Get", &(interface, name)).await?;
        body(doing, &reply)
    }

    async fn call<B>(
        &self,
        doing: &'static str,
        path: &str,
        interface: &str,
        method: &str,
        arguments: &B,
    ) -> Result<Message, Trouble>
    where
        B: serde::ser::Serialize + DynamicType,
    {
        let call =
            self.connection.call_method(Some(SERVICE), path, Some(interface), method, arguments);
        let reply = within(self.timeouts.call, doing, call)
            .await
            .map_err(|trouble| self.gone_if_unknown(doing, trouble))?;
        self.reached.set(true);
        Ok(reply)
    }

    fn gone_if_unknown(&self, doing: &'static str, trouble: Trouble) -> Trouble {
        match trouble {
            Trouble::NoService if self.reached.get() => {
                Trouble::Failed(doing, "the Secret Service went away".to_owned())
            }
            trouble => trouble,
        }
    }
}

/// Something that can be locked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Object<'a> {
    Collection(&'a str),
    Item(&'a str),
}

impl Object<'_> {
    fn path(&self) -> &str {
        match self {
            Self::Collection(path) | Self::Item(path) => path,
        }
    }

    fn interface(&self) -> &'static str {
        match self {
            Self::Collection(_) => COLLECTION_INTERFACE,
            Self::Item(_) => ITEM_INTERFACE,
        }
    }
}

/// The specification writes "no object" as the path `/`.
fn is_object(path: &ObjectPath<'_>) -> bool {
    path.as_str() != "/"
}

fn body<T>(doing: &'static str, message: &Message) -> Result<T, Trouble>
where
    T: for<'de> serde::de::Deserialize<'de> + Type,
{
    message.body().deserialize().map_err(|_| Trouble::Nonsense(doing))
}

fn bounded<T>(doing: &'static str, list: Vec<T>) -> Result<Vec<T>, Trouble> {
    if list.len() <= MOST_OBJECTS { Ok(list) } else { Err(Trouble::Nonsense(doing)) }
}
