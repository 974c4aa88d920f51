import type { Lifetime } from './backend.js';
import { fromBase64, toBase64 } from './base64.js';
import type { IdentityVaultConfig } from './config.js';
import { Connection } from './connection.js';
import { makeAsyncDisposable, type MaybeAsyncDisposable } from './disposal.js';
import { VaultError, VaultErrorCodes } from './errors.js';
import {
  reportThrown,
  type LockEvent,
  type Unsubscribe,
  type VaultEvent,
  type VaultEventOf,
} from './events.js';
import type { Assurance, Capabilities, Health, Inspection } from './messages.js';
import type { PasscodeCallback } from './passcode.js';
import { type Recovery, type RecoveryPublicKey, toRecovery } from './recovery.js';
import { fromEntryValue, fromExport, toEntries, toExport } from './values.js';
import { wasm } from './wasm.js';

// An interface beside the class, because only an interface can say that what is read may be less than what is
// written while the property stays a plain one, as the apps' tests need it.
/** What a vault is besides its methods. */
export interface Vault extends MaybeAsyncDisposable {
  /**
   * The configuration that holds: set before {@link Vault.initialize} and
   * {@link Vault.updateConfig} resolve and before {@link Vault.onConfigChanged} is told.
   * `undefined` before initialisation, although the type does not say so: apps written for Identity
   * Vault 5 read it unguarded. Assigning it changes what is read here and nothing else.
   */
  get config(): IdentityVaultConfig;
  set config(config: IdentityVaultConfig | undefined);
}

/**
 * A vault: one named, sealed set of entries, kept on this device.
 *
 * - Calls take effect in the order in which they are made, whether or not they are awaited.
 * - Calls wait for {@link Vault.initialize}; calling early is no mistake.
 * - A call that needs the vault open unlocks it. However many calls wait, there is one prompt, and
 *   they share how it ends.
 * - What goes wrong rejects with a {@link VaultError}, and is told to {@link Vault.onError} as well.
 */
export class Vault {
  /**
   * The way to the engine; a function, so that no framework wraps what is behind it in a proxy.
   * @internal
   */
  declare readonly _connection: () => Connection;

  /**
   * @param config - If given, the vault is initialised with it at once, and what goes wrong then is
   * told to {@link Vault.onError}. Otherwise call {@link Vault.initialize}.
   */
  constructor(config?: IdentityVaultConfig) {
    const connection = new Connection(wasm, this._lifetime, this);
    Object.defineProperty(this, '_connection', { value: () => connection });
    makeAsyncDisposable(this);
    this.config = config && { ...config };
    if (config) {
      this.initialize(config).catch((error: unknown) => {
        // Without a vault all calls will wait for ever; the developer should know why.
        if (error instanceof VaultError && error.code === VaultErrorCodes.InvalidArguments) {
          reportThrown(error);
        }
      });
    }
  }

  /** @internal */
  get _lifetime(): Lifetime {
    return 'persistent';
  }

  /**
   * Attaches to the vault called `config.key`, or creates it. A vault that exists keeps its stored
   * configuration, and `config` becomes that one. Never prompts, unless the configuration says
   * `unlockVaultOnLoad`; how that unlock ends is told by an event, not by this call.
   *
   * If this rejects because of what is stored, {@link Vault.clear} works all the same.
   */
  initialize(config: IdentityVaultConfig): Promise<void> {
    return this._connection().initialize(config);
  }

  /**
   * Removes the entries and the vault itself, without asking for a credential. The next entry
   * creates the vault anew, with the present `config`, and needs no unlock.
   */
  clear(): Promise<void> {
    return this._connection().call({ call: 'clear' });
  }

  /**
   * The value of the entry `key`, or `null` if there is none: what its JSON says, or a
   * `Uint8Array`. Unlocks.
   */
  async getValue<T = any>(key: string): Promise<T | null> {
    const value = await this._connection().call({ call: 'getValue', name: key });
    return fromEntryValue(value) as T | null;
  }

  /**
   * Sets the entry `key`: to the bytes of a `Uint8Array`, or to the JSON form of anything else,
   * taken at once. `undefined` is stored as `null`. When this resolves, it is durable. Unlocks.
   *
   * @param key - At most 1,024 bytes of UTF-8.
   * @param value - At most 8 MiB.
   * @throws `InvalidArguments` if the value has no JSON form (a function, a bigint, a cycle) or is
   * another kind of binary value than a `Uint8Array`.
   */
  setValue<T = any>(key: string, value: T): Promise<void> {
    return this.setMany([[key, value]]);
  }

  /**
   * Sets several entries in one commit: all of them or none. Otherwise as {@link Vault.setValue}.
   */
  setMany(
    entries: Readonly<Record<string, unknown>> | Iterable<readonly [string, unknown]>,
  ): Promise<void> {
    return this._connection().callWith(() => ({ call: 'setValues', entries: all(entries) }));
  }

  /**
   * Sets those of these entries whose names are free, in one commit, and answers the names that are
   * taken: their entries stay as they are, even if another tab has set them a moment ago. Otherwise as
   * {@link Vault.setValue}.
   */
  addMany(
    entries: Readonly<Record<string, unknown>> | Iterable<readonly [string, unknown]>,
  ): Promise<string[]> {
    return this._connection().callWith(() => ({ call: 'addValues', entries: all(entries) }));
  }

  /** Removes the entry `key`; an absent one is removed already. The vault goes on existing. Unlocks. */
  removeValue(key: string): Promise<void> {
    return this._connection().call({ call: 'removeValue', name: key });
  }

  /** The names of all entries, shorter first, then by their bytes. Unlocks. */
  getKeys(): Promise<string[]> {
    return this._connection().call({ call: 'getKeys' });
  }

  /**
   * All entries, **not encrypted**: each value as its JSON text, and bytes as
   * `{"keyward:bytes": "…"}` with base64 inside, which {@link Vault.importVault} turns into bytes
   * again. For an encrypted copy, see {@link Vault.exportSealed}. Unlocks.
   */
  async exportVault(): Promise<{ [key: string]: string }> {
    return toExport(await this._connection().call({ call: 'exportVault' }));
  }

  /**
   * Replaces all entries by what {@link Vault.exportVault} gave, in one commit. Unlocks.
   *
   * @throws `InvalidArguments` if a value is not a JSON text; then nothing has changed.
   */
  importVault(data: { [key: string]: string }): Promise<void> {
    return this._connection().callWith(() => ({ call: 'importVault', entries: fromExport(data) }));
  }

  /**
   * All entries, sealed for one passphrase or one recovery key and for nothing else: a backup, or the
   * way to another device. The bytes are a file as SPEC.md describes it, which the `keyward` command
   * opens too. Unlocks.
   *
   * @param copyFor - A passphrase; it must be long, because whoever has the copy can guess at it. Or a
   * public key as {@link Vault.enrollRecoveryKey} takes it.
   */
  async exportSealed(copyFor: string | RecoveryPublicKey): Promise<Uint8Array> {
    const connection = this._connection();
    const sealed = await connection.callWith(() => ({
      call: 'exportSealed',
      copyFor:
        typeof copyFor === 'string'
          ? { passphrase: copyFor }
          : { publicKey: toBase64(copyFor.publicKey) },
    }));
    return fromBase64(sealed);
  }

  /**
   * Replaces all entries by those of a sealed copy, in one commit. The configuration stays.
   * Unlocks.
   *
   * @param key - The copy's passphrase, or a recovery code or private key that opens it.
   * @throws `AuthFailed` if that does not open it, `InvalidArguments` if the copy does not read
   * ({@link VaultError.kind} says why); then nothing has changed.
   */
  importSealed(sealed: Uint8Array, key: string | Recovery): Promise<void> {
    return this._connection().callWith(() => ({
      call: 'importSealed',
      sealed: toBase64(sealed),
      with: typeof key === 'string' ? { passphrase: key } : toRecovery(key),
    }));
  }

  /**
   * Makes a recovery code, in place of the one that there was: a way in for when the passkey, the
   * finger, the passcode or the device's key is gone. **This is the only time that anybody sees it**:
   * show it, let the person copy it down, and keep it nowhere. 30 letters and digits in six groups; it
   * has no letters that look like digits, and what is typed may be in lower case and without hyphens.
   *
   * It stays good through every change of the passcode and of the configuration, until it is replaced
   * or revoked, or the vault is cleared or becomes `InMemory`. Never prompts while the vault is open;
   * an empty vault is given its key first, as by {@link Vault.enroll}.
   *
   * @throws `NothingToRecover` for an `InMemory` vault.
   */
  enrollRecovery(): Promise<string> {
    return this._connection().call({ call: 'enrollRecovery' });
  }

  /**
   * Lets whoever has the private key recover the vault, beside others who can: for an app, or its
   * organisation, that gives people back what they have lost. Otherwise as {@link
   * Vault.enrollRecovery}.
   *
   * @throws `NotARecoveryKey` if it is no point of the curve P-256; `InvalidArguments` after some 15
   * keys.
   */
  enrollRecoveryKey({ publicKey }: RecoveryPublicKey): Promise<void> {
    return this._connection().callWith(() => ({
      call: 'enrollRecoveryKey',
      publicKey: toBase64(publicKey),
    }));
  }

  /**
   * Takes every recovery code and key of the vault its use, from now on: an older copy of the sealed
   * bytes still opens with them. Unlocks, if there is any.
   */
  revokeRecovery(): Promise<void> {
    return this._connection().call({ call: 'revokeRecovery' });
  }

  /**
   * Opens the vault with a recovery code or key, whatever has become of what opened it, and protects
   * it anew as it is configured, in one atomic step: the passkey is made or the passcode chosen again,
   * which may prompt once; what opened it before opens it no more; the recovery code stays good.
   * Afterwards the vault is unlocked.
   *
   * If the device cannot protect it so, this rejects, and nothing that is stored has changed; but the
   * entries can be read, and {@link Vault.updateConfig} with a protection that the device has ends the
   * recovery.
   *
   * @throws `NotARecoveryCode` for a typo, which counts as no try; `WrongRecoveryCode` for the code of
   * another vault, with {@link VaultError.attemptsLeft}; `TooManyFailedAttempts` with {@link
   * VaultError.retryAfter}; `WrongRecoveryKey`; `NoRecovery` if none is enrolled; `KeyNotFound` if the
   * bytes have vanished; what making the passkey or choosing the passcode rejects with.
   */
  recover(recovery: Recovery): Promise<void> {
    return this._connection().callWith(() => ({ call: 'recover', with: toRecovery(recovery) }));
  }

  /** Whether there are no entries. Answers while locked, and never prompts. */
  isEmpty(): Promise<boolean> {
    return this._connection().call({ call: 'isEmpty' });
  }

  /**
   * Whether an operation would have to ask before it can read the entries. Always false for vaults
   * that cannot be locked: `SecureStorage` and `InMemory`.
   */
  isLocked(): Promise<boolean> {
    return this._connection().call({ call: 'isLocked' });
  }

  /**
   * Whether anything has been stored since the vault was created or cleared. It still exists when
   * its last entry has been removed.
   *
   * @deprecated {@link Vault.isEmpty} answers what is usually meant.
   */
  doesVaultExist(): Promise<boolean> {
    return this._connection().call({ call: 'doesVaultExist' });
  }

  /**
   * Locks: wipes every key and every decrypted value. No effect on a `SecureStorage` vault; ends
   * the data of an `InMemory` vault.
   */
  lock(): Promise<void> {
    return this._connection().call({ call: 'lock' });
  }

  /** Unlocks, if the vault is locked. */
  unlock(): Promise<void> {
    return this._connection().call({ call: 'unlock' });
  }

  /**
   * Makes the vault's key now, and not only with the first entry: whoever sets a vault up learns at
   * once that the device cannot protect it, and the passcode is chosen or the passkey made then.
   */
  enroll(): Promise<void> {
    return this._connection().call({ call: 'enroll' });
  }

  /**
   * Hands over a passcode: the answer while one is asked for; the new passcode while the vault is
   * unlocked; while it is locked, the one that unlocks it when that is needed next. An empty
   * passcode dismisses the request that is open.
   *
   * @param passcode - At most 1,024 bytes of UTF-8.
   * @throws `PasscodeNotEnabled` if the vault's type has no passcode.
   */
  setCustomPasscode(passcode: string): Promise<void> {
    return this._connection().setCustomPasscode(passcode);
  }

  /**
   * Replaces the whole configuration, and with it how the vault is protected, in one atomic step.
   * It persists. A locked vault is unlocked first, except when it is empty, its key is
   * known to be lost, or its bytes have vanished: then nobody is asked. (Of a lost or vanished vault what
   * is stored stays as it is until {@link Vault.clear}.) If this rejects, the vault is as it was.
   */
  updateConfig(config: IdentityVaultConfig): Promise<void> {
    return this._connection().updateConfig(config);
  }

  /**
   * Protects the vault better than now, where the device can and that takes asking somebody: one that
   * was weakened, see {@link IdentityVaultConfig.fallback}. Takes the first that can be had of what
   * the app would rather have, in one atomic step. False if there was none, or the vault is protected
   * as wanted. If this rejects, the vault is as it was.
   */
  raise(): Promise<boolean> {
    return this._connection().call({ call: 'raise' });
  }

  /** What protects the entries now, in plain words: what a thief of the file, or of the disk, gets. */
  assurance(): Promise<Assurance> {
    return this._connection().call({ call: 'assurance' });
  }

  /** What may be known of the vault without a key. Never prompts. */
  inspect(): Promise<Inspection> {
    return this._connection().call({ call: 'inspect' });
  }

  /**
   * How the vault is, and what is safe to do next. Never prompts, changes nothing, answers ahead of
   * calls that are under way, and tells every state apart from the others: a key that is gone from one
   * that is out of reach, and bytes that have vanished from a vault that was never there. Before
   * {@link Vault.initialize} it waits for it, and answers even when that rejects.
   */
  health(): Promise<Health> {
    return this._connection().call({ call: 'health' });
  }

  /**
   * What kinds of vaults this device can hold now, and why not: ask before you offer a choice. Never
   * prompts, changes nothing, and needs no {@link Vault.initialize}.
   */
  capabilities(): Promise<Capabilities> {
    return this._connection().call({ call: 'capabilities' });
  }

  /**
   * Asks the device whether the vault's key is there; for somebody who says that their face, finger or
   * passkey does not open the vault any more. A prompt that was dismissed, or that the browser closed,
   * says nothing about the key, and this does. It prompts once and opens nothing.
   *
   * In a browser the device is asked for a new passkey, which it refuses to make if it has the old one.
   * If it makes one, the old one is gone. A recovered vault is a new one, for which the new passkey is
   * no use: {@link Vault.recover} makes another, which asks once more.
   *
   * @throws `InvalidatedCredential` only if the key is gone; from then on {@link Vault.health} says so,
   * and {@link Vault.unlock} asks in vain no more. `UserCanceledInteraction` if nobody agreed, and
   * `VaultUnavailable` if another password manager answered than the one that has the passkey: then
   * nothing is known.
   */
  checkKey(): Promise<void> {
    return this._connection().call({ call: 'checkKey' });
  }

  /** Calls `callback` whenever the vault locks. Registering again replaces. Not told at start-up. */
  onLock(callback: (event: LockEvent) => void): void {
    this._connection().listeners.setCallback('lock', ({ timeout }) => callback({ timeout }));
  }

  /** Calls `callback` whenever the vault unlocks. Registering again replaces. */
  onUnlock(callback: () => void): void {
    this._connection().listeners.setCallback('unlock', () => callback());
  }

  /** Calls `callback` with the new configuration when it changes. Registering again replaces. */
  onConfigChanged(callback: (config: IdentityVaultConfig) => void): void {
    this._connection().listeners.setCallback('configChanged', ({ config }) => callback(config));
  }

  /** Calls `callback` with the error of each operation that rejects. Registering again replaces. */
  onError(callback: (error: VaultError) => void): void {
    this._connection().listeners.setCallback('error', ({ error }) => callback(error));
  }

  /** Asks for passcodes with `callback`, see {@link PasscodeCallback}. Registering again replaces. */
  onPasscodeRequested(callback: PasscodeCallback): void {
    this._connection().onPasscodeRequested(callback);
  }

  /** Hears of one kind of event, beside the callbacks above, until the returned function is called. */
  on<T extends VaultEvent['type']>(
    type: T,
    listener: (event: VaultEventOf<T>) => void,
  ): Unsubscribe {
    return this.subscribe((event) => {
      if (event.type === type) {
        listener(event as VaultEventOf<T>);
      }
    });
  }

  /** Hears of every event, beside the callbacks above, until the returned function is called. */
  subscribe(listener: (event: VaultEvent) => void): Unsubscribe {
    return this._connection().listeners.subscribe(listener);
  }

  /**
   * Ends this handle, when the calls under way are done: its keys are wiped, its callbacks and
   * listeners dropped, and further calls reject with `Stopped`. What is stored stays. Also with
   * `await using`.
   */
  close(): Promise<void> {
    return this._connection().close();
  }
}

/**
 * A vault for one tab of a browser: it lives as long as the tab's session, survives a reload, and
 * never prompts. A `DeviceSecurity` or `CustomPasscode` vault locks, unlocks and tells of it as a
 * {@link Vault} does, but nobody is asked for anything. What it stores is sealed.
 */
export class BrowserVault extends Vault {
  /** @internal */
  override get _lifetime(): Lifetime {
    return 'tab';
  }
}

function all(values: Readonly<Record<string, unknown>> | Iterable<readonly [string, unknown]>) {
  return toEntries(isIterable(values) ? values : Object.entries(values));
}

function isIterable(value: object): value is Iterable<readonly [string, unknown]> {
  return Symbol.iterator in value;
}
