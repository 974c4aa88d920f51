//! A session as it lies in the vault: one entry, so that a sign-out that leaves tokens to be revoked
//! is one write.

use std::time::Duration;

use keyward::secret::Json;
use keyward::{Value, ValueKind};
use serde::Serialize;
use serde::ser::{SerializeSeq, SerializeStruct};
use zeroize::Zeroizing;

use crate::error::{Error, Trouble};
use crate::secret::Secret;
use crate::tokens::Tokens;

/// The version of the form below. A reader refuses others, and leaves them alone.
const VERSION: u32 = 1;

/// What a session's entry holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) kept: Option<Kept>,
    /// Tokens that are no longer used, and that the server has still to be told about.
    pub(crate) leavings: Vec<Leaving>,
}

/// Tokens, and when they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) tokens: Tokens,
    /// When the request was sent that brought the access token, in milliseconds since 1970, on the
    /// clock of this device. The server's clock has no part in it.
    pub(crate) since: u64,
    /// A random number of each sign-in, below 2^53. Refreshes keep it, so that one session is told
    /// from the next.
    pub(crate) session: u64,
    /// What seals the answer to a refresh of these tokens, should it come while the vault is locked:
    /// 32 random bytes in Base64, made with the tokens. What an earlier version has written has none.
    pub(crate) late_key: Option<Secret>,
    /// How trying to refresh them has gone, if it did not work.
    pub(crate) failed: Option<Failed>,
}

/// Tries to refresh that did not work, for the processes that come after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Failed {
    /// How many there were.
    pub(crate) times: u32,
    /// When the last one ended, in milliseconds since 1970.
    pub(crate) since: u64,
    /// How long from then the server is left alone, in milliseconds.
    pub(crate) pause: u64,
    /// The server asks for patience (429); else it says that it cannot now.
    pub(crate) patience: bool,
    /// An answer was lost that may have held the next refresh token.
    pub(crate) lost: bool,
}

impl Failed {
    /// For how long the server is still left alone, and why. A clock that was set back ends it.
    pub(crate) fn quiet(self, wall: u64) -> Option<(Trouble, Duration)> {
        let left = self.pause.saturating_sub(wall.checked_sub(self.since)?);
        let trouble = if self.patience { Trouble::TooManyRequests } else { Trouble::Server };
        (left > 0).then(|| (trouble, Duration::from_millis(left)))
    }
}

impl Kept {
    /// Whether a refresh of `self` is a refresh of `other`: nobody has signed in or refreshed between.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let (own, others) = (&self.tokens, &other.tokens);
        self.session == other.session
            && own.refresh == others.refresh
            && (own.refresh.is_some() || own.access == others.access)
    }
}

/// Tokens to be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaving {
    pub(crate) access: Option<Secret>,
    pub(crate) refresh: Option<Secret>,
    /// When they were given up, in milliseconds since 1970.
    pub(crate) since: u64,
}

impl Leaving {
    pub(crate) fn of(tokens: &Tokens, since: u64) -> Self {
        Self { access: Some(tokens.access.clone()), refresh: tokens.refresh.clone(), since }
    }
}

impl Document {
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_none() && self.leavings.is_empty()
    }

    /// The value of the entry. Its buffer has its size from the start.
    pub(crate) fn write(&self) -> Result<Value, Error> {
        Ok(Value::json(self)?)
    }

    /// Reads the text of an entry.
    pub(crate) fn read_text(text: &str) -> Option<Self> {
        read(Json::read(text)?)
    }

    /// Reads an entry. A value that is too new or is none of ours stays where it is.
    pub(crate) fn read(value: Option<&Value>) -> Result<Self, Error> {
        let Some(value) = value else {
            return Ok(Self::default());
        };
        let text = match value.kind() {
            ValueKind::Json => std::str::from_utf8(value.expose()).ok(),
            ValueKind::Bytes => None,
        };
        text.and_then(Self::read_text).ok_or(Error::Unreadable)
    }
}

fn read(json: Json<'_>) -> Option<Document> {
    let members = json.object()?;
    if number(member(&members, "version")?)? != u64::from(VERSION) {
        return None;
    }
    let kept = match member(&members, "tokens") {
        Some(tokens) => Some(read_kept(tokens)?),
        None => None,
    };
    let leavings = match member(&members, "leavings") {
        Some(list) => list.array()?.into_iter().map(read_leaving).collect::<Option<_>>()?,
        None => Vec::new(),
    };
    Some(Document { kept, leavings })
}

fn read_kept(json: Json<'_>) -> Option<Kept> {
    let members = json.object()?;
    let text = |name| optional(&members, name);
    Some(Kept {
        tokens: Tokens {
            access: text("access")??,
            refresh: text("refresh")?,
            id: text("id")?,
            lifetime: match member(&members, "lifetime") {
                Some(millis) => Some(Duration::from_millis(number(millis)?)),
                None => None,
            },
            scope: text("scope")?.map(|scope| scope.expose().to_owned()),
            fields: text("fields")?,
        },
        since: number(member(&members, "since")?)?,
        session: number(member(&members, "session")?)?,
        late_key: text("lateKey")?,
        failed: member(&members, "failed").and_then(read_failed),
    })
}

fn read_failed(json: Json<'_>) -> Option<Failed> {
    let members = json.object()?;
    let yes = |name| Some(member(&members, name)?.text() == "true");
    Some(Failed {
        times: u32::try_from(number(member(&members, "times")?)?).ok()?,
        since: number(member(&members, "since")?)?,
        pause: number(member(&members, "pause")?)?,
        patience: yes("patience")?,
        lost: yes("lost")?,
    })
}

fn read_leaving(json: Json<'_>) -> Option<Leaving> {
    let members = json.object()?;
    Some(Leaving {
        access: optional(&members, "access")?,
        refresh: optional(&members, "refresh")?,
        since: number(member(&members, "since")?)?,
    })
}

/// The member called `name`.
pub(crate) fn member<'a>(members: &[(Json<'a>, Json<'a>)], name: &str) -> Option<Json<'a>> {
    let named = |key: &Json<'a>| match key.plain_string() {
        Some(plain) => plain == name,
        None => key.string().is_some_and(|key| *key == name),
    };
    members.iter().find(|(key, _)| named(key)).map(|(_, value)| *value)
}

/// A text that may be absent; `None` when what is there is no text.
#[allow(clippy::option_option, reason = "absent, wrong, and there are three things")]
fn optional(members: &[(Json<'_>, Json<'_>)], name: &str) -> Option<Option<Secret>> {
    match member(members, name) {
        Some(json) => Some(Some(json.string()?.into())),
        None => Some(None),
    }
}

pub(crate) fn number(json: Json<'_>) -> Option<u64> {
    json.text().parse().ok()
}

impl Serialize for Document {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Session", 3)?;
        object.serialize_field("version", &VERSION)?;
        if let Some(kept) = &self.kept {
            object.serialize_field("tokens", &KeptForm(kept))?;
        }
        if !self.leavings.is_empty() {
            object.serialize_field("leavings", &LeavingsForm(&self.leavings))?;
        }
        object.end()
    }
}

struct KeptForm<'a>(&'a Kept);

impl Serialize for KeptForm<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Kept { tokens, since, session, late_key, failed } = self.0;
        let mut object = serializer.serialize_struct("Tokens", 10)?;
        object.serialize_field("access", tokens.access.expose())?;
        if let Some(refresh) = &tokens.refresh {
            object.serialize_field("refresh", refresh.expose())?;
        }
        if let Some(id) = &tokens.id {
            object.serialize_field("id", id.expose())?;
        }
        if let Some(lifetime) = tokens.lifetime {
            let millis = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
            object.serialize_field("lifetime", &millis)?;
        }
        if let Some(scope) = &tokens.scope {
            object.serialize_field("scope", scope)?;
        }
        // As text in a text, which is taken as it is, and not parsed anew.
        if let Some(fields) = &tokens.fields {
            object.serialize_field("fields", fields.expose())?;
        }
        object.serialize_field("since", since)?;
        object.serialize_field("session", session)?;
        if let Some(key) = late_key {
            object.serialize_field("lateKey", key.expose())?;
        }
        if let Some(failed) = failed {
            object.serialize_field("failed", failed)?;
        }
        object.end()
    }
}

struct LeavingsForm<'a>(&'a [Leaving]);

impl Serialize for LeavingsForm<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for leaving in self.0 {
            list.serialize_element(&LeavingForm(leaving))?;
        }
        list.end()
    }
}

struct LeavingForm<'a>(&'a Leaving);

impl Serialize for LeavingForm<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Leaving", 3)?;
        if let Some(access) = &self.0.access {
            object.serialize_field("access", access.expose())?;
        }
        if let Some(refresh) = &self.0.refresh {
            object.serialize_field("refresh", refresh.expose())?;
        }
        object.serialize_field("since", &self.0.since)?;
        object.end()
    }
}

/// Whether a text is one JSON value.
pub(crate) fn is_json(text: &str) -> bool {
    Json::read(text).is_some()
}

/// Text with its own buffer, for what is read out of a [`Json`].
pub(crate) fn text_of(json: Json<'_>) -> Option<Zeroizing<String>> {
    json.string()
}

#[cfg(test)]
mod tests;
