//! A session's configuration, out of the object that `packages/keyward/src/session` makes.

use std::time::Duration;

use keyward_js::js;
use keyward_session::{Backend, Config, Error, Mapping, OAuth, Placement, Secret, Server, Tokens};
use wasm_bindgen::prelude::*;

fn text(of: &JsValue, name: &str) -> Option<String> {
    js::get(of, name).as_string()
}

fn needed(of: &JsValue, name: &str, why: &'static str) -> Result<String, Error> {
    text(of, name).ok_or(Error::Invalid(why))
}

fn millis(of: &JsValue, name: &str) -> Option<Duration> {
    let millis = js::get(of, name).as_f64()?;
    Duration::try_from_secs_f64(millis / 1000.0).ok()
}

/// Reads the whole of it.
pub(crate) fn read(config: &JsValue) -> Result<Config, Error> {
    let entry = needed(config, "entry", "a session needs an entry's name")?;
    let mut read = Config::new(entry, server(&js::get(config, "server"))?);
    if let Some(leeway) = millis(config, "leeway") {
        read.leeway = leeway;
    }
    if let Some(timeout) = millis(config, "timeout") {
        read.timeout = timeout;
        // Longer than an answer may take: that of another tab is waited for.
        read.patience = timeout + timeout / 2;
    }
    if let Some(age) = millis(config, "revocationMaxAge") {
        read.revocation_max_age = age;
    }
    let placement = js::get(config, "placement");
    if js::is_some(&placement) {
        let header = needed(&placement, "header", "a placement needs a header")?;
        read.placement =
            Placement { header: header.to_ascii_lowercase(), scheme: text(&placement, "scheme") };
    }
    Ok(read)
}

fn server(server: &JsValue) -> Result<Server, Error> {
    match text(server, "kind").as_deref() {
        Some("oauth") => {
            let endpoint = needed(server, "tokenEndpoint", "there is no token endpoint")?;
            let mut oauth = OAuth::new(endpoint, text(server, "clientId").unwrap_or_default());
            oauth.revocation_endpoint = text(server, "revocationEndpoint");
            oauth.end_session_endpoint = text(server, "endSessionEndpoint");
            oauth.post_logout_redirect_uri = text(server, "postLogoutRedirectUri");
            let further = js::get(server, "refreshParameters");
            if further.is_object() {
                let entries = js_sys::Object::entries(further.unchecked_ref());
                let pair = |entry: JsValue| {
                    let pair: js_sys::Array = entry.unchecked_into();
                    Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
                };
                oauth.refresh_parameters = entries.iter().filter_map(pair).collect();
            }
            Ok(Server::OAuth(oauth))
        }
        Some("backend") => {
            let mut backend = Backend {
                log_in: text(server, "logIn"),
                refresh: text(server, "refresh"),
                log_out: text(server, "logOut"),
                ..Backend::default()
            };
            if let Some(field) = text(server, "refreshField") {
                backend.refresh_field = field;
            }
            let mapping = js::get(server, "mapping");
            if js::is_some(&mapping) {
                backend.mapping = Mapping {
                    access: needed(&mapping, "access", "a mapping says where the token is")?,
                    refresh: text(&mapping, "refresh"),
                    expires_in: text(&mapping, "expiresIn"),
                    fields: text(&mapping, "fields"),
                };
            }
            Ok(Server::Backend(backend))
        }
        Some("key") => Ok(Server::Key),
        _ => Err(Error::Invalid("a session needs a server")),
    }
}

/// Tokens that a sign-in has brought.
pub(crate) fn tokens(tokens: &JsValue) -> Result<Tokens, Error> {
    let access = needed(tokens, "accessToken", "there is no access token")?;
    let mut read = Tokens::new(access);
    read.refresh = text(tokens, "refreshToken").map(Secret::from);
    read.id = text(tokens, "idToken").map(Secret::from);
    read.scope = text(tokens, "scope");
    read.fields = text(tokens, "fields").map(Secret::from);
    let seconds = js::get(tokens, "expiresIn").as_f64();
    read.lifetime = match seconds {
        None => None,
        Some(seconds) => Some(
            Duration::try_from_secs_f64(seconds)
                .map_err(|_| Error::Invalid("a token's life is a number of seconds"))?,
        ),
    };
    Ok(read)
}
