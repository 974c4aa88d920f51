//! The device code grant (RFC 8628): the person signs in on any device, and confirms a code there.

use keyward_session::Tokens;
use openidconnect::core::{CoreClient, CoreDeviceAuthorizationResponse};
use openidconnect::{AuthType, ClientId, OAuth2TokenResponse};

use super::Wish;
use super::http::{Http, is_safe};
use super::identity::{check, subject, userinfo};
use super::problem::Problem;
use super::provider::Provider;
use crate::account::Person;
use crate::output::{Output, escaped};

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
    let request =
        client.exchange_device_access_token(&details).map_err(|_| Problem::NotAProvider)?;
    let patience = wish.patience.min(details.expires_in());
    let answer = request.request_async(http, tokio::time::sleep, Some(patience)).await?;
    let (tokens, mut person) = check(&answer, &client.id_token_verifier(), None)?;
    if !person.is_whole()
        && let Ok(request) = client.user_info(answer.access_token().clone(), subject(&person))
    {
        userinfo(&mut person, request.request_async(http).await);
    }
    Ok((tokens, person))
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
