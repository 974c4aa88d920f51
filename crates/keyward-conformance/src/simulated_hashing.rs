//! Hashing of passcodes that takes as long as the test says, or fails.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use async_trait::async_trait;
use keyward::{Argon2Costs, Cause, Error, Key, Passcode, PasscodeHashing, argon2id};

/// How hashing goes from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashing {
    /// It is done at once.
    Works,
    /// It takes until [`SimulatedHashing::go_on`] says otherwise.
    Held,
    /// There is no memory for it.
    Fails,
}

/// Hashes in place, when the test lets it. Clones are the same.
#[derive(Clone)]
pub struct SimulatedHashing(Rc<State>);

struct State {
    hashing: Cell<Hashing>,
    waiting: RefCell<Vec<Waker>>,
}

impl SimulatedHashing {
    /// Hashing that works.
    #[must_use]
    pub fn new() -> Self {
        Self(Rc::new(State { hashing: Cell::new(Hashing::Works), waiting: RefCell::default() }))
    }

    /// Hashing goes on like this: whatever is under way, and whatever is begun later.
    pub fn go_on(&self, hashing: Hashing) {
        self.0.hashing.set(hashing);
        self.0.waiting.take().into_iter().for_each(Waker::wake);
    }
}

impl Default for SimulatedHashing {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait(?Send)]
impl PasscodeHashing for SimulatedHashing {
    async fn hash(
        &self,
        passcode: &Passcode,
        salt: &[u8],
        costs: Argon2Costs,
    ) -> Result<Key, Error> {
        poll_fn(|context| match self.0.hashing.get() {
            Hashing::Works => Poll::Ready(argon2id(passcode.expose(), salt, costs)),
            Hashing::Fails => {
                Poll::Ready(Err(Error::NotHashed(Cause::new("there is no memory for it"))))
            }
            Hashing::Held => {
                self.0.waiting.borrow_mut().push(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}
