// Moving house: nothing is lost and nothing overwritten, whenever the move is killed. On an IndexedDB
// in memory; the plugins are the real ones, as they work on the web.

import 'fake-indexeddb/auto';

import { BrowserVault, Vault, VaultType } from 'keyward';
import {
  aparajitaSecureStorage,
  capacitorPreferences,
  capacitorSecureStoragePlugin,
  type Destination,
  move,
  otherVault,
  preferencesInWebStorage,
  type Source,
  webStorage,
} from 'keyward/moving';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { forgetEverything } from './indexed-db.js';

/** Web storage as the standard describes it, in memory. */
class MemoryStorage {
  readonly items = new Map<string, string>();
  get length() {
    return this.items.size;
  }
  key(at: number) {
    return [...this.items.keys()][at] ?? null;
  }
  getItem(name: string) {
    return this.items.get(name) ?? null;
  }
  setItem(name: string, value: string) {
    this.items.set(name, String(value));
    // Plugins look at the storage's own properties, too.
    Object.defineProperty(this, name, { configurable: true, enumerable: true, value });
  }
  removeItem(name: string) {
    this.items.delete(name);
    Reflect.deleteProperty(this, name);
  }
  clear() {
    for (const name of [...this.items.keys()]) {
      this.removeItem(name);
    }
  }
}

const vaults: Vault[] = [];
let storage: MemoryStorage;

function opened(key = 'session') {
  const vault = new Vault({ key, type: VaultType.SecureStorage });
  vaults.push(vault);
  return vault;
}

/** What is left in the storage, but for what the vault itself remembers there. */
const left = () => [...storage.items.keys()].filter((name) => !name.startsWith('keyward-known/'));

beforeEach(() => {
  storage = new MemoryStorage();
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('window', globalThis);
});

afterEach(async () => {
  await Promise.all(vaults.splice(0).map((vault) => vault.close()));
  await forgetEverything();
  vi.unstubAllGlobals();
});

test('items of web storage are moved, and no others', async () => {
  storage.setItem('token', 'abc');
  storage.setItem('count', '2');
  storage.setItem('theme', 'dark');
  storage.setItem('keyward-session', 'ours');
  const vault = opened();
  const outcome = await move(
    webStorage(storage, (name) => name !== 'theme'),
    vault,
  );
  expect(outcome).toEqual({ moved: ['token', 'count'], conflicts: [] });
  expect(left()).toEqual(['theme', 'keyward-session']);
  expect(await vault.getValue('token')).toBe('abc');
  expect(await vault.getValue('count')).toBe('2');
  const again = await move(webStorage(storage, ['token', 'count']), vault);
  expect(again).toEqual({ moved: [], conflicts: [] });
});

test('a conflict is reported, and both values stay', async () => {
  storage.setItem('token', 'old');
  storage.setItem('other', 'x');
  const vault = opened();
  await vault.setValue('token', 'new');
  const outcome = await move(webStorage(storage, ['token', 'other']), vault);
  expect(outcome).toEqual({ moved: ['other'], conflicts: ['token'] });
  expect(storage.getItem('token')).toBe('old');
  expect(await vault.getValue('token')).toBe('new');
});

test('what another tab writes during the move is not lost', async () => {
  storage.setItem('token', 'old');
  const vault = opened();
  const slow: Destination = {
    config: { type: 'SecureStorage' },
    health: () => vault.health(),
    getKeys: () => vault.getKeys(),
    getValue: (name) => vault.getValue(name),
    async addMany(entries) {
      const taken = await vault.addMany(entries);
      storage.setItem('token', 'newer');
      return taken;
    },
  };
  const outcome = await move(webStorage(storage, ['token']), slow);
  expect(outcome).toEqual({ moved: [], conflicts: ['token'] });
  expect(storage.getItem('token')).toBe('newer');
});

test('a vault that does not give back what it took costs nothing', async () => {
  storage.setItem('token', 'abc');
  const forgetful: Destination = {
    config: { type: 'SecureStorage' },
    health: async () => ({ condition: 'intact' }),
    getKeys: async () => [],
    getValue: async () => null,
    addMany: async () => [],
  };
  const outcome = await move(webStorage(storage, ['token']), forgetful);
  expect(outcome.conflicts).toEqual(['token']);
  expect(storage.getItem('token')).toBe('abc');
});

test('a move that is killed at any step is gone on with by the next', async () => {
  const before = { a: 'one', b: 'two', c: 'three' };
  const names = Object.keys(before);
  for (let step = 1; ; step += 1) {
    storage.clear();
    for (const [name, value] of Object.entries(before)) {
      storage.setItem(name, value);
    }
    const vault = opened(`killed at ${step}`);
    let steps = step;
    const killed = <T extends object>(subject: T): T =>
      new Proxy(subject, {
        get: (target, name) => {
          const method: unknown = Reflect.get(target, name);
          return async (...given: unknown[]) => {
            steps -= 1;
            if (steps < 0) {
              throw new Error('killed');
            }
            return (method as (...given: unknown[]) => unknown).apply(target, given);
          };
        },
      });
    const source = webStorage(storage, names);
    const ended = await move(killed<Source>(source), killed<Destination>(vault)).then(
      () => true,
      () => false,
    );
    // At every moment each value is somewhere.
    const stored = new Set(await vault.getKeys());
    for (const [name, value] of Object.entries(before)) {
      const held = stored.has(name) ? await vault.getValue(name) : storage.getItem(name);
      expect(held, `${name}, killed at step ${step}`).toBe(value);
    }
    await move(source, vault);
    expect(left()).toEqual([]);
    expect(await vault.exportVault()).toEqual({ a: '"one"', b: '"two"', c: '"three"' });
    if (ended) {
      expect(step).toBeGreaterThan(10);
      return;
    }
  }
});

test('Capacitor Preferences, with its group, by the plugin and by what it keeps', async () => {
  const { PreferencesWeb } = await import('@capacitor/preferences/dist/esm/web.js');
  const plugin = new PreferencesWeb();
  await plugin.configure({ group: 'app' });
  await plugin.set({ key: 'token', value: 'abc' });
  storage.setItem('other.token', 'not in the group');
  const vault = opened();
  expect((await move(capacitorPreferences(plugin), vault)).moved).toEqual(['token']);
  expect(left()).toEqual(['other.token']);

  await plugin.set({ key: 'more', value: 'def' });
  const found = await move(preferencesInWebStorage(storage, 'app'), vault);
  expect(found).toEqual({ moved: ['more'], conflicts: [] });
  expect(await vault.exportVault()).toEqual({ more: '"def"', token: '"abc"' });
});

test('capacitor-secure-storage-plugin, by its own API', async () => {
  const { SecureStoragePluginWeb } =
    await import('capacitor-secure-storage-plugin/dist/esm/web.js');
  const plugin = new SecureStoragePluginWeb();
  await plugin.set({ key: 'token', value: 'ünicode' });
  const vault = opened();
  const outcome = await move(capacitorSecureStoragePlugin(plugin), vault);
  expect(outcome).toEqual({ moved: ['token'], conflicts: [] });
  expect(await vault.getValue('token')).toBe('ünicode');
  expect((await plugin.keys()).value).toEqual([]);
});

test('@aparajita/capacitor-secure-storage, by its own API', async () => {
  const { SecureStorageWeb } = await import('@aparajita/capacitor-secure-storage/dist/esm/web.js');
  const plugin = new SecureStorageWeb();
  await plugin.set('profile', { name: 'Ada', roles: ['admin'] });
  await plugin.set('since', new Date(0));
  const vault = opened();
  const outcome = await move(aparajitaSecureStorage(plugin), vault);
  expect(outcome.conflicts).toEqual([]);
  expect(await vault.getValue('profile')).toEqual({ name: 'Ada', roles: ['admin'] });
  expect(await vault.getValue('since')).toBe('1970-01-01T00:00:00.000Z');
  expect(await plugin.keys()).toEqual([]);
});

test("another vault's export is moved with its JSON values", async () => {
  const old = opened('old');
  await old.setMany({ session: { token: 'abc', expires: 1 }, on: true });
  const vault = opened();
  expect((await move(otherVault(old), vault)).moved.sort()).toEqual(['on', 'session']);
  expect(await vault.getValue('session')).toEqual({ token: 'abc', expires: 1 });
  expect(await old.isEmpty()).toBe(true);
});

test('nothing is moved to where it would end with a lock or a tab', async () => {
  storage.setItem('token', 'abc');
  const source = () => webStorage(storage, ['token']);
  const memory = new Vault({ key: 'memory', type: VaultType.InMemory });
  const tab = new BrowserVault({ key: 'tab', type: VaultType.SecureStorage });
  vaults.push(memory, tab);
  await expect(move(source(), memory)).rejects.toThrow('InMemory');
  await expect(move(source(), tab)).rejects.toThrow('BrowserVault');
  expect(left()).toEqual(['token']);
  expect(await memory.getKeys()).toEqual([]);
});

test('a value that is not JSON is left where it is, and no error quotes it', async () => {
  const old = {
    exportVault: async () => ({ token: 's3cr3t' }),
    removeValue: () => Promise.reject(new Error('removed')),
  };
  const error = await move(otherVault(old), opened()).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SyntaxError);
  expect(String((error as Error).stack)).not.toContain('s3cr3t');
});

test('nothing is removed while what is stored does not verify', async () => {
  storage.setItem('token', 'abc');
  const vault = opened();
  const failing: Destination = {
    config: { type: 'SecureStorage' },
    getKeys: () => vault.getKeys(),
    getValue: (name) => vault.getValue(name),
    addMany: (entries) => vault.addMany(entries),
    health: async () => ({ condition: 'damaged' }),
  };
  await expect(move(webStorage(storage, ['token']), failing)).rejects.toThrow('damaged');
  expect(left()).toEqual(['token']);
});
