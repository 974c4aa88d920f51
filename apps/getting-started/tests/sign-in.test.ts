import type { Browser } from 'puppeteer-core';
import { preview } from 'vite';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { demoProvider } from '../demo-provider';
import { App, launch, SIZES, THEMES } from './support/app';
import { looksWell } from './support/looks';
import { logOf, startProvider, type Ready } from './support/provider';

/** A token has to expire first. */
const LONG = 40_000;
/** For tests that wait for that, or look at the page sixteen times. */
const PATIENCE = 180_000;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** Fills in the provider's page, as whom the app's page names. */
const fillIn = async (app: App): Promise<void> => {
  await app.page.waitForFunction(() => document.title === 'Sign in');
  await app.fill('Name', 'ada');
  await app.fill('Password', 'notes-on-the-engine');
  await app.click('Sign in');
};

const signIn = async (app: App): Promise<void> => {
  await app.click('Sign in');
  await fillIn(app);
  await app.shows('Signed in: the tokens are sealed in the vault.');
  await app.shows('ada@example.org');
};

/** In each light and size. */
const look = async (app: App, what: string): Promise<void> => {
  for (const theme of THEMES) {
    await app.prefer(theme);
    for (const [size, viewport] of Object.entries(SIZES)) {
      await app.page.setViewport(viewport);
      await app.page.$$eval('.sign-in', ([page]) => page?.scrollIntoView());
      await app.page.$$eval('figure', ([figure]) => figure?.scrollIntoView({ block: 'nearest' }));
      await looksWell(app, `${what}-${size}-${theme}`);
    }
  }
};

test('sign in, fifty calls by one refresh, sign out', { timeout: PATIENCE }, async () => {
  const provider = inject('provider');
  const app = await App.open(browser, 'sign-in');
  await app.shows('Nobody is signed in.');
  await app.shows(provider.user.login);
  await app.shows(provider.user.password);
  await look(app, 'signed-out');

  await app.click('Sign in');
  await app.page.waitForFunction(() => document.title === 'Sign in');
  await look(app, 'provider');
  await fillIn(app);
  await app.shows('Signed in: the tokens are sealed in the vault.');
  await app.shows('Ada Lovelace');
  await app.shows('sealed in the vault');
  // Nothing of what the provider has sent stays in the address.
  await app.page.waitForFunction(() => location.pathname === '/sign-in' && location.search === '');

  const before = await logOf(provider);
  await app.click('Call fifty times');
  await app.shows('One refresh served 50 of 50 calls', LONG);
  const after = await logOf(provider);
  expect(after.refreshes - before.refreshes).toBe(1);
  expect(after.reused).toBe(0);
  expect(after.api.served - before.api.served).toBe(50);
  expect(after.api.refused).toBe(before.api.refused);
  const picture = await app.page.$eval('[role="img"][aria-label*="refresh"]', (it) => ({
    says: it.getAttribute('aria-label'),
    refreshes: it.querySelectorAll('.token span').length,
    calls: it.querySelectorAll('.row:not(.token) span:not(.waits)').length,
  }));
  expect(picture).toMatchObject({ refreshes: 1, calls: 50 });
  expect(picture.says).toMatch(/^A refresh from \d+ ms to \d+ ms\. 50 calls answered from \d+ ms to \d+ ms\.$/);
  await app.shows('Refreshed');
  await look(app, 'fifty-calls');

  await app.tab('Inspector');
  await app.shows('the next refresh token is in the vault, durably');
  await app.tab('Sign-in');
  await app.reload();
  await app.shows('ada@example.org');
  await app.click('Sign out');
  await app.shows('the provider has revoked both tokens');
  expect((await logOf(provider)).revoked.length - before.revoked.length).toBe(2);
  expect(await app.text()).not.toContain('ada@example.org');
  await look(app, 'signed-out-again');

  // The provider's own session is another matter.
  await app.click('Sign out there, too');
  await app.page.waitForFunction(() => document.title === 'Sign out here too?');
  await app.click('Sign out');
  await app.page.waitForFunction((site) => location.href.startsWith(site), {}, app.site);
  await app.close();
  expect(app.complaints).toEqual([]);
});

test('by keyboard alone', async () => {
  const app = await App.open(browser, 'sign-in');
  const { keyboard } = app.page;
  await app.shows('Nobody is signed in.');
  await app.page.bringToFront();
  const focusOn = async (what: string): Promise<void> => {
    for (let presses = 0; presses < 30; presses++) {
      const focused = await app.page.evaluate(() => document.activeElement?.textContent?.trim());
      if (focused === what) return;
      await keyboard.press('Tab');
    }
    throw new Error(`${what} cannot be reached by Tab`);
  };
  await focusOn('Sign in');
  await keyboard.press('Enter');
  // The provider's page has the focus where one begins to type.
  await app.page.waitForSelector('#login:focus');
  await keyboard.type('ada');
  await keyboard.press('Tab');
  await keyboard.type('not the password');
  await keyboard.press('Enter');
  await app.shows('That is not the name and the password.');
  await app.page.waitForSelector('#login:focus');
  await keyboard.type('ada');
  await keyboard.press('Tab');
  await keyboard.type('notes-on-the-engine');
  await keyboard.press('Enter');
  await app.shows('ada@example.org');
  await focusOn('Sign out');
  await keyboard.press('Enter');
  await app.shows('the provider has revoked both tokens');
  await app.close();
});

test('a sign-in that is cancelled changes nothing', async () => {
  const app = await App.open(browser, 'sign-in');
  await app.click('Sign in');
  await app.page.waitForFunction(() => document.title === 'Sign in');
  await app.click('Cancel');
  await app.shows('You have cancelled the sign-in. Nothing has changed.');
  await app.shows('Nobody is signed in.');
  await app.close();
});

test('a locked vault asks nobody when looked at, and once for fifty calls', { timeout: PATIENCE }, async () => {
  const app = await App.open(browser, 'sign-in');
  await signIn(app);
  await app.tab('Vault');
  await app.protectByPasscode('2580');
  await app.lock();
  await app.tab('Sign-in');
  await app.shows('The vault is locked.');
  expect(await app.text()).not.toContain('ada@example.org');
  expect(await app.page.$('dialog[open]')).toBeNull();

  await app.click('Call fifty times');
  await app.typePasscode('2580');
  await app.dialogGone();
  await app.shows('One refresh served 50 of 50 calls', LONG);
  await app.shows('ada@example.org');
  await app.close();
});

test('signed out in one tab is signed out in the other', async () => {
  const app = await App.open(browser, 'sign-in');
  await signIn(app);
  const other = await app.context.newPage();
  await other.goto(app.page.url());
  await other.locator('::-p-aria([name="Sign out"][role="button"])').click();
  await other.waitForFunction(() => document.body.innerText.includes('revoked both tokens'));
  await app.page.bringToFront();
  await app.shows('Signed out in another tab.');
  await app.close();
});

test('without a provider, the page says what is missing', async () => {
  // As any server would: it knows nothing of a provider.
  const server = await preview({ configFile: false, preview: { host: 'localhost', port: 0 } });
  const app = await App.open(browser, 'sign-in', undefined, server.resolvedUrls!.local[0]!);
  await app.shows('There is nobody to sign in at.');
  await app.shows('cargo xtask demo');
  await look(app, 'no-provider');
  await app.close();
  await server.close();
  expect(app.complaints).toEqual([]);
});

test('a provider that has gone: told, nothing lost, and a sign-out is one', { timeout: PATIENCE }, async () => {
  let line: string | undefined;
  const server = await preview({
    configFile: false,
    plugins: [demoProvider(() => line)],
    preview: { host: 'localhost', port: 0 },
  });
  const site = server.resolvedUrls!.local[0]!;
  const { origin } = new URL(site);
  const provider = await startProvider(origin, 3);
  ({ line } = provider);
  const app = await App.open(browser, 'sign-in', undefined, site);
  await signIn(app);

  await provider.end();
  await app.click('Call fifty times');
  await app.shows('The provider does not answer. What the vault keeps is unchanged.', LONG);
  await look(app, 'provider-gone');
  // A page that starts now has what the vault keeps, too.
  await app.reload();
  await app.shows('ada@example.org');
  await app.click('Sign out');
  await app.shows('The provider is told once it can be reached.');
  await app.click('Sign in');
  await app.shows('The provider does not answer. What the vault keeps is unchanged.');
  await look(app, 'no-answer');

  const { port } = new URL((JSON.parse(line) as Ready).issuer);
  const again = await startProvider(origin, 3, Number(port));
  await app.click('Sign in');
  await app.page.waitForFunction(() => document.title === 'Sign in');
  await app.close();
  await again.end();
  await server.close();
});
