// An app that is left: another tab in front of it, frozen, put aside for the way back.
//
// Puppeteer and not Playwright: Playwright makes every tab believe that somebody looks at it.

import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { serveApp } from './app.js';
import { OPTIONS } from './chromium.js';
import type { Server } from './server.js';

let server: Server;
let browser: Browser;
let tab: Page;

beforeAll(async () => {
  server = await serveApp();
});

afterAll(() => server.close());

beforeEach(async () => {
  browser = await puppeteer.launch(OPTIONS);
  tab = await browser.newPage();
  await tab.goto(server.origin);
  await tab.waitForFunction(() => 'attach' in window);
});

afterEach(() => browser.close());

async function withToken(lockAfterBackgrounded: number | null) {
  await tab.evaluate(async (lockAfterBackgrounded) => {
    await window.attach({ type: window.keyward.VaultType.CustomPasscode, lockAfterBackgrounded });
    await window.vault.setCustomPasscode('2580');
    await window.vault.setValue('token', 'abc');
    window.heard.length = 0;
  }, lockAfterBackgrounded);
}

const isLocked = () => window.vault.isLocked();
const heard = () => window.heard;
const visibility = () => document.visibilityState;

/** Another tab comes in front, and the person stays there. */
async function away(milliseconds: number) {
  const other = await browser.newPage();
  await other.bringToFront();
  await tab.waitForFunction(() => document.visibilityState === 'hidden', { polling: 20 });
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  await tab.bringToFront();
  await tab.waitForFunction(() => document.visibilityState === 'visible', { polling: 20 });
  await other.close();
}

test('long enough behind another tab locks, and tells of it once', async () => {
  await withToken(200);
  await away(400);
  expect(await tab.evaluate(isLocked)).toBe(true);
  expect(await tab.evaluate(heard)).toEqual(['lock: timeout']);
  await away(400);
  expect(await tab.evaluate(heard)).toEqual(['lock: timeout']);
});

test('a device that has slept past the time locks', async () => {
  await withToken(3_600_000);
  const other = await browser.newPage();
  await other.bringToFront();
  await tab.waitForFunction(() => document.visibilityState === 'hidden', { polling: 20 });
  // What a page sees of it: the clock on the wall has gone on, and nothing else has.
  await tab.evaluate(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 7_200_000;
  });
  await tab.bringToFront();
  await tab.waitForFunction(() => document.visibilityState === 'visible', { polling: 20 });
  expect(await tab.evaluate(isLocked)).toBe(true);
  expect(await tab.evaluate(heard)).toEqual(['lock: timeout']);
});

test('sooner, or with no time set, it stays open', async () => {
  await withToken(3_600_000);
  await away(100);
  expect(await tab.evaluate(isLocked)).toBe(false);
  expect(await tab.evaluate(heard)).toEqual([]);
  await tab.evaluate(() =>
    window.vault.updateConfig({ ...window.vault.config, lockAfterBackgrounded: null }),
  );
  await away(100);
  expect(await tab.evaluate(isLocked)).toBe(false);
  expect(await tab.evaluate(heard)).toEqual(['configChanged']);
});

test('with a time of 0 it is locked as soon as the tab is left', async () => {
  await withToken(0);
  const other = await browser.newPage();
  await other.bringToFront();
  await tab.waitForFunction(() => window.heard.length > 0, { polling: 20 });
  expect(await tab.evaluate(visibility)).toBe('hidden');
  expect(await tab.evaluate(isLocked)).toBe(true);
  expect(await tab.evaluate(heard)).toEqual(['lock: timeout']);
});

test('a page that is frozen is locked when it runs again', async () => {
  await withToken(200);
  const other = await browser.newPage();
  await other.bringToFront();
  const cdp = await tab.createCDPSession();
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
  await new Promise((resolve) => setTimeout(resolve, 400));
  await cdp.send('Page.setWebLifecycleState', { state: 'active' });
  await tab.bringToFront();
  expect(await tab.evaluate(isLocked)).toBe(true);
  expect(await tab.evaluate(heard)).toEqual(['lock: timeout']);
});

test('a page that is left and comes back is locked', async () => {
  await withToken(200);
  await tab.evaluate(() => {
    addEventListener('pageshow', ({ persisted }) => Object.assign(window, { persisted }));
  });
  await tab.goto(`${server.origin}/elsewhere`);
  await new Promise((resolve) => setTimeout(resolve, 400));
  await tab.goBack();
  await tab.waitForFunction(() => 'attach' in window);
  const kept = await tab.evaluate(() => (window as { persisted?: boolean }).persisted);
  expect(kept, 'whether the browser kept the page').toBe(true);
  expect(await tab.evaluate(isLocked)).toBe(true);
  expect(await tab.evaluate(heard)).toEqual(['lock: timeout']);
});

test('a page that comes back sooner goes on where it was', async () => {
  await withToken(3_600_000);
  await tab.goto(`${server.origin}/elsewhere`);
  await tab.goBack();
  await tab.waitForFunction(() => 'vault' in window);
  expect(await tab.evaluate(isLocked)).toBe(false);
  expect(await tab.evaluate(() => window.vault.getValue('token'))).toBe('abc');
  await tab.evaluate(() => window.vault.setValue('token', 'def'));
  expect(await tab.evaluate(() => window.vault.getValue('token'))).toBe('def');
});
