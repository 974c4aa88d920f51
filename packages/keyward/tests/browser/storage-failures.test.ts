// Browsers that cannot store, or not as much as they are asked to.

import { expect, test } from 'vitest';

import { servedApp } from './app.js';

const VAULT_UNAVAILABLE = 2;
const KEY_NOT_FOUND = 12;
const TOO_NEW = 101;
const FULL = 102;

const app = servedApp();

/** The largest that a browser may give a sessionStorage is less than this, in characters. */
const LARGE = 7_000_000;

test.each(['Vault', 'BrowserVault'] as const)(
  'a %s whose quota is full says so, and keeps what it had',
  async (kind) => {
    const tab = await app.open();
    // Before the first write: Chromium looks at the quota now and then.
    const cdp = await app.context.newCDPSession(tab);
    const { origin } = app.server;
    await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 });
    const seen = await tab.evaluate(
      async ([kind, length]) => {
        await window.attach({}, kind);
        await window.vault.setValue('token', 'abc');
        window.heard.length = 0;
        const large = 'x'.repeat(length);
        const code = await window.codeOf(window.vault.setMany({ token: 'def', large }));
        const { heard } = window;
        const names = await window.vault.getKeys();
        await window.attach({}, kind);
        return { code, heard, names, token: await window.vault.getValue('token') };
      },
      [kind, LARGE] as const,
    );
    expect(seen).toEqual({
      code: FULL,
      heard: [`error: ${FULL}`],
      names: ['token'],
      token: 'abc',
    });
  },
);

test('a quota with no room for a key says so, and nothing is there', async () => {
  const tab = await app.open();
  const cdp = await app.context.newCDPSession(tab);
  const { origin } = app.server;
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 });
  const full = await tab.evaluate(async () => {
    const opened = indexedDB.open('filler');
    opened.onupgradeneeded = () => opened.result.createObjectStore('filler');
    await new Promise((resolve) => (opened.onsuccess = resolve));
    let [size, failures] = [500_000, 0];
    for (let number = 0; size >= 50; number++) {
      const transaction = opened.result.transaction('filler', 'readwrite');
      transaction.objectStore('filler').put('x'.repeat(size), number);
      const kept = await new Promise((resolve) => {
        transaction.oncomplete = () => resolve(true);
        transaction.onabort = () => resolve(false);
      });
      if (!kept) {
        [size, failures] = [size / 25, failures + 1];
      }
    }
    opened.result.close();
    return failures;
  });
  expect(full).toBe(3);
  const codes = await tab.evaluate(async () => {
    return [
      // The first of all that is written is the key.
      await window.codeOf(window.attach()),
      await window.codeOf(window.vault.setValue('token', 'abc')),
      (await window.vault.health()).condition,
    ];
  });
  expect(codes).toEqual([FULL, FULL, 'empty']);
  const freed = await tab.evaluate(async () => {
    const deleted = indexedDB.deleteDatabase('filler');
    await new Promise((resolve) => (deleted.onsuccess = resolve));
    await window.vault.setValue('token', 'abc');
    return window.vault.getValue('token');
  });
  expect(freed).toBe('abc');
});

/** Makes the database as a newer Keyward may. */
const makeDatabase = (version: number) =>
  new Promise<void>((resolve, reject) => {
    const request = indexedDB.open('keyward', version);
    request.onupgradeneeded = () => request.result.createObjectStore('of another layout');
    request.onsuccess = () => resolve(request.result.close());
    request.onerror = () => reject(request.error);
  });

test('a database that a newer Keyward made is left alone', async () => {
  const tab = await app.open();
  await tab.evaluate(makeDatabase, 3);
  const seen = await tab.evaluate(async () => {
    const told: unknown[] = [];
    const vault = new window.keyward.Vault();
    vault.onError(({ code }) => told.push(code));
    const type = window.keyward.VaultType.SecureStorage;
    const codes = [
      await window.codeOf(vault.initialize({ key: 'session', type })),
      await window.codeOf(vault.setValue('token', 'abc')),
      await window.codeOf(vault.clear()),
    ];
    const [database] = await indexedDB.databases();
    return { codes, told, version: database?.version };
  });
  expect(seen).toEqual({
    codes: [TOO_NEW, TOO_NEW, TOO_NEW],
    told: [TOO_NEW, TOO_NEW, TOO_NEW],
    version: 3,
  });
});

test('a page gives way when its database is deleted, and misses what was in it', async () => {
  const [one, other] = [await app.open(), await app.open()];
  await one.evaluate(async () => {
    await window.attach();
    await window.vault.setValue('token', 'abc');
  });
  await other.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase('keyward');
        request.onsuccess = () => resolve();
        request.onerror = () => reject(request.error);
      }),
  );
  const seen = await one.evaluate(async () => {
    const { vault } = window;
    const codes = [await window.codeOf(vault.setValue('token', 'def'))];
    // What is open is still there to be saved.
    const saved = await vault.exportVault();
    await vault.clear();
    await vault.importVault(saved);
    return [codes, await vault.getValue('token')];
  });
  expect(seen).toEqual([[KEY_NOT_FOUND], 'abc']);
});

test.each([
  ['is not there', () => Object.defineProperty(window, 'indexedDB', { get: () => undefined })],
  [
    'may not be asked for, as where a person blocks all cookies',
    () =>
      Object.defineProperty(window, 'indexedDB', {
        get: () => {
          throw new DOMException('The request was denied.', 'SecurityError');
        },
      }),
  ],
  [
    'refuses to open, as in some private windows',
    () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('A mutation operation was attempted.', 'InvalidStateError');
      };
    },
  ],
  [
    'fails to open',
    () => {
      IDBFactory.prototype.open = () => {
        const request = new EventTarget();
        const error = new DOMException('Internal error.', 'UnknownError');
        Object.assign(request, { error, result: undefined });
        setTimeout(() => (request as unknown as IDBRequest).onerror?.(new Event('error')));
        return request as IDBOpenDBRequest;
      };
    },
  ],
] as const)(
  'where IndexedDB %s, a vault is unavailable, and every call says so',
  async (_, break_) => {
    await app.context.addInitScript(break_);
    const tab = await app.open();
    const codes = await tab.evaluate(async () => {
      const { BrowserVault, Vault, VaultType } = window.keyward;
      const codes: unknown[] = [];
      for (const vault of [new Vault(), new BrowserVault()]) {
        const config = { key: 'session', type: VaultType.SecureStorage };
        codes.push(await window.codeOf(vault.initialize(config)));
        codes.push(await window.codeOf(vault.setValue('token', 'abc')));
      }
      return codes;
    });
    const [vault, inTab] = [codes.slice(0, 2), codes.slice(2)];
    expect(vault).toEqual([VAULT_UNAVAILABLE, VAULT_UNAVAILABLE]);
    // A tab's vault lies in sessionStorage, and only its key in IndexedDB.
    expect(inTab).toEqual(['resolved', VAULT_UNAVAILABLE]);
  },
);

test('where sessionStorage may not be asked for, a BrowserVault is unavailable', async () => {
  await app.context.addInitScript(() =>
    Object.defineProperty(window, 'sessionStorage', {
      get: () => {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      },
    }),
  );
  const tab = await app.open();
  const code = await tab.evaluate(() => window.codeOf(window.attach({}, 'BrowserVault')));
  expect(code).toBe(VAULT_UNAVAILABLE);
});
