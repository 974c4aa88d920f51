// The built package, as it is published.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';

import { build } from 'esbuild';
import * as esm from 'keyward';
import * as session from 'keyward/session';
import { expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const commonJs = (entry: string) => readFileSync(`${PACKAGE}dist/${entry}.cjs`, 'utf8');

test('both modules export the same', () => {
  const require = createRequire(import.meta.url);
  expect(Object.keys(require('keyward/session')).sort()).toEqual(Object.keys(session).sort());
  const cjs: typeof esm = require('keyward');
  expect(Object.keys(cjs).sort()).toEqual(Object.keys(esm).sort());
  expect(cjs.VaultErrorCodes).toEqual(esm.VaultErrorCodes);
});

test('importing it does nothing and needs nothing, and so does making a vault', () => {
  // A place with the language and nothing else: neither Node nor a page.
  const bare = createContext({ module: { exports: {} } });
  const before = runInContext('Object.getOwnPropertyNames(globalThis).join()', bare);
  runInContext(`(() => {${commonJs('index')}})()`, bare);
  runInContext('new module.exports.Vault(); new module.exports.BrowserVault();', bare);
  runInContext(`(() => {${commonJs('session')}})()`, bare);
  runInContext('new module.exports.Session({ vault: {}, server: "key", origins: [] });', bare);
  expect(runInContext('Object.getOwnPropertyNames(globalThis).join()', bare)).toBe(before);
});

test.each([
  ["import { VaultType } from 'keyward'; console.log(VaultType.InMemory);", 400],
  [
    "import { SessionErrorCodes } from 'keyward/session'; console.log(SessionErrorCodes.Later);",
    800,
  ],
])('bundlers leave out what an app does not use: %s', async (contents, most) => {
  const stdin = { contents, resolveDir: PACKAGE };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, write: false });
  expect(outputFiles[0]!.text.length).toBeLessThan(most);
});

test('a server renders an app that makes a vault: nothing is thrown, and the process ends', () => {
  const app = `
    import { BrowserVault, Device, Vault, VaultType } from 'keyward';
    import { Session } from 'keyward/session';
    const config = { key: 'session', type: VaultType.SecureStorage };
    const vault = new Vault(config);
    new BrowserVault(config);
    const error = await vault.setValue('token', 'abc').catch((error) => error);
    const memory = new Vault();
    await memory.initialize({ key: 'memory', type: VaultType.InMemory });
    await memory.setValue('token', 'abc');
    const session = new Session({ vault: memory, server: 'key', origins: [] });
    await session.begin({ accessToken: 'def' });
    console.log(JSON.stringify([
      error.name,
      error.code,
      await memory.getValue('token'),
      await session.bearer(),
      await Device.isBiometricsEnabled(),
      await Device.getAvailableHardware(),
    ]));
    `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', app], {
    cwd: PACKAGE,
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(JSON.parse(output)).toEqual(['VaultError', 2, 'abc', 'def', false, []]);
});
