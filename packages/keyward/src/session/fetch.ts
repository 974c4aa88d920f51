import type { SessionConfig } from './config.js';
import { SessionError, SessionErrorCodes } from './errors.js';
import type { Origins } from './origins.js';

/** What the doors need of a session. */
export interface BearerSource {
  bearer(): Promise<string>;
  another(refused: string): Promise<string>;
  /** A 401 is the answer, because the body could not be sent again to this address. */
  notReplayed(url: string): void;
}

const PLACEMENT: NonNullable<SessionConfig['placement']> = {
  header: 'authorization',
  scheme: 'Bearer',
};

/** The name of the header that a token goes into. */
export function headerName({ placement = PLACEMENT }: SessionConfig): string {
  return placement.header;
}

/** The header's name and value. */
export function header(token: string, { placement = PLACEMENT }: SessionConfig): [string, string] {
  const { header: name, scheme } = placement;
  const value = scheme === undefined ? token : `${scheme} ${token}`;
  // The platform's own error may quote the token.
  if (!NAME.test(name) || !VALUE.test(value)) {
    throw new SessionError(SessionErrorCodes.Invalid, 'the token fits in no such header');
  }
  return [name, value];
}

// What `Headers` takes, of which making one would be a good part of what a request costs.
const NAME = /^[\w!#$%&'*+\-.^`|~]+$/;
const VALUE = /^[^\0\r\n\u0100-\uffff]*$/;

/** Whether the platform may follow redirects: it takes off `authorization`, and no other header. */
export function followsRedirects(config: SessionConfig): boolean {
  const isAuthorization = headerName(config).toLowerCase() === 'authorization';
  return config.followRedirects === true && isAuthorization;
}

export function authorizedFetch(
  source: BearerSource,
  config: SessionConfig,
  origins: Origins,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = input instanceof Request ? input : undefined;
    const address = origins.address(request?.url ?? String(input));
    if (address === undefined) {
      return globalThis.fetch(input, init);
    }
    const name = headerName(config);
    const given = init?.headers ?? request?.headers;
    const own = given && new Headers(given);
    // A request that is sent with any option at all forgets what it says about the referrer.
    const options = {
      ...(request && { referrer: request.referrer, referrerPolicy: request.referrerPolicy }),
      ...init,
    };
    if (own?.has(name)) {
      // Who brings a header of their own knows better, and the session is not asked.
      return globalThis.fetch(request ?? address, { ...options, headers: own });
    }
    const first = request ?? address;
    const again = repeatable(first, init?.body);
    const wanted = init?.redirect ?? request?.redirect ?? 'follow';
    const guarded = wanted === 'follow' && !followsRedirects(config);
    const signal = init?.signal ?? request?.signal;

    const send = async (to: Request | string, token: string) => {
      const headers = [...(own ?? []), header(token, config)];
      const ask = guarded ? refusingRedirects(globalThis.fetch) : globalThis.fetch;
      return ask(to, { ...options, headers });
    };

    const token = await unlessAborted(() => source.bearer(), signal);
    const response = await send(first, token);
    if (response.status !== 401) {
      return response;
    }
    let next: string;
    try {
      next = await unlessAborted(() => source.another(token), signal);
    } catch (error) {
      if (signal?.aborted) {
        throw error;
      }
      // The server's own answer says more than that there is no other token.
      return response;
    }
    if (again === undefined) {
      // Whoever sends it anew has another token.
      source.notReplayed(address);
      return response;
    }
    // However it ends: nobody wants that answer any more.
    response.body?.cancel().catch(() => undefined);
    return send(again, next);
  };
}

/** A `fetch` that rejects with `Redirected` where the platform's would go elsewhere. */
export function refusingRedirects(ask: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await ask(input, { ...init, redirect: 'manual' });
    if (isRedirect(response)) {
      throw new SessionError(
        SessionErrorCodes.Redirected,
        'the server answered by a redirect, which was not followed: the request carries a token. See followRedirects',
      );
    }
    return response;
  };
}

function isRedirect(response: Response): boolean {
  const moved = response.status >= 300 && response.status < 400 && response.headers.has('location');
  return response.type === 'opaqueredirect' || moved;
}

/**
 * What is sent if the first try is refused; `undefined` where nothing can be. A request's own body is
 * used up by the first try, and Firefox does not even tell whether there is one.
 */
function repeatable(first: Request | string, body: unknown): Request | string | undefined {
  if (isStream(body)) {
    return undefined;
  }
  return typeof first === 'string' || (body !== undefined && body !== null) ? first : first.clone();
}

/** Whether a body can be read only once. Those of Node are no `ReadableStream`, and can be iterated. */
export function isStream(body: unknown): boolean {
  return (
    (typeof ReadableStream === 'function' && body instanceof ReadableStream) ||
    (typeof body === 'object' && body !== null && Symbol.asyncIterator in body)
  );
}

/**
 * What is answered, unless the caller has gone; what it was for goes on for others. Nobody is asked
 * for a caller who has gone already.
 */
export function unlessAborted<T>(
  ask: () => Promise<T>,
  signal: AbortSignal | null | undefined,
): Promise<T> {
  if (!signal) {
    return ask();
  }
  return new Promise((resolve, reject) => {
    const gone = () => reject(signal.reason);
    if (signal.aborted) {
      return gone();
    }
    signal.addEventListener('abort', gone);
    ask()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', gone));
  });
}
