//! Requests to token endpoints, by the page's `fetch`.

use async_trait::async_trait;
use js_sys::{Function, Promise, Uint8Array};
use keyward::{Cause, SecretBytes};
use keyward_js::js;
use keyward_session::{Http, HttpError, MAX_BODY_LEN, Request, Response};
use wasm_bindgen::prelude::*;

/// Sends by the page's `fetch`.
pub(crate) struct Fetch {
    /// Answers a promise of where an endpoint is: a provider need not have been asked for its
    /// endpoints before there is something to send. Undefined when it has no such endpoint.
    pub(crate) endpoint: Function,
}

/// Gives a request up when nobody waits for it any more.
struct Abort(JsValue);

impl Drop for Abort {
    fn drop(&mut self) {
        let _ = js::call(&self.0, "abort", &[]);
    }
}

#[async_trait(?Send)]
impl Http for Fetch {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let limit = i32::try_from(request.timeout.as_millis()).unwrap_or(i32::MAX);
        let Some(url) = self.locate(&request.url, limit).await? else {
            // Nobody has to be told, and that is the end of it.
            return Ok(bodiless(200));
        };
        let abort = Abort(js::construct("AbortController", &[]).unwrap_or_default());
        let response =
            js::within(limit, &fetch(&url, &request, &abort)).await.map_err(no_answer)?;
        // An answer that leads elsewhere is none: what it is asked for must go to nobody else.
        if js::get(&response, "type").as_string().as_deref() == Some("opaqueredirect") {
            return Ok(bodiless(302));
        }
        let headers = js::get(&response, "headers");
        let header = |name: &str| {
            let value = js::call(&headers, "get", &[&name.into()]).unwrap_or_default();
            value.as_string()
        };
        let status = js::get(&response, "status").as_f64().unwrap_or_default() as u16;
        Ok(Response {
            status,
            retry_after: header("retry-after"),
            date: header("date"),
            body: read(&js::get(&response, "body"), limit).await?,
        })
    }
}

impl Fetch {
    /// Where a request goes; `None` when the provider has no such endpoint. Most of the time that a
    /// request has is left to it: to be cut short once it is sent may cost the session.
    async fn locate(&self, url: &str, limit_ms: i32) -> Result<Option<JsValue>, HttpError> {
        let asked = self.endpoint.call1(&JsValue::NULL, &url.into());
        let asked = asked.unwrap_or_else(|thrown| Promise::reject(&thrown).into());
        match js::within(limit_ms / 3, &asked).await {
            Ok(url) => Ok(js::is_some(&url).then_some(url)),
            // Nothing was sent, so that no answer can have been lost, whatever the provider said.
            Err(thrown) => Err(HttpError::NotSent(Cause::new(js::name(&thrown)))),
        }
    }
}

fn bodiless(status: u16) -> Response {
    Response { status, retry_after: None, date: None, body: SecretBytes::from(Vec::new()) }
}

fn fetch(url: &JsValue, request: &Request, abort: &Abort) -> JsValue {
    let headers = js::object(&[("content-type", &request.content_type.into())]);
    if let Some(authorization) = &request.authorization {
        js::set(&headers, "authorization", &authorization.expose().into());
    }
    let body = Uint8Array::from(request.body.expose());
    let options = js::object(&[
        ("method", &"POST".into()),
        ("headers", &headers),
        ("body", &body),
        ("redirect", &"manual".into()),
        ("cache", &"no-store".into()),
        ("credentials", &"omit".into()),
        ("referrerPolicy", &"no-referrer".into()),
        // A tab that is closed in the middle of a refresh has spent its token all the same.
        ("keepalive", &true.into()),
        ("signal", &js::get(&abort.0, "signal")),
    ]);
    let promise = js::call(&js::global(), "fetch", &[url, &options]);
    promise.unwrap_or_else(|thrown| Promise::reject(&thrown).into())
}

/// A page is not told whether a request that failed has reached the server.
fn no_answer(thrown: JsValue) -> HttpError {
    let online = js::get(&js::global_path(&["navigator"]), "onLine");
    let cause = Cause::new(js::name(&thrown));
    if online == JsValue::FALSE { HttpError::NotSent(cause) } else { HttpError::NoAnswer(cause) }
}

/// Reads a body piece by piece, so that an endless one is not waited for.
async fn read(stream: &JsValue, limit_ms: i32) -> Result<SecretBytes, HttpError> {
    if !js::is_some(stream) {
        return Ok(SecretBytes::from(Vec::new()));
    }
    let reader = js::call(stream, "getReader", &[]).map_err(|_| HttpError::BadBody)?;
    let mut pieces: Vec<Uint8Array> = Vec::new();
    let mut length = 0;
    loop {
        let piece = js::call_within(limit_ms, &reader, "read", &[]).await;
        let piece = piece.map_err(|thrown| match thrown.is_undefined() {
            true => HttpError::NoAnswer(Cause::new("no answer in time")),
            false => HttpError::BadBody,
        })?;
        if js::get(&piece, "done").is_truthy() {
            break;
        }
        let bytes: Uint8Array = js::get(&piece, "value").unchecked_into();
        length += bytes.length() as usize;
        if length > MAX_BODY_LEN {
            js::ignore(js::call(&reader, "cancel", &[]).unwrap_or_default());
            return Err(HttpError::BadBody);
        }
        pieces.push(bytes);
    }
    let mut body = vec![0; length];
    let mut rest = body.as_mut_slice();
    for piece in pieces {
        let (here, after) = rest.split_at_mut(piece.length() as usize);
        piece.copy_to(here);
        // What the browser holds of it goes as well.
        piece.fill(0, 0, piece.length());
        rest = after;
    }
    Ok(SecretBytes::from(body))
}
