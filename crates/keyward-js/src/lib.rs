//! What Keyward's modules for browsers share. Each is a download of its own, so that what one of
//! them exports to JavaScript must not be in here.

pub mod clock;
pub mod js;
pub mod web_lock;
