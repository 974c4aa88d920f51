// A session in Firefox: signing in both ways, one refresh for two tabs, signing out. doors.test.ts runs
// in both browsers. Not here: tabs that are killed, which takes a protocol that Firefox does not speak.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import type { Server } from '../server.js';
import { attach, bearer, kept, serveApp } from './app.js';
import { type Firefox, firefox, type FirefoxContext, type Tab } from './either.js';
import { Provider } from './provider.js';
import { remembered, stored } from './traces.js';

let server: Server;
let provider: Provider;
let browser: Firefox;
let context: FirefoxContext;

beforeAll(async () => {
  server = await serveApp();
  provider = await Provider.start(server.origin, 300);
  browser = await firefox();
});

afterAll(async () => {
  await browser?.close();
  provider?.close();
  await server?.close();
});

beforeEach(async () => {
  await provider.forget();
  context = await browser.newContext();
});

afterEach(() => context.close());

async function open(): Promise<Tab> {
  const tab = await context.newPage();
  await tab.goto(server.origin);
  await attach(tab, provider, server);
  return tab;
}

/** Fills in the provider's page. */
const fillIn = ({ login, password }: { login: string; password: string }) => {
  document.querySelector<HTMLInputElement>('#login')!.value = login;
  document.querySelector<HTMLInputElement>('#password')!.value = password;
  document.querySelector<HTMLButtonElement>('button:not(.plain)')!.click();
};

/** Signs in at the provider, in the page that shows it, which comes back then. */
async function comeBack(tab: Tab) {
  await tab.waitForFunction(() => document.title === 'Sign in');
  await tab.evaluate(fillIn, provider.ready.user);
  await tab.waitForFunction(() => location.pathname === '/signed-in' && 'attachSession' in window);
  await attach(tab, provider, server);
}

/** Each step has a limit of its own. */
const PATIENT = { timeout: 300_000 };

test('sign-in by redirect, one refresh for two tabs, and a sign-out in both', PATIENT, async () => {
  const tab = await open();
  await tab.evaluate(() => void window.session.signInWithRedirect({ page: 'orders' }));
  await comeBack(tab);
  expect(await tab.evaluate(() => window.session.completeSignIn())).toEqual({ page: 'orders' });
  expect(await tab.evaluate(() => location.href)).toBe(`${server.origin}/signed-in`);
  expect(await tab.evaluate(() => window.session.view())).toMatchObject({
    refreshable: true,
    fields: { sub: 'ada', name: 'Ada Lovelace', email: 'ada@example.org' },
  });
  const first = await tab.evaluate(bearer);
  expect(await provider.accepts(first)).toBe(true);

  const other = await open();
  expect(await other.evaluate(bearer)).toBe(first);
  const fifty = (old: string) =>
    Promise.all(Array.from({ length: 50 }, () => window.session.another(old)));
  const tokens = await Promise.all([tab, other].map((it) => it.evaluate(fifty, first)));
  expect(new Set(tokens.flat()).size).toBe(1);
  expect(await provider.log()).toMatchObject({ refreshes: 1, reused: 0 });
  const status = (url: string) => window.session.fetch(url).then((answer) => answer.status);
  expect(await other.evaluate(status, `${provider.ready.api}hello`)).toBe(200);

  const { access, refresh } = await kept(tab);
  expect(access).toBe(tokens[0]![0]);
  expect(await remembered(other, { access, refresh })).toContain('access');
  const out = await tab.evaluate(() => window.session.logout());
  expect(out).toMatchObject({ revocation: 'done' });
  await other.waitForFunction(() => window.heard.includes('signedOut: elsewhere'));
  for (const it of [tab, other]) {
    expect(await it.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
    expect(await remembered(it, { access, refresh })).toEqual([]);
  }
  const left = JSON.stringify(await tab.evaluate(stored));
  // The search finds what is there: the vault itself.
  expect(left).toContain('session');
  expect([access, refresh].filter((token) => left.includes(token))).toEqual([]);
  expect(await tab.evaluate(() => window.vault.getKeys())).toEqual([]);
  expect(await provider.accepts(access)).toBe(false);
  expect(await provider.refreshes(refresh)).toBe(false);
});

test('sign-in by a window of its own, and a person who closes it', PATIENT, async () => {
  const tab = await open();
  const openWindow = () =>
    context.opened(() =>
      tab.evaluate(() => {
        window.signing = window.session.signInWithPopup();
        window.signing.catch(() => undefined);
      }),
    );
  const signing = () => window.codeOf(window.signing);
  const window_ = await openWindow();
  await comeBack(window_);
  await window_.evaluate(() => void window.session.completeSignIn());
  expect(await tab.evaluate(signing)).toBe('resolved');
  expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);

  const again = await openWindow();
  await again.close();
  expect(await tab.evaluate(signing)).toBe(217);
});
