// Where a provider's endpoints are. A session has to work while the provider is away: a fresh token
// comes from the vault, and a sign-out clears it. So nobody is asked before there is something to
// send; until then an endpoint is a name.

import type { LoggedOut, SessionConfig } from './config.js';
import { SessionError, SessionErrorCodes } from './errors.js';
import { discover, discovered, isSafe, type Provider } from './provider.js';

const NAMES = {
  tokenEndpoint: 'token_endpoint',
  revocationEndpoint: 'revocation_endpoint',
  endSessionEndpoint: 'end_session_endpoint',
} as const;

type Name = (typeof NAMES)[keyof typeof NAMES];

export class Endpoints {
  /** The server, as the module reads it. */
  readonly described: unknown;
  /** Who is asked for the endpoints that the app has not given. */
  readonly #provider: Provider | undefined;

  constructor({ server, timeout }: SessionConfig) {
    if (server === 'key') {
      this.described = { kind: 'key' };
    } else if (!('issuer' in server)) {
      this.described = { kind: 'backend', ...server };
    } else if (server.tokenEndpoint !== undefined) {
      this.described = { ...server, kind: 'oauth' };
    } else {
      this.#provider = { ...server, timeout };
      this.described = {
        ...server,
        kind: 'oauth',
        tokenEndpoint: name(server, NAMES.tokenEndpoint),
        revocationEndpoint: server.revocationEndpoint ?? name(server, NAMES.revocationEndpoint),
        endSessionEndpoint: server.endSessionEndpoint ?? name(server, NAMES.endSessionEndpoint),
      };
    }
  }

  /**
   * Where a URL of {@link Endpoints.described} is; `undefined` when the provider has none such, which
   * a refresh cannot do without.
   */
  async locate(url: string): Promise<string | undefined> {
    const provider = this.#provider;
    const wanted = provider && Object.values(NAMES).find((it) => url === name(provider, it));
    if (!wanted) {
      return url;
    }
    const found = endpoint(await discover(provider), wanted);
    if (found === undefined && wanted === NAMES.tokenEndpoint) {
      throw new SessionError(
        SessionErrorCodes.Invalid,
        'the provider does not say where tokens are asked for',
      );
    }
    return found;
  }

  /** What became of a revocation, of which the module knows no more than that it is over. */
  revoked(revocation: LoggedOut['revocation']): LoggedOut['revocation'] {
    if (!this.#provider || this.#provider.revocationEndpoint || revocation !== 'done') {
      return revocation;
    }
    const found = discovered(this.#provider);
    return found && found.revocation_endpoint === undefined ? 'notOffered' : revocation;
  }

  /** A sign-out, with the address at the provider where the module has only the name. */
  async loggedOut(out: LoggedOut): Promise<LoggedOut> {
    const told = { ...out, revocation: this.revoked(out.revocation) };
    const provider = this.#provider;
    const named = provider && name(provider, NAMES.endSessionEndpoint);
    if (!named || !out.endSession?.startsWith(named)) {
      return told;
    }
    const { endSession, ...rest } = told;
    try {
      // One that has just not answered is not waited for again.
      const found =
        discovered(provider) ?? (out.revocation === 'later' ? undefined : await discover(provider));
      const place = found && endpoint(found, NAMES.endSessionEndpoint);
      const query = endSession!.slice(named.length + 1);
      return place ? { ...rest, endSession: `${place}${sign(place)}${query}` } : rest;
    } catch {
      return rest;
    }
  }
}

/** What stands for an endpoint: a URL of the provider that nothing is ever sent to. */
const name = ({ issuer }: { issuer: string }, endpoint: Name) => `${issuer}#${endpoint}`;

const sign = (url: string) => (url.includes('?') ? '&' : '?');

function endpoint(found: { readonly [name in Name]?: string }, wanted: Name): string | undefined {
  const url = found[wanted];
  if (url !== undefined && !isSafe(new URL(url))) {
    throw new SessionError(
      SessionErrorCodes.Invalid,
      'an endpoint must be https; http is for loopback alone',
    );
  }
  return url;
}
