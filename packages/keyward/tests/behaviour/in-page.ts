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

const subjects = {
  Vault: () => new PageSubject(true, Vault),
  BrowserVault: () => new PageSubject(false, BrowserVault),
};

window.runCase = (subject, name) => run(name, subjects[subject]());
