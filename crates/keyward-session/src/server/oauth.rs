//! OAuth 2.0: the token endpoint (RFC 6749), revocation (RFC 7009), and OpenID Connect's end of a
//! session (RP-Initiated Logout 1.0).

use std::time::Duration;

use base64ct::{Base64, Encoding};
use keyward::SecretBytes;
use keyward::secret::Json;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{Answer, Revoked, answer, check_url};
use crate::document::{Leaving, member, text_of};
use crate::error::{Error, Trouble};
use crate::http::{Request, Response};
use crate::secret::Secret;
use crate::tokens::Tokens;

/// What stays as it is in `application/x-www-form-urlencoded`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');

/// How a client that has a secret shows it. An app on a person's device has none.
#[derive(Debug, Clone)]
pub enum ClientSecret {
    /// In the `authorization` header (`client_secret_basic`).
    Basic(Secret),
    /// In the body (`client_secret_post`).
    Post(Secret),
}

/// An authorization server, as its metadata describes it.
#[derive(Debug, Clone)]
pub struct OAuth {
    /// Where tokens are given.
    pub token_endpoint: String,
    /// Where tokens are revoked (RFC 7009), if anywhere.
    pub revocation_endpoint: Option<String>,
    /// Where a browser ends the person's session at the provider, if anywhere.
    pub end_session_endpoint: Option<String>,
    /// Where a browser goes after that; the provider must know it.
    pub post_logout_redirect_uri: Option<String>,
    /// This app's name at the server.
    pub client_id: String,
    /// A secret that only some clients have.
    pub client_secret: Option<ClientSecret>,
    /// Further parameters of each refresh, such as `resource` or `audience`. No secrets.
    pub refresh_parameters: Vec<(String, String)>,
}

impl OAuth {
    /// A public client of the server with this token endpoint.
    #[must_use]
    pub fn new(token_endpoint: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            token_endpoint: token_endpoint.into(),
            revocation_endpoint: None,
            end_session_endpoint: None,
            post_logout_redirect_uri: None,
            client_id: client_id.into(),
            client_secret: None,
            refresh_parameters: Vec::new(),
        }
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        check_url(&self.token_endpoint)?;
        self.revocation_endpoint.as_deref().map_or(Ok(()), check_url)?;
        self.end_session_endpoint.as_deref().map_or(Ok(()), check_url)?;
        match self.client_id.as_str() {
            "" => Err(Error::Invalid("the client id is empty")),
            _ => Ok(()),
        }
    }

    pub(super) fn refresh(&self, refresh: &Secret, timeout: Duration) -> Option<Request> {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", refresh.expose())];
        let further = self.refresh_parameters.iter();
        fields.extend(further.map(|(name, value)| (name.as_str(), value.as_str())));
        Some(self.request(&self.token_endpoint, fields, timeout))
    }

    /// The refresh token goes first: with it a server gives up the whole grant.
    pub(super) fn revoke(
        &self,
        leaving: &Leaving,
        timeout: Duration,
    ) -> Option<(Request, Leaving)> {
        let endpoint = self.revocation_endpoint.as_deref()?;
        let (token, hint, left) = match (&leaving.refresh, &leaving.access) {
            (Some(token), _) => {
                (token, "refresh_token", Leaving { refresh: None, ..leaving.clone() })
            }
            (None, Some(token)) => {
                (token, "access_token", Leaving { access: None, ..leaving.clone() })
            }
            (None, None) => return None,
        };
        let fields = vec![("token", token.expose()), ("token_type_hint", hint)];
        Some((self.request(endpoint, fields, timeout), left))
    }

    pub(super) fn end_session(&self, tokens: &Tokens) -> Option<Secret> {
        let endpoint = self.end_session_endpoint.as_deref()?;
        let mut fields = vec![("client_id", self.client_id.as_str())];
        fields.extend(tokens.id.as_ref().map(|id| ("id_token_hint", id.expose())));
        let back = self.post_logout_redirect_uri.as_deref();
        fields.extend(back.map(|uri| ("post_logout_redirect_uri", uri)));
        let sign = if endpoint.contains('?') { '&' } else { '?' };
        let form = form(&fields);
        let mut url = Zeroizing::new(String::with_capacity(endpoint.len() + 1 + form.len()));
        url.push_str(endpoint);
        url.push(sign);
        url.push_str(&form);
        Some(url.into())
    }

    fn request<'a>(
        &'a self,
        url: &str,
        mut fields: Vec<(&'a str, &'a str)>,
        timeout: Duration,
    ) -> Request {
        let authorization = match &self.client_secret {
            Some(ClientSecret::Basic(secret)) => Some(basic(&self.client_id, secret)),
            Some(ClientSecret::Post(secret)) => {
                fields.push(("client_id", &self.client_id));
                fields.push(("client_secret", secret.expose()));
                None
            }
            None => {
                fields.push(("client_id", &self.client_id));
                None
            }
        };
        Request {
            url: url.to_owned(),
            content_type: "application/x-www-form-urlencoded",
            authorization,
            body: SecretBytes::from(form(&fields).as_bytes()),
            timeout,
        }
    }
}

/// RFC 6749, section 2.3.1: both parts are encoded as in a form, and then joined.
fn basic(client_id: &str, secret: &Secret) -> Secret {
    let encode = |text: &str| Zeroizing::new(utf8_percent_encode(text, FORM).to_string());
    let (id, secret) = (encode(client_id), encode(secret.expose()));
    let mut pair = Zeroizing::new(String::with_capacity(id.len() + 1 + secret.len()));
    pair.push_str(&id);
    pair.push(':');
    pair.push_str(&secret);
    let encoded = Zeroizing::new(Base64::encode_string(pair.as_bytes()));
    Secret::new(format!("Basic {}", *encoded))
}

/// A form in a buffer that has its size from the start.
fn form(fields: &[(&str, &str)]) -> Zeroizing<String> {
    let encoded = |text| utf8_percent_encode(text, FORM).map(str::len).sum::<usize>();
    let len: usize = fields.iter().map(|(name, value)| encoded(name) + encoded(value) + 2).sum();
    let mut form = Zeroizing::new(String::with_capacity(len));
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        form.extend(utf8_percent_encode(name, FORM));
        form.push('=');
        form.extend(utf8_percent_encode(value, FORM));
    }
    form
}

/// The answer of a token endpoint. `content-type` is not looked at: an answer that reads as tokens
/// is one, and to refuse it would cost the session, because the refresh token is spent.
pub(super) fn read(response: &Response, wall: u64) -> Answer {
    if let Some((trouble, asked)) = answer::trouble(response, wall) {
        return Answer::Later(trouble, asked);
    }
    let text = std::str::from_utf8(response.body.expose()).ok();
    let members = text.and_then(Json::read).and_then(Json::object);
    let Some(members) = members else {
        return Answer::Later(Trouble::BadAnswer, None);
    };
    if response.status < 300 {
        return match tokens(&members) {
            Some(tokens) => Answer::Tokens(tokens),
            None => Answer::Later(Trouble::BadAnswer, None),
        };
    }
    // RFC 6749, section 5.2.
    match member(&members, "error").and_then(Json::plain_string) {
        Some("invalid_grant") => Answer::Refused,
        Some("temporarily_unavailable" | "server_error" | "slow_down") => {
            Answer::Later(Trouble::Server, None)
        }
        Some(_) => Answer::Later(Trouble::Misconfigured, None),
        None => Answer::Later(Trouble::BadAnswer, None),
    }
}

/// What 400 means at a revocation endpoint (RFC 7009, section 2.2.1). A token that the server does not
/// know is revoked (section 2.2); some servers call that an error.
pub(super) fn not_revoked(response: &Response) -> Revoked {
    let text = std::str::from_utf8(response.body.expose()).ok();
    let members = text.and_then(Json::read).and_then(Json::object).unwrap_or_default();
    match member(&members, "error").and_then(Json::plain_string) {
        Some("invalid_token") => Revoked::Done,
        Some("unsupported_token_type") => Revoked::NotOffered,
        _ => Revoked::Refused,
    }
}

/// RFC 6749, section 5.1. An id token that comes with a refresh is left out: nobody has checked it.
fn tokens(members: &[(Json<'_>, Json<'_>)]) -> Option<Tokens> {
    let text = |name| member(members, name).and_then(text_of).filter(|text| !text.is_empty());
    let bearer = text("token_type").is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    let mut tokens = Tokens::new(text("access_token").filter(|_| bearer)?);
    tokens.refresh = text("refresh_token").map(Secret::from);
    tokens.scope = text("scope").map(|scope| scope.to_string());
    let lifetime = member(members, "expires_in").map(Json::text);
    tokens.lifetime = lifetime.and_then(answer::seconds);
    Some(tokens)
}

#[cfg(test)]
mod tests;
