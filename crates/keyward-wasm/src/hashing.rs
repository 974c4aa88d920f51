//! Argon2id in an instance of this module that is thrown away afterwards, with its memory: in a
//! worker, so that the page goes on; in the page where its policy forbids workers.

mod door;
mod instance;
mod worker;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use js_sys::Uint8Array;
use keyward::{Argon2Costs, Cause, Error, Key, Passcode, PasscodeHashing};
use wasm_bindgen::JsValue;

use crate::js;
use crate::timer::within;
use crate::trouble::Trouble;

/// What a new passcode costs here: less on devices that say that they have little memory.
pub(crate) fn costs() -> Argon2Costs {
    match js::get(&js::global("navigator"), "deviceMemory").as_f64() {
        Some(gibibytes) if gibibytes < 2.0 => Argon2Costs::SMALL_MEMORY,
        _ => Argon2Costs::DEFAULT,
    }
}

/// Hashes in a worker, or in the page.
#[derive(Default)]
pub(crate) struct DisposableHashing;

impl DisposableHashing {
    pub(crate) fn shared() -> Rc<dyn PasscodeHashing> {
        Rc::new(Self)
    }
}

#[async_trait(?Send)]
impl PasscodeHashing for DisposableHashing {
    async fn hash(
        &self,
        passcode: &Passcode,
        salt: &[u8],
        costs: Argon2Costs,
    ) -> Result<Key, Error> {
        let hashed =
            match within(patience(costs), worker::hash(&Work { passcode, salt, costs })).await {
                Some(Ok(hash)) => Ok(hash),
                Some(Err(trouble)) => {
                    warn_once(&trouble);
                    instance::hash(&Work { passcode, salt, costs }).await
                }
                None => Err(Trouble::late("hashing")),
            };
        let key = hashed.and_then(|hash| {
            js::take_key(&hash.buffer())
                .ok_or_else(|| Trouble::new("OperationError", "Argon2id's costs are out of bounds"))
        });
        key.map_err(|trouble| Error::NotHashed(Cause::new(trouble)))
    }
}

/// What is to be hashed.
struct Work<'a> {
    passcode: &'a Passcode,
    salt: &'a [u8],
    costs: Argon2Costs,
}

impl Work<'_> {
    /// The passcode and the salt, as the [`door`] takes them. Whoever takes them wipes them.
    fn input(&self) -> Uint8Array {
        let passcode = self.passcode.expose();
        let input = Uint8Array::new_with_length((passcode.len() + self.salt.len()) as u32);
        input.subarray(0, passcode.len() as u32).copy_from(passcode);
        input.subarray(passcode.len() as u32, input.length()).copy_from(self.salt);
        input
    }

    /// The arguments of [`door::keyward_hash`].
    fn arguments(&self) -> [JsValue; 5] {
        let Argon2Costs { memory_kib, passes, lanes } = self.costs;
        let lengths = [self.passcode.expose().len() as u32, self.salt.len() as u32];
        [lengths[0], lengths[1], memory_kib, passes, lanes].map(JsValue::from)
    }
}

/// A hundred times what it takes on a desktop computer of 2020.
fn patience(costs: Argon2Costs) -> Duration {
    let kib_passes = u64::from(costs.memory_kib) * u64::from(costs.passes);
    Duration::from_secs(10) + Duration::from_micros(kib_passes * 100)
}

fn warn_once(trouble: &Trouble) {
    thread_local! {
        static WARNED: Cell<bool> = const { Cell::new(false) };
    }
    if !WARNED.replace(true) {
        let text = "Keyward hashes passcodes in the page, which stops for that long, because no \
                    worker could be started. Does the content security policy allow `worker-src \
                    blob:`? ";
        web_sys::console::warn_1(&[text, &trouble.to_string()].concat().into());
    }
}
