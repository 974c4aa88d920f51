// What was seen of tokens, for tests: never a token itself, only the start of its hash.

import { createHash } from 'node:crypto';

/** @param {string} token */
export const idOf = (token) => createHash('sha256').update(token).digest('hex').slice(0, 16);

export class Log {
  /** @type {Map<string, {id: string, spent: number, refused: number, from: string}>} */
  #refreshTokens = new Map();
  #codes = /** @type {Map<string, {id: string, spent: number, refused: number}>} */ (new Map());
  #api = { served: 0, refused: 0 };
  #requests = /** @type {Record<string, number>} */ ({});
  #revoked = /** @type {string[]} */ ([]);

  /** A refresh token has been given out, by which of the two back ends. */
  issued(token, from) {
    this.#entry(token, from);
  }

  /** A refresh token was presented; `accepted`: for a new one. */
  presented(token, from, accepted) {
    count(this.#entry(token, from), accepted);
  }

  /** The code of a sign-in was presented; `accepted`: for tokens. */
  exchanged(code, accepted) {
    const id = idOf(code);
    const entry = this.#codes.get(id) ?? { id, spent: 0, refused: 0 };
    this.#codes.set(id, entry);
    count(entry, accepted);
  }

  revoked(token) {
    this.#revoked.push(idOf(token));
  }

  served(accepted) {
    this.#api[accepted ? 'served' : 'refused']++;
  }

  request(path) {
    this.#requests[path] = (this.#requests[path] ?? 0) + 1;
  }

  #entry(token, from) {
    const id = idOf(token);
    let entry = this.#refreshTokens.get(id);
    if (!entry) this.#refreshTokens.set(id, (entry = { id, spent: 0, refused: 0, from }));
    return entry;
  }

  /**
   * `refreshTokens`: each with how often it was exchanged (`spent`) and refused. `refreshes`: all
   * exchanges. `reused`: how many tokens were presented more than once. `codes`: the same of the codes
   * of sign-ins that were presented.
   */
  toJSON() {
    const tokens = [...this.#refreshTokens.values()];
    return {
      refreshTokens: tokens,
      refreshes: tokens.reduce((sum, { spent }) => sum + spent, 0),
      reused: tokens.filter(({ spent, refused }) => spent + refused > 1).length,
      revoked: this.#revoked,
      codes: [...this.#codes.values()],
      api: this.#api,
      requests: this.#requests,
    };
  }

  clear() {
    this.#refreshTokens.clear();
    this.#codes.clear();
    this.#api = { served: 0, refused: 0 };
    this.#requests = {};
    this.#revoked = [];
  }
}

function count(entry, accepted) {
  if (accepted) entry.spent++;
  else entry.refused++;
}
