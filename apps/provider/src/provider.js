// The provider: oidc-provider with rotation of refresh tokens, and detection of their reuse.

import { generateKeyPairSync, randomBytes } from 'node:crypto';

import Provider from 'oidc-provider';

import * as pages from './sign-in.js';
import { USER } from './users.js';

/** The app in the browser, and the program in a terminal. Neither has a secret. */
export const CLIENTS = { app: 'keyward-app', native: 'keyward-native' };

export function makeProvider(issuer, options, key, log) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENTS.app,
        client_name: 'Getting started',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: options.redirects,
        post_logout_redirect_uris: options.apps.map((app) => `${app}/`),
      },
      {
        client_id: CLIENTS.native,
        client_name: 'keyward, the command',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: [
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code',
        ],
        // Any port of loopback: RFC 8252, section 7.3.
        redirect_uris: [
          'http://127.0.0.1/',
          'http://127.0.0.1/callback',
          'http://[::1]/',
          'http://[::1]/callback',
          'http://localhost/callback',
        ],
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    // The id token itself has the name: an app that shows it needs no second request.
    conformIdTokenClaims: false,
    findAccount: (_ctx, id) =>
      id === USER.sub ? { accountId: id, claims: () => ({ sub: id, name: USER.name, email: USER.email }) } : undefined,
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      rpInitiatedLogout: { enabled: true, ...pages.logout },
      deviceFlow: { enabled: true, ...pages.device },
    },
    pkce: { required: () => true },
    // Each refresh token is good for one refresh. A second one ends the whole grant.
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // A token lives as long as it says, whatever becomes of the provider's own cookie.
    expiresWithSession: () => false,
    clientBasedCORS: (_ctx, origin) => options.apps.includes(origin),
    interactions: { url: (_ctx, { uid }) => `/sign-in/${uid}` },
    renderError: pages.renderError,
    loadExistingGrant,
    ttl: {
      AccessToken: options.accessTokenLife,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: 14 * 86_400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: options.refreshTokenLife,
      Session: 86_400,
    },
  });
  provider.use((ctx, next) => watch(ctx, next, log));
  return provider;
}

/** Both clients are this project's own: nobody is asked what they may do. */
async function loadExistingGrant({ oidc }) {
  const { Grant } = oidc.provider;
  const known = oidc.result?.consent?.grantId ?? oidc.session.grantIdFor(oidc.client.clientId);
  if (known) {
    const grant = await Grant.find(known);
    // A sign-out revokes the grant while the provider's cookie lives on.
    if (grant) return grant;
  }
  const grant = new Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope('openid profile email offline_access');
  await grant.save();
  return grant;
}

/** Writes down what becomes of each code and each refresh token. */
async function watch(ctx, next, log) {
  await next();
  const { params, route } = ctx.oidc ?? {};
  const ok = ctx.status === 200;
  if (route === 'token') {
    if (params?.grant_type === 'refresh_token' && params.refresh_token) {
      log.presented(params.refresh_token, 'openid', ok);
    }
    if (params?.grant_type === 'authorization_code' && params.code) log.exchanged(params.code, ok);
    if (ok && ctx.body?.refresh_token) log.issued(ctx.body.refresh_token, 'openid');
  } else if (route === 'revocation' && ok && params?.token) {
    log.revoked(params.token);
  }
}

/** What signs id tokens. */
export function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') };
}
