// What goes wrong with Keyward's database, done behind its back.

import { equal } from './check.js';
import { inNewerFormat } from './newer-format.js';

/** Where the sealed bytes of the vault "session" are. */
const CELL = ['session', 0];

/** The sealed bytes are no longer what was written. */
export function damageCells(): Promise<void> {
  return change('cells', (store) => {
    store.openCursor().onsuccess = ({ target }) => {
      const { result: cursor } = target as IDBRequest<IDBCursorWithValue | null>;
      cursor?.update({ ...cursor.value, bytes: new Uint8Array([1, 2, 3]) });
      cursor?.continue();
    };
  });
}

/** A newer Keyward has written the sealed bytes. Gives the way back, which no touched byte has. */
export async function writeNewer(): Promise<() => Promise<void>> {
  const before = await cell();
  const newer = { ...before, bytes: inNewerFormat(before.bytes) };
  await change('cells', (store) => store.put(newer, CELL));
  return async () => {
    equal(await cell(), newer);
    await change('cells', (store) => store.put(before, CELL));
  };
}

/** The keys are gone. */
export function loseKeys(): Promise<void> {
  return change('keys', (store) => store.clear());
}

/** The keys are gone, and in the place of each is another. */
export async function remakeKeys(): Promise<void> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  // Nothing else may be waited for while a transaction is open.
  const another = await crypto.subtle.generateKey(algorithm, false, ['sign']);
  await change('keys', (store) => {
    store.openCursor().onsuccess = ({ target }) => {
      const { result: cursor } = target as IDBRequest<IDBCursorWithValue | null>;
      if (cursor?.value instanceof CryptoKey) cursor.update(another);
      cursor?.continue();
    };
  });
}

/** The database is deleted. */
export async function loseBytes(): Promise<void> {
  const request = indexedDB.deleteDatabase('keyward');
  await new Promise((resolve) => (request.onsuccess = resolve));
}

/** Nothing was ever stored. */
export async function forgetEverything(): Promise<void> {
  // Opening it would make it.
  if ((await indexedDB.databases()).some(({ name }) => name === 'keyward')) {
    await change('cells', (store) => store.clear());
    await loseKeys();
  }
  globalThis.localStorage?.clear();
}

/** What is in the cell with the sealed bytes. */
async function cell(): Promise<{ bytes: Uint8Array }> {
  let found: IDBRequest<{ bytes: Uint8Array }> | undefined;
  await change('cells', (store) => (found = store.get(CELL)));
  return found!.result;
}

async function change(name: string, act: (store: IDBObjectStore) => void): Promise<void> {
  const open = indexedDB.open('keyward');
  await new Promise((resolve) => (open.onsuccess = resolve));
  const transaction = open.result.transaction(name, 'readwrite');
  act(transaction.objectStore(name));
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  open.result.close();
}
