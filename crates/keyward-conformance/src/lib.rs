//! The suites that every store and every protector must pass, and scriptable stand-ins for faults
//! that the real ones cannot be made to show.

pub mod protector;
mod simulated_device;

pub use simulated_device::{Answer, Asked, DeviceControl, Operation, SimulatedDevice};

pub mod faulty_store;
pub mod manual_clock;
pub mod store;
