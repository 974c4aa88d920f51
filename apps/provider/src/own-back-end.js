// A back end as many apps have one: it grew at home, and speaks no standard. Its tokens say nothing,
// its JSON has a shape of its own, and it rotates refresh tokens and ends a session that reuses one.

import { randomBytes } from 'node:crypto';

import { fieldsOf, json } from './http.js';
import { USER, isUser } from './users.js';

const token = () => randomBytes(24).toString('base64url');

export class OwnBackEnd {
  /** An API key, which lives until it is changed. */
  apiKey = `key-${token()}`;
  /** @type {Map<string, {session: object, until: number}>} */
  #access = new Map();
  /** @type {Map<string, {session: object, spent: boolean}>} */
  #renewal = new Map();

  constructor(options, log) {
    this.options = options;
    this.log = log;
  }

  /** Answers requests below `/own/`. */
  async answer(path, request, response) {
    if (request.method !== 'POST') return json(response, 405, { problem: 'POST only' });
    const fields = await fieldsOf(request);
    switch (path) {
      case 'login':
        if (!isUser(fields.email, fields.password)) {
          return json(response, 401, { problem: 'wrong name or password' });
        }
        return json(response, 200, this.#issue({ ended: false }));
      case 'renew':
        return this.#renew(String(fields.renewal ?? ''), response);
      case 'logout': {
        const entry = this.#renewal.get(String(fields.renewal ?? ''));
        if (entry) {
          entry.session.ended = true;
          this.log.revoked(fields.renewal);
        }
        return json(response, 200, { done: true });
      }
      default:
        return json(response, 404, { problem: 'no such page' });
    }
  }

  /** Whether it takes this bearer token, or this API key. */
  accepts(bearer, apiKey) {
    const entry = this.#access.get(bearer);
    return apiKey === this.apiKey || (entry && !entry.session.ended && Date.now() < entry.until);
  }

  #renew(renewal, response) {
    const entry = this.#renewal.get(renewal);
    const good = entry !== undefined && !entry.spent && !entry.session.ended;
    this.log.presented(renewal, 'own', good);
    if (!good) {
      if (entry) entry.session.ended = true;
      return json(response, 401, { problem: 'session ended' });
    }
    entry.spent = true;
    return json(response, 200, this.#issue(entry.session));
  }

  #issue(session) {
    const [access, renewal] = [token(), token()];
    const life = this.options.accessTokenLife;
    this.#access.set(access, { session, until: Date.now() + life * 1000 });
    this.#renewal.set(renewal, { session, spent: false });
    this.log.issued(renewal, 'own');
    return {
      data: { jwt: access, renewal, lifetimeSeconds: life },
      user: { fullName: USER.name, mail: USER.email },
    };
  }
}
