//! The simulated device passes the suite that it helps to test, and does what it is told.

use futures_executor::block_on;
use futures_util::FutureExt;
use keyward::{
    Config, DeviceSecurity, Protector, ProtectorError, Request, Role, VaultId, VaultType,
};
use keyward_conformance::protector::{self, Forgotten, Subject};
use keyward_conformance::simulated_device::{Answer, Operation, SimulatedDevice};

#[test]
fn passes_the_suite_in_both_roles() {
    for role in [Role::DeviceStore, Role::UserVerification] {
        let (device, control) = SimulatedDevice::new(role);
        let open = || -> Box<dyn Protector> { Box::new(device.clone()) };
        block_on(protector::all(&Subject { open: &open, forgotten: Forgotten::Lost }));
        assert_eq!(control.prompts_open(), 0);
        assert_eq!(control.prompts_shown() > 0, role == Role::UserVerification);
    }
}

#[test]
fn answers_as_told() {
    let (device, control) = SimulatedDevice::new(Role::UserVerification);
    let config = Config::new("told", VaultType::SecureStorage);
    let request = Request::new(VaultId([7; 16]), &config);
    let handle = block_on(device.enroll(&request)).expect("enrolls").handle;
    let release = || block_on(device.release(&request, &handle));

    assert!(release().is_ok());
    control.answer_with(Answer::Dismissed);
    assert!(matches!(release(), Err(ProtectorError::Dismissed)));
    control.answer_with(Answer::NotVerified);
    assert!(matches!(release(), Err(ProtectorError::NotVerified)));
    control.answer_with(Answer::LockedOut);
    assert!(matches!(release(), Err(ProtectorError::LockedOut)));
    control.answer_with(Answer::Unavailable);
    assert!(matches!(release(), Err(ProtectorError::Unavailable(_))));
    control.answer_with(Answer::Unsupported);
    assert!(matches!(release(), Err(ProtectorError::Unsupported(_))));
    control.answer_with(Answer::Truthfully);
    control.lose_keys();
    assert!(matches!(release(), Err(ProtectorError::Lost)));
    assert_eq!(control.keys(), 0);
}

#[test]
fn holds_prompts_open_and_counts_them() {
    let (device, control) = SimulatedDevice::new(Role::UserVerification);
    let mut config = Config::new("held", VaultType::DeviceSecurity);
    config.device_security = DeviceSecurity::Biometrics;
    let request = Request::new(VaultId([8; 16]), &config);
    let handle = block_on(device.enroll(&request)).expect("enrolls").handle;
    assert_eq!(control.prompts_shown(), 0, "enrolling shows no prompt unless told to");

    control.answer_with(Answer::Held);
    let mut first = device.release(&request, &handle);
    let mut second = device.release(&request, &handle);
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    assert_eq!(control.prompts_open(), 2);

    drop(second);
    assert_eq!(control.prompts_open(), 1, "a cancelled call closes its prompt");
    control.answer_with(Answer::Truthfully);
    assert!(block_on(first).is_ok());

    assert_eq!(control.prompts_open(), 0);
    assert_eq!(control.most_prompts_open(), 2);
    assert_eq!(control.prompts_shown(), 2);
    let asked = control.asked();
    assert_eq!(
        asked.iter().map(|call| call.operation).collect::<Vec<_>>(),
        [Operation::Enroll, Operation::Release, Operation::Release]
    );
    assert!(asked.iter().all(|call| call.device_security == DeviceSecurity::Biometrics));
}
