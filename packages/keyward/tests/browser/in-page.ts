// The page that the tests of this folder drive: an app that has the package, and nothing else.

import * as keyward from 'keyward';
import * as moving from 'keyward/moving';

declare global {
  interface Window {
    keyward: typeof keyward;
    moving: typeof moving;
    /** The vault of {@link Window.attach}. */
    vault: keyward.Vault;
    /** What {@link Window.vault} has told, in its order. */
    heard: string[];
    /** Opens a vault called "session", puts it into `vault` and listens to it. */
    attach(
      config?: Partial<keyward.IdentityVaultConfig>,
      kind?: 'Vault' | 'BrowserVault',
    ): Promise<void>;
    /** From now on, answers every request for a passcode. */
    answer(passcode: string): void;
    /** The code of the error that `promise` rejects with, or "resolved". */
    codeOf(promise: Promise<unknown>): Promise<unknown>;
  }
}

Object.assign(window, {
  keyward,
  moving,

  async attach(config = {}, kind = 'Vault') {
    window.vault = new keyward[kind]();
    window.heard = [];
    window.vault.subscribe((event) => {
      window.heard.push(
        event.type === 'lock'
          ? `lock: ${event.cause}`
          : event.type === 'error'
            ? `error: ${event.error.code}`
            : event.type,
      );
    });
    await window.vault.initialize({
      key: 'session',
      type: keyward.VaultType.SecureStorage,
      ...config,
    });
  },

  answer(passcode) {
    window.vault.onPasscodeRequested((_, onComplete) => onComplete(passcode));
  },

  codeOf(promise) {
    return promise.then(
      () => 'resolved',
      (error: { code?: unknown }) => error.code ?? String(error),
    );
  },
} satisfies Partial<Window>);
