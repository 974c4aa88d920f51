// A key that a browser has dropped while its vault was open: making the next slot makes another key,
// which must never be taken for the one that is gone.

import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';

import { ready, servedApp } from './app.js';
import { sealedFile } from './sealed-file.js';

const INVALIDATED_CREDENTIAL = 4;
const FULL = 102;

const app = servedApp();
let tab: Page;

beforeEach(async () => {
  tab = await app.open();
});

/** Empties the keys' object store. */
const dropKeys = () =>
  tab.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        indexedDB.open('keyward').onsuccess = ({ target }) => {
          const { result: database } = target as IDBOpenDBRequest;
          const transaction = database.transaction('keys', 'readwrite');
          transaction.objectStore('keys').clear();
          transaction.onabort = () => reject(transaction.error);
          transaction.oncomplete = () => resolve(database.close());
        };
      }),
  );

/** How many values an object store has. */
const count = (store: string) =>
  tab.evaluate(
    (store) =>
      new Promise<number>((resolve) => {
        indexedDB.open('keyward').onsuccess = ({ target }) => {
          const { result: database } = target as IDBOpenDBRequest;
          const request = database.transaction(store).objectStore(store).count();
          request.onsuccess = () => {
            database.close();
            resolve(request.result);
          };
        };
      }),
    store,
  );

/** From now on, this page has no room for cells. */
const fill = () =>
  tab.evaluate(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...parameters) {
      if (this.name === 'cells') {
        throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
      }
      return put.apply(this, parameters);
    };
  });

test.each(['SecureStorage', 'CustomPasscode'] as const)(
  'a %s vault whose key is replaced by a change that was not stored has lost its key',
  async (type) => {
    const code = await tab.evaluate(async (type) => {
      await window.attach({
        type: window.keyward.VaultType[type],
        customPasscodeInvalidUnlockAttempts: 1,
      });
      window.answer('2580');
      await window.vault.setValue('token', 'abc');
      return window.vault.enrollRecovery();
    }, type);
    const before = await sealedFile(tab);
    await dropKeys();
    await fill();
    const changed = await tab.evaluate(async (type) => {
      const { vault, keyward } = window;
      const other = type === 'SecureStorage' ? 'CustomPasscode' : 'SecureStorage';
      return window.codeOf(
        type === 'CustomPasscode'
          ? vault.setCustomPasscode('1111')
          : vault.updateConfig({ ...vault.config, type: keyward.VaultType[other] }),
      );
    }, type);
    expect(changed).toBe(FULL);
    expect(await count('keys'), 'another key stands in the place of the first').toBe(1);

    await tab.reload();
    await ready(tab);
    const seen = await tab.evaluate(async () => {
      await window.attach();
      window.answer('2580');
      const { condition, nextStep } = await window.vault.health();
      return [
        condition,
        nextStep,
        await window.codeOf(window.vault.getValue('token')),
        await window.codeOf(window.vault.getValue('token')),
      ];
    });
    expect(seen).toEqual(['key-lost', 'recover', INVALIDATED_CREDENTIAL, INVALIDATED_CREDENTIAL]);
    expect(await count('cells'), 'no wrong passcode is counted').toBe(1);
    expect(await sealedFile(tab), 'nothing is cleared').toEqual(before);

    const token = await tab.evaluate(async (code) => {
      await window.vault.recover({ code });
      return window.vault.getValue('token');
    }, code);
    expect(token).toBe('abc');
  },
);
