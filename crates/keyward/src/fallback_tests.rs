use super::*;

fn config(vault_type: VaultType, fallback: &[Protection]) -> Config {
    let mut config = Config::new("session", vault_type);
    if vault_type == VaultType::DeviceSecurity {
        config.device_security = DeviceSecurity::Biometrics;
    }
    config.fallback = fallback.to_vec();
    config
}

#[test]
fn a_passcode_alone_is_just_behind_a_passcode() {
    use Protection::{Biometrics, CustomPasscode, PasscodeAlone, SecureStorage};
    let config = config(VaultType::DeviceSecurity, &[CustomPasscode, SecureStorage]);
    let mut order = [SecureStorage, PasscodeAlone, CustomPasscode, Biometrics];
    order.sort_by_key(|it| config.rank(*it).expect("accepted"));
    assert_eq!(order, [Biometrics, CustomPasscode, PasscodeAlone, SecureStorage]);
    assert_eq!(config.rank(Protection::KeyFile), None);
    assert_eq!(config.better_than(PasscodeAlone), [Biometrics, CustomPasscode]);
    assert_eq!(config.better_than(CustomPasscode), [Biometrics]);
    assert!(config.better_than(Biometrics).is_empty());
}

#[test]
fn what_is_weakened_and_raised_is_remembered_once() {
    use Protection::{Biometrics, CustomPasscode, SecureStorage};
    let config = config(VaultType::DeviceSecurity, &[CustomPasscode, SecureStorage]);
    let first = Standing::default().after(&config, None, SecureStorage, 1);
    let weakened = ProtectionChange::new(Turn::Weakened, Biometrics, SecureStorage, 1);
    assert_eq!(first, Standing { present: Some(SecureStorage), history: vec![weakened] });
    let same = first.after(&config, Some(SecureStorage), SecureStorage, 2);
    assert_eq!(same, first, "nothing has changed");
    assert_eq!(same.news_since(&first), None);
    let raised = same.after(&config, Some(SecureStorage), CustomPasscode, 3);
    let step = ProtectionChange::new(Turn::Raised, SecureStorage, CustomPasscode, 3);
    assert_eq!(raised.news_since(&same), Some(step));
    let whole = raised.after(&config, Some(CustomPasscode), Biometrics, 4);
    assert_eq!(whole.present, None);
    assert_eq!(whole.history.iter().map(|it| it.at).collect::<Vec<_>>(), [1, 3, 4]);
}

#[test]
fn a_vault_that_wants_more_than_it_has_is_weakened_though_its_protection_stays() {
    use Protection::{Biometrics, SecureStorage};
    let before = Standing::default();
    let more = config(VaultType::DeviceSecurity, &[SecureStorage]);
    let after = before.after(&more, Some(SecureStorage), SecureStorage, 7);
    let weakened = ProtectionChange::new(Turn::Weakened, Biometrics, SecureStorage, 7);
    assert_eq!(after, Standing { present: Some(SecureStorage), history: vec![weakened] });
}

#[test]
fn only_the_latest_changes_are_kept() {
    use Protection::{PasscodeAlone, SecureStorage};
    let config = config(VaultType::CustomPasscode, &[SecureStorage]);
    let mut standing = Standing::default();
    for at in 0..40 {
        let (held, present) = match at % 2 {
            0 => (None, SecureStorage),
            _ => (Some(SecureStorage), PasscodeAlone),
        };
        standing = standing.after(&config, held, present, at);
    }
    let times: Vec<_> = standing.history.iter().map(|it| it.at).collect();
    assert_eq!(times, (24..40).collect::<Vec<_>>());
    let without = Config { fallback: Vec::new(), ..config };
    assert_eq!(standing.after(&without, None, Protection::CustomPasscode, 41), Standing::default());
}

#[test]
fn names_and_numbers_are_those_of_the_variants() {
    for (number, protection) in Protection::ALL.into_iter().enumerate() {
        assert_eq!(protection as usize, number);
        assert_eq!(format!("{protection:?}"), protection.name());
    }
}
