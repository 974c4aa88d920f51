//! What can go wrong on the way to a secret, and how each is told to the engine.

use std::fmt;
use std::io;

use keyward::{Cause, ProtectorError};
use oo7::zbus;
use zbus::DBusError;

/// Why an operation on the Secret Service, or on the sandbox's keyring, did not succeed.
///
/// It keeps names and fixed words only. What a service sends is never repeated, because a service
/// that answers nonsense may put a secret anywhere.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No session bus is named, and none is in the usual place.
    NoBus,
    /// The bus answers, and knows nobody by the name of the Secret Service.
    NoService,
    /// The service has no default collection.
    NoCollection,
    /// The collection that the key was put into is not among those that the service shows.
    Elsewhere,
    /// A collection that may hold the key is locked.
    Locked,
    /// The person closed the prompt.
    Dismissed,
    /// No answer within our time.
    TimedOut(&'static str),
    /// An answer that makes no sense; the text says which.
    Nonsense(&'static str),
    /// Anything else: what was being done, and what the bus, the service or the system named.
    Failed(&'static str, String),
}

impl Trouble {
    /// Classifies what zbus says went wrong while `doing` something.
    pub(super) fn of(doing: &'static str, error: &zbus::Error) -> Self {
        let what = match error {
            zbus::Error::MethodError(name, ..) => return Self::named(doing, name.as_str()),
            zbus::Error::FDO(error) => return Self::named(doing, error.name().as_str()),
            zbus::Error::InputOutput(error) => error.kind().to_string(),
            zbus::Error::Connection(error, _) => error.kind().to_string(),
            zbus::Error::Handshake(_) => "the bus refused us".to_owned(),
            zbus::Error::Address(_) => "the bus address makes no sense".to_owned(),
            _ => return Self::Nonsense(doing),
        };
        Self::Failed(doing, what)
    }

    /// Classifies a D-Bus error by its name.
    fn named(doing: &'static str, name: &str) -> Self {
        match name {
            "org.freedesktop.DBus.Error.ServiceUnknown"
            | "org.freedesktop.DBus.Error.NameHasNoOwner" => Self::NoService,
            "org.freedesktop.Secret.Error.IsLocked" => Self::Locked,
            // Names are at most 255 bytes (D-Bus specification, "Valid Names") of plain ASCII.
            name => Self::Failed(doing, name.to_owned()),
        }
    }

    pub(super) fn io(doing: &'static str, error: &io::Error) -> Self {
        Self::Failed(doing, error.kind().to_string())
    }

    /// For enrolling, where "this machine has no such thing" is an answer of its own.
    pub(super) fn at_enroll(self) -> ProtectorError {
        match self {
            Self::NoBus => ProtectorError::Unsupported("a D-Bus session bus".to_owned()),
            Self::NoService => ProtectorError::Unsupported(
                "a Secret Service (gnome-keyring, KWallet, KeePassXC) on the session bus"
                    .to_owned(),
            ),
            trouble => trouble.with_a_key_there(),
        }
    }

    /// For everything that is about a key made earlier: that the service is missing now says
    /// nothing about the key.
    pub(super) fn with_a_key_there(self) -> ProtectorError {
        match self {
            Self::Dismissed => ProtectorError::Dismissed,
            trouble => ProtectorError::Unavailable(Cause::new(trouble)),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBus => f.write_str("there is no D-Bus session bus"),
            Self::NoService => f.write_str("no Secret Service runs on the session bus"),
            Self::NoCollection => f.write_str("the Secret Service has no default keyring"),
            Self::Elsewhere => f.write_str(
                "the keyring that holds the key is not among those that the Secret Service shows",
            ),
            Self::Locked => f.write_str("the keyring is locked"),
            Self::Dismissed => f.write_str("the prompt was dismissed"),
            Self::TimedOut(doing) => write!(f, "{doing}: no answer in time"),
            Self::Nonsense(doing) => write!(f, "{doing}: the answer makes no sense"),
            Self::Failed(doing, what) => write!(f, "{doing}: {what}"),
        }
    }
}

impl std::error::Error for Trouble {}
