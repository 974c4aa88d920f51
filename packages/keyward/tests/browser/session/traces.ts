// Where something of a token could be left behind.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';

import type { Tab } from './either.js';

/** All that the page's origin stores, as texts. */
export async function stored() {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const text = (value: unknown): unknown =>
    value instanceof Uint8Array || value instanceof ArrayBuffer
      ? new TextDecoder('latin1').decode(value)
      : value instanceof CryptoKey
        ? 'a key'
        : Array.isArray(value)
          ? value.map(text)
          : value !== null && typeof value === 'object'
            ? Object.fromEntries(Object.entries(value).map(([name, it]) => [name, text(it)]))
            : value;
  const databases: unknown[] = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name!));
    for (const store of database.objectStoreNames) {
      const transaction = database.transaction(store).objectStore(store);
      databases.push(
        text([await done(transaction.getAllKeys()), await done(transaction.getAll())]),
      );
    }
    database.close();
  }
  return {
    databases: JSON.stringify(databases),
    local: { ...localStorage },
    session: { ...sessionStorage },
    caches: await caches.keys(),
    address: location.href,
    cookies: document.cookie,
  };
}

/** Which of the tokens lie in the memory of any module of the page. */
export async function remembered(page: Tab, tokens: Record<string, unknown>): Promise<string[]> {
  return page.evaluate((tokens) => {
    const memories = window.memories.map((memory) =>
      new TextDecoder('latin1').decode(memory.buffer),
    );
    return Object.entries(tokens).flatMap(([name, token]) =>
      typeof token === 'string' &&
      memories.some((text) => text.includes(token.slice(0, 24)) || text.includes(token.slice(-24)))
        ? [name]
        : [],
    );
  }, tokens);
}

/** Which of the tokens anything in the page's JavaScript holds on to. */
export async function held(page: Page, tokens: Record<string, string>): Promise<string[]> {
  const devtools = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  devtools.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => void chunks.push(chunk));
  await devtools.send('HeapProfiler.enable');
  // What nobody holds any more is the browser's to wipe.
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('HeapProfiler.takeHeapSnapshot');
  await devtools.detach();
  const heap = chunks.join('');
  return Object.entries(tokens).flatMap(([name, token]) =>
    heap.includes(token.slice(0, 24)) ? [name] : [],
  );
}

/** Which of `texts` lie somewhere below `folder`. */
export function inFiles(folder: string, texts: Record<string, unknown>): string[] {
  const wanted = Object.entries(texts).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  const found = new Set<string>();
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      wanted
        .filter(([, text]) => bytes.includes(text) || bytes.includes(Buffer.from(text, 'utf16le')))
        .forEach(([name]) => found.add(name));
    }
  }
  return [...found];
}
