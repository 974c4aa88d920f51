//! A Secret Service that misbehaves as told, for answers that real ones cannot be made to give.
//! It speaks plain sessions only, which the specification allows.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::fdo;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::Bus;

pub(crate) const COLLECTION: &str = "/org/freedesktop/secrets/collection/fake";
const PROMPT: &str = "/org/freedesktop/secrets/prompt/fake";
const ITEMS: usize = 4;

/// What happens when a prompt is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    /// Types the password.
    Agrees,
    /// Closes the prompt.
    Dismisses,
    /// Went away.
    IsAbsent,
}

/// An item as the service keeps it.
#[derive(Debug, Clone)]
pub(crate) struct FakeItem {
    pub(crate) attributes: HashMap<String, String>,
    pub(crate) secret: Vec<u8>,
    pub(crate) locked: bool,
}

/// What the service does next; the test changes it as it likes.
#[derive(Debug)]
pub(crate) struct Script {
    /// Whether there is a default collection.
    pub(crate) default: bool,
    /// Whether the collection is listed at all.
    pub(crate) listed: bool,
    /// The collection's lock.
    pub(crate) locked: bool,
    /// What to answer to the next questions about the collection's lock, before the truth.
    pub(crate) next_locked: VecDeque<bool>,
    pub(crate) person: Person,
    /// Whether to say "none" of a locked collection, or to search it.
    pub(crate) searches_loosely: bool,
    /// Stores something else than it was given.
    pub(crate) corrupts: bool,
    /// Answers a request for a secret with a number.
    pub(crate) babbles: bool,
    pub(crate) items: Vec<Option<FakeItem>>,
    pub(crate) prompts_shown: usize,
    pub(crate) prompts_closed: usize,
    pub(crate) written_while_locked: usize,
}

/// The service, on its bus until it is dropped.
pub(crate) struct FakeService {
    script: Shared,
    _connection: Connection,
}

#[derive(Clone)]
struct Shared(Arc<Mutex<Script>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeService {
    /// One unlocked, empty default collection.
    pub(crate) fn start(bus: &Bus) -> Self {
        let script = Shared(Arc::new(Mutex::new(Script {
            default: true,
            listed: true,
            locked: false,
            next_locked: VecDeque::new(),
            person: Person::Agrees,
            searches_loosely: false,
            corrupts: false,
            babbles: false,
            items: vec![None; ITEMS],
            prompts_shown: 0,
            prompts_closed: 0,
            written_while_locked: 0,
        })));
        let serve = || {
            let mut builder = Builder::address(bus.address())?
                .serve_at("/org/freedesktop/secrets", Service(script.clone()))?
                .serve_at(COLLECTION, Collection(script.clone()))?
                .serve_at(PROMPT, Prompt(script.clone()))?;
            for index in 0..ITEMS {
                let item = Item { script: script.clone(), index };
                builder = builder.serve_at(item_path(index), item)?;
            }
            builder.name("org.freedesktop.secrets")?.build()
        };
        let connection = serve().expect("the fake service starts");
        Self { script, _connection: connection }
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock()
    }
}

struct Service(Shared);
struct Collection(Shared);
struct Prompt(Shared);
struct Item {
    script: Shared,
    index: usize,
}

#[zbus::interface(name = "org.freedesktop.Secret.Service")]
impl Service {
    fn open_session(
        &self,
        algorithm: &str,
        _input: Value<'_>,
    ) -> fdo::Result<(OwnedValue, OwnedObjectPath)> {
        if algorithm != "plain" {
            return Err(fdo::Error::NotSupported("plain only".to_owned()));
        }
        let nothing = OwnedValue::try_from(Value::from("")).map_err(zbus::Error::from)?;
        Ok((nothing, path("/org/freedesktop/secrets/session/fake")))
    }

    fn read_alias(&self, name: &str) -> OwnedObjectPath {
        path(if name == "default" && self.0.lock().default { COLLECTION } else { "/" })
    }

    fn create_collection(
        &self,
        _properties: HashMap<String, OwnedValue>,
        _alias: &str,
    ) -> (OwnedObjectPath, OwnedObjectPath) {
        (path("/"), path(PROMPT))
    }

    fn unlock(&self, objects: Vec<ObjectPath<'_>>) -> (Vec<OwnedObjectPath>, OwnedObjectPath) {
        drop(objects);
        (Vec::new(), path(PROMPT))
    }

    #[zbus(property)]
    fn collections(&self) -> Vec<OwnedObjectPath> {
        if self.0.lock().listed { vec![path(COLLECTION)] } else { Vec::new() }
    }
}

#[zbus::interface(name = "org.freedesktop.Secret.Collection")]
impl Collection {
    #[zbus(property)]
    fn locked(&self) -> bool {
        let mut script = self.0.lock();
        script.next_locked.pop_front().unwrap_or(script.locked)
    }

    fn search_items(&self, wanted: HashMap<String, String>) -> Vec<OwnedObjectPath> {
        let script = self.0.lock();
        let matches = |item: &FakeItem| {
            script.searches_loosely
                || wanted.iter().all(|(name, value)| item.attributes.get(name) == Some(value))
        };
        // Some real services find nothing in a locked collection, and so does this one.
        (0..ITEMS)
            .filter(|index| !script.locked && script.items[*index].as_ref().is_some_and(matches))
            .map(|index| path(&item_path(index)))
            .collect()
    }

    fn create_item(
        &self,
        mut properties: HashMap<String, OwnedValue>,
        secret: (OwnedObjectPath, Vec<u8>, Vec<u8>, String),
        replace: bool,
    ) -> fdo::Result<(OwnedObjectPath, OwnedObjectPath)> {
        assert!(!replace, "an item must never be replaced");
        let mut script = self.0.lock();
        if script.locked {
            script.written_while_locked += 1;
        }
        let attributes = properties
            .remove("org.freedesktop.Secret.Item.Attributes")
            .and_then(|value| value.try_into().ok())
            .ok_or_else(|| fdo::Error::InvalidArgs("no attributes".to_owned()))?;
        let mut secret = secret.2;
        if script.corrupts {
            secret[0] ^= 1;
        }
        let index = script.items.iter().position(Option::is_none).expect("few items are made");
        script.items[index] = Some(FakeItem { attributes, secret, locked: false });
        Ok((path(&item_path(index)), path("/")))
    }
}

#[zbus::interface(name = "org.freedesktop.Secret.Item")]
impl Item {
    #[zbus(property)]
    fn locked(&self) -> bool {
        self.item().is_ok_and(|item| item.locked)
    }

    #[zbus(property)]
    fn attributes(&self) -> fdo::Result<HashMap<String, String>> {
        Ok(self.item()?.attributes)
    }

    #[zbus(property)]
    fn created(&self) -> u64 {
        1_000_000
    }

    fn get_secret(
        &self,
        session: ObjectPath<'_>,
    ) -> fdo::Result<(OwnedObjectPath, Vec<u8>, Vec<u8>, String)> {
        let item = self.item()?;
        if item.locked {
            return Err(fdo::Error::AccessDenied("locked".to_owned()));
        }
        let kind = if self.script.lock().babbles {
            "\u{1}".repeat(100_000)
        } else {
            "text/plain".to_owned()
        };
        Ok((session.to_owned().into(), Vec::new(), item.secret, kind))
    }

    fn delete(&self) -> OwnedObjectPath {
        self.script.lock().items[self.index] = None;
        path("/")
    }
}

impl Item {
    fn item(&self) -> fdo::Result<FakeItem> {
        let item = self.script.lock().items[self.index].clone();
        item.ok_or_else(|| fdo::Error::UnknownObject("no such item".to_owned()))
    }
}

#[zbus::interface(name = "org.freedesktop.Secret.Prompt")]
impl Prompt {
    async fn prompt(
        &self,
        _window: &str,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        let person = {
            let mut script = self.0.lock();
            script.prompts_shown += 1;
            if script.person == Person::Agrees {
                script.locked = false;
                script.default = true;
                script.items.iter_mut().flatten().for_each(|item| item.locked = false);
            }
            script.person
        };
        // What was created, or what was unlocked: of both, only the first is looked at.
        let result = Value::from(path(COLLECTION));
        match person {
            Person::IsAbsent => {}
            Person::Agrees => Self::completed(&emitter, false, result).await?,
            Person::Dismisses => Self::completed(&emitter, true, Value::from("")).await?,
        }
        Ok(())
    }

    fn dismiss(&self) {
        self.0.lock().prompts_closed += 1;
    }

    #[zbus(signal)]
    async fn completed(
        emitter: &SignalEmitter<'_>,
        dismissed: bool,
        result: Value<'_>,
    ) -> zbus::Result<()>;
}

fn item_path(index: usize) -> String {
    format!("{COLLECTION}/{index}")
}

fn path(text: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(text).expect("a path")
}
