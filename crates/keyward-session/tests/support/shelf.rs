//! A place that keeps sessions as a vault does that several processes share: what others write is
//! seen a little late, and a write is done on top of it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::{mpsc, oneshot};
use keyward::Value;
use keyward_session::{Error, Keep, Signal, Signals, keep_error};

type Entries = BTreeMap<String, Value>;

/// What all processes have in common.
#[derive(Clone, Default)]
pub struct Shelf(Rc<RefCell<Entries>>);

impl Shelf {
    /// The place as one process sees it. It hears of others' writes when it writes itself.
    pub fn reader(&self) -> Reader {
        Reader {
            seen: RefCell::new(self.0.borrow().clone()),
            shelf: self.clone(),
            locked: Cell::default(),
            unlocks_behind_a_look: Cell::default(),
            fails: Cell::default(),
            held_up: RefCell::default(),
            ears: RefCell::default(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

pub struct Reader {
    shelf: Shelf,
    seen: RefCell<Entries>,
    locked: Cell<bool>,
    /// Somebody unlocks it right after the next look whether it is locked.
    pub unlocks_behind_a_look: Cell<bool>,
    pub fails: Cell<bool>,
    /// What the next write of a session waits for.
    held_up: RefCell<Option<oneshot::Receiver<()>>>,
    ears: RefCell<Vec<mpsc::UnboundedSender<Signal>>>,
}

impl Reader {
    pub fn set_locked(&self, locked: bool) {
        self.locked.set(locked);
        let signal = if locked { Signal::Locked } else { Signal::Unlocked };
        self.ears.borrow_mut().retain(|ear| ear.unbounded_send(signal).is_ok());
    }

    /// Has the next write of a session wait until what is returned is dropped.
    pub fn hold_up(&self) -> oneshot::Sender<()> {
        let (sender, receiver) = oneshot::channel();
        self.held_up.replace(Some(receiver));
        sender
    }

    async fn wait_for(&self, name: &str) {
        let held_up = match name.contains('/') {
            true => None,
            false => self.held_up.take(),
        };
        if let Some(held_up) = held_up {
            let _ = held_up.await;
        }
    }

    fn write(&self, write: impl FnOnce(&mut Entries)) {
        write(&mut self.shelf.0.borrow_mut());
        self.seen.replace(self.shelf.0.borrow().clone());
    }

    fn works(&self) -> Result<(), Error> {
        match self.fails.get() {
            true => Err(keep_error("the place is out of order")),
            false => Ok(()),
        }
    }
}

#[async_trait(?Send)]
impl Keep for Reader {
    async fn load(&self, name: &str) -> Result<Option<Value>, Error> {
        self.works()?;
        Ok(self.seen.borrow().get(name).cloned())
    }

    async fn store(&self, name: &str, value: Value) -> Result<(), Error> {
        self.works()?;
        self.wait_for(name).await;
        self.write(|entries| drop(entries.insert(name.to_owned(), value)));
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), Error> {
        self.works()?;
        self.wait_for(name).await;
        self.write(|entries| drop(entries.remove(name)));
        Ok(())
    }

    async fn is_locked(&self) -> Result<bool, Error> {
        self.works()?;
        let locked = self.locked.get();
        if self.unlocks_behind_a_look.take() {
            self.set_locked(false);
        }
        Ok(locked)
    }

    fn signals(&self) -> Box<dyn Signals> {
        let (sender, receiver) = mpsc::unbounded();
        self.ears.borrow_mut().push(sender);
        Box::new(receiver)
    }
}
