import { SessionError, SessionErrorCodes } from './errors.js';
import { isLoopback } from './provider.js';

/** The origins that a token goes to. */
export class Origins {
  readonly #allowed: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.#allowed = new Set(
      origins.map((text) => {
        const url = parse(text);
        const safe =
          url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)));
        if (!safe) {
          throw new SessionError(
            SessionErrorCodes.Invalid,
            'an origin is https://host, or http on loopback: a token must not be read on its way',
          );
        }
        return url.origin;
      }),
    );
  }

  /** Whether a request to `url`, which may be relative to the page, carries a token. */
  allow(url: string): boolean {
    const parsed = parse(url, globalThis.location?.href);
    return parsed !== undefined && this.#allowed.has(parsed.origin);
  }
}

function parse(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
