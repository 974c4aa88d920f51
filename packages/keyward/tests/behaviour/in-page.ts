// The suite's subjects in a page: the engine as WebAssembly.

import { BrowserVault, type IdentityVaultConfig, Vault } from 'keyward';

import { equal } from './check.js';
import { Handles } from './handles.js';
import { damageCells, loseBytes, loseKeys, remakeKeys, writeNewer } from './indexed-db.js';
import { inNewerFormat } from './newer-format.js';
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
  writeNewer: () => Promise<() => Promise<void>>,
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
    writeNewer,
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

/** Where a tab's vault "session" is. */
const ITEM = 'keyward-tab/session';

async function damageSessionStorage() {
  // Eight bytes are the revision; what comes after it is not what it was.
  const revision = atob(sessionStorage.getItem(ITEM)!).slice(0, 8);
  sessionStorage.setItem(ITEM, btoa(`${revision}\x01\x02\x03`).replace(/=+$/, ''));
}

async function writeNewerInSessionStorage() {
  const before = sessionStorage.getItem(ITEM)!;
  const bytes = Uint8Array.from(atob(before), (byte) => byte.charCodeAt(0));
  const newer = btoa(String.fromCharCode(...inNewerFormat(bytes))).replace(/=+$/, '');
  sessionStorage.setItem(ITEM, newer);
  return async () => {
    equal(sessionStorage.getItem(ITEM), newer);
    sessionStorage.setItem(ITEM, before);
  };
}

const subjects = {
  Vault: inPage(Vault, damageCells, writeNewer, loseBytes),
  BrowserVault: inPage(BrowserVault, damageSessionStorage, writeNewerInSessionStorage, async () =>
    sessionStorage.clear(),
  ),
};

window.runCase = (subject, name) => run(name, subjects[subject]());
