// What is left in the engine's memory: everything before a lock, nothing after it.

import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';

import { Authenticator } from './authenticator.js';
import { servedApp } from './app.js';
import { holdsKey, sealedFile } from './sealed-file.js';

declare global {
  interface Window {
    /** The memory of every module of the page, in the order of their making. */
    memories: WebAssembly.Memory[];
  }
}

const app = servedApp();
let tab: Page;

beforeEach(async () => {
  await app.context.addInitScript(keepMemories);
  tab = await app.open();
});

/** Runs before the page's own scripts. */
function keepMemories() {
  window.memories = [];
  const instantiate = WebAssembly.instantiate as (
    module: WebAssembly.Module,
    imports?: WebAssembly.Imports,
  ) => Promise<WebAssembly.Instance>;
  WebAssembly.instantiate = (async (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
    const instance = await instantiate(module, imports);
    window.memories.push(instance.exports['memory'] as WebAssembly.Memory);
    return instance;
  }) as typeof WebAssembly.instantiate;
}

/** Texts long and odd enough that they are nowhere by chance. */
const SECRETS = {
  token: 'eyJhbGciOi.the-token-of-the-session.9f3',
  'a token beyond ASCII': 'jeton-spécial-☂-жетон-сессии',
  name: 'name-of-an-entry-7f3a',
  bytes: 'bytes-that-are-no-text-at-all',
  passcode: '271828182845904523536',
  'a passcode beyond ASCII': 'pässwörd-ключ-🔑-2718281828',
} as const;

type Kind = keyof typeof SECRETS;

/** What the engine has in its memory. */
async function memoryOf(tab: Page): Promise<Buffer> {
  const base64 = await tab.evaluate(() => {
    const bytes = new Uint8Array(window.memories[0]!.buffer);
    let text = '';
    for (let start = 0; start < bytes.length; start += 32_768) {
      text += String.fromCharCode(...bytes.subarray(start, start + 32_768));
    }
    return btoa(text);
  });
  return Buffer.from(base64, 'base64');
}

/** Which of the secrets, or of their parts, lie in the memory of the engine. */
async function found(tab: Page): Promise<string[]> {
  const memory = await memoryOf(tab);
  return Object.entries(SECRETS).flatMap(([kind, secret]) => {
    const bytes = Buffer.from(secret);
    // A part of a secret is one, too. The whole may lie there in pieces, or begun to be wiped.
    const parts = [bytes, bytes.subarray(0, 14), bytes.subarray(-14)];
    return parts.some((part) => memory.includes(part)) ? [kind] : [];
  });
}

async function fill(tab: Page, more: object, passcode: string | undefined) {
  await tab.evaluate(
    async ([secrets, more, passcode]) => {
      await window.attach(more);
      const { vault } = window;
      if (passcode) {
        await vault.setCustomPasscode(passcode);
        window.answer(passcode);
      }
      await vault.setValue(secrets['name'], { token: secrets['token'] });
      await vault.setMany({
        other: secrets['a token beyond ASCII'],
        bytes: new TextEncoder().encode(secrets['bytes']),
      });
      await vault.getValue(secrets['name']);
      await vault.getValue('other');
      await vault.getValue('bytes');
      await vault.getKeys();
      await vault.importVault(await vault.exportVault());
    },
    [SECRETS, more, passcode] as const,
  );
}

const CONTENT: Kind[] = ['token', 'a token beyond ASCII', 'name', 'bytes'];
const lock = () => window.vault.lock();
const unlock = () => window.vault.unlock();
const clear = () => window.vault.clear();

test.each(['passcode', 'a passcode beyond ASCII'] as const)(
  'a lock leaves nothing of a CustomPasscode vault: %s',
  async (kind) => {
    await fill(tab, { type: 'CustomPasscode' }, SECRETS[kind]);
    expect(await found(tab)).toEqual(expect.arrayContaining(CONTENT));
    await tab.evaluate(lock);
    expect(await found(tab)).toEqual([]);

    await tab.evaluate(unlock);
    expect(await found(tab)).toEqual(CONTENT);
    await tab.evaluate(lock);
    expect(await found(tab)).toEqual([]);

    // Handed over and not yet used; wrong, and right.
    await tab.evaluate((passcode) => window.vault.setCustomPasscode(passcode), SECRETS[kind]);
    expect(await found(tab)).toEqual([kind]);
    await tab.evaluate(unlock);
    await tab.evaluate((passcode) => window.vault.setCustomPasscode(passcode), SECRETS.passcode);
    await tab.evaluate(lock);
    await tab.evaluate(() => window.answer('1'));
    expect(await tab.evaluate(() => window.codeOf(window.vault.unlock()))).toBe(6);
    expect(await found(tab)).toEqual([]);
  },
);

test('a lock leaves nothing of a DeviceSecurity vault', async () => {
  await (await Authenticator.of(tab)).meets('recognised');
  await fill(tab, { type: 'DeviceSecurity', deviceSecurityType: 'Both' }, undefined);
  expect(await found(tab)).toEqual(CONTENT);
  await tab.evaluate(lock);
  expect(await found(tab)).toEqual([]);
  await tab.evaluate(unlock);
  expect(await found(tab)).toEqual(CONTENT);
  await tab.evaluate(clear);
  expect(await found(tab)).toEqual([]);
});

test('a lock leaves nothing of an InMemory vault', async () => {
  await fill(tab, { type: 'InMemory' }, undefined);
  expect(await found(tab)).toEqual(CONTENT);
  await tab.evaluate(lock);
  expect(await found(tab)).toEqual([]);
});

test.each(['SecureStorage', 'CustomPasscode'] as const)(
  'clear leaves nothing of a %s vault',
  async (type) => {
    await fill(tab, { type }, type === 'CustomPasscode' ? SECRETS.passcode : undefined);
    expect(await found(tab)).toEqual(expect.arrayContaining(CONTENT));
    await tab.evaluate(clear);
    expect(await found(tab)).toEqual([]);
  },
);

test('what is removed or replaced is gone from memory, too', async () => {
  await fill(tab, { type: 'SecureStorage' }, undefined);
  await tab.evaluate((name) => window.vault.removeValue(name), SECRETS.name);
  await tab.evaluate(() => window.vault.setMany({ other: 'replaced', bytes: 'replaced' }));
  expect(await found(tab)).toEqual([]);
});

test('a handle that is closed leaves nothing', async () => {
  await fill(tab, { type: 'SecureStorage' }, undefined);
  await tab.evaluate(() => window.vault.close());
  expect(await found(tab)).toEqual([]);
});

test.each(['CustomPasscode', 'DeviceSecurity'] as const)(
  'a lock leaves no key of a %s vault',
  async (type) => {
    await (await Authenticator.of(tab)).meets('recognised');
    const deviceSecurityType = type === 'DeviceSecurity' ? 'Both' : 'None';
    await fill(tab, { type, deviceSecurityType }, type === 'CustomPasscode' ? '2580' : undefined);
    const file = await sealedFile(tab);
    expect(holdsKey(await memoryOf(tab), file, 'other')).toBe(true);
    await tab.evaluate(lock);
    expect(holdsKey(await memoryOf(tab), file, 'other')).toBe(false);

    // The same bytes, and another way to their key.
    await tab.evaluate(unlock);
    expect(await sealedFile(tab)).toEqual(file);
    expect(holdsKey(await memoryOf(tab), file, 'other')).toBe(true);
    await tab.evaluate(clear);
    expect(holdsKey(await memoryOf(tab), file, 'other')).toBe(false);
  },
);
