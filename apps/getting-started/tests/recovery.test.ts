import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { App, launch, SIZES, THEMES } from './support/app';
import { looksWell } from './support/looks';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const protectByPasskey = async (app: App) => {
  await app.addAuthenticator();
  await app.reload();
  await app.storeAda();
  await app.protectBy('Biometrics');
  await app.shows('Protected by Biometrics now.');
};

for (const [theme, size] of [
  ['light', 'desktop'],
  ['dark', 'desktop'],
  ['light', 'phone'],
  ['dark', 'phone'],
] as const satisfies readonly (readonly [(typeof THEMES)[number], keyof typeof SIZES])[]) {
  test(`a passkey is deleted, and the recovery code brings the session back: ${theme}, ${size}`, async () => {
    const app = await App.open(browser);
    const seen = (what: string) => looksWell(app, `${what}-${size}-${theme}`);
    await app.prefer(theme);
    await app.page.setViewport(SIZES[size]);
    await protectByPasskey(app);
    const code = await app.makeRecoveryCode();
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]{5}$/);
    await seen('recovery-code');
    await app.putCodeAway();
    await app.shows('A recovery code opens this vault');
    expect(await app.page.content()).not.toContain(code.slice(0, 5));

    await app.lock();
    await app.deletePasskeys();
    await app.click('Unlock');
    await app.shows('Dismissed.');
    await app.click('My passkey does not work');
    await app.shows('Your session is safe');
    await seen('key-lost');
    await app.tab('Inspector');
    await app.lit('lost');
    await app.page.waitForSelector('[data-condition="key-lost"]');
    await seen('inspector-key-lost');

    await app.tab('Vault');
    await app.click('Recover with the code');
    await app.fill('Recovery code', code.replace(/.$/, code.endsWith('0') ? '1' : '0'));
    await app.click('Recover');
    await app.shows('There is a typo in it');
    await seen('recover');
    await app.fill('Recovery code', code.toLowerCase().replaceAll('-', ' '));
    await app.click('Recover');
    await app.shows('Recovered: your session is there');
    await seen('recovered');
    await app.click('Show');
    await app.shows('ada@example.org');

    // The new passkey opens it, and so does the code, still.
    await app.lock();
    await app.click('Unlock');
    await app.shows('Unlocked.');
    await app.tab('Inspector');
    await app.lit('unlocked');
    await app.page.waitForSelector('[data-condition="intact"]');
    await seen('inspector-recoverable');
    await app.close();
    expect(app.complaints).toEqual([]);
  });
}

test('a passkey that is there is found, and nothing is called lost', async () => {
  const app = await App.open(browser);
  await protectByPasskey(app);
  await app.lock();
  await app.click('My passkey does not work');
  await app.shows('The passkey is there: unlock with it.');
  await app.click('Unlock');
  await app.shows('Unlocked.');
  await app.close();
  expect(app.complaints).toEqual([]);
});

test('a lost key without a code is told as it is, and clearing begins anew', async () => {
  const app = await App.open(browser);
  await protectByPasskey(app);
  await app.lock();
  await app.deletePasskeys();
  await app.click('My passkey does not work');
  await app.shows('no recovery code was made');
  await app.click('Clear the vault');
  await app.shows('Cleared. Sign in again.');
  await app.storeAda();
  await app.close();
  expect(app.complaints).toEqual([]);
});

test('a vault that the browser has deleted is not taken for a new one', async () => {
  const app = await App.open(browser);
  await app.storeAda();
  // Behind the app's back, as an eviction does.
  await app.page.goto(new URL('icon.svg', app.page.url()).href);
  await app.page.evaluate(
    () =>
      new Promise((resolve) => {
        indexedDB.deleteDatabase('keyward').onsuccess = resolve;
      }),
  );
  await app.go('vault');
  await app.shows('The vault has vanished');
  await looksWell(app, 'vanished-desktop-light');
  await app.click('Clear the vault');
  await app.shows('Cleared. Sign in again.');
  await app.storeAda();
  await app.close();
});

test('a new code takes the place of the old one, and revoking ends it', async () => {
  const app = await App.open(browser);
  await app.storeAda();
  const first = await app.makeRecoveryCode();
  await app.putCodeAway();
  await app.click('Make a new code');
  await app.page.waitForSelector('dialog[open] ol li');
  const second = await app.page.$eval('dialog[open] ol', (list) => list.textContent);
  expect(second).not.toContain(first.slice(0, 5));
  await app.putCodeAway();
  await app.click('Revoke');
  await app.shows('The code is of no use any more.');
  await app.shows('Make a recovery code now');
  await app.close();
  expect(app.complaints).toEqual([]);
});
