// A session in a real browser against a real provider.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { launch, Profile } from '../chromium.js';
import type { Server } from '../server.js';
import { attach, kept, logIn, open, serveApp, signIn } from './app.js';
import { type Fault, Provider } from './provider.js';

/** How long the tabs go on; by hand, `KEYWARD_SESSION_SECONDS=300` is the whole five minutes. */
const SECONDS = Number(process.env['KEYWARD_SESSION_SECONDS'] ?? 60);

let server: Server;
let provider: Provider;
let hasty: Provider;
let browser: Browser;
let context: BrowserContext;
let tab: Page;

beforeAll(async () => {
  server = await serveApp();
  provider = await Provider.start(server.origin, 300);
  // Whose tokens live for two seconds.
  hasty = await Provider.start(server.origin, 2);
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  provider.close();
  hasty.close();
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

test(
  'fifty callers in four tabs, tokens of two seconds: each refresh token is spent at most once',
  { timeout: (SECONDS + 60) * 1000 },
  async () => {
    const tabs = [await open(context, hasty, server)];
    await signIn(tabs[0]!, hasty, server);
    while (tabs.length < 4) {
      tabs.push(await open(context, hasty, server));
    }
    await hasty.forget();
    const calls = await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(
          async ([url, seconds]) => {
            const end = performance.now() + seconds * 1000;
            const problems: string[] = [];
            let calls = 0;
            const caller = async (number: number) => {
              while (performance.now() < end) {
                await new Promise((resolve) => setTimeout(resolve, 400 + 20 * (number % 50)));
                const status = await window.session.fetch(url).then(
                  (response) => response.status,
                  (error) => `${error.name} ${error.message}`,
                );
                calls++;
                if (status !== 200) problems.push(String(status));
              }
            };
            await Promise.all(Array.from({ length: 50 }, (_, number) => caller(number)));
            return { calls, problems };
          },
          [`${hasty.ready.api}hello`, SECONDS] as const,
        ),
      ),
    );
    expect(calls.flatMap(({ problems }) => problems)).toEqual([]);
    const log = await hasty.log();
    expect(log.refreshes).toBeGreaterThan(SECONDS / 4);
    expect(log.refreshTokens.filter(({ spent, refused }) => spent + refused > 1)).toEqual([]);
    expect(log.refreshTokens.filter(({ refused }) => refused > 0)).toEqual([]);
    console.log(
      `${SECONDS} s: ${calls.reduce((sum, { calls }) => sum + calls, 0)} calls, ${log.refreshes} refreshes`,
    );
  },
);

const FAULTS: [string, Omit<Fault, 'path'>, string][] = [
  ['500', { kind: 'status', status: 500 }, 'server'],
  ['429 with Retry-After', { kind: 'status', status: 429, retryAfter: 1 }, 'tooManyRequests'],
  ['a hotel’s log-in page', { kind: 'html' }, 'badAnswer'],
  ['a connection that breaks before', { kind: 'drop-before' }, 'noAnswer'],
];

test.each(FAULTS)(
  '%s: the session and the token in hand stay, and later a refresh works',
  async (_, fault, trouble) => {
    await signIn(tab, provider, server);
    await provider.breaks({ path: '/token', times: 2, ...fault });
    const before = await tab.evaluate(bearer);
    const code = await tab.evaluate(refresh);
    expect([201, 'resolved']).toContain(code);
    expect(await tab.evaluate(heard)).toContain(`deferred: ${trouble}`);
    expect(await tab.evaluate(bearer)).toBe(before);

    await provider.forget();
    // A new page knows nothing of the pause that the other one makes.
    const next = await open(context, provider, server);
    expect(await next.evaluate(refresh)).toBe('resolved');
    expect(await next.evaluate(bearer)).not.toBe(before);
    expect((await provider.log()).reused).toBe(0);
  },
);

test('a slow answer is waited for', async () => {
  await signIn(tab, provider, server);
  await provider.breaks({ path: '/token', kind: 'slow', ms: 1500 });
  expect(await tab.evaluate(refresh)).toBe('resolved');
  expect((await provider.log()).refreshes).toBe(1);
});

test.each(['drop-after', 'truncate'] as const)(
  'an answer that is lost after the rotation (%s): the provider refuses the old token, and the cause says so',
  async (kind) => {
    await signIn(tab, provider, server);
    await provider.breaks({ path: '/token', kind });
    await tab.evaluate(refresh);
    // The token in hand lives on, until the next refresh shows that the session is lost.
    expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);
    await tab.waitForFunction(
      async () => {
        await window.codeOf(window.session.another(await window.session.bearer()));
        return window.heard.some((word) => word.startsWith('signedOut'));
      },
      undefined,
      { polling: 500 },
    );
    expect(await tab.evaluate(heard)).toContain('signedOut: answerLost');
    expect(await tab.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
    expect(await tab.evaluate(() => window.vault.getValue('session'))).toBeNull();
  },
);

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

test('after a sign-out no token is anywhere in the profile, and the provider refuses both', async () => {
  const profile = new Profile();
  try {
    let person = await profile.start();
    let page = await open(person, provider, server);
    await signIn(page, provider, server);
    const tokens = await kept(page);
    await page.evaluate(() => window.session.logout());
    expect(await page.evaluate(leftovers)).toEqual(NOTHING);
    const cookies = JSON.stringify(await person.cookies(server.origin));
    for (const token of [tokens.access, tokens.refresh, tokens.id]) {
      expect(cookies).not.toContain(token);
    }
    await person.close();
    expect(inFiles(profile.folder, { ...tokens, origin: server.origin })).toEqual(['origin']);
    expect(await provider.accepts(tokens.access)).toBe(false);
    expect(await provider.refreshes(tokens.refresh)).toBe(false);

    person = await profile.start();
    page = await open(person, provider, server);
    expect(await page.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
    await person.close();
  } finally {
    profile.remove();
  }
});

test('a locked vault serves nobody, and asks once for however many wait', async () => {
  const open_ = async (page: Page) => {
    await attach(page, provider, server, { type: 'CustomPasscode' });
    await page.evaluate(() => {
      Object.assign(window, { asked: 0 });
      window.vault.onPasscodeRequested((_, answer) => {
        (window as unknown as { asked: number }).asked++;
        answer('2580');
      });
    });
  };
  await open_(tab);
  await tab.evaluate(() =>
    window.session.begin({ accessToken: 'the-token-of-the-session', expiresIn: 600 }),
  );
  await tab.evaluate(bearer);
  await tab.evaluate(() => window.vault.lock());
  expect(await remembered(tab, { access: 'the-token-of-the-session' })).toEqual([]);
  const asked = await tab.evaluate(async () => {
    const before = (window as unknown as { asked: number }).asked;
    await Promise.all(Array.from({ length: 50 }, () => window.session.bearer()));
    return (window as unknown as { asked: number }).asked - before;
  });
  expect(asked).toBe(1);
});

test('sessions side by side, a back end of the app’s own, and an API key', async () => {
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
  await signIn(tab, provider, server);
  const page = await context.newPage();
  await page.goto(server.origin);
  await page.waitForFunction(() => 'attach' in window);
  await page.evaluate(([server, more]) => window.attach(server, more), [
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

  await page.evaluate(([more]) => window.attach('key', more), [
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

const NOTHING = { entries: [], local: [], session: [], caches: [] };

/** What the page stores that an app can read. */
async function leftovers() {
  return {
    entries: await window.vault.getKeys(),
    local: Object.keys(localStorage).filter((name) =>
      /token|sign-in/.test(localStorage.getItem(name)! + name),
    ),
    session: Object.keys(sessionStorage),
    caches: await caches.keys(),
  };
}

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

/** Which of `texts` lie somewhere below `folder`. */
function inFiles(folder: string, texts: Record<string, unknown>): string[] {
  const wanted = Object.entries(texts).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  const found = new Set<string>();
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      wanted
        .filter(([, text]) => bytes.includes(text) || bytes.includes(Buffer.from(text, 'utf16le')))
        .forEach(([name]) => found.add(name));
    }
  }
  return [...found];
}
