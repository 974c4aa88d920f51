// A session in a real browser against a real provider: signing in, fifty callers, other servers.

import { expect, test } from 'vitest';

import { launch } from '../chromium.js';
import {
  attach,
  bearer,
  comeBack,
  describe,
  handOver,
  heard,
  isBack,
  loaded,
  logIn,
  openWindow,
  Place,
  refresh,
} from './app.js';

const place = new Place(300);

test('sign-in by redirect: checked, kept sealed, and the code is out of the address', async () => {
  const { provider, server } = place;
  const tab = await place.tab();
  await comeBack(tab, provider, server);
  // What the app has in its address besides, such as the redirect URI's own query, stays there.
  await tab.evaluate(() => history.replaceState(null, '', `${location.href}&from=menu#top`));
  expect(await tab.evaluate(() => window.session.completeSignIn())).toEqual({ page: 'orders' });
  expect(tab.url()).toBe(`${server.origin}/signed-in?from=menu#top`);
  const view = await tab.evaluate(() => window.session.view());
  expect(view).toMatchObject({
    refreshable: true,
    fields: { sub: 'ada', name: 'Ada Lovelace', email: 'ada@example.org' },
  });
  expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);
  expect(await tab.evaluate(heard)).toEqual(['signedIn']);
  // The next page has it from the vault.
  const next = await place.tab();
  expect(await next.evaluate(bearer)).toBe(await tab.evaluate(bearer));
});

test('a token endpoint that is given is the one that is asked, where nobody can listen', async () => {
  const { provider, server } = place;
  const { issuer } = provider.ready;
  const discovered = new URL(
    (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()).token_endpoint,
  );
  for (const [tokenEndpoint, outcome, isAsked] of [
    [discovered.href, 'resolved', true],
    [`${discovered.origin}/nowhere`, 216, true],
    ['http://192.0.2.1/token', 216, false],
  ] as const) {
    const tab = await place.tab();
    await comeBack(tab, provider, server);
    await tab.evaluate(([server, more]) => window.attachSession(server, more), [
      { ...describe(provider, server), tokenEndpoint },
      { origins: [issuer] },
    ] as const);
    const asked: string[] = [];
    tab.on('request', (request) => asked.push(request.url()));
    const complete = () => window.codeOf(window.session.completeSignIn());
    expect(await tab.evaluate(complete), tokenEndpoint).toBe(outcome);
    expect(asked.includes(tokenEndpoint), tokenEndpoint).toBe(isAsked);
    if (outcome === 'resolved') {
      await tab.evaluate(() => window.session.logout());
    }
    await tab.context().clearCookies();
  }
});

/** What a sign-in in a window of its own comes to. */
const signing = () => window.codeOf(window.signing);
/** What the vault keeps. */
const keys = () => window.vault.getKeys();

test('sign-in by a window of its own, which closes itself; and a person who closes it', async () => {
  const { provider, server } = place;
  const tab = await place.tab();
  const window_ = await openWindow(tab);
  await window_.waitForURL(`${provider.ready.issuer}/**`);
  await logIn(window_, provider);
  await handOver(window_, provider, server);
  expect(await tab.evaluate(signing)).toBe('resolved');
  expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);

  const again = await openWindow(tab);
  await again.close();
  expect(await tab.evaluate(signing)).toBe(217);
});

test('a person who says no in that window: cancelled, and nothing is kept', async () => {
  const { provider, server } = place;
  const tab = await place.tab();
  const window_ = await openWindow(tab);
  await window_.getByRole('button', { name: 'Cancel' }).click();
  await handOver(window_, provider, server);
  expect(await tab.evaluate(signing)).toBe(217);
  expect(await tab.evaluate(keys)).toEqual([]);
  expect((await provider.log()).codes).toEqual([]);
});

test('a window whose opener has gone spends no code, and signs nobody in', async () => {
  const { provider, server } = place;
  const tab = await place.tab();
  const window_ = await openWindow(tab);
  await window_.waitForURL(`${provider.ready.issuer}/**`);
  await tab.close();
  await logIn(window_, provider);
  await isBack(window_, provider, server);
  const told = await window_.evaluate(() => window.refusalOf(window.session.completeSignIn()));
  expect(told).toContain('216');
  expect(await window_.evaluate(keys)).toEqual([]);
  expect((await provider.log()).codes).toEqual([]);
});

test('a browser that blocks the window: the error says so', async () => {
  const { provider, server } = place;
  const browser = await launch({ ignoreDefaultArgs: ['--disable-popup-blocking'] });
  try {
    const tab = await browser.newPage();
    const told = tab.waitForEvent('console', (it) => it.text().startsWith('told: '));
    // Whatever a test has a page do counts as a person's click. So the page does it by itself.
    await tab.addInitScript(
      ([server, more]) => {
        addEventListener('load', async () => {
          await window.attachSession(server, more);
          const refusal = await window.refusalOf(window.session.signInWithPopup());
          console.log(`told: ${refusal.join()}`);
        });
      },
      [describe(provider, server), { origins: [provider.ready.issuer] }] as const,
    );
    await tab.goto(server.origin);
    expect((await told).text()).toMatch(/SessionError: the browser has blocked the window.*216/s);
  } finally {
    await browser.close();
  }
});

test('an answer that was made up signs nobody in', async () => {
  const tab = await place.tab();
  for (const query of ['?code=stolen&state=made-up', '?code=stolen']) {
    const code = await tab.evaluate(
      (url) => window.codeOf(window.session.completeSignIn(url)),
      `${place.server.origin}/signed-in${query}`,
    );
    expect([206, 216]).toContain(code);
  }
  expect(await tab.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
});

test('a sign-in that ends with an answer that is refused tells nobody the token in it', async () => {
  const { provider, server } = place;
  const tab = await place.tab();
  await place.context.route(/\/token$/, (route) =>
    route.fulfill({
      headers: { 'access-control-allow-origin': server.origin },
      json: { access_token: 'eyJ-the-token', token_type: 'bearer' },
    }),
  );
  await comeBack(tab, provider, server);
  const told = await tab.evaluate(() => window.refusalOf(window.session.completeSignIn()));
  expect(told).toContain('216');
  expect(told).toContain('OAUTH_INVALID_RESPONSE');
  expect(told.join()).not.toContain('eyJ-the');
});

test('a sign-in whose tokens do not come is given up', async () => {
  const { provider, server } = place;
  const tab = await place.tab();
  await provider.breaks({ path: '/token', kind: 'slow', ms: 40_000 });
  await comeBack(tab, provider, server, { timeout: 5000 });
  expect(await tab.evaluate(() => window.codeOf(window.session.completeSignIn()))).toBe(216);
  expect(await tab.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
});

test('a sign-out ends a sign-in that is under way, and what that brings is revoked', async () => {
  const { provider, server } = place;
  const tab = await place.tab();
  await comeBack(tab, provider, server);
  const outcome = await tab.evaluate(async () => {
    const signing = window.codeOf(window.session.completeSignIn());
    await window.session.logout();
    const outcome = await signing;
    return [outcome, await window.codeOf(window.session.bearer()), await window.vault.getKeys()];
  });
  expect(outcome).toEqual([200, 200, []]);
  expect((await provider.log()).revoked).toHaveLength(2);
});

test('a sign-in is completed by a session of the provider where it was begun, and no other', async () => {
  const { provider, server } = place;
  const tab = await place.tab();
  await comeBack(tab, provider, server);
  const asked: string[] = [];
  place.context.on('request', (request) => asked.push(request.url()));
  const code = await tab.evaluate(
    async ([clientId, redirectUri]) => {
      const issuer = 'https://other.example';
      await window.attachSession({ issuer, clientId, redirectUri }, {});
      return window.codeOf(window.session.completeSignIn());
    },
    [provider.ready.clients.app, `${server.origin}/signed-in`] as const,
  );
  expect(code).toBe(206);
  expect(asked.filter((url) => url.startsWith('https://other.example'))).toEqual([]);
  await attach(tab, provider, server);
  expect(await tab.evaluate(() => window.session.completeSignIn())).toEqual({ page: 'orders' });
});

test('fifty callers refresh once', async () => {
  const tab = await place.signedIn();
  const tokens = await tab.evaluate(async () => {
    const old = await window.session.bearer();
    return Promise.all(Array.from({ length: 50 }, () => window.session.another(old)));
  });
  expect(new Set(tokens).size).toBe(1);
  expect(await place.provider.log()).toMatchObject({ refreshes: 1, reused: 0 });
});

test('sessions side by side, a back end of the app’s own, and an API key', async () => {
  const { provider, server } = place;
  const { own, user, api, issuer } = provider.ready;
  const backend = {
    logIn: own.login,
    refresh: own.renew,
    logOut: own.logout,
    refreshField: 'renewal',
    mapping: {
      access: '/data/jwt',
      refresh: '/data/renewal',
      expiresIn: '/data/lifetimeSeconds',
      fields: '/user',
    },
  };
  const tab = await place.signedIn();
  const page = await place.context.newPage();
  await page.goto(server.origin);
  await loaded(page);
  await page.evaluate(([server, more]) => window.attachSession(server, more), [
    backend,
    { origins: [issuer], entry: 'own' },
  ] as const);
  const wrong = { email: user.email, password: 'wrong' };
  const logIn = (credentials: object) => window.codeOf(window.session.signIn(credentials));
  expect(await page.evaluate(logIn, wrong)).toBe(207);
  expect(await page.evaluate(logIn, { email: user.email, password: user.password })).toBe(
    'resolved',
  );
  const first = await page.evaluate(bearer);
  expect(await page.evaluate(refresh)).toBe('resolved');
  expect(await page.evaluate(bearer)).not.toBe(first);
  expect(await page.evaluate((url) => window.doors.fetch(url), `${api}own`)).toMatchObject({
    status: 200,
  });
  expect(await page.evaluate(async () => (await window.session.view())?.fields)).toEqual({
    fullName: 'Ada Lovelace',
    mail: 'ada@example.org',
  });
  expect(await page.evaluate(() => window.session.logout())).toMatchObject({ revocation: 'done' });
  // The other session has not noticed.
  expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);

  await page.evaluate(([more]) => window.attachSession('key', more), [
    { origins: [issuer], entry: 'key', placement: { header: 'X-Api-Key' } },
  ] as const);
  await page.evaluate((accessToken) => window.session.begin({ accessToken }), own.apiKey);
  for (const door of ['fetch', 'axios', 'angular'] as const) {
    const ask = ([door, url]: readonly ['fetch' | 'axios' | 'angular', string]) =>
      window.doors[door](url);
    expect(await page.evaluate(ask, [door, `${api}key`] as const), door).toMatchObject({
      status: 200,
    });
  }
});
