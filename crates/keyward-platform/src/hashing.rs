//! Passcodes are hashed on a thread of their own, so that the vault hears locks and time meanwhile.

use std::thread::{self, Builder};
use std::time::Duration;

use async_trait::async_trait;
use futures_channel::oneshot;
use keyward::{Argon2Costs, Cause, Error, Key, Passcode, PasscodeHashing, argon2id_then};

/// How long the memory of a hash waits to be wiped and given back. That takes a processor for ten
/// milliseconds, in which whoever waited for the key would open the vault with one less.
const GRACE: Duration = Duration::from_millis(20);

/// Hashes each passcode on a new thread, which ends soon after it.
#[derive(Debug, Clone, Copy, Default)]
pub struct HashOnThread;

#[async_trait(?Send)]
impl PasscodeHashing for HashOnThread {
    async fn hash(
        &self,
        passcode: &Passcode,
        salt: &[u8],
        costs: Argon2Costs,
    ) -> Result<Key, Error> {
        let (sender, receiver) = oneshot::channel();
        let (passcode, salt) = (passcode.clone(), salt.to_vec());
        let hash = move || {
            argon2id_then(passcode.expose(), &salt, costs, |key| {
                // Who asked may have gone; then the key is wiped here.
                drop(sender.send(key));
                thread::sleep(GRACE);
            });
        };
        let thread = Builder::new().name("keyward-hashing".to_owned()).spawn(hash);
        thread.map_err(|error| Error::NotHashed(Cause::new(error)))?;
        receiver.await.unwrap_or_else(|gone| Err(Error::NotHashed(Cause::new(gone))))
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use keyward::argon2id;

    use super::*;

    #[test]
    fn the_hash_is_argon2ids() {
        let passcode = Passcode::new("2580").expect("a passcode");
        let costs = Argon2Costs::MINIMUM;
        let here = argon2id(b"2580", &[7; 16], costs).expect("hashes");
        let there = block_on(HashOnThread.hash(&passcode, &[7; 16], costs)).expect("hashes");
        assert_eq!(here.expose(), there.expose());
    }

    #[test]
    fn costs_out_of_bounds_are_refused_as_in_place() {
        let passcode = Passcode::new("2580").expect("a passcode");
        let costs = Argon2Costs { passes: 1, ..Argon2Costs::MINIMUM };
        let refused = block_on(HashOnThread.hash(&passcode, &[7; 16], costs));
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }
}
