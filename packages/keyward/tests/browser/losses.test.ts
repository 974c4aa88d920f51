// Everything that a browser can lose, by every protector that it has: the state that is told, that
// nothing stored was touched, and the way back. docs/losses.md has the same as a table.

import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';

import { ready, servedApp } from './app.js';
import { Authenticator } from './authenticator.js';
import { sealedFile } from './sealed-file.js';

type Type = 'SecureStorage' | 'DeviceSecurity' | 'CustomPasscode';

const TYPES = ['SecureStorage', 'DeviceSecurity', 'CustomPasscode'] as const;
const VAULT_UNAVAILABLE = 2;
const INVALIDATED_CREDENTIAL = 4;
const USER_CANCELED = 8;
const KEY_NOT_FOUND = 12;
const DAMAGED = 100;
const TOO_NEW = 101;
const NO_RECOVERY = 122;

const app = servedApp();
let tab: Page;
let authenticator: Authenticator;

beforeEach(async () => {
  tab = await app.open();
  authenticator = await Authenticator.of(tab);
  await authenticator.meets('recognised');
});

/** A vault with an entry and a recovery code, which is returned. */
async function withCode(type: Type): Promise<string> {
  return tab.evaluate(async (type) => {
    const { DeviceSecurityType, VaultType } = window.keyward;
    await window.attach({
      type: VaultType[type],
      deviceSecurityType: DeviceSecurityType[type === 'DeviceSecurity' ? 'Both' : 'None'],
    });
    window.answer('2580');
    await window.vault.setValue('token', 'abc');
    return window.vault.enrollRecovery();
  }, type);
}

/** The app in a page that begins anew. Answers the code with which initialising ended. */
async function again(): Promise<unknown> {
  await tab.reload();
  await ready(tab);
  return tab.evaluate(async () => {
    const attached = await window.codeOf(window.attach());
    window.answer('2580');
    return attached;
  });
}

const read = () => tab.evaluate(() => window.codeOf(window.vault.getValue('token')));
const token = () => tab.evaluate(() => window.vault.getValue('token'));
const health = () =>
  tab.evaluate(async () => {
    const { condition, nextStep } = await window.vault.health();
    return [condition, nextStep];
  });
const recover = (code: string) =>
  tab.evaluate((code) => window.codeOf(window.vault.recover({ code })), code);

/** Whatever the vault reads after this was recovered, and is protected anew. */
async function comesBack(code: string) {
  expect(await recover(code)).toBe('resolved');
  expect(await token()).toBe('abc');
  expect(await again()).toBe('resolved');
  expect(await token()).toBe('abc');
}

/** What is done behind the vault's back to one of its object stores. */
const change = (store: string, replacement: number[] | null) =>
  tab.evaluate(
    ([store, replacement]) =>
      new Promise<void>((resolve, reject) => {
        indexedDB.open('keyward').onsuccess = ({ target }) => {
          const { result: database } = target as IDBOpenDBRequest;
          const transaction = database.transaction(store, 'readwrite');
          const values = transaction.objectStore(store);
          if (!replacement) values.clear();
          else values.put({ revision: 1, bytes: new Uint8Array(replacement) }, ['session', 0]);
          transaction.onabort = () => reject(transaction.error);
          transaction.oncomplete = () => resolve(database.close());
        };
      }),
    [store, replacement] as const,
  );

/** In the place of each key is another, of the same kind. */
const remakeKeys = () =>
  tab.evaluate(async () => {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const another = await crypto.subtle.generateKey(algorithm, false, ['sign']);
    await new Promise<void>((resolve, reject) => {
      indexedDB.open('keyward').onsuccess = ({ target }) => {
        const { result: database } = target as IDBOpenDBRequest;
        const transaction = database.transaction('keys', 'readwrite');
        const keys = transaction.objectStore('keys');
        keys.openKeyCursor().onsuccess = ({ target }) => {
          const { result: cursor } = target as IDBRequest<IDBCursor | null>;
          if (!cursor) return;
          keys.put(another, cursor.primaryKey);
          cursor.continue();
        };
        transaction.onabort = () => reject(transaction.error);
        transaction.oncomplete = () => resolve(database.close());
      };
    });
  });

const put = async (bytes: Buffer) => {
  await change('cells', null);
  await change('cells', Array.from(bytes));
};

const deleteDatabase = () =>
  tab.evaluate(
    () =>
      new Promise<void>((resolve) => {
        indexedDB.deleteDatabase('keyward').onsuccess = () => resolve();
      }),
  );

/** The code opens the vault although no passkey can be made, and another protection is chosen. */
async function recoversWithout(code: string) {
  const before = await sealedFile(tab);
  expect(await recover(code), 'no passkey can be made').toBe(USER_CANCELED);
  expect(await sealedFile(tab)).toEqual(before);
  // The code has opened it all the same, and another protection ends the recovery.
  const saved = await tab.evaluate(async () => {
    const { config } = window.vault;
    const token = await window.vault.getValue('token');
    const { VaultType, DeviceSecurityType } = window.keyward;
    await window.vault.updateConfig({
      ...config,
      type: VaultType.SecureStorage,
      deviceSecurityType: DeviceSecurityType.None,
    });
    return token;
  });
  expect(saved).toBe('abc');
  expect(await again()).toBe('resolved');
  expect(await health()).toEqual(['intact', 'nothing']);
  await comesBack(code);
}

async function loses(code: string, before: Buffer) {
  expect(await health()).toEqual(['key-lost', 'recover']);
  expect(await read()).toBe(INVALIDATED_CREDENTIAL);
  expect(await sealedFile(tab)).toEqual(before);
  await comesBack(code);
}

test('a passkey that was removed', async () => {
  const code = await withCode('DeviceSecurity');
  const before = await sealedFile(tab);
  for (const { credentialId } of await authenticator.passkeys()) {
    await authenticator.forgets(credentialId);
  }
  await again();
  expect(await health()).toEqual(['locked', 'unlock']);
  expect(await read()).toBe(USER_CANCELED);
  const check = () => window.codeOf(window.vault.checkKey());
  expect(await tab.evaluate(check)).toBe(INVALIDATED_CREDENTIAL);
  await loses(code, before);
  expect(await authenticator.passkeys()).toHaveLength(1);
});

test('a lost passkey, and an app that knows no recovery', async () => {
  await withCode('DeviceSecurity');
  const before = await sealedFile(tab);
  for (const { credentialId } of await authenticator.passkeys()) {
    await authenticator.forgets(credentialId);
  }
  await again();
  await tab.evaluate(() => window.codeOf(window.vault.checkKey()));
  const asked = (await authenticator.passkeys())[0]!.signCount;
  const { vault, heard } = await tab.evaluate(async () => {
    window.heard.length = 0;
    const { config } = window.vault;
    const vault = await window.codeOf(
      window.vault.updateConfig({ ...config, type: window.keyward.VaultType.SecureStorage }),
    );
    return { vault, heard: window.heard };
  });
  expect([vault, heard]).toEqual(['resolved', ['configChanged']]);
  expect((await authenticator.passkeys())[0]!.signCount, 'nobody is asked').toBe(asked);
  expect(await sealedFile(tab)).toEqual(before);
  const after = await tab.evaluate(async () => {
    await window.vault.clear();
    await window.vault.setValue('token', 'def');
    return [await window.vault.getValue('token'), (await window.vault.health()).condition];
  });
  expect(after).toEqual(['def', 'intact']);
});

test.each(['SecureStorage', 'CustomPasscode'] as const)(
  'the keys of a %s vault, while its bytes are there',
  async (type) => {
    const code = await withCode(type);
    const before = await sealedFile(tab);
    await change('keys', null);
    await again();
    await loses(code, before);
  },
);

test.each(['SecureStorage', 'CustomPasscode'] as const)(
  'the keys of a %s vault, with others in their place',
  async (type) => {
    const code = await withCode(type);
    const before = await sealedFile(tab);
    await remakeKeys();
    await again();
    await loses(code, before);
  },
);

test('what is remembered of a passkey, without the passkey: nothing is lost', async () => {
  await withCode('DeviceSecurity');
  await change('keys', null);
  await again();
  expect(await token()).toBe('abc');
});

test.each(TYPES)('the bytes of a %s vault, while its keys are there', async (type) => {
  const code = await withCode(type);
  const before = await sealedFile(tab);
  await change('cells', null);
  expect(await again()).toBe(KEY_NOT_FOUND);
  expect(await health()).toEqual(['vanished', 'find-bytes']);
  expect(await read()).toBe(KEY_NOT_FOUND);
  expect(await recover(code)).toBe(KEY_NOT_FOUND);
  await put(before);
  expect(await again()).toBe('resolved');
  expect(await token()).toBe('abc');
});

test.each(TYPES)('the whole database with a %s vault', async (type) => {
  const code = await withCode(type);
  const before = await sealedFile(tab);
  await deleteDatabase();
  expect(await again()).toBe(KEY_NOT_FOUND);
  expect(await health()).toEqual(['vanished', 'find-bytes']);
  expect(await recover(code)).toBe(KEY_NOT_FOUND);
  // Whoever has a copy has not lost its key for good.
  await put(before);
  expect(await again()).toBe('resolved');
  if (type === 'DeviceSecurity') {
    expect(await token()).toBe('abc');
  } else {
    await loses(code, before);
  }
});

test('what is remembered elsewhere: it is learned again', async () => {
  await withCode('SecureStorage');
  await tab.evaluate(() => localStorage.clear());
  expect(await again()).toBe('resolved');
  expect(await health()).toEqual(['intact', 'nothing']);
  expect(await token()).toBe('abc');
  await deleteDatabase();
  expect(await again()).toBe(KEY_NOT_FOUND);
});

test('everything at once looks like a first run', async () => {
  const code = await withCode('SecureStorage');
  await deleteDatabase();
  await tab.evaluate(() => localStorage.clear());
  expect(await again()).toBe('resolved');
  expect(await health()).toEqual(['empty', 'nothing']);
  expect(await recover(code)).toBe(NO_RECOVERY);
});

test('a place to remember in that may not be used: all else works, and health says so', async () => {
  await app.context.addInitScript(() =>
    Object.defineProperty(window, 'localStorage', {
      get: () => {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      },
    }),
  );
  await again();
  await withCode('SecureStorage');
  expect(await tab.evaluate(async () => (await window.vault.health()).registry)).toBe('failed');
  await again();
  expect(await token()).toBe('abc');
});

test.each(TYPES)('bytes of a %s vault that are damaged', async (type) => {
  const code = await withCode(type);
  const before = await sealedFile(tab);
  const damaged = Buffer.from(before);
  damaged[damaged.length - 100]! ^= 1;
  await put(damaged);
  expect(await again()).toBe(DAMAGED);
  expect(await health()).toEqual(['damaged', 'restore-copy']);
  expect(await read()).toBe(DAMAGED);
  expect(await recover(code)).toBe(DAMAGED);
  expect(await sealedFile(tab)).toEqual(damaged);
  await put(before);
  expect(await again()).toBe('resolved');
  await comesBack(code);
});

test.each(TYPES)('bytes of a %s vault that a newer Keyward has written', async (type) => {
  const code = await withCode(type);
  const before = await sealedFile(tab);
  const newer = Buffer.from(before);
  // SPEC.md has the version behind the key -70001.
  newer[newer.indexOf(Buffer.from('3a00011170', 'hex')) + 5] = 23;
  await put(newer);
  expect(await again()).toBe(TOO_NEW);
  expect(await health()).toEqual(['too-new', 'update-program']);
  expect(await read()).toBe(TOO_NEW);
  expect(await recover(code)).toBe(TOO_NEW);
  expect(await sealedFile(tab)).toEqual(newer);
  // What an update of the app is: a program that knows the version.
  await put(before);
  expect(await again()).toBe('resolved');
  await comesBack(code);
});

test('bytes that are older than what was seen', async () => {
  const code = await withCode('CustomPasscode');
  const older = await sealedFile(tab);
  await tab.evaluate(() => window.vault.setCustomPasscode('1111'));
  await put(older);
  expect(await again()).toBe('resolved');
  const seen = await tab.evaluate(async () => {
    const { condition, nextStep, older } = await window.vault.health();
    return {
      condition,
      nextStep,
      behind: older!.seenEpoch - older!.storedEpoch,
      heard: window.heard,
    };
  });
  expect(seen).toMatchObject({ condition: 'locked', nextStep: 'choose-copy', behind: 1 });
  expect(seen.heard).toContain('older');
  expect(await sealedFile(tab)).toEqual(older);
  await comesBack(code);
});

test('a database that a newer Keyward has made', async () => {
  await deleteDatabase();
  await tab.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open('keyward', 3);
        request.onsuccess = () => resolve(request.result.close());
      }),
  );
  expect(await again()).toBe(TOO_NEW);
  expect(await health()).toEqual(['store-failed', 'update-program']);
  const databases = await tab.evaluate(() => indexedDB.databases());
  expect(databases).toEqual([{ name: 'keyward', version: 3 }]);
});

test('a place that may not be read now', async () => {
  const code = await withCode('SecureStorage');
  await tab.evaluate(() => sessionStorage.setItem('blocked', 'yes'));
  await app.context.addInitScript(() => {
    if (sessionStorage.getItem('blocked')) {
      IDBFactory.prototype.open = () => {
        throw new DOMException('A mutation operation was attempted.', 'InvalidStateError');
      };
    }
  });
  expect(await again()).toBe(VAULT_UNAVAILABLE);
  expect(await health()).toEqual(['store-failed', 'mend-place']);
  await tab.evaluate(() => sessionStorage.removeItem('blocked'));
  expect(await again()).toBe('resolved');
  await comesBack(code);
});

test('the clock, set back by ten years', async () => {
  const code = await withCode('CustomPasscode');
  const before = await sealedFile(tab);
  await app.context.clock.setFixedTime(Date.now() - 10 * 365 * 24 * 3_600_000);
  expect(await again()).toBe('resolved');
  expect(await health()).toEqual(['locked', 'unlock']);
  expect(await sealedFile(tab)).toEqual(before);
  expect(await token()).toBe('abc');
  await comesBack(code);
});

test('an authenticator that does not recognise anybody any more', async () => {
  const code = await withCode('DeviceSecurity');
  await again();
  await authenticator.meets('unknown');
  const check = () => window.codeOf(window.vault.checkKey());
  expect(await read()).toBe(USER_CANCELED);
  expect(await tab.evaluate(check)).toBe(USER_CANCELED);
  expect(await health()).toEqual(['locked', 'unlock']);
  await recoversWithout(code);
});

test('an authenticator that is locked out, whoever stands before it', async () => {
  const code = await withCode('DeviceSecurity');
  const before = await sealedFile(tab);
  await again();
  await authenticator.meets('unknown');
  expect(await read()).toBe(USER_CANCELED);
  await authenticator.meets('recognised');
  expect(await read()).toBe(USER_CANCELED);
  const check = () => window.codeOf(window.vault.checkKey());
  expect(await tab.evaluate(check)).toBe(USER_CANCELED);
  expect(await health()).toEqual(['locked', 'unlock']);
  expect(await sealedFile(tab)).toEqual(before);
  expect(await authenticator.passkeys(), 'the passkey is there').toHaveLength(1);
  await recoversWithout(code);
});
