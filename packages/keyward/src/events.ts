import type { IdentityVaultConfig } from './config.js';
import { disposable, type MaybeDisposable } from './disposal.js';
import type { VaultError } from './errors.js';
import type { LockCause, Older, Protection } from './messages.js';

/** What is told to {@link Vault.onLock}. */
export interface LockEvent {
  /** Whether time in the background did it. False when it was done by hand or by another tab. */
  timeout: boolean;
}

/** Something that happened to a vault; see {@link Vault.subscribe}. */
export type VaultEvent =
  /** The vault locked: every key and every decrypted value has been wiped. Once per lock. */
  | { readonly type: 'lock'; readonly timeout: boolean; readonly cause: LockCause }
  /** The vault can be read. */
  | { readonly type: 'unlock' }
  /** The configuration is now this one. */
  | { readonly type: 'configChanged'; readonly config: IdentityVaultConfig }
  /** An operation failed. */
  | { readonly type: 'error'; readonly error: VaultError }
  /** A passcode is being asked for: a new one, or the one in force. */
  | { readonly type: 'passcodeRequested'; readonly isPasscodeSetRequest: boolean }
  /** Another tab changed the entries. */
  | { readonly type: 'change' }
  /**
   * What is stored is older than what this device has seen of the vault: somebody has put a copy
   * back. Told once; {@link Vault.health} goes on saying so.
   */
  | { readonly type: 'older'; readonly older: Older }
  /**
   * The device could not protect the vault as wanted, and something weaker that the app accepts was
   * taken; see {@link IdentityVaultConfig.fallback}.
   */
  | {
      readonly type: 'protectionWeakened';
      readonly wanted: Protection;
      readonly present: Protection;
    }
  /** The vault is protected better than before, because the device can now. */
  | { readonly type: 'protectionRaised'; readonly from: Protection; readonly to: Protection }
  /**
   * The device could now protect the vault better, and somebody would have to be asked for it:
   * {@link Vault.raise} does. Told at most once for each start.
   */
  | {
      readonly type: 'protectionCanBeRaised';
      readonly present: Protection;
      readonly to: Protection;
    };

/** One kind of {@link VaultEvent}. */
export type VaultEventOf<T extends VaultEvent['type']> = Extract<VaultEvent, { type: T }>;

/** Ends a subscription. Also with `using`. Calling it again does nothing. */
export type Unsubscribe = (() => void) & MaybeDisposable;

type Listener = (event: VaultEvent) => void;

export class Listeners {
  /** One of each kind: registering again replaces. */
  readonly #callbacks = new Map<VaultEvent['type'], Listener>();
  readonly #subscribers = new Set<Listener>();

  setCallback<T extends VaultEvent['type']>(type: T, callback: (event: VaultEventOf<T>) => void) {
    this.#callbacks.set(type, callback as Listener);
  }

  subscribe(listener: Listener): Unsubscribe {
    // Whoever subscribes the same function twice hears twice, and each subscription has its end.
    const subscriber: Listener = (event) => listener(event);
    this.#subscribers.add(subscriber);
    return disposable(() => {
      this.#subscribers.delete(subscriber);
    });
  }

  tell(event: VaultEvent) {
    const callback = this.#callbacks.get(event.type);
    for (const listener of [...(callback ? [callback] : []), ...this.#subscribers]) {
      try {
        listener(event);
      } catch (error) {
        reportThrown(error);
      }
    }
  }

  clear() {
    this.#callbacks.clear();
    this.#subscribers.clear();
  }
}

/** What an app's callback throws is the app's to hear of, and must not stop the vault. */
export function reportThrown(error: unknown) {
  if (typeof reportError === 'function') {
    reportError(error);
  } else {
    queueMicrotask(() => {
      throw error;
    });
  }
}
