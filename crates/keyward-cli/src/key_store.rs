//! Which key stores there are, and whether they could be used now, without asking anybody.

use std::path::Path;

/// The name that the key file bears in a slot.
pub(crate) const KEY_FILE: &str = "key-file";
/// The name that the keyring bears in a slot.
pub(crate) const KEYRING: &str = "secret-service";

/// Whether a key store could be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Ready,
    Locked,
    /// There is none, or it has no place for keys yet.
    Missing,
    /// It does not answer.
    Unreachable,
    /// The vault's key is in a key file, and none was named.
    NotNamed,
    /// This version does not know the key store.
    Unknown,
}

impl State {
    /// The name in the JSON output.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Locked => "locked",
            Self::Missing => "missing",
            Self::Unreachable => "unreachable",
            Self::NotNamed => "not-named",
            Self::Unknown => "unknown",
        }
    }

    /// The state for people.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Locked => "locked",
            Self::Missing => "not there",
            Self::Unreachable => "does not answer",
            Self::NotNamed => "not named (--key-file PATH or KEYWARD_KEY_FILE)",
            Self::Unknown => "not known to this version",
        }
    }
}

/// The state of the key store that a slot names.
pub(crate) fn state(provider: &str, key_file: Option<&Path>) -> State {
    match (provider, key_file) {
        (KEY_FILE, None) => State::NotNamed,
        (KEY_FILE, Some(path)) if path.is_file() => State::Ready,
        (KEY_FILE, Some(_)) => State::Missing,
        (KEYRING, _) => keyring(),
        _ => State::Unknown,
    }
}

/// The state of the keyring.
#[cfg(target_os = "linux")]
pub(crate) fn keyring() -> State {
    use keyward_platform::State as Keyring;

    let keyring = keyward_platform::SecretService::new();
    match async_io::block_on(keyring.state()) {
        Keyring::Ready => State::Ready,
        Keyring::Locked => State::Locked,
        Keyring::NoService | Keyring::NoCollection => State::Missing,
        _ => State::Unreachable,
    }
}

/// The state of the keyring.
#[cfg(not(target_os = "linux"))]
pub(crate) fn keyring() -> State {
    State::Unknown
}
