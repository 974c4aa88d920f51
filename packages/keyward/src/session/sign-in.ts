// Authorization code with PKCE. What is checked, `oauth4webapi` checks: state, nonce, issuer, and the
// id token with its signature.

import type { Tokens } from './config.js';
import { reason, SessionError, SessionErrorCodes } from './errors.js';
import { discover, inTime, isLoopback, library, type Provider } from './provider.js';

/** What has to be known again when the browser is back. */
interface Pending {
  /** Nobody else is shown the code and its verifier. */
  readonly issuer: string;
  readonly verifier: string;
  readonly nonce: string;
  readonly state: unknown;
}

const PREFIX = 'keyward.sign-in.';
const CHANNEL = 'keyward.sign-in';
/** How long another window may take to say that a sign-in is its own, in milliseconds. */
const PATIENCE = 3000;
/** How often it is seen whether the person has closed the window, in milliseconds. */
const LOOK = 500;

export async function redirect(server: Provider, state: unknown): Promise<void> {
  const { url, id, pending } = await begin(server, state);
  // As long as the tab: the page that comes back is another one.
  sessionStorage.setItem(PREFIX + id, JSON.stringify(pending));
  location.assign(url);
}

export async function popup(server: Provider): Promise<Tokens> {
  const window_ = window.open('', '_blank', 'popup,width=480,height=680');
  if (!window_) {
    throw new SessionError(SessionErrorCodes.SignInFailed, 'the browser has blocked the window');
  }
  try {
    const { url, id, pending } = await begin(server, undefined);
    const back = answer(id, window_);
    window_.location.href = url;
    return await exchange(server, new URL(await back), id, pending);
  } finally {
    window_.close();
  }
}

/** The address that the window came back with, which it tells over a channel of the origin. */
function answer(id: string, window_: Window): Promise<string> {
  const channel = new BroadcastChannel(CHANNEL);
  let timer: ReturnType<typeof setInterval> | undefined;
  return new Promise<string>((resolve, reject) => {
    channel.onmessage = ({ data }: MessageEvent<{ url?: string }>) => {
      if (data.url !== undefined && parameters(new URL(data.url)).get('state') === id) {
        channel.postMessage({ taken: id });
        resolve(data.url);
      }
    };
    timer = setInterval(() => {
      if (window_.closed) {
        reject(cancelled());
      }
    }, LOOK);
  }).finally(() => {
    clearInterval(timer);
    channel.close();
  });
}

/** Completes a redirect; `undefined` in a window whose opener completes it. */
export async function complete(
  server: Provider,
  address: string,
): Promise<{ tokens: Tokens; state: unknown } | undefined> {
  const url = new URL(address);
  const id = parameters(url).get('state');
  if (id === null) {
    throw new SessionError(
      SessionErrorCodes.Invalid,
      'this is no address that a provider sends to',
    );
  }
  const stored = sessionStorage.getItem(PREFIX + id);
  if (stored === null) {
    await handOver(url.href, id);
    window.close();
    return undefined;
  }
  const pending = JSON.parse(stored) as Pending;
  if (pending.issuer !== server.issuer) {
    throw new SessionError(
      SessionErrorCodes.Invalid,
      'this sign-in was begun at another provider, whose session has to complete it',
    );
  }
  sessionStorage.removeItem(PREFIX + id);
  // The code is good once, and has no place in the history. What is not the protocol's stays.
  history.replaceState(history.state, '', without(url, server.redirectUri));
  return { tokens: await exchange(server, url, id, pending), state: pending.state };
}

/** Tells the window that waits for this sign-in. */
function handOver(url: string, id: string): Promise<void> {
  const channel = new BroadcastChannel(CHANNEL);
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new Promise<void>((resolve, reject) => {
    channel.onmessage = ({ data }: MessageEvent<{ taken?: string }>) => {
      if (data.taken === id) {
        resolve();
      }
    };
    timer = setTimeout(
      () =>
        reject(new SessionError(SessionErrorCodes.SignInFailed, 'nobody waits for this sign-in')),
      PATIENCE,
    );
    channel.postMessage({ url });
  }).finally(() => {
    clearTimeout(timer);
    channel.close();
  });
}

async function begin(server: Provider, state: unknown) {
  const [oauth, provider] = await Promise.all([library(), discover(server)]);
  const verifier = oauth.generateRandomCodeVerifier();
  const [id, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  if (provider.authorization_endpoint === undefined || server.redirectUri === undefined) {
    throw new SessionError(
      SessionErrorCodes.Invalid,
      'a sign-in needs redirectUri, and a provider that has one',
    );
  }
  const url = new URL(provider.authorization_endpoint);
  const query = {
    ...server.parameters,
    client_id: server.clientId,
    redirect_uri: server.redirectUri,
    response_type: 'code',
    scope: server.scope ?? 'openid profile email offline_access',
    state: id,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(query)) {
    url.searchParams.set(name, value);
  }
  const pending: Pending = { issuer: server.issuer, verifier, nonce, state };
  return { url: url.href, id, pending };
}

async function exchange(
  server: Provider,
  url: URL,
  id: string,
  { verifier, nonce }: Pending,
): Promise<Tokens> {
  if (parameters(url).get('error') === 'access_denied') {
    throw cancelled();
  }
  const [oauth, found] = await Promise.all([library(), discover(server)]);
  const { tokenEndpoint: token_endpoint } = server;
  const provider = { ...found, ...(token_endpoint !== undefined && { token_endpoint }) };
  const client = { client_id: server.clientId };
  try {
    const checked = oauth.validateAuthResponse(provider, client, parameters(url), id);
    const { result, claims } = await inTime(server, async (signal) => {
      const options = (endpoint?: string) => ({
        [oauth.allowInsecureRequests]: endpoint !== undefined && isLoopback(new URL(endpoint)),
        signal,
      });
      const response = await oauth.authorizationCodeGrantRequest(
        provider,
        client,
        oauth.None(),
        checked,
        server.redirectUri!,
        verifier,
        options(provider.token_endpoint),
      );
      const isOpenId = (server.scope ?? 'openid').split(' ').includes('openid');
      const result = await oauth.processAuthorizationCodeResponse(provider, client, response, {
        requireIdToken: isOpenId,
        ...(isOpenId && { expectedNonce: nonce }),
      });
      if (result.token_type !== 'bearer') {
        throw new Error('the token is of another type than Bearer');
      }
      const claims = oauth.getValidatedIdTokenClaims(result);
      if (claims) {
        await oauth.validateApplicationLevelSignature(
          provider,
          response,
          options(provider.jwks_uri),
        );
      }
      return { result, claims };
    });
    const fields = claims && (server.fields ?? own)(claims);
    return {
      accessToken: result.access_token,
      ...(result.refresh_token !== undefined && { refreshToken: result.refresh_token }),
      ...(result.id_token !== undefined && { idToken: result.id_token }),
      ...(result.expires_in !== undefined && { expiresIn: result.expires_in }),
      ...(result.scope !== undefined && { scope: result.scope }),
      ...(fields !== undefined && { fields }),
    };
  } catch (thrown) {
    throw new SessionError(
      SessionErrorCodes.SignInFailed,
      'the sign-in did not come to its end; nothing was kept of it',
      { cause: reason(thrown) },
    );
  }
}

const own = ({ sub, name, email }: Readonly<Record<string, unknown>>) => ({ sub, name, email });

/** What an authorization response may hold, as it is registered for OAuth and OpenID Connect. */
const RESPONSE = [
  'access_token',
  'code',
  'error',
  'error_description',
  'error_uri',
  'expires_in',
  'id_token',
  'iss',
  'response',
  'scope',
  'session_state',
  'state',
  'token_type',
];

/** The place of an address, without what the provider has added to `redirectUri`. */
function without({ href }: URL, redirectUri: string | undefined): string {
  const [left, own] = [new URL(href), new URL(redirectUri ?? '', href).searchParams];
  for (const name of RESPONSE.filter((name) => !own.has(name))) {
    left.searchParams.delete(name);
  }
  return left.pathname + left.search + left.hash;
}

/** What the provider has added to the address. */
const parameters = (url: URL) => url.searchParams;

const cancelled = () =>
  new SessionError(SessionErrorCodes.SignInCancelled, 'the sign-in was cancelled');
