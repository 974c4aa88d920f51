// A session in a real browser against a real provider.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { launch } from '../chromium.js';
import type { Server } from '../server.js';
import { attach, kept, logIn, open, serveApp, signIn } from './app.js';
import { Provider } from './provider.js';

let server: Server;
let provider: Provider;
let browser: Browser;
let context: BrowserContext;
let tab: Page;

beforeAll(async () => {
  server = await serveApp();
  provider = await Provider.start(server.origin, 300);
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  provider.close();
  await server.close();
});

beforeEach(async () => {
  await provider.forget();
  context = await browser.newContext();
  tab = await open(context, provider, server);
});

afterEach(() => context.close());

const heard = () => window.heard;
const bearer = () => window.session.bearer();
/** A new token, whatever the one in hand is worth: what a refresh comes to. */
const refresh = async () => window.codeOf(window.session.another(await window.session.bearer()));

test('sign-in by redirect: checked, kept sealed, and the code is out of the address', async () => {
  expect(await signIn(tab, provider, server)).toEqual({ page: 'orders' });
  expect(tab.url()).toBe(`${server.origin}/signed-in`);
  const view = await tab.evaluate(() => window.session.view());
  expect(view).toMatchObject({
    refreshable: true,
    fields: { sub: 'ada', name: 'Ada Lovelace', email: 'ada@example.org' },
  });
  expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);
  expect(await tab.evaluate(heard)).toEqual(['signedIn']);
  // The next page has it from the vault.
  const next = await open(context, provider, server);
  expect(await next.evaluate(bearer)).toBe(await tab.evaluate(bearer));
});

test('sign-in by a window of its own, which closes itself; and a person who cancels', async () => {
  const [window_] = await Promise.all([
    context.waitForEvent('page'),
    tab.evaluate(() => {
      Object.assign(window, { signing: window.codeOf(window.session.signInWithPopup()) });
    }),
  ]);
  await window_.waitForURL(`${provider.ready.issuer}/**`);
  await logIn(window_, provider);
  await window_.waitForURL(`${server.origin}/signed-in?**`);
  await attach(window_, provider, server);
  await Promise.all([
    window_.waitForEvent('close'),
    window_.evaluate(() => void window.session.completeSignIn()),
  ]);
  const outcome = () => (window as unknown as { signing: Promise<unknown> }).signing;
  expect(await tab.evaluate(outcome)).toBe('resolved');
  expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);

  const [again] = await Promise.all([
    context.waitForEvent('page'),
    tab.evaluate(() => {
      Object.assign(window, { signing: window.codeOf(window.session.signInWithPopup()) });
    }),
  ]);
  await again.close();
  expect(await tab.evaluate(outcome)).toBe(217);
});

test('an answer that was made up signs nobody in', async () => {
  for (const query of ['?code=stolen&state=made-up', '?code=stolen']) {
    const code = await tab.evaluate(
      (url) => window.codeOf(window.session.completeSignIn(url)),
      `${server.origin}/signed-in${query}`,
    );
    expect([206, 216]).toContain(code);
  }
  expect(await tab.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
});

test('fifty callers refresh once', async () => {
  await signIn(tab, provider, server);
  const tokens = await tab.evaluate(async () => {
    const old = await window.session.bearer();
    return Promise.all(Array.from({ length: 50 }, () => window.session.another(old)));
  });
  expect(new Set(tokens).size).toBe(1);
  expect(await provider.log()).toMatchObject({ refreshes: 1, reused: 0 });
});

test('a slow answer is waited for', async () => {
  await signIn(tab, provider, server);
  await provider.breaks({ path: '/token', kind: 'slow', ms: 1500 });
  expect(await tab.evaluate(refresh)).toBe('resolved');
  expect((await provider.log()).refreshes).toBe(1);
});

test.each([3_600_000, -3_600_000])('a clock that is off by %s ms', async (off) => {
  await signIn(tab, provider, server);
  const page = await context.newPage();
  await page.addInitScript((off) => {
    const { now } = Date;
    Date.now = () => now() + off;
  }, off);
  await page.goto(server.origin);
  await attach(page, provider, server);
  expect(await provider.accepts(await page.evaluate(bearer))).toBe(true);
  expect((await provider.log()).reused).toBe(0);
});

test('a sign-out in one tab is one in all, and nothing is in the memory of either', async () => {
  await signIn(tab, provider, server);
  const other = await open(context, provider, server);
  await other.evaluate(bearer);
  const tokens = await kept(tab);
  expect(await remembered(other, tokens)).toContain('access');
  expect(await tab.evaluate(() => window.session.logout())).toMatchObject({ revocation: 'done' });
  await other.waitForFunction(() => window.heard.includes('signedOut: elsewhere'));
  expect(await other.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
  for (const page of [tab, other]) {
    expect(await remembered(page, tokens)).toEqual([]);
  }
});

test('a sign-out while the server is away is told it later', async () => {
  await signIn(tab, provider, server);
  const { access } = await kept(tab);
  await provider.breaks({ path: '/token/revocation', kind: 'status', status: 503, times: 9 });
  const out = await tab.evaluate(() => window.session.logout());
  expect(out).toMatchObject({ revocation: 'later' });
  expect(await provider.accepts(access)).toBe(true);
  await provider.forget();
  expect(await tab.evaluate(() => window.session.sendRevocations())).toBe('done');
  expect(await provider.accepts(access)).toBe(false);
});

/** Which of the tokens lie in the memory of any module of the page. */
async function remembered(page: Page, tokens: Record<string, unknown>): Promise<string[]> {
  return page.evaluate((tokens) => {
    const memories = window.memories.map((memory) =>
      new TextDecoder('latin1').decode(memory.buffer),
    );
    return Object.entries(tokens).flatMap(([name, token]) =>
      typeof token === 'string' &&
      memories.some((text) => text.includes(token.slice(0, 24)) || text.includes(token.slice(-24)))
        ? [name]
        : [],
    );
  }, tokens);
}
