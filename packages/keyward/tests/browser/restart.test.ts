// What outlives a page, and what outlives the browser.

import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { openApp, ready, serveApp } from './app.js';
import { Profile } from './chromium.js';
import type { Server } from './server.js';

let server: Server;
let profile: Profile;
let browser: BrowserContext;

beforeAll(async () => {
  server = await serveApp();
});

afterAll(() => server.close());

beforeEach(async () => {
  profile = new Profile();
  browser = await profile.start();
});

afterEach(async () => {
  await browser.close();
  profile.remove();
});

async function restarted(): Promise<Page> {
  await browser.close();
  browser = await profile.start();
  return openApp(browser, server);
}

async function reloaded(tab: Page): Promise<Page> {
  await tab.reload();
  await ready(tab);
  return tab;
}

async function withToken(type: 'SecureStorage' | 'CustomPasscode', kind?: 'BrowserVault') {
  const tab = await openApp(browser, server);
  await tab.evaluate(
    async ([type, kind]) => {
      await window.attach({ type: window.keyward.VaultType[type] }, kind);
      if (type === 'CustomPasscode') {
        await window.vault.setCustomPasscode('2580');
      }
      await window.vault.setValue('token', 'abc');
    },
    [type, kind] as const,
  );
  return tab;
}

const again = [
  ['a reload', reloaded],
  ['a restart of the browser', restarted],
] as const;

test.each(again)('SecureStorage is readable after %s', async (_, again) => {
  const tab = await again(await withToken('SecureStorage'));
  const [locked, token] = await tab.evaluate(async () => {
    await window.attach();
    return [await window.vault.isLocked(), await window.vault.getValue('token')];
  });
  expect([locked, token]).toEqual([false, 'abc']);
});

test.each(again)(
  'CustomPasscode is locked after %s, and its passcode opens it',
  async (_, again) => {
    const tab = await again(await withToken('CustomPasscode'));
    const seen = await tab.evaluate(async () => {
      await window.attach();
      const { vault } = window;
      const locked = await vault.isLocked();
      window.answer('0000');
      const refused = await window.codeOf(vault.getValue('token'));
      window.answer('2580');
      return [vault.config.type, locked, refused, await vault.getValue('token')];
    });
    expect(seen).toEqual(['CustomPasscode', true, 6, 'abc']);
  },
);

test('wrong passcodes are counted over restarts of the browser', async () => {
  await withToken('CustomPasscode');
  const left: unknown[] = [];
  for (let guess = 0; guess < 2; guess++) {
    const tab = await restarted();
    left.push(
      await tab.evaluate(async () => {
        await window.attach();
        window.answer('0000');
        return window.vault.unlock().catch((error: { attemptsLeft: number }) => error.attemptsLeft);
      }),
    );
  }
  expect(left).toEqual([4, 3]);
});

test('a BrowserVault is readable after a reload, and empty in a new tab and after a restart', async () => {
  const first = await reloaded(await withToken('CustomPasscode', 'BrowserVault'));
  const read = async () => {
    await window.attach({}, 'BrowserVault');
    return window.vault.getValue('token');
  };
  expect(await first.evaluate(read)).toBe('abc');
  expect(await (await openApp(browser, server)).evaluate(read)).toBeNull();
  expect(await (await restarted()).evaluate(read)).toBeNull();
});

test('an acknowledged write outlives the end of the browser without a farewell', async () => {
  const tab = await withToken('SecureStorage');
  await tab.evaluate(() => window.vault.setValue('token', 'last'));
  const process = await browser.newCDPSession(tab);
  await process.send('Browser.crash').catch(() => undefined);
  browser = await profile.start();
  const token = await (
    await openApp(browser, server)
  ).evaluate(async () => {
    await window.attach();
    return window.vault.getValue('token');
  });
  expect(token).toBe('last');
});
