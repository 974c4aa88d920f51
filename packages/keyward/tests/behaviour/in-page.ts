// The suite's subjects in a page: the engine as WebAssembly.

import { BrowserVault, type IdentityVaultConfig, Vault } from 'keyward';

import type { Person, Subject } from './subject.js';
import { run } from './suite.js';

declare global {
  interface Window {
    /** Provided by whoever drives the page, if it can verify a person. */
    setPerson?(is: Person): Promise<void>;
    runCase(subject: keyof typeof subjects, name: string): Promise<void>;
  }
}

class PageSubject implements Subject {
  #open: Vault[] = [];
  readonly verifies = window.setPerson !== undefined;

  constructor(
    readonly asks: boolean,
    private readonly kind: typeof Vault | typeof BrowserVault,
    readonly damage: () => Promise<void>,
  ) {}

  open(config?: IdentityVaultConfig): Vault {
    const vault = new this.kind(config);
    this.#open.push(vault);
    return vault;
  }

  async restart() {
    await Promise.all(this.#open.map((vault) => vault.close()));
    this.#open = [];
  }

  async background() {
    setVisibility('hidden');
  }

  async resume() {
    setVisibility('visible');
  }

  loseKeys() {
    return inDatabase('keys', (store) => store.clear());
  }

  async person(is: Person) {
    // Where nobody can be verified, everybody is absent.
    await window.setPerson?.(is);
  }
}

/** What a browser does when the person turns to another tab. None does so when nobody looks on. */
function setVisibility(state: DocumentVisibilityState) {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => state === 'hidden' });
  document.dispatchEvent(new Event('visibilitychange'));
}

/** Changes an object store of Keyward's database behind its back. */
async function inDatabase(name: string, change: (store: IDBObjectStore) => void) {
  const open = indexedDB.open('keyward');
  await new Promise((resolve) => (open.onsuccess = resolve));
  const transaction = open.result.transaction(name, 'readwrite');
  change(transaction.objectStore(name));
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  open.result.close();
}

function damageIndexedDb() {
  return inDatabase('cells', (store) => {
    store.openCursor().onsuccess = ({ target }) => {
      const { result: cursor } = target as IDBRequest<IDBCursorWithValue | null>;
      cursor?.update(new Uint8Array([1, 2, 3]));
      cursor?.continue();
    };
  });
}

async function damageSessionStorage() {
  const name = 'keyward-tab/session';
  // Eight bytes are the revision; what comes after it is not what it was.
  const revision = atob(sessionStorage.getItem(name)!).slice(0, 8);
  sessionStorage.setItem(name, btoa(`${revision}\x01\x02\x03`).replace(/=+$/, ''));
}

const subjects = {
  Vault: () => new PageSubject(true, Vault, damageIndexedDb),
  BrowserVault: () => new PageSubject(false, BrowserVault, damageSessionStorage),
};

window.runCase = (subject, name) => run(name, subjects[subject]());
