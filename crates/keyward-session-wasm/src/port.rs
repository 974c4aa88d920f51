//! One session in JavaScript's hands.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::StreamExt;
use js_sys::{Function, Promise};
use keyward_js::clock::PageClock;
use keyward_session::{Bearer, Doors, Error, Pending, Secret, Session, Signal};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};

use crate::http::Fetch;
use crate::keep::{Ears, JsVault};
use crate::late_answers::TabLateAnswers;
use crate::sign_outs::TabSignOuts;
use crate::turns::TabTurns;
use crate::{answer, config};

/// A session, until it is freed. Promises are broken with the object of `answer::error`.
#[wasm_bindgen]
pub struct SessionPort {
    session: RefCell<Option<Session>>,
    ears: Rc<Ears>,
}

#[wasm_bindgen]
impl SessionPort {
    /// A session in the vault behind `doors`, whose key is `vault`. `endpoint` is called with each
    /// URL of `config` that something is to be sent to, and answers a promise of where that is.
    /// `on_event` is called with each event.
    ///
    /// # Errors
    /// When the configuration makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(
        config: &JsValue,
        vault: String,
        doors: JsValue,
        endpoint: Function,
        on_event: Function,
    ) -> Result<Self, JsValue> {
        let ears = Rc::<Ears>::default();
        let doors = Doors {
            http: Rc::new(Fetch { endpoint }),
            keep: Rc::new(JsVault::new(doors, Rc::clone(&ears))),
            turns: Rc::new(TabTurns { vault: vault.clone() }),
            sign_outs: Rc::new(TabSignOuts::new(vault.clone())),
            late_answers: Rc::new(TabLateAnswers::new(vault)),
            clock: Arc::new(PageClock::new()),
        };
        let made = config::read(config).and_then(|config| Session::new(doors, config));
        let (session, driver) = made.map_err(|error| answer::error(&error, &JsValue::UNDEFINED))?;
        let mut events = session.events();
        spawn_local(async move {
            while let Some(event) = events.next().await {
                let _ = on_event.call1(&JsValue::NULL, &answer::event(&event));
            }
        });
        spawn_local(driver.run());
        Ok(Self { session: RefCell::new(Some(session)), ears })
    }

    /// Passes on what the vault has told: "locked", "unlocked", "changed".
    pub fn signal(&self, signal: &str) {
        self.ears.tell(match signal {
            "locked" => Signal::Locked,
            "unlocked" => Signal::Unlocked,
            _ => Signal::Changed,
        });
    }

    /// A token that is in memory and fresh, or undefined.
    #[must_use]
    pub fn bearer_now(&self) -> Option<String> {
        let bearer = self.session.borrow().as_ref()?.bearer_now()?;
        Some(bearer.expose().to_owned())
    }

    /// A token.
    pub fn bearer(&self) -> Promise {
        self.ask(|session| session.bearer(), token)
    }

    /// Another token than `refused`.
    pub fn another(&self, refused: String) -> Promise {
        self.ask(|session| session.another_than(refused), token)
    }

    /// Begins a session with tokens that a sign-in has brought.
    pub fn begin(&self, tokens: &JsValue) -> Promise {
        match config::tokens(tokens) {
            Ok(tokens) => self.ask(|session| session.begin(tokens), nothing),
            Err(error) => Promise::reject(&answer::error(&error, &JsValue::UNDEFINED)),
        }
    }

    /// Signs in at a back end of the app's own, with the JSON that it wants.
    pub fn sign_in(&self, credentials: String) -> Promise {
        self.ask(|session| session.sign_in(Secret::from(credentials)), nothing)
    }

    /// Ends the session.
    pub fn logout(&self) -> Promise {
        self.ask(|session| session.logout(), |out| answer::logged_out(&out))
    }

    /// What is known of the session; undefined without one.
    pub fn view(&self) -> Promise {
        self.ask(|session| session.view(), answer::view)
    }

    /// Replaces the app's own fields by a JSON text.
    pub fn set_fields(&self, json: String) -> Promise {
        self.ask(|session| session.set_fields(Secret::from(json)), nothing)
    }

    /// Sends revocations that could not be sent before.
    pub fn send_revocations(&self) -> Promise {
        self.ask(|session| session.send_revocations(), |it| answer::revocation(it).into())
    }

    /// Ends this handle: nothing of the session is in memory any more. What is kept stays.
    pub fn close(&self) {
        *self.session.borrow_mut() = None;
    }

    fn ask<T: 'static>(
        &self,
        call: impl FnOnce(&Session) -> Pending<T>,
        write: impl FnOnce(T) -> JsValue + 'static,
    ) -> Promise {
        // At once, so that calls are in the order in which they were made.
        let pending = self.session.borrow().as_ref().map(call);
        let ears = Rc::clone(&self.ears);
        future_to_promise(async move {
            let result = match pending {
                Some(pending) => pending.await,
                None => Err(Error::Stopped),
            };
            result.map(write).map_err(|error| answer::error(&error, &ears.thrown.borrow()))
        })
    }
}

fn token(bearer: Bearer) -> JsValue {
    bearer.expose().into()
}

fn nothing((): ()) -> JsValue {
    JsValue::UNDEFINED
}
