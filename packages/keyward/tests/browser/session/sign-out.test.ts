// What is left of a session after a sign-out, and while its vault is locked.

import { expect, test } from 'vitest';

import { Profile } from '../chromium.js';
import { bearer, heard, kept, open, Place, refresh, signIn } from './app.js';
import { killer } from './killing.js';
import { held, inFiles, remembered, stored } from './traces.js';

const place = new Place(300);

test('a sign-out in one tab is one in all, and nothing is in the memory of either', async () => {
  const tab = await place.signedIn();
  const other = await place.tab();
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
  const { provider } = place;
  const tab = await place.signedIn();
  const { access } = await kept(tab);
  await provider.breaks({ path: '/token/revocation', kind: 'status', status: 503, times: 9 });
  const out = await tab.evaluate(() => window.session.logout());
  expect(out).toMatchObject({ revocation: 'later' });
  expect(await provider.accepts(access)).toBe(true);
  await provider.forget();
  expect(await tab.evaluate(() => window.session.sendRevocations())).toBe('done');
  expect(await provider.accepts(access)).toBe(false);
});

test('after a sign-out no token is anywhere, and the provider refuses both', async () => {
  const { provider, server } = place;
  const profile = new Profile();
  try {
    let person = await profile.start();
    let page = await open(person, provider, server);
    const logged: string[] = [];
    person.on('console', (message) => logged.push(message.text()));
    person.on('weberror', (error) => logged.push(String(error.error())));
    await signIn(page, provider, server);
    const tokens = await kept(page);
    // Used and replaced, so that there is more that could be left behind.
    const api = `${provider.ready.api}orders`;
    await page.evaluate((url) => window.session.fetch(url).then((it) => it.text()), api);
    await page.evaluate(async () => window.session.another(await window.session.bearer()));
    const later = await kept(page);
    const all = { ...tokens, access2: later.access, refresh2: later.refresh };
    expect(await remembered(page, all)).toContain('access2');

    await page.evaluate(() => window.session.logout());
    // The search finds what is there.
    await page.evaluate(() =>
      Object.assign(window, { planted: ['a-text', 'held', 'here'].join('-') }),
    );
    expect(await held(page, { ...all, planted: 'a-text-held-here' })).toEqual(['planted']);
    expect(await remembered(page, all)).toEqual([]);
    expect(await page.evaluate(() => window.vault.getKeys())).toEqual([]);
    const left = await page.evaluate(stored);
    // The search finds what is there: the vault itself.
    expect(left.databases).toContain('session');
    expect(left.caches).toEqual([]);
    const everything = JSON.stringify([left, await person.cookies(), logged]);
    for (const [name, token] of Object.entries(all)) {
      expect(everything.includes(token), name).toBe(false);
    }
    await person.close();
    expect(inFiles(profile.folder, { ...all, origin: server.origin })).toEqual(['origin']);
    expect(await provider.accepts(later.access)).toBe(false);
    expect(await provider.refreshes(later.refresh)).toBe(false);

    person = await profile.start();
    page = await open(person, provider, server);
    expect(await page.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
    await person.close();
  } finally {
    profile.remove();
  }
});

const PASSCODE = { type: 'CustomPasscode' };

/** From now on, answers every request for a passcode, and counts them. */
const answer = () => {
  Object.assign(window, { asked: 0 });
  window.vault.onPasscodeRequested((_, answer) => {
    (window as unknown as { asked: number }).asked++;
    answer('2580');
  });
};
const asked = () => (window as unknown as { asked: number }).asked;

test('a locked vault serves nobody, and asks once for however many wait', async () => {
  const tab = await place.tab(PASSCODE);
  await tab.evaluate(answer);
  await tab.evaluate(() =>
    window.session.begin({ accessToken: 'the-token-of-the-session', expiresIn: 600 }),
  );
  await tab.evaluate(bearer);
  const token = { access: 'the-token-of-the-session' };
  expect(await remembered(tab, token)).toEqual(['access']);
  await tab.evaluate(() => window.vault.lock());
  expect(await remembered(tab, token)).toEqual([]);
  const before = await tab.evaluate(asked);
  await tab.evaluate(() => Promise.all(Array.from({ length: 50 }, () => window.session.bearer())));
  expect(await tab.evaluate(asked)).toBe(before + 1);
});

test('a sign-out that the person does not unlock the vault for is remembered by the next page', async () => {
  const tab = await place.tab(PASSCODE);
  await tab.evaluate(answer);
  const tokens = await signInElsewhere();
  await tab.evaluate((tokens) => window.session.begin(tokens), tokens);
  await tab.evaluate(() => window.vault.lock());
  await tab.evaluate(() => window.vault.onPasscodeRequested((_, answer) => answer('')));
  const refused = () => window.session.logout().catch(() => 'refused');
  expect(await tab.evaluate(refused)).toBe('refused');

  const next = await place.tab(PASSCODE);
  await next.evaluate(answer);
  expect(await next.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
  expect(await next.evaluate(asked)).toBe(0);
  await next.evaluate(() => window.vault.unlock());
  await expect.poll(() => next.evaluate(() => window.vault.isEmpty())).toBe(true);
  expect(await place.provider.accepts(tokens.accessToken)).toBe(false);
  const after = await place.tab(PASSCODE);
  expect(await after.evaluate(() => Object.keys(localStorage).join())).not.toContain('signed-out');
});

/** A limit for what comes about by itself, in milliseconds. */
const PATIENCE = { timeout: 30_000 };

test('a sign-out that another page has made good leaves the session after it alone', async () => {
  const first = await place.tab(PASSCODE);
  await first.evaluate(answer);
  await first.evaluate(() => window.session.begin({ accessToken: 'first', expiresIn: 600 }));
  await first.close();
  // This page has not seen the session, so that all it can remember is its name.
  const tab = await place.tab(PASSCODE);
  await tab.evaluate(() => window.vault.onPasscodeRequested((_, answer) => answer('')));
  expect(await tab.evaluate(() => window.session.logout().catch(() => 'refused'))).toBe('refused');

  const next = await place.tab(PASSCODE);
  await next.evaluate(answer);
  expect(await next.evaluate(() => window.codeOf(window.session.bearer()))).toBe(200);
  await next.evaluate(() => window.vault.unlock());
  await expect.poll(() => next.evaluate(() => window.vault.isEmpty()), PATIENCE).toBe(true);
  await next.evaluate(() => window.session.begin({ accessToken: 'second', expiresIn: 600 }));

  await tab.evaluate(answer);
  await tab.evaluate(() => window.vault.unlock());
  const codeOr = () => window.session.bearer().catch(({ code }: { code: number }) => code);
  await expect.poll(() => tab.evaluate(codeOr), PATIENCE).toBe('second');
  // The page after it has the same.
  const after = await place.tab(PASSCODE);
  await after.evaluate(answer);
  expect(await after.evaluate(bearer)).toBe('second');
});

test('a vault that locks in the middle of a refresh: nothing is lost, and nobody is asked for it', async () => {
  const { provider } = place;
  const tab = await place.tab(PASSCODE);
  await tab.evaluate(answer);
  const tokens = await signInElsewhere();
  await tab.evaluate((tokens) => window.session.begin(tokens), tokens);
  await provider.forget();
  await provider.breaks({ path: '/token', kind: 'slow', ms: 1000 });
  await tab.evaluate(() => {
    void window.session.bearer().then((token) => window.codeOf(window.session.another(token)));
  });
  await tab.waitForFunction(() => window.heard.includes('refreshing'));
  const before = await tab.evaluate(async () => {
    await window.vault.lock();
    return (window as unknown as { asked: number }).asked;
  });
  const refreshes = async () => (await provider.log()).refreshes;
  await expect.poll(refreshes, { timeout: 30_000 }).toBe(1);
  expect(await tab.evaluate(async () => window.vault.isLocked())).toBe(true);
  expect(await tab.evaluate(asked)).toBe(before);

  await tab.evaluate(() => window.vault.unlock());
  await tab.waitForFunction(() => window.heard.includes('refreshed'));
  const token = await tab.evaluate(bearer);
  expect(token).not.toBe(tokens.accessToken);
  expect(await provider.accepts(token)).toBe(true);
  expect(await provider.log()).toMatchObject({ refreshes: 1, reused: 0 });
  expect(await tab.evaluate(heard)).not.toContain('signedOut: refused');
});

test('an answer that comes while the vault is locked outlives its tab, and is in no memory', async () => {
  const { provider, context } = place;
  const tab = await place.tab(PASSCODE);
  await tab.evaluate(answer);
  const tokens = await signInElsewhere();
  await tab.evaluate((tokens) => window.session.begin(tokens), tokens);
  await provider.forget();
  let late: Record<string, string> = {};
  await context.route(/\/token$/, async (route) => {
    const response = await route.fetch();
    late = await response.json();
    await tab.evaluate(() => window.vault.lock());
    await route.fulfill({ response });
  });
  await tab.evaluate(() => {
    void window.session.bearer().then((token) => window.codeOf(window.session.another(token)));
  });
  const waits = () =>
    Object.keys(localStorage).some((name) => name.startsWith('keyward-late-answer/'));
  await tab.waitForFunction(waits);
  await context.unroute(/\/token$/);
  expect(await tab.evaluate(async () => window.vault.isLocked())).toBe(true);
  const all = { ...tokens, lateAccess: late['access_token'], lateRefresh: late['refresh_token'] };
  expect(await remembered(tab, all)).toEqual([]);
  const left = JSON.stringify(await tab.evaluate(stored));
  for (const [name, token] of Object.entries(all)) {
    expect(left.includes(String(token)), name).toBe(false);
  }
  await (
    await killer(tab)
  )();

  const next = await place.tab(PASSCODE);
  await next.evaluate(answer);
  expect(await next.evaluate(bearer)).toBe(all.lateAccess);
  expect(await next.evaluate(asked)).toBe(1);
  expect(await next.evaluate(waits)).toBe(false);
  expect(await provider.log()).toMatchObject({ refreshes: 1, reused: 0 });
  expect(await next.evaluate(refresh)).toBe('resolved');
  expect(await provider.accepts(await next.evaluate(bearer))).toBe(true);
  expect(await provider.log()).toMatchObject({ refreshes: 2, reused: 0 });
});

/** Tokens of a sign-in in another browser. */
async function signInElsewhere() {
  const context = await place.browser.newContext();
  try {
    const tab = await open(context, place.provider, place.server);
    await signIn(tab, place.provider, place.server);
    const { access, refresh } = await kept(tab);
    return { accessToken: access, refreshToken: refresh, expiresIn: 300 };
  } finally {
    await context.close();
  }
}
