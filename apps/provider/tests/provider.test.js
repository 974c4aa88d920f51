// The provider as programs meet it: over HTTP, with a person who signs in.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';

import { createRemoteJWKSet, jwtVerify } from 'jose';

import { readOptions } from '../src/options.js';
import { start } from '../src/server.js';
import { visit } from '../src/person.js';

const APP = 'http://localhost:4780';

let program;
let place;

before(async () => {
  program = await start(readOptions(['--test', '--app', APP]));
  place = program.ready;
});

after(() => program.close());

beforeEach(async () => {
  await fetch(place.log, { method: 'DELETE' });
  await fetch(place.faults, { method: 'DELETE' });
});

const log = async () => (await fetch(place.log)).json();
const form = (path, fields) =>
  fetch(new URL(path, place.issuer), { method: 'POST', body: new URLSearchParams(fields) });
const api = (token) => fetch(`${place.api}hello`, { headers: { authorization: `Bearer ${token}` } });
const fault = (fault) =>
  fetch(place.faults, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });

/** Gets a code, as a program does that listens on loopback; what it asks for tokens with. */
async function authorize(browser = visit) {
  let seen;
  const listener = createServer((request, response) => {
    seen = new URL(request.url, 'http://127.0.0.1').searchParams;
    response.end('done');
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const redirect = `http://127.0.0.1:${listener.address().port}/callback`;
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL('/auth', place.issuer);
  url.search = new URLSearchParams({
    client_id: place.clients.native,
    response_type: 'code',
    scope: 'openid profile email offline_access',
    redirect_uri: redirect,
    state: 'abc',
    nonce: 'def',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  try {
    await browser(url.href);
  } finally {
    listener.close();
    listener.closeAllConnections();
  }
  assert.equal(seen.get('state'), 'abc');
  return {
    grant_type: 'authorization_code',
    client_id: place.clients.native,
    code: seen.get('code'),
    redirect_uri: redirect,
    code_verifier: verifier,
  };
}

/** Signs in. */
async function signIn(browser) {
  const response = await form('/token', await authorize(browser));
  assert.equal(response.status, 200);
  return response.json();
}

const refresh = (refresh_token) =>
  form('/token', { grant_type: 'refresh_token', client_id: place.clients.native, refresh_token });

test('a person signs in, and the API answers the token', async () => {
  const tokens = await signIn();
  assert.deepEqual(Object.keys(tokens).sort(), [
    'access_token', 'expires_in', 'id_token', 'refresh_token', 'scope', 'token_type',
  ]);
  const claims = JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url'));
  assert.equal(claims.email, 'ada@example.org');
  assert.equal((await api(tokens.access_token)).status, 200);
  assert.equal((await api('made-up')).status, 401);
  assert.deepEqual((await log()).api, { served: 1, refused: 1 });
});

test('the person can be a program of its own, as BROWSER is', async () => {
  const person = new URL('../src/person.js', import.meta.url).pathname;
  await signIn((url) => promisify(execFile)(process.execPath, [person, url]));
});

test('each refresh token is good once; a second time ends the whole grant', async () => {
  const first = await signIn();
  const second = await (await refresh(first.refresh_token)).json();
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal((await api(second.access_token)).status, 200);
  assert.equal((await log()).reused, 0);

  const again = await refresh(first.refresh_token);
  assert.deepEqual([again.status, (await again.json()).error], [400, 'invalid_grant']);
  assert.equal((await refresh(second.refresh_token)).status, 400);
  assert.equal((await api(second.access_token)).status, 401);
  assert.equal((await log()).reused, 1);
  assert.equal(JSON.stringify(await log()).includes(first.refresh_token), false);
});

test('each code is good once, and the log counts', async () => {
  const asked = await authorize();
  const tokens = await (await form('/token', asked)).json();
  assert.equal((await form('/token', asked)).status, 400);
  // Whoever brings it again may have stolen it: what it gave is taken back.
  assert.equal((await refresh(tokens.refresh_token)).status, 400);
  const { codes } = await log();
  assert.deepEqual(codes.map(({ spent, refused }) => [spent, refused]), [[1, 1]]);
  assert.equal(JSON.stringify(codes).includes(asked.code), false);
});

test('a revoked token is refused, and so is what came with it', async () => {
  const tokens = await signIn();
  const fields = { client_id: place.clients.native, token: tokens.refresh_token };
  assert.equal((await form('/token/revocation', fields)).status, 200);
  assert.equal((await refresh(tokens.refresh_token)).status, 400);
  assert.equal((await api(tokens.access_token)).status, 401);
});

test('a device is connected by its code', async () => {
  const client_id = place.clients.native;
  const begun = await form('/device/auth', { client_id, scope: 'openid offline_access' });
  const { device_code, verification_uri_complete } = await begun.json();
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const poll = () => form('/token', { grant_type, client_id, device_code });
  assert.equal((await (await poll()).json()).error, 'authorization_pending');
  const { text } = await visit(verification_uri_complete);
  assert.match(text, /Connected/);
  const tokens = await (await poll()).json();
  assert.equal((await api(tokens.access_token)).status, 200);
});

test('a wrong password is said to be wrong', async () => {
  const begun = await fetch(
    `${place.issuer}/auth?${new URLSearchParams({
      client_id: place.clients.native, response_type: 'code', scope: 'openid',
      redirect_uri: 'http://127.0.0.1/callback', code_challenge_method: 'S256',
      code_challenge: 'x'.repeat(43),
    })}`,
    { redirect: 'manual' },
  );
  const cookie = begun.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  const answer = await fetch(new URL(begun.headers.get('location'), place.issuer), {
    method: 'POST',
    headers: { cookie },
    body: new URLSearchParams({ login: 'ada', password: '<b>' }),
  });
  assert.match(await answer.text(), /That is not the name and the password/);
});

test('only pages of the app may read what it answers', async () => {
  const body = new URLSearchParams({
    grant_type: 'refresh_token', refresh_token: 'any', client_id: place.clients.app,
  });
  for (const path of ['/token', '/api/hello', '/own/renew', '/log']) {
    const allowed = async (origin) => {
      const request = { method: 'POST', headers: { origin }, body };
      const { headers } = await fetch(new URL(path, place.issuer), request);
      return headers.get('access-control-allow-origin');
    };
    assert.equal(await allowed(APP), APP, path);
    assert.equal(await allowed('http://evil.example'), null, path);
  }
});

test('the home-made back end: log in, renew once, log out; and an API key', async () => {
  const { email, password } = place.user;
  const { data } = await (await form(place.own.login, { email, password })).json();
  assert.equal((await api(data.jwt)).status, 200);
  const next = (await (await form(place.own.renew, { renewal: data.renewal })).json()).data;
  assert.equal((await api(next.jwt)).status, 200);
  await form(place.own.logout, { renewal: next.renewal });
  assert.equal((await api(next.jwt)).status, 401);
  assert.equal((await form(place.own.renew, { renewal: next.renewal })).status, 401);
  const headers = { 'x-api-key': place.own.apiKey };
  assert.equal((await fetch(`${place.api}hello`, { headers })).status, 200);
});

test('faults come as often as they were asked for, and then no more', async () => {
  const { refresh_token } = await signIn();
  await fault({ path: '/token', kind: 'status', status: 429, retryAfter: 7 });
  const limited = await refresh('any');
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '7']);

  await fault({ path: '/token', kind: 'truncate' });
  const half = await refresh('any');
  await assert.rejects(half.json(), SyntaxError);

  await fault({ path: '/token', kind: 'html' });
  assert.match((await refresh('any')).headers.get('content-type'), /html/);

  await fault({ path: '/token', kind: 'drop-before' });
  await assert.rejects(refresh(refresh_token), TypeError);
  assert.equal((await log()).refreshes, 0);

  await fault({ path: '/token', kind: 'drop-after' });
  await assert.rejects(refresh(refresh_token), TypeError);
  assert.equal((await log()).refreshes, 1);

  await fault({ path: '/token', kind: 'type' });
  assert.equal((await refresh('any')).headers.get('content-type'), 'text/plain');

  assert.equal((await fault({ path: '/token', kind: 'earthquake' })).status, 400);
});

test('forged id tokens: what is said to be wrong is wrong, and nothing else', async () => {
  assert.equal((await fault({ path: '/token', kind: 'id-token', forgery: 'beard' })).status, 400);
  const keys = createRemoteJWKSet(new URL('/jwks', place.issuer));
  const options = { issuer: place.issuer, audience: place.clients.native };
  const outcomes = {
    intact: undefined,
    signature: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    'another-claim': 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    'another-key': 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    'unknown-key': 'ERR_JWKS_NO_MATCHING_KEY',
    unsigned: 'ERR_JOSE_NOT_SUPPORTED',
    hmac: 'ERR_JOSE_NOT_SUPPORTED',
    issuer: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    audience: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    expired: 'ERR_JWT_EXPIRED',
    // Only who has made one up knows that it is another.
    nonce: undefined,
    // What is wrong is beside it.
    'token-type': undefined,
  };
  for (const [forgery, code] of Object.entries(outcomes)) {
    await fault({ path: '/token', kind: 'id-token', forgery });
    const { id_token, token_type } = await signIn();
    assert.equal(token_type, forgery === 'token-type' ? 'DPoP' : 'Bearer');
    const outcome = await jwtVerify(id_token, keys, options).then(() => undefined, (it) => it.code);
    assert.equal(outcome, code, forgery);
  }
  await fault({ path: '/token', kind: 'id-token', forgery: 'missing' });
  assert.equal((await signIn()).id_token, undefined);
  const forged = await (await fetch(`${place.faults}/forged`)).json();
  assert.equal(forged.length, Object.keys(outcomes).length + 1);
  assert.equal('id_token' in forged.at(-1), false);
});

test('without --test nobody sees the log or breaks anything', async () => {
  const plain = await start(readOptions(['--app', APP]));
  try {
    for (const path of ['/log', '/faults']) {
      assert.equal((await fetch(plain.ready.issuer + path)).status, 404);
    }
  } finally {
    plain.close();
  }
});

test('the program says where it is, and ends when told to', async () => {
  const main = new URL('../src/main.js', import.meta.url).pathname;
  const child = execFile(process.execPath, [main, '--test', '--access-token-life', '2']);
  const line = await new Promise((resolve) => child.stdout.once('data', resolve));
  assert.match(JSON.parse(line).issuer, /^http:\/\/localhost:\d+$/);
  child.kill('SIGTERM');
  assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 0);
});
