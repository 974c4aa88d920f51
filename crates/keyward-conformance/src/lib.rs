//! What every implementation must pass, and doubles that do what real ones seldom do.
//!
//! The suites are plain asynchronous functions that panic where an implementation is wrong. They
//! take a factory and need no runtime, no timers and no test framework, so that they run wherever
//! the implementation does: in a test on this machine, in a browser, on a phone. A suite that does
//! not end is a failure, too; whoever runs it brings the time limit.
//!
//! - [`store`]: for every `Store`.
//! - [`faulty_store`]: a store that fails, or loses power, at a step that the test names.
//! - [`protector`]: for every `Protector`.
//! - [`simulated_device`]: a key store or a person that answers as the test says.
//! - [`simulated_hashing`]: hashing of passcodes that waits or fails as the test says.
//! - [`manual_clock`]: a clock that stands still until the test moves it.

pub mod faulty_store;
pub mod manual_clock;
pub mod protector;
pub mod simulated_device;
pub mod simulated_hashing;
pub mod store;
