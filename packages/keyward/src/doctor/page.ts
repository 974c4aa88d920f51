// What a page can know of itself. Nothing here asks the person, and nothing throws.

/** The members of `Page` in crates/keyward-doctor. */
export interface PageFacts {
  secureContext: boolean;
  wasm: boolean;
  worker: boolean;
  indexedDb: boolean;
  persisted: boolean | null;
  prf: boolean | null;
  verifiesPerson: boolean;
}

export async function lookAtPage(): Promise<PageFacts> {
  const [indexedDb, persisted, prf, verifiesPerson, worker] = await Promise.all([
    opensDatabase(),
    quietly(() => navigator.storage.persisted(), null),
    quietly(supportsPrf, null),
    quietly(() => PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable(), false),
    startsWorker(),
  ]);
  return {
    secureContext: globalThis.isSecureContext === true,
    wasm: compilesWasm(),
    worker,
    indexedDb,
    persisted,
    prf,
    verifiesPerson,
  };
}

/** The smallest module. */
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

function compilesWasm(): boolean {
  try {
    new WebAssembly.Module(EMPTY);
    return true;
  } catch {
    return false;
  }
}

/** How long a browser may take to answer, in milliseconds. */
const LIMIT_MS = 2_000;

async function startsWorker(): Promise<boolean> {
  return quietly(
    () =>
      new Promise<boolean>((answer) => {
        const address = URL.createObjectURL(
          new Blob(['postMessage(0)'], { type: 'text/javascript' }),
        );
        const worker = new Worker(address);
        const end = (started: boolean) => {
          worker.terminate();
          URL.revokeObjectURL(address);
          answer(started);
        };
        worker.onmessage = () => end(true);
        worker.onerror = () => end(false);
        setTimeout(() => end(false), LIMIT_MS);
      }),
    false,
  );
}

function opensDatabase(): Promise<boolean> {
  return quietly(
    () =>
      new Promise<boolean>((answer) => {
        const name = 'keyward-doctor';
        const opening = indexedDB.open(name);
        opening.onsuccess = () => {
          opening.result.close();
          indexedDB.deleteDatabase(name);
          answer(true);
        };
        opening.onerror = opening.onblocked = () => answer(false);
        setTimeout(() => answer(false), LIMIT_MS);
      }),
    false,
  );
}

async function supportsPrf(): Promise<boolean | null> {
  const capabilities = (
    PublicKeyCredential as unknown as {
      getClientCapabilities?: () => Promise<Record<string, boolean | undefined>>;
    }
  ).getClientCapabilities;
  const known = await capabilities?.call(PublicKeyCredential);
  return known?.['extension:prf'] ?? null;
}

async function quietly<T>(ask: () => T | Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask();
  } catch {
    return otherwise;
  }
}
