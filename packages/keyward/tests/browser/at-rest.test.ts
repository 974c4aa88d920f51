// What a thief of the browser's profile can read: nothing of an entry, nor of a passcode.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { openApp, serveApp } from './app.js';
import { Authenticator } from './authenticator.js';
import { Profile } from './chromium.js';
import type { Server } from './server.js';

const SECRETS = {
  token: 'eyJhbGciOi.the-token-of-the-session.9f3',
  beyondAscii: 'jeton-spécial-жетон-сессии',
  name: 'name-of-an-entry-7f3a',
  passcode: '271828182845904523536',
};
/** Not secret: it shows that the search finds what is there. */
const VAULT = 'name-of-the-vault-51c8';

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

/** Which of `texts` lie somewhere below `folder`, in any encoding that a browser writes. */
function inFiles(folder: string, texts: Record<string, string>): string[] {
  const wanted = Object.entries(texts).flatMap(([what, text]) =>
    [Buffer.from(text), Buffer.from(text, 'utf16le'), base64(text)].map(
      (bytes) => [what, bytes] as const,
    ),
  );
  const found = new Set<string>();
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      wanted.filter(([, text]) => bytes.includes(text)).forEach(([what]) => found.add(what));
    }
  }
  return [...found];
}

/** Its middle, which is the same whatever stands around it. */
function base64(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64'));
}

/** Everything that scripts can read back, as text and with bytes as text. */
function inScripts(tab: Page): Promise<string> {
  return tab.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const text = (value: unknown): string => {
      if (value instanceof Uint8Array) {
        return new TextDecoder().decode(value);
      }
      if (Array.isArray(value)) {
        return value.map(text).join('\n');
      }
      return value instanceof CryptoKey
        ? `key: ${value.extractable ? 'EXTRACTABLE' : 'sealed'}`
        : String(value);
    };
    const parts = [document.cookie];
    for (const storage of [localStorage, sessionStorage]) {
      parts.push(...Object.entries(storage).flat());
    }
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name!));
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        parts.push(text(await done(objects.getAllKeys())));
        parts.push(text(await done(database.transaction(store).objectStore(store).getAll())));
      }
      database.close();
    }
    return parts.join('\n');
  });
}

test.each([
  ['Vault', 'SecureStorage'],
  ['Vault', 'DeviceSecurity'],
  ['Vault', 'CustomPasscode'],
  ['Vault', 'InMemory'],
  ['BrowserVault', 'SecureStorage'],
  ['BrowserVault', 'DeviceSecurity'],
  ['BrowserVault', 'CustomPasscode'],
] as const)('a %s of the type %s leaves nothing in the clear', async (kind, type) => {
  const tab = await openApp(browser, server);
  await (await Authenticator.of(tab)).meets('recognised');
  await tab.evaluate(
    async ([kind, type, key, secrets]) => {
      const deviceSecurityType = type === 'DeviceSecurity' ? 'Both' : 'None';
      await window.attach(
        { key, type, deviceSecurityType } as unknown as Parameters<typeof window.attach>[0],
        kind,
      );
      const { vault } = window;
      if (type === 'CustomPasscode') {
        await vault.setCustomPasscode(secrets.passcode);
        window.answer(secrets.passcode);
      }
      await vault.setValue(secrets.name, secrets.token);
      await vault.setValue('other', { value: secrets.beyondAscii });
      await vault.lock();
      await vault.unlock();
      if (type !== 'InMemory') {
        await vault.getValue(secrets.name);
      }
    },
    [kind, type, VAULT, SECRETS] as const,
  );
  const readable = await inScripts(tab);
  expect(Object.values(SECRETS).filter((secret) => readable.includes(secret))).toEqual([]);
  expect(readable).not.toContain('EXTRACTABLE');
  expect(readable).toContain(VAULT);

  await browser.close();
  const onDisk = inFiles(profile.folder, { ...SECRETS, vault: VAULT });
  // Chromium may write down what a tab's sessionStorage had, and it need not.
  expect(onDisk.filter((what) => kind === 'Vault' || what !== 'vault')).toEqual(
    kind === 'Vault' ? ['vault'] : [],
  );
});

test('the search finds what an app writes in the clear', async () => {
  const tab = await openApp(browser, server);
  await tab.evaluate((secrets) => {
    localStorage.setItem('token', secrets.token);
    localStorage.setItem('beyondAscii', secrets.beyondAscii);
    document.cookie = `name=${secrets.name}; max-age=60`;
    return new Promise<void>((resolve, reject) => {
      const request = indexedDB.open('plain');
      request.onupgradeneeded = () => {
        request.result.createObjectStore('cells').put(btoa(secrets.passcode), 1);
      };
      request.onsuccess = () => resolve(request.result.close());
      request.onerror = () => reject(request.error);
    });
  }, SECRETS);
  await browser.close();
  const onDisk = inFiles(profile.folder, SECRETS);
  expect(onDisk).toEqual(expect.arrayContaining(['token', 'beyondAscii', 'passcode']));
});
