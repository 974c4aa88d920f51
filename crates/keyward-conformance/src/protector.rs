//! What every [`Protector`] must do, as plain functions. Each panics with a sentence when the
//! protector breaks its promise.
//!
//! The functions take a [`Subject`]: a way to open the same key store again and again, as a program
//! does that is restarted. Every function uses vaults of its own, so that they can share a store
//! and run in any order. The store must be reachable, unlocked, and willing to answer.

use std::collections::HashSet;
use std::error::Error;

use futures_util::future::join;
use keyward::{
    Config, DeviceSecurity, Enrolled, Key, MAX_HANDLE_LEN, Obstacle, Probe, Protector,
    ProtectorError, Readiness, Request, Role, VaultId, VaultType,
};

/// The protector under test.
pub struct Subject<'a> {
    /// Opens the key store once more. Everything opened has the same keys.
    pub open: &'a dyn Fn() -> Box<dyn Protector>,
    /// What becomes of a key that is forgotten.
    pub forgotten: Forgotten,
}

/// What a protector answers when it is to release what it has forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// [`ProtectorError::Lost`]: the key is gone.
    Lost,
    /// [`ProtectorError::Dismissed`]: the key is gone, but the platform does not tell that from a
    /// person who says no.
    Dismissed,
    /// The key: a store that derives every vault's material from one shared secret cannot forget one.
    Kept,
}

/// Runs the whole suite.
pub async fn all(subject: &Subject<'_>) {
    name_role_and_assurance_do_not_change(subject).await;
    release_returns_what_was_enrolled(subject).await;
    enrolling_again_returns_the_same_material(subject).await;
    enrolling_twice_at_once_returns_the_same_material(subject).await;
    vaults_have_material_of_their_own(subject).await;
    an_unknown_vault_is_lost(subject).await;
    a_handle_that_makes_no_sense_does_no_harm(subject).await;
    what_is_forgotten_is_lost(subject).await;
    a_key_that_is_made_anew_is_not_the_one_that_is_gone(subject).await;
    forgetting_what_is_absent_succeeds(subject).await;
    a_probe_says_only_what_is_so(subject).await;
    a_key_that_is_there_is_found_by_a_check(subject).await;
    a_device_that_works_is_ready_or_cannot_tell(subject).await;
    errors_carry_no_secret(subject).await;
}

/// The provider's name is 1 to 64 bytes of plain ASCII, the handle is within its bound, and what
/// the protector says about itself is the same before and after it is used, and when opened again.
pub async fn name_role_and_assurance_do_not_change(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let name = protector.provider();
    assert!((1..=64).contains(&name.len()), "a provider's name has 1 to 64 bytes: {name:?}");
    assert!(
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
        "a provider's name is written in a-z, 0-9 and hyphens: {name:?}"
    );
    assert!(
        matches!(protector.role(), Role::DeviceStore | Role::UserVerification),
        "the suite does not know the role {:?}",
        protector.role()
    );
    let said = (protector.role(), name, protector.assurance());

    let vault = Vault::new("says");
    let enrolled = vault.enroll(&*protector).await;
    assert!(enrolled.handle.len() <= MAX_HANDLE_LEN, "the handle is longer than a slot takes");

    for protector in [protector, (subject.open)()] {
        assert_eq!(
            said,
            (protector.role(), protector.provider(), protector.assurance()),
            "what a protector says about itself must not change"
        );
    }
}

/// `release` returns the material that `enroll` returned: at once, again, and after a restart.
pub async fn release_returns_what_was_enrolled(subject: &Subject<'_>) {
    let vault = Vault::new("release");
    let protector = (subject.open)();
    let enrolled = vault.enroll(&*protector).await;
    for protector in [&protector, &protector, &(subject.open)()] {
        let released = vault.release(&**protector, &enrolled.handle).await;
        assert!(same(&released, &enrolled.material), "release returned other material than enroll");
    }
}

/// `enroll` for a vault that has a key returns that key, and the earlier handle keeps working.
pub async fn enrolling_again_returns_the_same_material(subject: &Subject<'_>) {
    let vault = Vault::new("again");
    let first = vault.enroll(&*(subject.open)()).await;
    let second = vault.enroll(&*(subject.open)()).await;
    assert!(same(&first.material, &second.material), "enrolling again made another key");
    for handle in [&first.handle, &second.handle] {
        let released = vault.release(&*(subject.open)(), handle).await;
        assert!(same(&released, &first.material), "an earlier handle releases other material");
    }
}

/// Two programs that enroll the same vault at once get the same material.
pub async fn enrolling_twice_at_once_returns_the_same_material(subject: &Subject<'_>) {
    let vault = Vault::new("at once");
    let (one, other) = ((subject.open)(), (subject.open)());
    let (one, other) = join(vault.enroll(&*one), vault.enroll(&*other)).await;
    assert!(same(&one.material, &other.material), "two programs enrolled two different keys");
    for handle in [&one.handle, &other.handle] {
        let released = vault.release(&*(subject.open)(), handle).await;
        assert!(same(&released, &one.material), "one of the two handles releases other material");
    }
}

/// No two vaults share material, even under the same name, and none of it looks like a constant.
pub async fn vaults_have_material_of_their_own(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let vault = Vault::new("own");
        let material = vault.enroll(&*protector).await.material;
        let distinct: HashSet<u8> = material.expose().iter().copied().collect();
        // 32 uniformly random bytes have fewer than 12 distinct values about once in 10^18.
        assert!(distinct.len() >= 12, "the material does not look random");
        assert!(seen.insert(material.expose().to_vec()), "two vaults got the same material");
    }
}

/// A vault that was never enrolled has no key here, whatever handle is given.
pub async fn an_unknown_vault_is_lost(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let known = Vault::new("known").enroll(&*protector).await;
    let unknown = Vault::new("unknown");
    let answer = protector.release(&unknown.request(), &known.handle).await;
    assert_lost(answer, "a vault that was never enrolled");
}

/// Handles are authenticated by the engine, but a protector must not panic or release another
/// vault's key when one makes no sense.
pub async fn a_handle_that_makes_no_sense_does_no_harm(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let vault = Vault::new("nonsense");
    let enrolled = vault.enroll(&*protector).await;
    for handle in [Vec::new(), vec![0xff; MAX_HANDLE_LEN], b"\0 nonsense \x80".to_vec()] {
        if let Ok(released) = protector.release(&vault.request(), &handle).await {
            assert!(
                same(&released, &enrolled.material),
                "a nonsensical handle released another key"
            );
        }
    }
    let released = vault.release(&*protector, &enrolled.handle).await;
    assert!(same(&released, &enrolled.material), "a nonsensical handle did harm");
}

/// After `forget` the key is gone, and other vaults' keys are not. A store that cannot forget one
/// vault answers success and changes nothing.
pub async fn what_is_forgotten_is_lost(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let (vault, bystander) = (Vault::new("forgotten"), Vault::new("bystander"));
    let enrolled = vault.enroll(&*protector).await;
    let other = bystander.enroll(&*protector).await;

    vault.forget(&*protector, &enrolled.handle).await;

    let answer = (subject.open)().release(&vault.request(), &enrolled.handle).await;
    match subject.forgotten {
        Forgotten::Lost => assert_lost(answer, "a vault that was forgotten"),
        Forgotten::Dismissed => assert!(
            matches!(answer, Err(ProtectorError::Dismissed)),
            "what was forgotten must be refused"
        ),
        Forgotten::Kept => {
            let released = answer.expect("a store that cannot forget keeps releasing");
            assert!(same(&released, &enrolled.material), "forgetting changed the key");
        }
    }
    let released = bystander.release(&*(subject.open)(), &other.handle).await;
    assert!(same(&released, &other.material), "forgetting one vault touched another's key");
}

/// After a key is gone and another was made for the same vault, the earlier handle does not release
/// the other: with that, a right passcode would look wrong, and the vault damaged.
pub async fn a_key_that_is_made_anew_is_not_the_one_that_is_gone(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let vault = Vault::new("anew");
    let gone = vault.enroll(&*protector).await;
    vault.forget(&*protector, &gone.handle).await;
    let anew = vault.enroll(&*protector).await;

    let released = vault.release(&*(subject.open)(), &anew.handle).await;
    assert!(same(&released, &anew.material), "what was made anew is released");
    match (subject.forgotten, (subject.open)().release(&vault.request(), &gone.handle).await) {
        (Forgotten::Lost, answer) => assert_lost(answer, "a key that is gone"),
        (_, Ok(released)) => {
            assert!(same(&released, &gone.material), "another key was taken for one that is gone");
        }
        (Forgotten::Dismissed, Err(ProtectorError::Dismissed | ProtectorError::Lost)) => {}
        (_, Err(error)) => panic!("of a key that is gone: {}", everything_printed(&error)),
    }
}

/// Forgetting twice, and forgetting what never was, succeed.
pub async fn forgetting_what_is_absent_succeeds(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let vault = Vault::new("twice");
    let enrolled = vault.enroll(&*protector).await;
    vault.forget(&*protector, &enrolled.handle).await;
    vault.forget(&*protector, &enrolled.handle).await;
    Vault::new("never").forget(&*protector, &enrolled.handle).await;
}

/// Looking at a key without asking anybody agrees with releasing it: of a key that is there, a
/// probe says that it is, releases the same, or cannot tell; of one that is not, that it is lost, or
/// cannot tell; and it changes nothing.
pub async fn a_probe_says_only_what_is_so(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let vault = Vault::new("probed");
    let enrolled = vault.enroll(&*protector).await;
    for protector in [&protector, &(subject.open)()] {
        match protector.probe(&vault.request(), &enrolled.handle).await {
            Ok(Probe::Released(key)) => {
                assert!(same(&key, &enrolled.material), "a probe released other material");
            }
            Ok(Probe::Present | Probe::CannotTell) => {}
            Ok(other) => panic!("the suite does not know {other:?}"),
            Err(error) => panic!("the key is there, but: {}", everything_printed(&error)),
        }
    }
    let released = vault.release(&*protector, &enrolled.handle).await;
    assert!(same(&released, &enrolled.material), "a probe changed the key");

    let unknown = Vault::new("unknown");
    match protector.probe(&unknown.request(), &enrolled.handle).await {
        Ok(Probe::CannotTell) | Err(ProtectorError::Lost) => {}
        Ok(_) => panic!("a probe says that a vault which was never enrolled has a key"),
        Err(error) => panic!("absent in a store that answers, but: {}", everything_printed(&error)),
    }
    let answer = protector.release(&unknown.request(), &enrolled.handle).await;
    assert_lost(answer, "a vault that was only probed");

    vault.forget(&*protector, &enrolled.handle).await;
    let probe = (subject.open)().probe(&vault.request(), &enrolled.handle).await;
    match (subject.forgotten, probe) {
        (_, Ok(Probe::CannotTell)) | (Forgotten::Lost, Err(ProtectorError::Lost)) => {}
        (Forgotten::Kept, Ok(Probe::Released(key))) => {
            assert!(same(&key, &enrolled.material), "a probe released other material");
        }
        (Forgotten::Kept, Ok(Probe::Present)) => {}
        (Forgotten::Dismissed, Err(ProtectorError::Lost)) => {}
        (_, other) => panic!("of what was forgotten a probe says {other:?}"),
    }
}

/// Asking whether a key is there finds one that is, and leaves it as it was.
pub async fn a_key_that_is_there_is_found_by_a_check(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let vault = Vault::new("checked");
    let enrolled = vault.enroll(&*protector).await;
    for protector in [&protector, &(subject.open)()] {
        if let Err(error) = protector.check(&vault.request(), &enrolled.handle).await {
            panic!("the key is there, but: {}", everything_printed(&error));
        }
    }
    let released = vault.release(&*protector, &enrolled.handle).await;
    assert!(same(&released, &enrolled.material), "a check changed the key");
}

/// A store that is reachable, unlocked and willing to answer has no obstacle to name.
pub async fn a_device_that_works_is_ready_or_cannot_tell(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let wanted = match protector.role() {
        Role::UserVerification => DeviceSecurity::Both,
        _ => DeviceSecurity::None,
    };
    let before: Result<Readiness, Obstacle> = protector.readiness(wanted).await;
    assert!(before.is_ok(), "it works, but says: {before:?}");
    let enrolled = Vault::new("ready").enroll(&*protector).await;
    assert!(!enrolled.material.expose().is_empty(), "and so it does");
}

/// Neither the errors nor what enrolling returns show key material when they are printed.
pub async fn errors_carry_no_secret(subject: &Subject<'_>) {
    let protector = (subject.open)();
    let vault = Vault::new("printed");
    let enrolled = vault.enroll(&*protector).await;
    assert_shows_no_secret(&format!("{enrolled:?} {enrolled:#?}"), &enrolled.material);

    let unknown = Vault::new("unknown");
    for handle in [&enrolled.handle[..], b"nonsense"] {
        if let Err(error) = protector.release(&unknown.request(), handle).await {
            assert_shows_no_secret(&everything_printed(&error), &enrolled.material);
        }
    }
}

/// Everything that an error shows: `Display` and both forms of `Debug`, of it and of all its
/// sources.
#[must_use]
pub fn everything_printed(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        text.push_str(&format!("{error}\n{error:?}\n{error:#?}\n"));
        next = error.source();
    }
    text
}

/// Panics when `text` shows `secret`, or four consecutive bytes of it, in hex or as a list of
/// numbers.
pub fn assert_shows_no_secret(text: &str, secret: &Key) {
    let squeezed: String =
        text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    for part in secret.expose().windows(4) {
        let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
        let list = part.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
        assert!(
            !squeezed.contains(&hex) && !squeezed.contains(&list),
            "key material is visible in what is printed"
        );
    }
}

/// A vault of the suite's own: a random identity under a readable name.
struct Vault {
    id: VaultId,
    config: Config,
}

impl Vault {
    fn new(name: &str) -> Self {
        let mut id = [0; 16];
        getrandom::fill(&mut id).expect("the platform has random numbers");
        let name = format!("conformance {name}");
        Self { id: VaultId(id), config: Config::new(name, VaultType::SecureStorage) }
    }

    fn request(&self) -> Request<'_> {
        Request::new(self.id, &self.config)
    }

    async fn enroll(&self, protector: &dyn Protector) -> Enrolled {
        protector.enroll(&self.request()).await.expect("enroll succeeds")
    }

    async fn release(&self, protector: &dyn Protector, handle: &[u8]) -> Key {
        protector.release(&self.request(), handle).await.expect("release succeeds")
    }

    async fn forget(&self, protector: &dyn Protector, handle: &[u8]) {
        protector.forget(&self.request(), handle).await.expect("forget succeeds");
    }
}

fn same(one: &Key, other: &Key) -> bool {
    one.expose() == other.expose()
}

fn assert_lost(answer: Result<Key, ProtectorError>, which: &str) {
    match answer {
        Err(ProtectorError::Lost) => {}
        Err(error) => panic!("{which} must be lost, not: {}", everything_printed(&error)),
        Ok(_) => panic!("{which} must be lost, but a key was released"),
    }
}
