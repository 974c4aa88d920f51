import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { App, launch } from './support/app';

let browser: Browser;
let app: App;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

beforeEach(async () => {
  app = await App.open(browser);
});
afterEach(async () => {
  await app.close();
  expect(app.complaints).toEqual([]);
});

test('the picture follows the vault: blank, unlocked, locked, unlocking, unlocked, blank', async () => {
  await app.tab('Inspector');
  await app.lit('blank');
  await app.shows('There is no key yet');

  await app.tab('Vault');
  await app.storeAda();
  await app.tab('Inspector');
  await app.lit('unlocked');
  await app.shows('Device store');

  await app.tab('Vault');
  await app.protectByPasscode('2580');
  await app.lock();
  await app.tab('Inspector');
  await app.lit('locked');
  await app.shows('the app asked for it');

  await app.tab('Vault');
  await app.click('Unlock');
  // The dialog is open: nothing else can be reached, but the picture follows behind it.
  await app.page.waitForSelector('.state.unlocking');
  await app.typePasscode('2580');
  await app.shows('Unlocked.');
  await app.tab('Inspector');
  await app.lit('unlocked');
  await app.shows('Passcode requested');

  await app.tab('Vault');
  await app.click('Clear');
  await app.shows('Cleared');
  await app.tab('Inspector');
  await app.lit('blank');
});

test('it shows the slot, what a guess costs, the size, the epoch and the id', async () => {
  await app.storeAda();
  await app.protectByPasscode('2580');
  await app.tab('Inspector');
  const text = await app.text();
  expect(text).toMatch(/A guess costs\s+\d+ MiB, \d+ passes/);
  expect(text).toMatch(/[\d,]+\s+bytes/);
  expect(text).toMatch(/Epoch\s+[1-9]/);
  expect(text).toMatch(/Vault id\s+([0-9a-f]{8} ?){4}/);
  expect(text).toMatch(/A thief of the file\s+gets nothing/);
});

test('time away is on the time line', async () => {
  await app.storeAda();
  await app.protectByPasscode('2580');
  await app.tab('Inspector');
  await app.away(2_400);
  await app.shows('away for too long');
  await app.shows('Page hidden');
  await app.lit('locked');
});

test('the device answers every question, and its prompt verifies', async () => {
  await app.addAuthenticator();
  await app.reload();
  await app.storeAda();
  await app.protectBy('Biometrics');
  await app.shows('Protected by Biometrics now.');
  await app.tab('Device');
  await app.page.waitForFunction(() =>
    [...document.querySelectorAll('.device dd')].every((answer) => answer.textContent !== '…'),
  );
  expect(await app.page.$$eval('.device dd', (answers) => answers.length)).toBe(8);
  await app.click('Show the prompt');
  await app.shows('The device has verified you.');
});

test('a prompt with nothing to ask for says so', async () => {
  await app.tab('Device');
  await app.click('Show the prompt');
  await app.shows('This device cannot verify its user here.');
});
