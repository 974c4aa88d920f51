// What a provider says of itself.

import type { AuthorizationServer } from 'oauth4webapi';

import type { OAuthServer } from './config.js';
import { reason, SessionError, SessionErrorCodes } from './errors.js';

/** The library, when it is needed: nobody else has to download it. */
export const library = () => import('oauth4webapi');

/** How long a provider is waited for that nobody has said more of, in milliseconds. */
const PATIENCE = 30_000;

/** A provider, and how many milliseconds its answer is waited for. */
export type Provider = OAuthServer & { readonly timeout?: number | undefined };

const asked = new Map<string, Promise<AuthorizationServer>>();
const known = new Map<string, AuthorizationServer>();

/** The provider's metadata, asked for once in a page. */
export function discover(provider: Provider): Promise<AuthorizationServer> {
  const { issuer } = provider;
  let found = asked.get(issuer);
  if (!found) {
    found = ask(provider).catch((thrown: unknown) => {
      asked.delete(issuer);
      throw new SessionError(
        SessionErrorCodes.Later,
        'the provider could not be asked where its endpoints are; what is kept is unchanged',
        {
          trouble: isNoAnswer(thrown) ? 'noAnswer' : 'badAnswer',
          retryAfter: 0,
          cause: reason(thrown),
        },
      );
    });
    asked.set(issuer, found);
  }
  return found;
}

/** The same, if it has been answered by now. */
export function discovered({ issuer }: Provider): AuthorizationServer | undefined {
  return known.get(issuer);
}

async function ask(provider: Provider): Promise<AuthorizationServer> {
  const issuer = new URL(provider.issuer);
  const oauth = await library();
  return inTime(provider, async (signal) => {
    const response = await oauth.discoveryRequest(issuer, {
      [oauth.allowInsecureRequests]: isLoopback(issuer),
      signal,
    });
    const found = await oauth.processDiscoveryResponse(issuer, response);
    known.set(provider.issuer, found);
    return found;
  });
}

/** Gives up by its signal what a provider takes too long for. */
export async function inTime<T>(
  { timeout }: Provider,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout ?? PATIENCE);
  try {
    return await ask(late.signal);
  } finally {
    clearTimeout(timer);
  }
}

function isNoAnswer(thrown: unknown): boolean {
  return thrown instanceof TypeError || (thrown as { name?: unknown }).name === 'AbortError';
}

/** Whether nobody can read on its way what is sent to `url`. */
export function isSafe(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

/** Whether plain `http` stays on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}
