// What a provider says of itself.

import type { AuthorizationServer } from 'oauth4webapi';

import type { OAuthServer } from './config.js';
import { reason, SessionError, SessionErrorCodes } from './errors.js';

/** The library, when it is needed: nobody else has to download it. */
export const library = () => import('oauth4webapi');

const known = new Map<string, Promise<AuthorizationServer>>();

/** The provider's metadata, asked for once in a page. */
export function discover({ issuer }: OAuthServer): Promise<AuthorizationServer> {
  let found = known.get(issuer);
  if (!found) {
    found = ask(new URL(issuer)).catch((thrown: unknown) => {
      known.delete(issuer);
      throw new SessionError(
        SessionErrorCodes.Later,
        'the provider could not be asked where its endpoints are; what is kept is unchanged',
        {
          trouble: thrown instanceof TypeError ? 'noAnswer' : 'badAnswer',
          retryAfter: 0,
          cause: reason(thrown),
        },
      );
    });
    known.set(issuer, found);
  }
  return found;
}

async function ask(issuer: URL): Promise<AuthorizationServer> {
  const oauth = await library();
  const options = { [oauth.allowInsecureRequests]: isLoopback(issuer) };
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
}

/** Whether plain `http` stays on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}
