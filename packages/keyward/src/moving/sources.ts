import { type Source, stays } from './move.js';
import { holdsNumbers } from './numbers.js';

/** Which items of a storage are meant: these, or those for which it is true. */
export type Names = readonly string[] | ((name: string) => boolean);

/** The part of a web page's `Storage` that moving takes. */
export type WebStorage = Pick<Storage, 'length' | 'key' | 'getItem' | 'removeItem'>;

/**
 * Items of localStorage or sessionStorage, each a string. What Keyward itself keeps there is never
 * among them.
 */
export function webStorage(storage: WebStorage, names: Names): Source {
  const wanted = typeof names === 'function' ? names : (name: string) => names.includes(name);
  return inStorage(storage, '', (name) => !/^keyward[-/:]/.test(name) && wanted(name));
}

/**
 * What Capacitor Preferences keeps in localStorage on the web, where the plugin itself is not at
 * hand any more.
 *
 * @param group - As it was given to `Preferences.configure`. What the group `NativeStorage` keeps
 * has no prefix to tell it by: name its items to {@link webStorage}.
 */
export function preferencesInWebStorage(storage: WebStorage, group = 'CapacitorStorage'): Source {
  return inStorage(storage, `${group}.`, () => true);
}

function inStorage(storage: WebStorage, prefix: string, wanted: (name: string) => boolean): Source {
  return {
    async names() {
      const all = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '');
      const ours = all.filter((key) => key.startsWith(prefix));
      return ours.map((key) => key.slice(prefix.length)).filter(wanted);
    },
    read: async (name) => storage.getItem(prefix + name) ?? undefined,
    remove: async (name) => storage.removeItem(prefix + name),
  };
}

/** `Preferences` of `@capacitor/preferences`; in the group for which it is configured. */
export interface PreferencesPlugin {
  /** All names. */
  keys(): Promise<{ keys: string[] }>;
  /** One value. */
  get(options: { key: string }): Promise<{ value: string | null }>;
  /** Removes one. */
  remove(options: { key: string }): Promise<void>;
}

/** Everything in Capacitor Preferences, each a string. */
export function capacitorPreferences(plugin: PreferencesPlugin): Source {
  return {
    names: async () => (await plugin.keys()).keys,
    read: async (key) => (await plugin.get({ key })).value ?? undefined,
    remove: (key) => plugin.remove({ key }),
  };
}

/** `SecureStoragePlugin` of `capacitor-secure-storage-plugin`. */
export interface SecureStoragePluginApi {
  /** All names. */
  keys(): Promise<{ value: string[] }>;
  /** One value. */
  get(options: { key: string }): Promise<{ value: string }>;
  /** Removes one. */
  remove(options: { key: string }): Promise<unknown>;
}

/** Everything in `capacitor-secure-storage-plugin`, each a string. */
export function capacitorSecureStoragePlugin(plugin: SecureStoragePluginApi): Source {
  const names = async () => (await plugin.keys()).value;
  return {
    names,
    async read(key) {
      // It rejects for what is not there; so it is asked first, and no other failure is taken for that.
      return (await names()).includes(key) ? (await plugin.get({ key })).value : undefined;
    },
    async remove(key) {
      await plugin.remove({ key });
    },
  };
}

/** `SecureStorage` of `@aparajita/capacitor-secure-storage`; with the prefix that it has. */
export interface SecureStorageApi {
  /** All names. */
  keys(): Promise<string[]>;
  /** One value. */
  get(key: string, convertDate?: boolean): Promise<unknown>;
  /** Removes one. */
  remove(key: string): Promise<unknown>;
}

/** Everything in `@aparajita/capacitor-secure-storage`; dates as the texts that they are stored as. */
export function aparajitaSecureStorage(plugin: SecureStorageApi): Source {
  return {
    names: () => plugin.keys(),
    read: async (key) => (await plugin.get(key, false)) ?? undefined,
    async remove(key) {
      await plugin.remove(key);
    },
  };
}

/** The part of an Identity Vault's `Vault` that moving takes. */
export interface ExportingVault {
  /** All values, as JSON texts. */
  exportVault(): Promise<{ [key: string]: string }>;
  /** Removes one. */
  removeValue(key: string): Promise<void>;
}

/**
 * Everything in an Identity Vault, by what its `exportVault` gives: JSON values. One with a number
 * that JavaScript cannot hold, such as 9007199254740993 (2^53 + 1) or 1e400, would arrive as
 * another: it stays where it is, and its name is among the conflicts.
 */
export function otherVault(vault: ExportingVault): Source {
  return {
    names: async () => Object.keys(await vault.exportVault()),
    async read(name) {
      const data = await vault.exportVault();
      return Object.hasOwn(data, name) ? parsed(data[name]!) : undefined;
    },
    remove: (name) => vault.removeValue(name),
  };
}

/** The value of a JSON text. What is wrong with one is not said in the engine's words: they quote it. */
function parsed(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError('a value of the other vault is not JSON; it was left where it is');
  }
  return holdsNumbers(text) ? value : stays;
}
