// The protected API: it answers whoever has a live token, and counts.

import { bodyOf, json } from './http.js';
import { USER } from './users.js';

export class Api {
  constructor(provider, own, log) {
    this.provider = provider;
    this.own = own;
    this.log = log;
  }

  /** Answers requests below `/api/`: what was asked, by whom, and which call it was. */
  async answer(path, request, response) {
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const body = await bodyOf(request);
    const accepted = await this.#accepts(bearer, request.headers['x-api-key']);
    this.log.served(accepted);
    if (!accepted) {
      const error = bearer === undefined ? '' : ', error="invalid_token"';
      const headers = { 'WWW-Authenticate': `Bearer realm="api"${error}` };
      return json(response, 401, { problem: 'no valid token' }, headers);
    }
    const { served } = this.log.toJSON().api;
    json(response, 200, { path, user: USER.name, call: served, method: request.method, body });
  }

  async #accepts(bearer, apiKey) {
    if (this.own.accepts(bearer, apiKey)) return true;
    const token = bearer && (await this.provider.AccessToken.find(bearer));
    return Boolean(token?.isValid && (await this.provider.Grant.find(token.grantId)));
  }
}
