//! Errors, events and what is known of a session, as objects of JavaScript.

use std::time::Duration;

use keyward_js::js;
use keyward_session::{Error, Event, LoggedOut, Revocation, Secret, SignedOutCause, Trouble, View};
use wasm_bindgen::prelude::*;

/// `{code, message, cause?, trouble?, retryAfter?, thrown?}`; times are in milliseconds.
pub(crate) fn error(error: &Error, thrown: &JsValue) -> JsValue {
    let object =
        js::object(&[("code", &error.code().into()), ("message", &error.to_string().into())]);
    match error {
        Error::SignedOut(why) => js::set(&object, "cause", &cause(*why).into()),
        Error::Later { trouble: what, retry_after } => {
            js::set(&object, "trouble", &trouble(*what).into());
            js::set(&object, "retryAfter", &millis(*retry_after));
        }
        Error::Keep(_) => js::set(&object, "thrown", thrown),
        _ => {}
    }
    object
}

/// `{type, …}`.
pub(crate) fn event(event: &Event) -> JsValue {
    let of = |kind: &str| js::object(&[("type", &kind.into())]);
    match event {
        Event::SignedIn => of("signedIn"),
        Event::Refreshing => of("refreshing"),
        Event::Refreshed => of("refreshed"),
        Event::Deferred { trouble: what, retry_after } => {
            let object = of("deferred");
            js::set(&object, "trouble", &trouble(*what).into());
            js::set(&object, "retryAfter", &millis(*retry_after));
            object
        }
        Event::SignedOut(why) => {
            let object = of("signedOut");
            js::set(&object, "cause", &cause(*why).into());
            object
        }
        // A later version's, which this one has no word for.
        _ => of("other"),
    }
}

/// `{expiresIn?, refreshable, scope?, tokenType?, idToken?, fields?}`, or undefined.
pub(crate) fn view(view: Option<View>) -> JsValue {
    let Some(view) = view else {
        return JsValue::UNDEFINED;
    };
    let object = js::object(&[("refreshable", &view.refreshable.into())]);
    if let Some(left) = view.expires_in {
        js::set(&object, "expiresIn", &millis(left));
    }
    if let Some(scope) = &view.scope {
        js::set(&object, "scope", &scope.as_str().into());
    }
    if let Some(token_type) = &view.token_type {
        js::set(&object, "tokenType", &token_type.as_str().into());
    }
    let secret = |name, secret: &Option<Secret>| {
        if let Some(secret) = secret {
            js::set(&object, name, &secret.expose().into());
        }
    };
    secret("idToken", &view.id);
    secret("fields", &view.fields);
    object
}

/// `{revocation, endSession?}`.
pub(crate) fn logged_out(out: &LoggedOut) -> JsValue {
    let object = js::object(&[("revocation", &revocation(out.revocation).into())]);
    if let Some(url) = &out.end_session {
        js::set(&object, "endSession", &url.expose().into());
    }
    object
}

pub(crate) fn revocation(revocation: Revocation) -> &'static str {
    match revocation {
        Revocation::Done => "done",
        Revocation::Later => "later",
        _ => "notOffered",
    }
}

fn cause(cause: SignedOutCause) -> &'static str {
    match cause {
        SignedOutCause::NeverSignedIn => "neverSignedIn",
        SignedOutCause::Requested => "requested",
        SignedOutCause::AnswerLost => "answerLost",
        SignedOutCause::Expired => "expired",
        SignedOutCause::Elsewhere => "elsewhere",
        _ => "refused",
    }
}

fn trouble(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Offline => "offline",
        Trouble::NoAnswer => "noAnswer",
        Trouble::Server => "server",
        Trouble::TooManyRequests => "tooManyRequests",
        Trouble::BadAnswer => "badAnswer",
        Trouble::Misconfigured => "misconfigured",
        _ => "busy",
    }
}

fn millis(duration: Duration) -> JsValue {
    (duration.as_secs_f64() * 1000.0).round().into()
}
