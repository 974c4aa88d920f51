import { SessionError, SessionErrorCodes } from './errors.js';
import { isSafe } from './provider.js';

/** The origins that a token goes to. */
export class Origins {
  readonly #allowed: ReadonlySet<string>;
  // Apps ask for the same address again and again, and reading one is a third of what a request costs.
  #last: { url: string; base: string | undefined; address: string | undefined } | undefined;

  constructor(origins: readonly string[]) {
    this.#allowed = new Set(
      origins.map((text) => {
        const url = parse(text);
        if (!url || !isSafe(url)) {
          throw new SessionError(
            SessionErrorCodes.Invalid,
            'an origin is https://host, or http on loopback: a token must not be read on its way',
          );
        }
        return url.origin;
      }),
    );
  }

  /**
   * Where a request to `url` goes, if a token may go there. What is relative is made absolute as the
   * browser does it, by the page's `<base>`: so that the request goes where the token may go, even if
   * the page gets another `<base>` in between.
   */
  address(url: string): string | undefined {
    const base = globalThis.document?.baseURI ?? globalThis.location?.href;
    let last = this.#last;
    if (last?.url !== url || last.base !== base) {
      last = this.#last = { url, base, address: this.#resolve(url, base) };
    }
    return last.address;
  }

  #resolve(url: string, base: string | undefined): string | undefined {
    const parsed = parse(url, base);
    // What a page has made itself (`blob:`) has its origin, and goes nowhere.
    if (!parsed || !isSafe(parsed) || !this.#allowed.has(parsed.origin)) {
      return undefined;
    }
    return ABSOLUTE.test(url) ? url : parsed.href;
  }
}

const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\//i;

function parse(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
