//! A store that fails, or loses power, at a step that the test names.
//!
//! Run an operation once with a script that names no step and read [`Script::steps`]; then run it
//! once for every step and every [`Fault`], and compare what is left with what may be left.

use std::cell::RefCell;
use std::rc::Rc;

use async_trait::async_trait;
use futures_core::stream::LocalBoxStream;
use keyward::{
    Cause, Cells, MemoryCell, MemoryStores, Registry, Revision, Store, StoreError, Stored, Stores,
    Swap,
};

/// What goes wrong at a step. A step is one call of [`Store::load`] or [`Store::swap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The step is not done, and says so: a full disk, a refused permission.
    Refused,
    /// The step is done, and says that it is not: an acknowledgement that was lost.
    Unacknowledged,
    /// The power goes before the step is done. Every call fails until [`Script::revive`].
    CrashBefore,
    /// The power goes after the step is done. Every call fails until [`Script::revive`].
    CrashAfter,
    /// The power goes while a swap is done, and the store breaks its promise: the cell holds the first
    /// half of the new bytes. Every call fails until [`Script::revive`].
    Torn,
}

impl Fault {
    /// Every fault of a store that keeps its promise to swap whole contents.
    pub const ALL: [Self; 4] =
        [Self::Refused, Self::Unacknowledged, Self::CrashBefore, Self::CrashAfter];

    /// Whether the step is done in spite of the error.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::Unacknowledged | Self::CrashAfter)
    }

    /// Whether every later step fails, too.
    #[must_use]
    pub fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter | Self::Torn)
    }
}

/// Counts the steps of the stores that share it, and says which go wrong. Clones are the same
/// script.
#[derive(Debug, Clone, Default)]
pub struct Script(Rc<RefCell<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    steps: u64,
    faults: Vec<(u64, Fault)>,
    crashed: bool,
}

impl Script {
    /// A script in which nothing goes wrong.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the `step`-th step from now go wrong; the next one is the first.
    pub fn fail_at(&self, step: u64, fault: Fault) {
        let mut plan = self.0.borrow_mut();
        let at = plan.steps + step;
        plan.faults.push((at, fault));
    }

    /// The steps tried so far, those that went wrong included.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.0.borrow().steps
    }

    /// Whether the power is gone.
    #[must_use]
    pub fn is_crashed(&self) -> bool {
        self.0.borrow().crashed
    }

    /// Brings the power back and forgets the faults that have not happened.
    pub fn revive(&self) {
        let mut plan = self.0.borrow_mut();
        plan.crashed = false;
        plan.faults.clear();
    }

    /// Counts a step; the fault that happens at it.
    fn step(&self) -> Option<Fault> {
        let mut plan = self.0.borrow_mut();
        plan.steps += 1;
        if plan.crashed {
            return Some(Fault::CrashBefore);
        }
        let now = plan.steps;
        let fault = plan.faults.iter().find(|(step, _)| *step == now).map(|(_, fault)| *fault)?;
        plan.crashed = fault.is_crash();
        Some(fault)
    }
}

/// A handle on a cell in memory that follows a [`Script`].
pub struct FaultyStore {
    cell: Rc<dyn Store>,
    script: Script,
}

impl FaultyStore {
    /// Another handle on `cell`, which itself stays sound, so that a test can look at what is left.
    #[must_use]
    pub fn new(cell: &MemoryCell, script: &Script) -> Self {
        Self { cell: Rc::new(cell.another()), script: script.clone() }
    }

    async fn scripted<T>(
        &self,
        step: impl Future<Output = Result<T, StoreError>>,
        torn: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let Some(fault) = self.script.step() else {
            return step.await;
        };
        if fault.is_done() {
            step.await?;
        } else if fault == Fault::Torn {
            torn.await?;
        }
        Err(StoreError::Io(Cause::new(format!("{fault:?}, as the script says"))))
    }
}

#[async_trait(?Send)]
impl Store for FaultyStore {
    async fn load(&self) -> Result<Option<Stored>, StoreError> {
        self.scripted(self.cell.load(), self.cell.load()).await
    }

    async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<&[u8]>,
    ) -> Result<Swap, StoreError> {
        let half = new.map(|new| &new[..new.len() / 2]);
        self.scripted(self.cell.swap(expected, new), self.cell.swap(expected, half)).await
    }

    fn watch(&self) -> LocalBoxStream<'static, ()> {
        self.cell.watch()
    }
}

/// Cells in memory that all follow one [`Script`], so that a step may be one of either cell.
pub struct FaultyStores {
    stores: MemoryStores,
    script: Script,
}

impl FaultyStores {
    /// Further handles on the cells of `stores`, which themselves stay sound.
    #[must_use]
    pub fn new(stores: &MemoryStores, script: &Script) -> Self {
        Self { stores: stores.clone(), script: script.clone() }
    }
}

impl Stores for FaultyStores {
    fn open(&self, key: &str) -> Result<Cells, StoreError> {
        let Cells { vault, attempts } = self.stores.open(key)?;
        let faulty = |cell| Rc::new(FaultyStore { cell, script: self.script.clone() });
        Ok(Cells { vault: faulty(vault), attempts: faulty(attempts) })
    }
}

/// A registry that fails with its script; with a script of its own, apart from the vaults.
impl Registry for FaultyStores {
    fn cell(&self, key: &str) -> Result<Rc<dyn Store>, StoreError> {
        Ok(self.open(key)?.vault)
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::store::{self, Handles};

    async fn bytes(store: &dyn Store) -> Option<Vec<u8>> {
        store.load().await.expect("sound").map(|stored| stored.bytes)
    }

    #[test]
    fn without_a_fault_it_is_a_store_like_any_other() {
        block_on(store::all(async || {
            let (cell, script) = (MemoryCell::new(), Script::new());
            Handles {
                a: Rc::new(FaultyStore::new(&cell, &script)),
                b: Rc::new(FaultyStore::new(&cell, &script)),
            }
        }));
    }

    #[test]
    fn each_fault_does_what_it_says() {
        for fault in Fault::ALL {
            let (cell, script) = (MemoryCell::new(), Script::new());
            let store = FaultyStore::new(&cell, &script);
            block_on(async {
                script.fail_at(2, fault);
                assert_eq!(store.load().await.expect("the first step is sound"), None);
                store.swap(None, Some(b"new")).await.expect_err("the second is not");
                let left = bytes(&cell).await;
                assert_eq!(left.is_some(), fault.is_done(), "{fault:?}");
                assert_eq!(store.load().await.is_err(), fault.is_crash(), "{fault:?}");
                assert_eq!(script.is_crashed(), fault.is_crash());
                assert_eq!(store.swap(None, None).await.is_err(), fault.is_crash(), "{fault:?}");
                script.revive();
                assert_eq!(bytes(&store).await, left, "{fault:?}");
                assert_eq!(script.steps(), 5);
            });
        }
    }

    #[test]
    fn a_torn_swap_leaves_half_of_the_new_bytes() {
        let (cell, script) = (MemoryCell::new(), Script::new());
        let store = FaultyStore::new(&cell, &script);
        block_on(async {
            script.fail_at(1, Fault::Torn);
            store.swap(None, Some(b"12345678")).await.expect_err("torn");
            store.load().await.expect_err("no power");
            assert_eq!(bytes(&cell).await.as_deref(), Some(&b"1234"[..]));
        });
    }

    #[test]
    fn the_cells_of_a_vault_share_the_script() {
        let script = Script::new();
        let cells = FaultyStores::new(&MemoryStores::new(), &script).open("vault").expect("opens");
        block_on(async {
            script.fail_at(2, Fault::CrashAfter);
            cells.vault.swap(None, Some(b"sealed")).await.expect("the first step");
            cells.attempts.swap(None, Some(b"1")).await.expect_err("the second step");
            cells.vault.load().await.expect_err("no power");
        });
    }
}
