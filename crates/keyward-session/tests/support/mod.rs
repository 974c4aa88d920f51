//! A session on a simulated device, and a server that answers as it is told. What a real provider
//! does is in the tests against one; this is for what a real one cannot be made to do.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its part; tests may panic"
)]

pub mod beside;
pub mod shelf;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_channel::oneshot;
use futures_executor::{LocalPool, LocalSpawner};
use futures_util::FutureExt;
use futures_util::future::RemoteHandle;
use futures_util::task::LocalSpawnExt;
use keyward::{
    Argon2Costs, Cause, Config as VaultConfig, HashInPlace, MemoryStores, Platform, Protector,
    Role, SecretBytes, Vault, VaultType,
};
use keyward_conformance::manual_clock::ManualClock;
use keyward_conformance::simulated_device::{DeviceControl, SimulatedDevice};
use keyward_session::{
    Bearer, Config, Doors, Error, Event, Events, Http, HttpError, InThisProcess, Keep, OAuth,
    OneProcess, Pending, Request, Response, Server, Session, Tokens, Turn, Turns,
};

/// The token endpoint of every session here.
pub const TOKEN: &str = "https://id.example/token";
/// The revocation endpoint.
pub const REVOKE: &str = "https://id.example/revoke";

type Answer = Result<Response, HttpError>;

/// A server whose answers the test gives.
#[derive(Clone, Default)]
pub struct Wire(Rc<WireState>);

#[derive(Default)]
struct WireState {
    /// What has been asked, and not been answered.
    open: RefCell<VecDeque<(Request, oneshot::Sender<Answer>)>>,
    asked: Cell<usize>,
}

#[async_trait(?Send)]
impl Http for Wire {
    async fn send(&self, request: Request) -> Answer {
        let (sender, receiver) = oneshot::channel();
        self.0.asked.set(self.0.asked.get() + 1);
        self.0.open.borrow_mut().push_back((request, sender));
        receiver.await.unwrap_or_else(|_| Err(HttpError::NoAnswer(Cause::new("gone"))))
    }
}

impl Wire {
    /// How many requests there have been.
    pub fn asked(&self) -> usize {
        self.0.asked.get()
    }

    /// The oldest request that waits, as URL and body, and the way to answer it.
    pub fn next(&self) -> (String, String, oneshot::Sender<Answer>) {
        let (request, reply) = self.0.open.borrow_mut().pop_front().expect("somebody asks");
        let body = String::from_utf8(request.body.expose().to_vec()).unwrap();
        (request.url, body, reply)
    }

    pub fn is_quiet(&self) -> bool {
        self.0.open.borrow().is_empty()
    }
}

pub fn response(status: u16, body: &str) -> Answer {
    let body = SecretBytes::from(body.as_bytes());
    Ok(Response { status, retry_after: None, date: None, body })
}

/// Tokens number `n`, with a life of `seconds`.
pub fn tokens(n: u32, seconds: u32) -> Answer {
    response(
        200,
        &format!(
            r#"{{"access_token":"access-{n}","refresh_token":"refresh-{n}","token_type":"Bearer","expires_in":{seconds}}}"#
        ),
    )
}

/// What processes on the desk take turns by: a queue for each name.
#[derive(Clone, Default)]
pub struct Queue(Rc<RefCell<BTreeMap<String, Arc<futures_util::lock::Mutex<()>>>>>);

struct Guard(#[allow(dead_code)] futures_util::lock::OwnedMutexGuard<()>);

impl Turn for Guard {}

#[async_trait(?Send)]
impl Turns for Queue {
    async fn wait(&self, name: &str) -> Result<Box<dyn Turn>, Cause> {
        let queue = Arc::clone(self.0.borrow_mut().entry(name.to_owned()).or_default());
        Ok(Box::new(Guard(queue.lock_owned().await)))
    }
}

pub struct Desk {
    pool: RefCell<LocalPool>,
    spawner: LocalSpawner,
    pub clock: ManualClock,
    pub stores: MemoryStores,
    pub person: DeviceControl,
    pub wire: Wire,
    pub queue: Queue,
    /// What outlives a program, beside the vault.
    sign_outs: Rc<InThisProcess>,
    pub beside: beside::Beside,
    protectors: Vec<Rc<dyn Protector>>,
}

/// A program with a vault and a session in it. Dropping it is a `kill -9`.
pub struct Program {
    pub vault: Vault,
    pub session: Session,
    events: RefCell<Events>,
    _drivers: [RemoteHandle<()>; 2],
}

pub fn oauth() -> Server {
    let mut oauth = OAuth::new(TOKEN, "app");
    oauth.revocation_endpoint = Some(REVOKE.to_owned());
    Server::OAuth(oauth)
}

impl Desk {
    pub fn new() -> Self {
        let (store, _) = SimulatedDevice::new(Role::DeviceStore);
        let (verification, person) = SimulatedDevice::new(Role::UserVerification);
        let pool = LocalPool::new();
        Self {
            spawner: pool.spawner(),
            pool: RefCell::new(pool),
            clock: ManualClock::new(),
            stores: MemoryStores::new(),
            person,
            wire: Wire::default(),
            queue: Queue::default(),
            sign_outs: Rc::default(),
            beside: beside::Beside::default(),
            protectors: vec![Rc::new(store), Rc::new(verification)],
        }
    }

    pub fn start(&self, vault_type: VaultType) -> Program {
        self.start_with(vault_type, Config::new("session", oauth()))
    }

    /// A program with a vault of this type and a session in it.
    pub fn start_with(&self, vault_type: VaultType, config: Config) -> Program {
        let (vault, vault_driver) = Vault::new(Platform {
            clock: Arc::new(self.clock.clone()),
            stores: Rc::new(self.stores.clone()),
            protectors: self.protectors.clone(),
            registry: None,
            hashing: Rc::new(HashInPlace),
            argon2: Argon2Costs::MINIMUM,
        });
        let mut vault_config = VaultConfig::new("vault", vault_type);
        if vault_type == VaultType::DeviceSecurity {
            vault_config.device_security = keyward::DeviceSecurity::Both;
        }
        let attached = vault.initialize(vault_config);
        let (session, driver) = Session::new(self.doors(Rc::new(vault.clone())), config).unwrap();
        let events = RefCell::new(session.events());
        let spawn = |future| self.spawner.spawn_local_with_handle(future).unwrap();
        let _drivers = [spawn(vault_driver.run().boxed_local()), spawn(driver.run().boxed_local())];
        self.run(attached).unwrap();
        Program { vault, session, events, _drivers }
    }

    /// Why there is no session with this configuration.
    pub fn refusal(&self, config: Config) -> Error {
        let keep = Rc::new(shelf::Shelf::default().reader());
        Session::new(self.doors(keep), config).err().expect("it is refused")
    }

    /// A session that is kept elsewhere than in a vault. Dropping the second is a `kill -9`.
    pub fn start_on(&self, keep: Rc<dyn Keep>) -> (Session, RemoteHandle<()>) {
        let (session, driver) =
            Session::new(self.doors(keep), Config::new("session", oauth())).unwrap();
        let driver = self.spawner.spawn_local_with_handle(driver.run().boxed_local());
        (session, driver.unwrap())
    }

    fn doors(&self, keep: Rc<dyn Keep>) -> Doors {
        Doors {
            http: Rc::new(self.wire.clone()),
            keep,
            turns: Rc::new(self.queue.clone()),
            sign_outs: self.sign_outs.clone(),
            late_answers: Rc::new(self.beside.clone()),
            clock: Arc::new(self.clock.clone()),
        }
    }

    /// A program that has signed in, with tokens number 0 of this life.
    pub fn signed_in(&self, vault_type: VaultType, seconds: u64) -> Program {
        let program = self.start(vault_type);
        let tokens = Tokens::new("access-0").with_refresh("refresh-0");
        let tokens = tokens.with_lifetime(Duration::from_secs(seconds));
        self.run(program.session.begin(tokens)).unwrap();
        program.take_events();
        program
    }

    pub fn run<F: Future>(&self, future: F) -> F::Output {
        self.pool.borrow_mut().run_until(future)
    }

    /// Lets everything run that can.
    pub fn settle(&self) {
        self.pool.borrow_mut().run_until_stalled();
    }

    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.settle();
    }

    /// Whether the call has ended by now, and how.
    pub fn peek<T>(&self, pending: &mut Pending<T>) -> Option<Result<T, Error>> {
        self.settle();
        pending.now_or_never()
    }

    /// The token that is handed out, or the name of the error.
    pub fn bearer(&self, program: &Program) -> String {
        shown(self.run(program.session.bearer()))
    }

    /// Answers the request that waits, which must hold `needle`.
    pub fn reply(&self, needle: &str, answer: Answer) {
        self.settle();
        let (url, body, reply) = self.wire.next();
        assert!(format!("{url} {body}").contains(needle), "{url} {body} has no {needle}");
        let _ = reply.send(answer);
        self.settle();
    }
}

pub fn shown(result: Result<Bearer, Error>) -> String {
    match result {
        Ok(bearer) => bearer.expose().to_owned(),
        Err(Error::Later { trouble, .. }) => format!("Later({trouble:?})"),
        Err(error) => format!("{error:?}"),
    }
}

impl Program {
    /// What has happened since the last time, by name.
    pub fn take_events(&self) -> Vec<String> {
        let mut names = Vec::new();
        while let Some(event) = self.events.borrow_mut().next_now() {
            names.push(match event {
                Event::Deferred { trouble, .. } => format!("Deferred({trouble:?})"),
                other => format!("{other:?}"),
            });
        }
        names
    }
}

/// The whole door, for programs without a second process.
pub fn one_process() -> Rc<dyn Turns> {
    Rc::new(OneProcess)
}
