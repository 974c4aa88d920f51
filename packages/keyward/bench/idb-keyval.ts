// What a developer would write otherwise: idb-keyval, each value sealed by WebCrypto's AES-GCM with
// a key that scripts cannot read, kept beside the values. Transactions are strict, as Keyward's.

import { get, set, setMany, type UseStore } from 'idb-keyval';

import type { Contender } from './contender.js';

const STORE = 'entries';
const KEY = 'key';

export async function open(): Promise<Contender> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('bench-idb-keyval', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const store: UseStore = async (mode, callback) =>
    callback(database.transaction(STORE, mode, { durability: 'strict' }).objectStore(STORE));

  let key = await get<CryptoKey>(KEY, store);
  if (!key) {
    const algorithm = { name: 'AES-GCM', length: 256 };
    key = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
    await set(KEY, key, store);
  }
  const sealed = async (value: unknown) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    return { iv, bytes: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes) };
  };
  return {
    async get(name) {
      const found = await get<Awaited<ReturnType<typeof sealed>>>(name, store);
      if (!found) {
        return null;
      }
      const { iv, bytes } = found;
      const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytes);
      return JSON.parse(new TextDecoder().decode(opened));
    },
    async set(name, value) {
      await set(name, await sealed(value), store);
    },
    async setMany(entries) {
      const all = Object.entries(entries).map(async ([name, value]) => {
        return [name, await sealed(value)] as [string, unknown];
      });
      await setMany(await Promise.all(all), store);
    },
  };
}
