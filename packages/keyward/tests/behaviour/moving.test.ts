// Moving house: nothing is lost and nothing overwritten, whenever the move is killed. On an IndexedDB
// in memory; the plugins are the real ones, as they work on the web.

import 'fake-indexeddb/auto';

import { readFileSync } from 'node:fs';

import { transform } from 'esbuild';
import { BrowserVault, Vault, VaultType } from 'keyward';
import * as moving from 'keyward/moving';
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

/** The vault, with something that happens while it is moved into. */
const during = (vault: Vault, happens: () => void): Destination => ({
  config: { type: 'SecureStorage' },
  health: () => vault.health(),
  getKeys: () => vault.getKeys(),
  getValue: (name) => vault.getValue(name),
  async addMany(entries) {
    const taken = await vault.addMany(entries);
    happens();
    return taken;
  },
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
  const slow = during(vault, () => storage.setItem('token', 'newer'));
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

/** An Identity Vault, as far as moving needs one. */
class Old {
  readonly texts: Map<string, string>;
  cleared = false;
  constructor(texts: Record<string, string>) {
    this.texts = new Map(Object.entries(texts));
  }
  initialize = async () => {};
  isEmpty = async () => this.texts.size === 0;
  exportVault = async () => Object.fromEntries(this.texts);
  removeValue = async (name: string) => void this.texts.delete(name);
  clear = async () => {
    this.cleared = true;
    this.texts.clear();
  };
}

test.each([
  '9007199254740993',
  '-9007199254740993',
  '{"id":[12345678901234567890]}',
  '{"a":"\\\\\\"","id":9007199254740993}',
  '0.1234567890123456789',
  '1e400',
  '1e-400',
])('a value that JavaScript cannot hold stays where it is: %s', async (text) => {
  const old = new Old({ id: text, token: '"abc"' });
  const vault = opened();
  const outcome = await move(otherVault(old), vault);
  expect(outcome).toEqual({ moved: ['token'], conflicts: ['id'] });
  expect(await old.exportVault()).toEqual({ id: text });
  expect(await vault.getKeys()).toEqual(['token']);
});

test('what is written otherwise than JavaScript would, and is the same, is moved', async () => {
  const values = {
    fine: '9007199254740992',
    fraction: '[1.50, -0.0, 0.10, 1E2, 100e-2, 12.5e+3, 0, 0e5, 5e-324]',
    // As other languages write what JavaScript writes as 0.1 and 2.3.
    digits: '[0.10000000000000001, 2.2999999999999998]',
    text: '"9007199254740993 \\\\\\" 9007199254740993"',
    name: '{"9007199254740993":1}',
  };
  const vault = opened();
  const old = new Old(values);
  expect((await move(otherVault(old), vault)).conflicts).toEqual([]);
  expect(await old.isEmpty()).toBe(true);
  for (const [name, text] of Object.entries(values)) {
    expect(await vault.getValue(name), name).toEqual(JSON.parse(text.replace('-0.0', '0')));
  }
});

test('a number that changes during the move into one that looks the same to JavaScript stays', async () => {
  const old = new Old({ id: '9007199254740992' });
  const vault = opened();
  const slow = during(vault, () => old.texts.set('id', '9007199254740993'));
  expect(await move(otherVault(old), slow)).toEqual({ moved: [], conflicts: ['id'] });
  expect(await old.exportVault()).toEqual({ id: '9007199254740993' });
});

/** `moveVault` as the guide for migrating shows it, with this vault as the old one. */
async function guided(
  old: Old,
): Promise<(vault: Destination, config: object) => Promise<string[]>> {
  const guide = readFileSync(new URL('../../../../docs/migrating.md', import.meta.url), 'utf8');
  const [, block] = /^`src\/move-vault\.ts`\n\n```ts\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  const { code } = await transform(block!, { loader: 'ts', format: 'cjs' });
  const packages: Record<string, unknown> = {
    'identity-vault-5-or-6': {
      Vault: function () {
        return old;
      },
    },
    'keyward/moving': moving,
  };
  const module = { exports: {} as { moveVault: Awaited<ReturnType<typeof guided>> } };
  new Function('require', 'module', code)((name: string) => packages[name], module);
  return module.exports.moveVault;
}

test('the guide clears the old vault once everything has left it', async () => {
  const old = new Old({ token: '"abc"' });
  const vault = opened();
  expect(await (await guided(old))(vault, {})).toEqual([]);
  expect(old.cleared).toBe(true);
  expect(await vault.getValue('token')).toBe('abc');
});

test.each(['token', 'other'])(
  'the guide keeps what the old vault gets during the move: %s',
  async (name) => {
    const old = new Old({ token: '"abc"' });
    const vault = opened();
    const moveVault = await guided(old);
    const slow = during(vault, () => old.texts.set(name, '"newer"'));
    expect(await moveVault(slow, {})).toEqual(name === 'token' ? ['token'] : []);
    expect(old.cleared).toBe(false);
    expect((await old.exportVault())[name]).toBe('"newer"');
  },
);

test('the guide keeps a value of which the new vault has another', async () => {
  const old = new Old({ token: '"old"', other: '1' });
  const vault = opened();
  await vault.setValue('token', 'new');
  const moveVault = await guided(old);
  expect(await moveVault(vault, {})).toEqual(['token']);
  expect(await old.exportVault()).toEqual({ token: '"old"' });
  // As the guide has the app decide.
  await old.removeValue('token');
  expect(await moveVault(vault, {})).toEqual([]);
  expect(await vault.getValue('token')).toBe('new');
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
