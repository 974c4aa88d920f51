//! The authorization code flow with PKCE, over a redirect to loopback (RFC 8252).

use keyward_session::Tokens;
use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, CsrfToken, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, RedirectUrl, Scope,
};

use super::http::{Http, is_safe};
use super::identity::{check, subject, userinfo};
use super::problem::Problem;
use super::provider::Provider;
use super::redirect::{Expected, Listener};
use super::{Wish, browser};
use crate::account::Person;
use crate::output::Output;

pub(super) async fn sign_in(
    provider: &Provider,
    wish: &Wish,
    http: &Http,
    output: Output,
    open: bool,
    port: u16,
) -> Result<(Tokens, Person), Problem> {
    let listener = Listener::bind(port).await?;
    let redirect = RedirectUrl::new(listener.redirect_uri()).map_err(|_| Problem::NoIssuer)?;
    let client = CoreClient::from_provider_metadata(
        provider.metadata.clone(),
        ClientId::new(wish.client_id.clone()),
        None,
    )
    .set_redirect_uri(redirect)
    // A public client has no secret, and says its name in the body (RFC 6749, section 3.2.1).
    .set_auth_type(AuthType::RequestBody);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let scopes = provider.scopes(wish);
    let mut request = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .set_pkce_challenge(challenge);
    // Without it, providers leave the refresh token out (OpenID Connect Core, section 11).
    if scopes.contains(&Scope::new("offline_access".to_owned())) {
        request = request.add_prompt(CoreAuthPrompt::Consent);
    }
    let (url, state, nonce) = request.add_scopes(scopes).url();
    if !is_safe(&url) {
        return Err(Problem::NotSafe);
    }
    if open && browser::open(url.as_str()) {
        output.tell("Sign in in the browser that has just been opened. It comes back here.");
    } else {
        output.tell(&format!("Open this address in a browser on this machine to sign in:\n{url}"));
    }
    let expected = Expected {
        state: state.secret().clone(),
        issuer: wish.issuer.clone(),
        names_issuer: provider.names_itself(),
    };
    let waiting = tokio::time::timeout(wish.patience, listener.wait(&expected));
    let code = waiting.await.map_err(|_| Problem::NobodyCame)??;
    let request = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|_| Problem::NotAProvider)?
        .set_pkce_verifier(verifier);
    let answer = request.request_async(http).await?;
    let (tokens, mut person) = check(&answer, &client.id_token_verifier(), Some(&nonce))?;
    if !person.is_whole()
        && let Ok(request) = client.user_info(answer.access_token().clone(), subject(&person))
    {
        userinfo(&mut person, request.request_async(http).await);
    }
    Ok((tokens, person))
}
