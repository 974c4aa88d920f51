// What goes wrong between a page and a provider that ends a session whose refresh token comes twice.

import type { Route } from 'playwright-core';
import { expect, test } from 'vitest';

import { attach, bearer, heard, kept, Place, refresh } from './app.js';
import type { Fault } from './provider.js';

const place = new Place(300);

/** What a refresh comes to when the pause is over. */
const refreshLater = async () => {
  const token = await window.session.bearer();
  for (;;) {
    const code = await window.codeOf(window.session.another(token));
    if (code !== 201) return code;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const FAULTS: [string, Omit<Fault, 'path'>, string][] = [
  ['500', { kind: 'status', status: 500 }, 'server'],
  ['429 with Retry-After', { kind: 'status', status: 429, retryAfter: 1 }, 'tooManyRequests'],
  ['a page instead of an answer', { kind: 'html' }, 'badAnswer'],
  // Of what no page may read, the browser says no more than that there is no answer.
  ['a gateway that knows no app', { kind: 'status', status: 502, opaque: true }, 'noAnswer'],
  ['a hotel’s log-in page', { kind: 'html', opaque: true }, 'noAnswer'],
  ['a connection that breaks before', { kind: 'drop-before' }, 'noAnswer'],
];

test.each(FAULTS)(
  '%s: the session and the token in hand stay, and later a refresh works',
  async (_, fault, trouble) => {
    const { provider } = place;
    const tab = await place.signedIn();
    const before = await tab.evaluate(bearer);
    await provider.breaks({ path: '/token', ...fault });
    expect(await tab.evaluate(refresh)).toBe(201);
    expect(await tab.evaluate(heard)).toEqual(['signedIn', 'refreshing', `deferred: ${trouble}`]);
    expect(await tab.evaluate(bearer)).toBe(before);

    // A new page makes the pause that the provider was given with the other one, and no longer.
    const next = await place.tab();
    expect(await next.evaluate(refreshLater)).toBe('resolved');
    expect(await next.evaluate(bearer)).not.toBe(before);
    expect(await provider.log()).toMatchObject({ refreshes: 1, reused: 0 });
  },
);

test('a server that asks for patience is left alone for as long', async () => {
  const { provider } = place;
  const tab = await place.signedIn();
  await provider.breaks({ path: '/token', kind: 'status', status: 429, retryAfter: 600 });
  const pause = await tab.evaluate(async () => {
    let pause = 0;
    window.session.subscribe((event) => {
      if (event.type === 'deferred') pause = event.retryAfter;
    });
    const token = await window.session.bearer();
    await window.codeOf(window.session.another(token));
    return pause;
  });
  // Less what has passed until it is told.
  expect(pause).toBeGreaterThan(500_000);
});

test('a browser that is offline: the same, and no request', async () => {
  const { provider } = place;
  const tab = await place.signedIn();
  await place.context.setOffline(true);
  expect(await tab.evaluate(refresh)).toBe(201);
  expect(await tab.evaluate(heard)).toContain('deferred: offline');
  expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);
  await place.context.setOffline(false);
  const next = await place.tab();
  expect(await next.evaluate(refresh)).toBe('resolved');
  expect(await provider.log()).toMatchObject({ refreshes: 1, reused: 0 });
});

test('an answer that is said to be plain text holds the next token, and is not thrown away', async () => {
  const { provider } = place;
  const tab = await place.signedIn();
  await provider.breaks({ path: '/token', kind: 'type' });
  expect(await tab.evaluate(refresh)).toBe('resolved');
  expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);
  expect(await provider.log()).toMatchObject({ refreshes: 1, reused: 0 });
});

test('a slow answer is waited for', async () => {
  const { provider } = place;
  const tab = await place.signedIn();
  await provider.breaks({ path: '/token', kind: 'slow', ms: 1500 });
  expect(await tab.evaluate(refresh)).toBe('resolved');
  expect((await provider.log()).refreshes).toBe(1);
});

test.each([
  ['drop-after', 'noAnswer'],
  ['truncate', 'badAnswer'],
] as const)(
  'an answer that is lost after the rotation (%s): the provider refuses the old token, and the cause says so',
  async (kind, trouble) => {
    const { provider } = place;
    const tab = await place.signedIn();
    await provider.breaks({ path: '/token', kind });
    expect(await tab.evaluate(refresh)).toBe(201);
    // The token in hand lives on, until the next refresh shows that the session is lost.
    expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);
    expect(await tab.evaluate(refreshLater)).toBe(200);
    expect(await tab.evaluate(heard)).toEqual([
      'signedIn',
      'refreshing',
      `deferred: ${trouble}`,
      'refreshing',
      'signedOut: answerLost',
    ]);
    expect(await tab.evaluate(() => window.vault.getValue('session'))).toBeNull();
  },
);

test.each([3_600_000, -3_600_000])('a clock that is off by %s ms', async (off) => {
  const { provider, server } = place;
  await place.signedIn();
  const page = await place.context.newPage();
  await page.addInitScript((off) => {
    const { now } = Date;
    Date.now = () => now() + off;
  }, off);
  await page.goto(server.origin);
  await attach(page, provider, server);
  expect(await provider.accepts(await page.evaluate(bearer))).toBe(true);
  const { refreshes, reused } = await provider.log();
  expect(refreshes).toBeLessThanOrEqual(1);
  expect(reused).toBe(0);
});

test.each(['is gone', 'keeps quiet'])(
  'a page that starts while the provider %s has its token, and signs out',
  async (how) => {
    const { provider, context } = place;
    const before = await place.signedIn();
    const token = await before.evaluate(bearer);
    await before.close();
    const all = `${provider.ready.issuer}/**`;
    await context.route(all, async (route) => {
      if (how === 'is gone') await route.abort('connectionrefused');
    });

    const tab = await place.tab({ timeout: 3000 });
    expect(await tab.evaluate(bearer)).toBe(token);
    expect(await tab.evaluate(() => window.session.view())).toMatchObject({ refreshable: true });
    expect(await tab.evaluate(refresh)).toBe(201);
    expect(await tab.evaluate(heard)).toEqual(['refreshing', 'deferred: offline']);
    expect(await tab.evaluate(bearer)).toBe(token);
    const out = await tab.evaluate(() => window.session.logout());
    expect(out).toEqual({ revocation: 'later' });
    expect(await tab.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
    expect(await tab.evaluate(() => window.session.view())).toBeUndefined();
    expect(await provider.accepts(token)).toBe(true);

    await context.unroute(all);
    const told = await tab.evaluate(async () => {
      for (;;) {
        const revocation = await window.session.sendRevocations();
        if (revocation !== 'later') return revocation;
      }
    });
    expect(told).toBe('done');
    expect(await provider.accepts(token)).toBe(false);
    expect(await tab.evaluate(() => window.vault.getKeys())).toEqual([]);
  },
);

test.each<[string, (route: Route) => Promise<void>]>([
  ['cannot be reached', (route) => route.abort('connectionrefused')],
  ['is a hotel’s log-in page', (route) => fulfill(route, 200, '<!doctype html>')],
  ['knows nothing of itself', (route) => fulfill(route, 404, '')],
  [
    'says of no place for tokens',
    async (route) => fulfill(route, 200, JSON.stringify({ issuer: place.provider.ready.issuer })),
  ],
])('a provider that %s: no request was sent, so that no answer was lost', async (_, answer) => {
  const { provider, context } = place;
  const before = await place.signedIn();
  const { refresh: token } = await kept(before);
  await before.close();
  const all = `${provider.ready.issuer}/**`;
  await context.route(all, answer);
  const tab = await place.tab();
  expect(await tab.evaluate(refresh)).toBe(201);
  expect(await tab.evaluate(heard)).toEqual(['refreshing', 'deferred: offline']);
  await context.unroute(all);
  // Somebody else spends it.
  expect(await provider.refreshes(token)).toBe(true);
  // A page that has been told where tokens are does not ask again.
  const next = await place.tab();
  expect(await next.evaluate(refreshLater)).toBe(200);
  expect(await next.evaluate(heard)).toContain('signedOut: refused');
});

/** Answers for the provider. */
const fulfill = (route: Route, status: number, body: string) =>
  route.fulfill({
    status,
    body,
    contentType: body.startsWith('{') ? 'application/json' : 'text/html',
    headers: { 'access-control-allow-origin': place.server.origin },
  });

test('a page that starts while the provider is there asks it nothing before it has to', async () => {
  const { provider, context } = place;
  await (await place.signedIn()).close();
  const asked: string[] = [];
  context.on('request', (request) => {
    if (request.url().startsWith(provider.ready.issuer))
      asked.push(new URL(request.url()).pathname);
  });
  const tab = await place.tab();
  await tab.evaluate(bearer);
  expect(asked).toEqual([]);
  const { revocation, endSession } = await tab.evaluate(() => window.session.logout());
  expect(revocation).toBe('done');
  const end = new URL(endSession!);
  expect(end.origin + end.pathname).toBe(`${provider.ready.issuer}/session/end`);
  expect(end.hash).toBe('');
  expect(Object.fromEntries(end.searchParams)).toMatchObject({
    client_id: provider.ready.clients.app,
    post_logout_redirect_uri: `${place.server.origin}/`,
  });
  expect(end.searchParams.get('id_token_hint')).toMatch(/^eyJ/);
});

test('a provider that revokes nothing is told nothing', async () => {
  const { context } = place;
  await (await place.signedIn()).close();
  await context.route('**/.well-known/openid-configuration', async (route) => {
    const response = await route.fetch();
    const { revocation_endpoint, ...rest } = await response.json();
    await route.fulfill({ response, json: rest });
  });
  const tab = await place.tab();
  const out = await tab.evaluate(() => window.session.logout());
  expect(out.revocation).toBe('notOffered');
  expect(await tab.evaluate(() => window.vault.getKeys())).toEqual([]);
});
