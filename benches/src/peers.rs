//! Those that Keyward is compared with. Each is set to a durable write, as its documentation says.

pub mod secret_service;
pub mod sqlcipher;
pub mod stronghold;
