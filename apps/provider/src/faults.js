// What can go wrong between an app and a server, on demand. It stands before the provider, as a
// proxy does: the provider knows nothing of it.

import { setTimeout as sleep } from 'node:timers/promises';

import { FORGERY_NAMES, forged } from './forgeries.js';
import { crossOrigin, fieldsOf, json } from './http.js';

/**
 * One fault: requests whose path is `path` (or starts with it, if it ends in "*") suffer `kind`,
 * the next `times` of them (default 1).
 *
 * - `status`: answered with `status` (default 500), and `retryAfter` as a header if given
 * - `drop-before`: the connection is cut before the server has seen the request
 * - `drop-after`: the server has done what was asked, and its answer is lost
 * - `truncate`: half of the answer's body, which ends as if it were whole
 * - `html`: the answer of a hotel's log-in page
 * - `slow`: `ms` later
 * - `type`: the answer as it is, said to be of another content type
 * - `id-token`: the id token in the answer is one that must not be believed; `forgery` says what is
 *   wrong with it (see forgeries.js)
 *
 * A page may read `status` and `html`, unless the fault is `opaque`: then they come from something
 * in between that has never heard of the app. A browser's question before a request suffers nothing.
 *
 * Connections end when a fault is added. A browser sends a request again by itself, whatever its
 * method, if a connection that it had used before breaks without an answer.
 */
const KINDS = [
  'status', 'drop-before', 'drop-after', 'truncate', 'html', 'slow', 'type', 'id-token',
];

export class Faults {
  #faults = [];
  #forged = [];

  /**
   * @param {string[]} apps the origins whose pages may read answers
   * @param {object} key the provider's private key, as a JWK: for claims that are wrong and well signed
   * @param {() => void} hangUp closes the connections that carry no request just now
   */
  constructor(apps, key, hangUp) {
    this.apps = apps;
    this.key = key;
    this.hangUp = hangUp;
  }

  /**
   * `GET`: what is still to come. `POST` of one fault, or a list: adds. `DELETE`: none any more. `GET`
   * of `forged`: the answers whose id token was another, for tests that look whether anything of them
   * was kept.
   */
  async answer(path, request, response) {
    if (path === 'forged') return json(response, 200, this.#forged);
    if (request.method === 'DELETE') [this.#faults, this.#forged] = [[], []];
    if (request.method === 'POST') {
      const added = [await fieldsOf(request)].flat();
      if (!added.every(({ kind, path }) => KINDS.includes(kind) && typeof path === 'string')) {
        return json(response, 400, { problem: `a fault has a path, and a kind: ${KINDS.join(', ')}` });
      }
      if (!added.every(({ kind, forgery }) => kind !== 'id-token' || FORGERY_NAMES.includes(forgery))) {
        return json(response, 400, { problem: `a forgery is one of ${FORGERY_NAMES.join(', ')}` });
      }
      this.#faults.push(...added.map((fault) => ({ times: 1, ...fault })));
      this.hangUp();
    }
    json(response, 200, this.#faults);
  }

  /** Handles a request with `next`, or as the first fault wants that is for it. */
  async around(path, request, response, next) {
    if (request.method === 'OPTIONS') return next();
    const fault = this.#take(path);
    if (['status', 'html'].includes(fault?.kind) && !fault.opaque) {
      crossOrigin(request, response, this.apps);
    }
    switch (fault?.kind) {
      case 'status': {
        const { status = 500, retryAfter } = fault;
        const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
        request.resume();
        return json(response, Number(status), { error: 'server_error' }, headers);
      }
      case 'drop-before':
        return void request.socket.destroy();
      case 'html':
        request.resume();
        response.writeHead(200, { 'Content-Type': 'text/html' });
        return void response.end('<!doctype html><title>Welcome to our hotel</title>');
      case 'slow':
        await sleep(Number(fault.ms ?? 1000));
        return next();
      case 'drop-after':
        intercept(response, () => request.socket.destroy());
        return next();
      case 'type':
        intercept(response, (body, end) => {
          response.setHeader('Content-Type', 'text/plain');
          end(body);
        });
        return next();
      case 'id-token':
        intercept(response, (body, end) => {
          const answer = JSON.parse(body);
          if (answer.id_token === undefined) return end(body);
          this.#forged.push(forged(answer, fault.forgery, this.key));
          end(JSON.stringify(this.#forged.at(-1)));
        });
        return next();
      case 'truncate':
        intercept(response, (body, end) => end(body.subarray(0, body.length >> 1)));
        return next();
      default:
        return next();
    }
  }

  #take(path) {
    const fault = this.#faults.find((it) =>
      it.path.endsWith('*') ? path.startsWith(it.path.slice(0, -1)) : path === it.path,
    );
    if (fault && --fault.times <= 0) this.#faults.splice(this.#faults.indexOf(fault), 1);
    return fault;
  }
}

/** Holds an answer back until it is whole, and lets `then` do with it as it likes. */
function intercept(response, then) {
  const { end } = response;
  const chunks = [];
  const keep = (chunk) => typeof chunk !== 'function' && chunk != null && chunks.push(Buffer.from(chunk));
  response.write = (chunk) => {
    keep(chunk);
    return true;
  };
  response.end = (chunk) => {
    keep(chunk);
    then(Buffer.concat(chunks), (body) => {
      response.removeHeader('Content-Length');
      end.call(response, body);
    });
    return response;
  };
}
