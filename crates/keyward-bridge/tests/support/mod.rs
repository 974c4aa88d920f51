//! An app in another language, as the bridge sees it: it sends JSON and hears JSON.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its part; tests may panic"
)]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_executor::{LocalPool, LocalSpawner};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use futures_util::task::LocalSpawnExt;
use keyward::{Argon2Costs, MemoryStores, Platform, Protector, Role, Vault};
use keyward_bridge::{Reply, Session};
use keyward_conformance::manual_clock::ManualClock;
use keyward_conformance::simulated_device::{DeviceControl, SimulatedDevice};
use keyward_conformance::simulated_hashing::SimulatedHashing;
use serde_json::{Value, json};

/// A device with a person in front of it.
pub struct Desk {
    pool: RefCell<LocalPool>,
    spawner: LocalSpawner,
    pub clock: ManualClock,
    pub stores: MemoryStores,
    /// What the device remembers of vaults.
    pub known: MemoryStores,
    pub device: DeviceControl,
    pub person: DeviceControl,
    pub hashing: SimulatedHashing,
    protectors: Vec<Rc<dyn Protector>>,
}

/// A program with one vault behind the bridge. Its log has every notice, and every answer that was
/// logged.
pub struct App {
    pub session: Session,
    pub vault: Vault,
    log: Rc<RefCell<Vec<Value>>>,
}

/// An answer that is awaited, or not.
pub struct Answer(Option<Value>, Option<LocalBoxFuture<'static, Value>>);

impl Desk {
    pub fn new() -> Self {
        let (store, device) = SimulatedDevice::new(Role::DeviceStore);
        let (verification, person) = SimulatedDevice::new(Role::UserVerification);
        let pool = LocalPool::new();
        Self {
            spawner: pool.spawner(),
            pool: RefCell::new(pool),
            clock: ManualClock::new(),
            stores: MemoryStores::new(),
            known: MemoryStores::new(),
            device,
            person,
            hashing: SimulatedHashing::new(),
            protectors: vec![Rc::new(store), Rc::new(verification)],
        }
    }

    pub fn start(&self) -> App {
        self.start_with(Session::new)
    }

    /// An app that has initialised the vault "session" of this type, and whose log is empty.
    pub fn app(&self, vault_type: &str) -> App {
        let app = self.start();
        self.ok(&app, json!({ "call": "initialize", "config": config(vault_type) }));
        app.take_log();
        app
    }

    /// As [`Desk::app`], with a session that asks nobody.
    pub fn silent(&self, vault_type: &str) -> App {
        // The verification of the person is one that asks nobody.
        self.person.prompt_on(&[]);
        let app = self.start_with(Session::silent);
        self.ok(&app, json!({ "call": "initialize", "config": config(vault_type) }));
        app.take_log();
        app
    }

    fn start_with(&self, session: impl Fn(Vault, Box<dyn Fn(&str)>) -> Session) -> App {
        let (vault, driver) = Vault::new(Platform {
            clock: Arc::new(self.clock.clone()),
            stores: Rc::new(self.stores.clone()),
            protectors: self.protectors.clone(),
            registry: Some(Rc::new(self.known.clone())),
            hashing: Rc::new(self.hashing.clone()),
            argon2: Argon2Costs::MINIMUM,
        });
        let log = Rc::new(RefCell::new(Vec::new()));
        let told = Rc::clone(&log);
        let told =
            move |notice: &str| told.borrow_mut().push(serde_json::from_str(notice).unwrap());
        let session = session(vault.clone(), Box::new(told));
        self.spawner.spawn_local(driver.run()).unwrap();
        self.spawner.spawn_local(session.notices()).unwrap();
        App { session, vault, log }
    }

    pub fn settle(&self) {
        self.pool.borrow_mut().run_until_stalled();
    }

    pub fn pass(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
        self.settle();
    }

    /// Waits for an answer.
    pub fn wait(&self, answer: Answer) -> Value {
        match answer {
            Answer(Some(answer), _) => answer,
            Answer(None, Some(waiting)) => self.pool.borrow_mut().run_until(waiting),
            Answer(None, None) => panic!("an answer is taken once"),
        }
    }

    /// The answer, if it is there by now.
    pub fn peek(&self, answer: &mut Answer) -> Option<Value> {
        self.settle();
        let Answer(ready, waiting) = answer;
        if let Some(waiting) = waiting
            && ready.is_none()
        {
            *ready = waiting.now_or_never();
        }
        ready.clone()
    }

    /// Calls and waits for the answer.
    pub fn ask(&self, app: &App, call: Value) -> Value {
        self.wait(app.call(call))
    }

    /// Calls, and expects that it ends well.
    pub fn ok(&self, app: &App, call: Value) -> Value {
        let answer = self.ask(app, call.clone());
        let Value::Object(mut members) = answer else { panic!("{call}: {answer}") };
        assert_eq!(members.len(), 1, "{call}: {members:?}");
        members.remove("ok").unwrap_or_else(|| panic!("{call}: {members:?}"))
    }

    /// Calls, and expects an error of this code and kind. It is told as well.
    pub fn fails(&self, app: &App, call: Value, code: u16, kind: &str) -> Value {
        app.take_log();
        let mut answer = self.ask(app, call.clone());
        let error = answer["error"].take();
        assert_eq!((&error["code"], &error["kind"]), (&json!(code), &json!(kind)), "{call}");
        let told = json!({ "notice": "failed", "error": error });
        assert!(app.take_log().contains(&told), "{call} tells of its failure");
        error
    }
}

impl App {
    /// Calls, without waiting.
    pub fn call(&self, call: Value) -> Answer {
        self.send(&call.to_string())
    }

    /// Sends any text.
    pub fn send(&self, message: &str) -> Answer {
        match self.session.call(message.to_owned()) {
            Reply::Ready(answer) => Answer(Some(serde_json::from_str(&answer).unwrap()), None),
            Reply::Waiting(answer) => {
                let read = answer.map(|answer| serde_json::from_str(&answer).unwrap());
                Answer(None, Some(read.boxed_local()))
            }
        }
    }

    /// Calls; the answer goes into the log when it is there.
    pub fn log_answer(&self, desk: &Desk, call: Value) {
        let answer = self.call(call);
        let log = Rc::clone(&self.log);
        match answer {
            Answer(Some(answer), _) => log.borrow_mut().push(answer),
            Answer(None, waiting) => {
                let waiting = waiting.unwrap();
                let logged = async move {
                    let answer = waiting.await;
                    log.borrow_mut().push(answer);
                };
                desk.spawner.spawn_local(logged).unwrap();
            }
        }
    }

    pub fn take_log(&self) -> Vec<Value> {
        self.log.take()
    }

    /// What has been told since the last time, by name.
    pub fn take_names(&self) -> Vec<String> {
        let name = |notice: Value| notice["notice"].as_str().unwrap_or("answer").to_owned();
        self.take_log().into_iter().map(name).collect()
    }
}

impl Answer {
    pub fn is_ready(&self) -> bool {
        self.0.is_some()
    }
}

pub const ALL_TYPES: [&str; 4] = ["SecureStorage", "DeviceSecurity", "CustomPasscode", "InMemory"];

pub fn config(vault_type: &str) -> Value {
    match vault_type {
        "DeviceSecurity" => {
            json!({ "key": "session", "type": vault_type, "deviceSecurityType": "Both" })
        }
        _ => json!({ "key": "session", "type": vault_type }),
    }
}

pub fn set(name: &str, value: &Value) -> Value {
    let value = json!({ "json": value.to_string() });
    json!({ "call": "setValues", "entries": [{ "name": name, "value": value }] })
}

pub fn get(name: &str) -> Value {
    json!({ "call": "getValue", "name": name })
}

pub fn plain(call: &str) -> Value {
    json!({ "call": call })
}

pub fn passcode(passcode: &str) -> Value {
    json!({ "call": "setCustomPasscode", "passcode": passcode })
}
