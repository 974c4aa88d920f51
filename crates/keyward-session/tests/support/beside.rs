//! What lies beside the vault, in the test's hands.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use async_trait::async_trait;
use keyward::Cause;
use keyward_session::LateAnswers;

/// Keeps one late answer, as a disk does that may be full.
#[derive(Clone, Default)]
pub struct Beside(Rc<State>);

#[derive(Default)]
struct State {
    answer: RefCell<Option<Vec<u8>>>,
    full: Cell<bool>,
    out_of_reach: Cell<bool>,
}

impl Beside {
    /// What waits there.
    pub fn answer(&self) -> Option<Vec<u8>> {
        self.0.answer.borrow().clone()
    }

    /// Somebody puts this there.
    pub fn put(&self, answer: Option<Vec<u8>>) {
        self.0.answer.replace(answer);
    }

    pub fn set_out_of_reach(&self, out_of_reach: bool) {
        self.0.out_of_reach.set(out_of_reach);
    }

    pub fn set_full(&self, full: bool) {
        self.0.full.set(full);
    }
}

#[async_trait(?Send)]
impl LateAnswers for Beside {
    async fn store(&self, _: &str, sealed: &[u8]) -> Result<(), Cause> {
        match self.0.full.get() {
            true => Err(Cause::new("no space left")),
            false => {
                self.put(Some(sealed.to_vec()));
                Ok(())
            }
        }
    }

    async fn load(&self, _: &str) -> Result<Option<Vec<u8>>, Cause> {
        match self.0.out_of_reach.get() {
            true => Err(Cause::new("the disk does not answer")),
            false => Ok(self.answer()),
        }
    }

    async fn remove(&self, _: &str) {
        self.put(None);
    }
}
