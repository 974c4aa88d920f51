//! What a provider says of itself (OpenID Connect Discovery 1.0).

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::url::Url;
use openidconnect::{
    AdditionalProviderMetadata, DeviceAuthorizationUrl, EndSessionUrl, IssuerUrl, ProviderMetadata,
    RevocationUrl, Scope,
};
use serde::{Deserialize, Serialize};

use super::Wish;
use super::http::{Http, is_safe};
use super::problem::Problem;
use crate::account::Place;

/// What is asked for unless somebody says otherwise: who it is, and a refresh token.
pub(crate) const DEFAULT_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// What stands in the metadata besides OpenID Connect's own (RFC 8414, RFC 8628, RFC 9207,
/// RP-Initiated Logout 1.0).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Further {
    device_authorization_endpoint: Option<DeviceAuthorizationUrl>,
    revocation_endpoint: Option<RevocationUrl>,
    end_session_endpoint: Option<EndSessionUrl>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Further {}

pub(super) type Metadata = ProviderMetadata<
    Further,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider that has described itself, and whose keys are here.
pub(super) struct Provider {
    pub(super) metadata: Metadata,
    token_endpoint: String,
}

/// The address of a provider, as somebody types it: without a scheme, it is https.
pub(crate) fn issuer(text: &str) -> Result<String, Problem> {
    let text = match text.contains("://") {
        true => text.to_owned(),
        false => format!("https://{text}"),
    };
    let url = Url::parse(&text).map_err(|_| Problem::NoIssuer)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Problem::NoIssuer);
    }
    match is_safe(&url) {
        true => Ok(text),
        false => Err(Problem::NotSafe),
    }
}

impl Provider {
    pub(super) async fn discover(wish: &Wish, http: &Http) -> Result<Self, Problem> {
        let issuer = IssuerUrl::new(wish.issuer.clone()).map_err(|_| Problem::NoIssuer)?;
        let metadata = Metadata::discover_async(issuer, http).await?;
        let token_endpoint = metadata.token_endpoint().ok_or(Problem::NotAProvider)?.to_string();
        let provider = Self { metadata, token_endpoint };
        // Those that get a secret. The others are checked when they are used.
        let further = provider.metadata.additional_metadata();
        let revocation = further.revocation_endpoint.as_ref().map(RevocationUrl::url);
        let end_session = further.end_session_endpoint.as_ref().map(EndSessionUrl::url);
        let token = provider.metadata.token_endpoint().map(|it| it.url());
        let safe = [token, revocation, end_session].into_iter().flatten().all(is_safe);
        if safe { Ok(provider) } else { Err(Problem::NotSafe) }
    }

    pub(super) fn device_endpoint(&self) -> Option<&DeviceAuthorizationUrl> {
        self.metadata.additional_metadata().device_authorization_endpoint.as_ref()
    }

    /// Whether the redirect names the provider (RFC 9207).
    pub(super) fn names_itself(&self) -> bool {
        self.metadata.additional_metadata().authorization_response_iss_parameter_supported
    }

    /// The scopes to ask for, without `openid`, which the library adds. Of the usual ones, those that
    /// the provider has: some refuse a sign-in for one that they do not know.
    pub(super) fn scopes(&self, wish: &Wish) -> Vec<Scope> {
        let mut scopes: Vec<String> = wish.scopes.clone();
        if scopes.is_empty() {
            let known = self.metadata.scopes_supported();
            let has = |scope: &str| known.is_none_or(|known| known.iter().any(|it| **it == *scope));
            let usual = DEFAULT_SCOPES.into_iter().filter(|scope| has(scope));
            scopes = usual.map(str::to_owned).collect();
        }
        scopes.into_iter().filter(|scope| scope != "openid").map(Scope::new).collect()
    }

    /// What has to be known of it later.
    pub(super) fn place(&self, wish: &Wish) -> Place {
        let further = self.metadata.additional_metadata();
        Place {
            issuer: wish.issuer.clone(),
            client_id: wish.client_id.clone(),
            token_endpoint: self.token_endpoint.clone(),
            revocation_endpoint: further.revocation_endpoint.as_ref().map(|it| it.to_string()),
            end_session_endpoint: further.end_session_endpoint.as_ref().map(|it| it.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_read_as_people_type_them() {
        assert_eq!(issuer("id.example/realm").ok().as_deref(), Some("https://id.example/realm"));
        assert_eq!(issuer("http://localhost:3000").ok().as_deref(), Some("http://localhost:3000"));
        for text in ["", "https://", "id.example?x", "id.example#x"] {
            assert!(matches!(issuer(text), Err(Problem::NoIssuer)), "{text}");
        }
        assert!(matches!(issuer("http://id.example"), Err(Problem::NotSafe)));
    }
}
