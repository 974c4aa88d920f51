//! Argon2id in an instance of its own of this same module: in a worker, so that the page stays
//! responsive, or in the page, where its policy forbids workers. Either way the memory that a hash
//! fills is given back afterwards, which a module's own memory never is.

mod instance;
mod worker;

use async_trait::async_trait;
use js_sys::WebAssembly::Module;
use js_sys::{Array, Uint8Array};
use keyward::{Argon2Costs, Cause, Error, Key, Passcode, PasscodeHashing};
use wasm_bindgen::prelude::*;

use crate::js;

/// What a new passcode costs here: less where the device says that it has little memory.
pub(crate) fn costs() -> Argon2Costs {
    match js::global_path(&["navigator", "deviceMemory"]).as_f64() {
        Some(gibibytes) if gibibytes < 2.0 => Argon2Costs::SMALL_MEMORY,
        _ => Argon2Costs::DEFAULT,
    }
}

pub(crate) struct HashElsewhere;

#[async_trait(?Send)]
impl PasscodeHashing for HashElsewhere {
    async fn hash(
        &self,
        passcode: &Passcode,
        salt: &[u8],
        costs: Argon2Costs,
    ) -> Result<Key, Error> {
        let module: Module = wasm_bindgen::module().unchecked_into();
        let task = Task::new(passcode, salt, costs);
        let hash = match worker::hash(&module, &task).await {
            Some(hash) => hash,
            None => {
                warn_once();
                instance::hash(&module, &task).await
            }
        };
        let bytes = hash.map_err(|why| Error::NotHashed(Cause::new(why)))?;
        let hash = bytes.ok_or_else(|| Error::NotHashed(Cause::new("not enough memory")))?;
        let key = Key::fill_with(|out| {
            if hash.length() as usize != out.len() {
                return Err(Error::NotHashed(Cause::new("its length is wrong")));
            }
            hash.copy_to(out);
            Ok(())
        });
        hash.fill(0, 0, hash.length());
        key
    }
}

/// What is to be hashed, as it is sent to where that is done.
struct Task {
    /// The passcode, and after it the salt.
    input: Uint8Array,
    /// The passcode's length, the salt's length, and the costs: memory in KiB, passes, lanes.
    numbers: [u32; 5],
}

impl Task {
    fn new(passcode: &Passcode, salt: &[u8], costs: Argon2Costs) -> Self {
        let (passcode_len, salt_len) = (passcode.expose().len() as u32, salt.len() as u32);
        let input = Uint8Array::new_with_length(passcode_len + salt_len);
        input.subarray(0, passcode_len).copy_from(passcode.expose());
        input.subarray(passcode_len, passcode_len + salt_len).copy_from(salt);
        let numbers = [passcode_len, salt_len, costs.memory_kib, costs.passes, costs.lanes];
        Self { input, numbers }
    }

    fn numbers(&self) -> Array {
        self.numbers.iter().map(|&number| JsValue::from(number)).collect()
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.input.fill(0, 0, self.input.length());
    }
}

/// A hash; `None` when there was not enough memory for it; or why it could not be made.
type Hashed = Result<Option<Uint8Array>, &'static str>;

fn warn_once() {
    static WARNED: std::sync::Once = std::sync::Once::new();
    WARNED.call_once(|| {
        let warning = "Keyward: passcodes are hashed on the page's own thread, because it may not \
                       start a worker from a blob. Add \"worker-src blob:\" to the page's content \
                       security policy, and \"keyward\" to its \"trusted-types\" if it has those.";
        let console = js::get(&js::global(), "console");
        let _ = js::call(&console, "warn", &[&warning.into()]);
    });
}
