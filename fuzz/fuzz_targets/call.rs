//! What an app says to the bridge, one message a line: every message has an answer, and whatever was
//! asked, the vault can be cleared.
#![no_main]

use std::rc::Rc;
use std::sync::Arc;

use futures_executor::LocalPool;
use futures_util::FutureExt;
use futures_util::task::LocalSpawnExt;
use keyward::{Argon2Costs, MemoryStores, Platform, Role, Vault};
use keyward_bridge::messages::DeviceCall;
use keyward_bridge::{Reply, Session};
use keyward_conformance::manual_clock::ManualClock;
use keyward_conformance::simulated_device::SimulatedDevice;
use keyward_conformance::simulated_hashing::{Hashing, SimulatedHashing};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (store, _) = SimulatedDevice::new(Role::DeviceStore);
    let (verification, _) = SimulatedDevice::new(Role::UserVerification);
    // It would take nearly all of the time.
    let hashing = SimulatedHashing::new();
    hashing.go_on(Hashing::Fails);
    let (vault, driver) = Vault::new(Platform {
        clock: Arc::new(ManualClock::new()),
        stores: Rc::new(MemoryStores::new()),
        protectors: vec![Rc::new(store), Rc::new(verification)],
        registry: None,
        hashing: Rc::new(hashing),
        argon2: Argon2Costs::MINIMUM,
    });
    let mut pool = LocalPool::new();
    let session = Session::new(vault, |notice| assert!(notice.starts_with("{\"notice\":")));
    pool.spawner().spawn_local(driver.run()).expect("the pool runs");
    pool.spawner().spawn_local(session.notices()).expect("the pool runs");

    let mut waiting = Vec::new();
    let answered = |answer: &str| {
        assert!(answer.starts_with("{\"ok\":") || answer.starts_with("{\"error\":"));
    };
    for line in text.lines() {
        let _ = DeviceCall::read(line);
        match session.call(line.to_owned()) {
            Reply::Ready(answer) => answered(&answer),
            Reply::Waiting(answer) => waiting.push(answer),
        }
        pool.run_until_stalled();
    }
    let config = r#"{"call":"initialize","config":{"key":"last","type":"SecureStorage"}}"#;
    for last in [config, r#"{"call":"clear"}"#] {
        if let Reply::Waiting(answer) = session.call(last.to_owned()) {
            waiting.push(answer);
        }
    }
    // A passcode that is asked for is dismissed.
    drop(session);
    pool.run_until_stalled();
    for mut answer in waiting {
        answered(&(&mut answer).now_or_never().expect("every call ends"));
    }
});
