// What goes wrong with Keyward's database, done behind its back.

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

/** The keys are gone. */
export function loseKeys(): Promise<void> {
  return change('keys', (store) => store.clear());
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

async function change(name: string, act: (store: IDBObjectStore) => void): Promise<void> {
  const open = indexedDB.open('keyward');
  await new Promise((resolve) => (open.onsuccess = resolve));
  const transaction = open.result.transaction(name, 'readwrite');
  act(transaction.objectStore(name));
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  open.result.close();
}
