//! A back end of the app's own: a URL each to log in, refresh and log out, and JSON of any shape,
//! out of which a mapping takes what a session needs.

use std::time::Duration;

use keyward::SecretBytes;
use keyward::secret::Json;
use zeroize::Zeroizing;

use super::{Answer, answer, check_url};
use crate::document::{Leaving, member, text_of};
use crate::error::{Error, Trouble};
use crate::http::{Request, Response};
use crate::secret::Secret;
use crate::tokens::Tokens;

/// Where in an answer's JSON things stand, as JSON Pointers (RFC 6901) without array places.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The token that requests carry.
    pub access: String,
    /// What gets the next one.
    pub refresh: Option<String>,
    /// How long the token lives, in seconds.
    pub expires_in: Option<String>,
    /// The app's own fields: any JSON value.
    pub fields: Option<String>,
}

impl Default for Mapping {
    /// Where OAuth's servers put them.
    fn default() -> Self {
        Self {
            access: "/access_token".to_owned(),
            refresh: Some("/refresh_token".to_owned()),
            expires_in: Some("/expires_in".to_owned()),
            fields: None,
        }
    }
}

/// A back end of the app's own.
///
/// A log-in posts the app's JSON. A refresh posts `{NAME: TOKEN}`, where NAME is
/// [`Backend::refresh_field`], or, for a back end without refresh tokens ([`Mapping::refresh`] is
/// `None`), an empty object. A log-out posts the same. Both carry the access token in the
/// `authorization` header.
#[derive(Debug, Clone)]
pub struct Backend {
    /// Where a person logs in, if the session does that.
    pub log_in: Option<String>,
    /// Where the next token is given. Without it, a token is used until it is refused or expires.
    pub refresh: Option<String>,
    /// Where a person logs out.
    pub log_out: Option<String>,
    /// What the refresh token is called in requests.
    pub refresh_field: String,
    /// Where things stand in the answers of the first two.
    pub mapping: Mapping,
}

impl Default for Backend {
    fn default() -> Self {
        Self {
            log_in: None,
            refresh: None,
            log_out: None,
            refresh_field: "refresh_token".to_owned(),
            mapping: Mapping::default(),
        }
    }
}

impl Backend {
    pub(super) fn validate(&self) -> Result<(), Error> {
        let urls = [&self.log_in, &self.refresh, &self.log_out];
        urls.into_iter().flatten().try_for_each(|url| check_url(url))?;
        let mapping = &self.mapping;
        let pointers = [&mapping.refresh, &mapping.expires_in, &mapping.fields];
        let mut pointers = pointers.into_iter().flatten().chain([&mapping.access]);
        match pointers.all(|pointer| pointer.starts_with('/')) {
            true => Ok(()),
            false => Err(Error::Invalid("a pointer of the mapping does not begin with /")),
        }
    }

    pub(super) fn sign_in(&self, body: &Secret, timeout: Duration) -> Result<Request, Error> {
        let url = self.log_in.clone().ok_or(Error::Invalid("the back end has no log-in URL"))?;
        let body = SecretBytes::from(body.expose().as_bytes());
        Ok(Request { url, content_type: JSON, authorization: None, body, timeout })
    }

    pub(super) fn refresh(&self, tokens: &Tokens, timeout: Duration) -> Option<Request> {
        let url = self.refresh.as_deref()?;
        // A back end that gives refresh tokens has given one, or there is nothing to spend.
        let refresh = match self.mapping.refresh {
            Some(_) => Some(tokens.refresh.as_ref()?),
            None => None,
        };
        Some(self.request(url, refresh, Some(&tokens.access), timeout))
    }

    pub(super) fn log_out(
        &self,
        leaving: &Leaving,
        timeout: Duration,
    ) -> Option<(Request, Leaving)> {
        let url = self.log_out.as_deref()?;
        if leaving.access.is_none() && leaving.refresh.is_none() {
            return None;
        }
        let request = self.request(url, leaving.refresh.as_ref(), leaving.access.as_ref(), timeout);
        Some((request, Leaving { access: None, refresh: None, ..leaving.clone() }))
    }

    fn request(
        &self,
        url: &str,
        refresh: Option<&Secret>,
        access: Option<&Secret>,
        timeout: Duration,
    ) -> Request {
        let body = match refresh {
            Some(refresh) => object(&self.refresh_field, refresh.expose()),
            None => SecretBytes::from(b"{}".as_slice()),
        };
        let bearer = |token: &Secret| {
            let mut value = Zeroizing::new(String::with_capacity(7 + token.expose().len()));
            value.push_str("Bearer ");
            value.push_str(token.expose());
            Secret::from(value)
        };
        let authorization = access.map(bearer);
        Request { url: url.to_owned(), content_type: JSON, authorization, body, timeout }
    }

    /// What an answer to a log-in or a refresh means. A refusal is any of 400, 401, 403 and 422.
    pub(super) fn read(&self, response: &Response, wall: u64) -> Answer {
        if let Some((trouble, asked)) = answer::trouble(response, wall) {
            return Answer::Later(trouble, asked);
        }
        match response.status {
            ..300 => {}
            400 | 401 | 403 | 422 => return Answer::Refused,
            _ => return Answer::Later(Trouble::Misconfigured, None),
        }
        let text = std::str::from_utf8(response.body.expose()).ok();
        match text.and_then(Json::read).and_then(|json| self.mapping.tokens(json)) {
            Some(tokens) => Answer::Tokens(tokens),
            None => Answer::Later(Trouble::BadAnswer, None),
        }
    }
}

const JSON: &str = "application/json";

/// `{name: text}` in a buffer that has its size from the start.
fn object(name: &str, text: &str) -> SecretBytes {
    let map = std::collections::BTreeMap::from([(name, text)]);
    // Names and texts always have a JSON form.
    keyward::Value::json(&map)
        .map_or_else(|_| SecretBytes::default(), |value| SecretBytes::from(value.expose()))
}

impl Mapping {
    fn tokens(&self, json: Json<'_>) -> Option<Tokens> {
        let find = |pointer: &Option<String>| find(json, pointer.as_deref()?);
        let access = text_of(self::find(json, &self.access)?).filter(|text| !text.is_empty())?;
        let mut tokens = Tokens::new(access);
        tokens.refresh = find(&self.refresh).and_then(text_of).map(Secret::from);
        tokens.lifetime = find(&self.expires_in).map(Json::text).and_then(answer::seconds);
        tokens.fields = find(&self.fields).map(|fields| Secret::new(fields.text()));
        Some(tokens)
    }
}

/// What a JSON Pointer points to.
fn find<'a>(json: Json<'a>, pointer: &str) -> Option<Json<'a>> {
    pointer.split('/').skip(1).try_fold(json, |json, step| {
        let step = step.replace("~1", "/").replace("~0", "~");
        member(&json.object()?, &step)
    })
}

#[cfg(test)]
mod tests;
