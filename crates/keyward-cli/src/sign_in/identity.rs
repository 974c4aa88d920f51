//! Who has signed in: the id token, checked, and what the provider says of the person.

use keyward_session::Tokens;
use openidconnect::core::{
    CoreIdTokenClaims, CoreIdTokenVerifier, CoreTokenResponse, CoreTokenType, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, ClaimsVerificationError, EndUserName, LocalizedClaim, Nonce,
    OAuth2TokenResponse, SubjectIdentifier, TokenResponse,
};

use super::problem::{Problem, Untrusted};
use crate::account::Person;

/// The tokens, and the person whom the id token names. Its signature, issuer, audience, time and, if
/// one was sent, nonce are checked, and that it belongs to the access token.
pub(super) fn check(
    answer: &CoreTokenResponse,
    verifier: &CoreIdTokenVerifier<'_>,
    nonce: Option<&Nonce>,
) -> Result<(Tokens, Person), Problem> {
    if *answer.token_type() != CoreTokenType::Bearer {
        return Err(Problem::BadAnswer);
    }
    let id = answer.id_token().ok_or(Problem::NoIdToken)?;
    let claims = match nonce {
        Some(nonce) => id.claims(verifier, nonce),
        // Without a redirect there is nobody who could bring somebody else's answer.
        None => id.claims(verifier, |_: Option<&Nonce>| Ok(())),
    }?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id.signing_alg().map_err(|_| Problem::NotTrusted(Untrusted::Signature))?;
        let key = id.signing_key(verifier);
        let key = key.map_err(|_| Problem::NotTrusted(Untrusted::Signature))?;
        let actual = AccessTokenHash::from_token(answer.access_token(), algorithm, key);
        if actual.ok().as_ref() != Some(expected) {
            return Err(Problem::NotTrusted(Untrusted::OtherToken));
        }
    }
    Ok((tokens(answer), person(claims)))
}

/// The id token is not kept: nothing needs it after this.
fn tokens(answer: &CoreTokenResponse) -> Tokens {
    let mut tokens = Tokens::new(answer.access_token().secret().as_str());
    if let Some(refresh) = answer.refresh_token() {
        tokens = tokens.with_refresh(refresh.secret().as_str());
    }
    if let Some(lifetime) = answer.expires_in() {
        tokens = tokens.with_lifetime(lifetime);
    }
    if let Some(scopes) = answer.scopes() {
        let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        tokens = tokens.with_scope(scopes.join(" "));
    }
    tokens
}

fn person(claims: &CoreIdTokenClaims) -> Person {
    Person {
        subject: claims.subject().to_string(),
        name: claims.name().and_then(plain),
        email: claims.email().map(|email| email.to_string()),
    }
}

/// Whom the userinfo endpoint must speak of.
#[allow(clippy::unnecessary_wraps, reason = "as the library wants it")]
pub(super) fn subject(person: &Person) -> Option<SubjectIdentifier> {
    Some(SubjectIdentifier::new(person.subject.clone()))
}

/// Takes over what the provider's userinfo endpoint adds. If it could not be had, nothing is wrong:
/// it is there for people to read.
pub(super) fn userinfo<E>(person: &mut Person, answer: Result<CoreUserInfoClaims, E>) {
    let Ok(claims) = answer else {
        return;
    };
    let name = person.name.take();
    person.name = name.or_else(|| claims.name().and_then(plain));
    let email = person.email.take();
    person.email = email.or_else(|| claims.email().map(|email| email.to_string()));
}

fn plain(name: &LocalizedClaim<EndUserName>) -> Option<String> {
    let name = name.get(None).or_else(|| name.iter().next().map(|(_, name)| name));
    name.map(|name| name.to_string())
}

impl From<ClaimsVerificationError> for Problem {
    fn from(error: ClaimsVerificationError) -> Self {
        Self::NotTrusted(match error {
            ClaimsVerificationError::Expired(_) => Untrusted::Expired,
            ClaimsVerificationError::InvalidAudience(_) => Untrusted::Audience,
            ClaimsVerificationError::InvalidIssuer(_) => Untrusted::Issuer,
            ClaimsVerificationError::InvalidNonce(_) => Untrusted::Nonce,
            ClaimsVerificationError::SignatureVerification(_) => Untrusted::Signature,
            _ => Untrusted::IdToken,
        })
    }
}
