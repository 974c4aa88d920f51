//! The tokens of a session, and the one that goes with requests.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::secret::Secret;

/// What a server gave for a sign-in or a refresh. Their type is `Bearer` (RFC 6750): others, such as
/// `DPoP`, take more than a header, and are refused. (A [`Backend`](crate::Backend) is not asked.)
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tokens {
    /// What requests carry. At most 64 KiB.
    pub access: Secret,
    /// What gets the next access token.
    pub refresh: Option<Secret>,
    /// OpenID Connect's id token, as it was given. Who signs in has checked it.
    pub id: Option<Secret>,
    /// How long the access token lives from when it was given; `None`, or nothing at all, when nobody
    /// said, and it is used until it is refused.
    pub lifetime: Option<Duration>,
    /// The scope that was granted, if the server said.
    pub scope: Option<String>,
    /// The app's own fields: the JSON text of one value, such as a name and an e-mail address.
    pub fields: Option<Secret>,
}

impl Tokens {
    /// Only an access token, or an API key, which does not expire.
    #[must_use]
    pub fn new(access: impl Into<Secret>) -> Self {
        Self {
            access: access.into(),
            refresh: None,
            id: None,
            lifetime: None,
            scope: None,
            fields: None,
        }
    }

    /// With what gets the next access token.
    #[must_use]
    pub fn with_refresh(self, refresh: impl Into<Secret>) -> Self {
        Self { refresh: Some(refresh.into()), ..self }
    }

    /// With how long the access token lives from now (`expires_in`).
    #[must_use]
    pub fn with_lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime: Some(lifetime), ..self }
    }

    /// With OpenID Connect's id token.
    #[must_use]
    pub fn with_id(self, id: impl Into<Secret>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// With the scope that was granted.
    #[must_use]
    pub fn with_scope(self, scope: impl Into<String>) -> Self {
        Self { scope: Some(scope.into()), ..self }
    }

    /// With the app's own fields, the JSON text of one value.
    #[must_use]
    pub fn with_fields(self, json: impl Into<Secret>) -> Self {
        Self { fields: Some(json.into()), ..self }
    }

    /// These tokens, and of the earlier ones what the server did not give anew (RFC 6749, section
    /// 6: without a new refresh token, the old one stays good). The id token stays the one that was
    /// checked at sign-in.
    #[must_use]
    pub(crate) fn on_top_of(self, earlier: &Self) -> Self {
        Self {
            refresh: self.refresh.or_else(|| earlier.refresh.clone()),
            id: earlier.id.clone(),
            scope: self.scope.or_else(|| earlier.scope.clone()),
            fields: self.fields.or_else(|| earlier.fields.clone()),
            ..self
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// Which header a token goes into, and what stands before it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The header's name, in lower case.
    pub header: String,
    /// The scheme before the token; none for most API keys.
    pub scheme: Option<String>,
}

impl Default for Placement {
    /// `authorization: Bearer …` (RFC 6750, section 2.1).
    fn default() -> Self {
        Self { header: "authorization".to_owned(), scheme: Some("Bearer".to_owned()) }
    }
}

/// A token that goes with a request. Clones share one copy, which is wiped with the last of them.
#[derive(Clone)]
pub struct Bearer(Arc<Shared>);

struct Shared {
    token: Arc<Secret>,
    placement: Arc<Placement>,
    /// The header, once a layer has asked for it: to put it together costs more than all else that a
    /// layer does.
    #[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
    header: std::sync::OnceLock<crate::origins::Header>,
}

impl Bearer {
    pub(crate) fn new(token: Arc<Secret>, placement: Arc<Placement>) -> Self {
        Self(Arc::new(Shared {
            token,
            placement,
            #[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
            header: std::sync::OnceLock::new(),
        }))
    }

    pub(crate) fn token(&self) -> &Arc<Secret> {
        &self.0.token
    }

    #[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
    pub(crate) fn header(&self) -> &std::sync::OnceLock<crate::origins::Header> {
        &self.0.header
    }

    /// Reads the token.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.token.expose()
    }

    /// The name of the header that it goes into.
    #[must_use]
    pub fn header_name(&self) -> &str {
        &self.0.placement.header
    }

    /// The header's value. Its buffer has its size from the start, and is wiped.
    #[must_use]
    pub fn header_value(&self) -> Zeroizing<String> {
        let scheme = self.0.placement.scheme.as_deref();
        let len = scheme.map_or(0, |scheme| scheme.len() + 1) + self.expose().len();
        let mut value = Zeroizing::new(String::with_capacity(len));
        if let Some(scheme) = scheme {
            value.push_str(scheme);
            value.push(' ');
        }
        value.push_str(self.expose());
        value
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer([redacted])")
    }
}
