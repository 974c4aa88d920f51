// The suite's subjects in a page: the engine as WebAssembly.

import { BrowserVault, type IdentityVaultConfig, Vault } from 'keyward';

import { Handles } from './handles.js';
import { damageCells, loseBytes, loseKeys, remakeKeys } from './indexed-db.js';
import type { Person, Subject } from './subject.js';
import { run } from './suite.js';

declare global {
  interface Window {
    /** Provided by whoever drives the page, if it can verify a person. */
    setPerson?(is: Person): Promise<void>;
    runCase(subject: keyof typeof subjects, name: string): Promise<void>;
  }
}

function inPage(
  kind: typeof Vault | typeof BrowserVault,
  damage: () => Promise<void>,
  loseBytes: () => Promise<void>,
) {
  const handles = new Handles(kind);
  return (): Subject => ({
    asks: kind === Vault,
    page: true,
    verifies: window.setPerson !== undefined,
    open: (config?: IdentityVaultConfig) => handles.open(config),
    restart: () => handles.close(),
    background: async () => setVisibility('hidden'),
    resume: async () => setVisibility('visible'),
    damage,
    loseKeys,
    remakeKeys,
    loseBytes,
    // A tab's vault ends with its tab.
    remembers: kind === Vault,
    // Where nobody can be verified, everybody is absent.
    person: async (is) => window.setPerson?.(is),
  });
}

/** What a browser does when the person turns to another tab. None does so when nobody looks on. */
function setVisibility(state: DocumentVisibilityState) {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => state === 'hidden' });
  document.dispatchEvent(new Event('visibilitychange'));
}

async function damageSessionStorage() {
  const name = 'keyward-tab/session';
  // Eight bytes are the revision; what comes after it is not what it was.
  const revision = atob(sessionStorage.getItem(name)!).slice(0, 8);
  sessionStorage.setItem(name, btoa(`${revision}\x01\x02\x03`).replace(/=+$/, ''));
}

const subjects = {
  Vault: inPage(Vault, damageCells, loseBytes),
  BrowserVault: inPage(BrowserVault, damageSessionStorage, async () => sessionStorage.clear()),
};

window.runCase = (subject, name) => run(name, subjects[subject]());
