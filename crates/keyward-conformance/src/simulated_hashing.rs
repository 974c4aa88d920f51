//! Hashing of passcodes that takes as long as the test says, or fails.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::task::{Poll, Waker};

use async_trait::async_trait;
use keyward::{Argon2Costs, Cause, Error, Key, Passcode, PasscodeHashing, argon2id};

/// How hashing goes from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashing {
    /// It is done at once.
    Works,
    /// It is done at once and costs nothing, and is worth nothing: for tests that unlock thousands of
    /// times.
    Worthless,
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
            Hashing::Worthless => Poll::Ready(Ok(worthless(passcode, salt))),
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

/// 32 bytes that depend on the passcode and the salt.
fn worthless(passcode: &Passcode, salt: &[u8]) -> Key {
    let mut key = [0; Key::LEN];
    for (place, part) in key.chunks_exact_mut(8).enumerate() {
        let mut hasher = DefaultHasher::new();
        (place, passcode.expose(), salt).hash(&mut hasher);
        part.copy_from_slice(&hasher.finish().to_le_bytes());
    }
    Key::from_bytes(key)
}
