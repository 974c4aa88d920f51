//! The exports of this module that an instance without glue can be asked to hash by. They take and
//! give plain numbers, because nothing of what the glue brings is there: no import may be called.
#![allow(
    unsafe_code,
    reason = "a name that is exported as it stands must be promised to be unique"
)]

use std::cell::RefCell;

use keyward::{Argon2Costs, Key, argon2id};

thread_local! {
    /// Input and output. The instance is thrown away, and its memory with it.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for `len` bytes of input, and for the hash, which will take the input's place. Answers
/// the address.
#[unsafe(no_mangle)]
extern "C" fn keyward_hash_room(len: u32) -> *mut u8 {
    ROOM.with_borrow_mut(|room| {
        *room = vec![0; Key::LEN.max(len as usize)];
        room.as_mut_ptr()
    })
}

/// Hashes the first `passcode` bytes of the room with the `salt` bytes behind them. Answers how many
/// bytes the hash has: 32, or none when the arguments are out of bounds.
#[unsafe(no_mangle)]
extern "C" fn keyward_hash(
    passcode: u32,
    salt: u32,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
) -> u32 {
    ROOM.with_borrow_mut(|room| {
        let (passcode, salt) = (passcode as usize, salt as usize);
        let hash = room.get(..passcode).zip(room.get(passcode..passcode + salt)).and_then(
            |(passcode, salt)| {
                argon2id(passcode, salt, Argon2Costs { memory_kib, passes, lanes }).ok()
            },
        );
        room.fill(0);
        match hash {
            Some(hash) => {
                room[..Key::LEN].copy_from_slice(hash.expose());
                Key::LEN as u32
            }
            None => 0,
        }
    })
}
