// Where an app may have its token: in a session of Keyward, or in what two libraries keep of a sign-in.
// Each has what such a sign-in brings, put there by its own public means.

import { Auth0Client, type CacheEntry, CacheKey, type ICache } from '@auth0/auth0-spa-js';
import { InMemoryCache, LocalStorageCache } from '@auth0/auth0-spa-js';
import { Vault, VaultType } from 'keyward';
import { Session } from 'keyward/session';
import {
  InMemoryWebStorage,
  User,
  UserManager,
  WebStorageStateStore,
  type UserManagerSettings,
} from 'oidc-client-ts';

/** What gives the token for a request. */
export type Holder = () => Promise<string>;

const HOUR = 3600;
const CLIENT = 'bench';
const SCOPE = 'openid profile email offline_access';
const profile = {
  iss: 'https://id.example.org/',
  aud: CLIENT,
  sub: 'ada',
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  iat: Math.floor(Date.now() / 1000),
  exp: Math.floor(Date.now() / 1000) + HOUR,
};
/** As long as tokens are that say something themselves. */
export const TOKEN = 'x'.repeat(800);
const ID_TOKEN = 'y'.repeat(900);
const REFRESH_TOKEN = 'z'.repeat(43);

/** A session that nobody refreshes while it is measured. */
export async function keyward(): Promise<Session> {
  const vault = new Vault();
  await vault.initialize({ key: CLIENT, type: VaultType.SecureStorage });
  const { origin } = location;
  const session = new Session({ vault, server: { refresh: `${origin}/renew` }, origins: [origin] });
  await session.begin({
    accessToken: TOKEN,
    refreshToken: REFRESH_TOKEN,
    idToken: ID_TOKEN,
    expiresIn: HOUR,
  });
  return session;
}

/** oidc-client-ts, by default over sessionStorage. */
export async function oidcClient(more: Partial<UserManagerSettings> = {}): Promise<Holder> {
  const manager = new UserManager({
    authority: profile.iss,
    client_id: CLIENT,
    redirect_uri: `${location.origin}/signed-in`,
    automaticSilentRenew: false,
    ...more,
  });
  const user = new User({
    access_token: TOKEN,
    id_token: ID_TOKEN,
    refresh_token: REFRESH_TOKEN,
    token_type: 'Bearer',
    scope: SCOPE,
    profile,
    expires_at: profile.exp,
  });
  await manager.storeUser(user);
  return async () => (await manager.getUser())!.access_token;
}

/** oidc-client-ts over memory: what it keeps is JSON there, too. */
export const oidcClientInMemory = () =>
  oidcClient({ userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }) });

/** auth0-spa-js; `cache-only`: a token that it does not find is an error, and no request. */
async function auth0(cache: ICache): Promise<Holder> {
  const audience = 'default';
  const body: CacheEntry = {
    access_token: TOKEN,
    refresh_token: REFRESH_TOKEN,
    token_type: 'Bearer',
    expires_in: HOUR,
    audience,
    scope: SCOPE,
    client_id: CLIENT,
  };
  const key = new CacheKey({ clientId: CLIENT, audience, scope: SCOPE });
  await cache.set(key.toKey(), { body, expiresAt: profile.exp });
  const claims = { ...profile, __raw: ID_TOKEN };
  const idKey = new CacheKey({ clientId: CLIENT }, undefined, '@@user@@');
  await cache.set(idKey.toKey(), { id_token: ID_TOKEN, decodedToken: { claims, user: claims } });
  const client = new Auth0Client({
    domain: 'id.example.org',
    clientId: CLIENT,
    cache,
    useRefreshTokens: true,
  });
  return async () => (await client.getTokenSilently({ cacheMode: 'cache-only' }))!;
}

export const auth0InMemory = () => auth0(new InMemoryCache().enclosedCache);
export const auth0InLocalStorage = () => auth0(new LocalStorageCache());
