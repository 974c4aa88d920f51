//! The device code grant (RFC 8628): the person signs in on any device, and confirms a code there.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use keyward_session::Tokens;
use openidconnect::core::{CoreClient, CoreDeviceAuthorizationResponse};
use openidconnect::{
    AsyncHttpClient, AuthType, ClientId, DeviceCodeErrorResponse, DeviceCodeErrorResponseType,
    HttpRequest, HttpResponse, OAuth2TokenResponse,
};

use super::Wish;
use super::http::{Http, Unanswered, is_passing, is_safe};
use super::identity::{check, subject, userinfo};
use super::problem::Problem;
use super::provider::Provider;
use crate::account::Person;
use crate::output::{Output, escaped};

/// How long it may become, after failures, until the provider is asked once more; longer only where
/// the provider itself wants it.
const MAX_PAUSE: Duration = Duration::from_secs(30);

pub(super) async fn sign_in(
    provider: &Provider,
    wish: &Wish,
    http: &Http,
    output: Output,
) -> Result<(Tokens, Person), Problem> {
    let endpoint = provider.device_endpoint().ok_or(Problem::NoDeviceFlow)?.clone();
    let client = CoreClient::from_provider_metadata(
        provider.metadata.clone(),
        ClientId::new(wish.client_id.clone()),
        None,
    )
    .set_device_authorization_url(endpoint)
    .set_auth_type(AuthType::RequestBody);
    let mut request = client.exchange_device_code();
    for scope in provider.scopes(wish) {
        request = request.add_scope(scope);
    }
    let details: CoreDeviceAuthorizationResponse = request.request_async(http).await?;
    show(&details, output)?;
    let request = client
        .exchange_device_access_token(&details)
        .map_err(|_| Problem::NotAProvider)?
        .set_max_backoff_interval(MAX_PAUSE.max(details.interval()));
    let patience = wish.patience.min(details.expires_in());
    let asking = Asking { http, trouble: Cell::new(None) };
    let answer = request.request_async(&asking, tokio::time::sleep, Some(patience)).await;
    let answer = answer.map_err(|error| match asking.trouble.get() {
        Some(trouble) => trouble.into(),
        None => Problem::from(error),
    })?;
    let (tokens, mut person) = check(&answer, &client.id_token_verifier(), None)?;
    if !person.is_whole()
        && let Ok(request) = client.user_info(answer.access_token().clone(), subject(&person))
    {
        userinfo(&mut person, request.request_async(http).await);
    }
    Ok((tokens, person))
}

/// Asks whether the person has confirmed. The code is good until it expires, so that a provider which
/// cannot be reached or cannot answer now is asked again, after a longer pause each time (section 3.5);
/// the library does that where there is no answer at all.
struct Asking<'a> {
    http: &'a Http,
    /// What went wrong the last time.
    trouble: Cell<Option<Unanswered>>,
}

impl Asking<'_> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
        let answer = match self.http.send(request).await {
            Ok(answer) if is_passing(answer.status().as_u16()) && !says_wait(answer.body()) => {
                Err(Unanswered::Unwell)
            }
            answer => answer,
        };
        self.trouble.set(answer.as_ref().err().copied());
        answer
    }
}

impl<'c> AsyncHttpClient<'c> for Asking<'_> {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Whether an answer, whatever its status, is one of the grant's own that the library goes on after.
fn says_wait(body: &[u8]) -> bool {
    use DeviceCodeErrorResponseType::{AuthorizationPending, SlowDown};
    serde_json::from_slice::<DeviceCodeErrorResponse>(body)
        .is_ok_and(|told| matches!(told.error(), AuthorizationPending | SlowDown))
}

/// Says where to go, and which code to enter there. Both come from the provider.
fn show(details: &CoreDeviceAuthorizationResponse, output: Output) -> Result<(), Problem> {
    let place = details.verification_uri();
    if !is_safe(place.url()) {
        return Err(Problem::NotSafe);
    }
    output.tell(&format!(
        "Open {} in any browser, sign in, and enter the code {}",
        escaped(place.as_str()),
        escaped(details.user_code().secret())
    ));
    if let Some(whole) = details.verification_uri_complete() {
        output.tell(&format!("or open {}", escaped(whole.secret())));
    }
    Ok(())
}
