// The built package, as it is published.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';

import { build } from 'esbuild';
import * as esm from 'keyward';
import { expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const commonJs = readFileSync(`${PACKAGE}dist/index.cjs`, 'utf8');

test('both modules export the same', () => {
  const cjs: typeof esm = createRequire(import.meta.url)('keyward');
  expect(Object.keys(cjs).sort()).toEqual(Object.keys(esm).sort());
  expect(cjs.VaultErrorCodes).toEqual(esm.VaultErrorCodes);
});

test('importing it does nothing and needs nothing, and so does making a vault', () => {
  // A place with the language and nothing else: neither Node nor a page.
  const bare = createContext({ module: { exports: {} } });
  const before = runInContext('Object.getOwnPropertyNames(globalThis).join()', bare);
  runInContext(`(() => {${commonJs}})()`, bare);
  runInContext('new module.exports.Vault(); new module.exports.BrowserVault();', bare);
  expect(runInContext('Object.getOwnPropertyNames(globalThis).join()', bare)).toBe(before);
});

test('bundlers leave out what an app does not use', async () => {
  const stdin = {
    contents: "import { VaultType } from 'keyward'; console.log(VaultType.InMemory);",
    resolveDir: PACKAGE,
  };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, write: false });
  expect(outputFiles[0]!.text.length).toBeLessThan(400);
});

test('a server renders an app that makes a vault: nothing is thrown, and the process ends', () => {
  const app = `
    import { BrowserVault, Device, Vault, VaultType } from 'keyward';
    const config = { key: 'session', type: VaultType.SecureStorage };
    const vault = new Vault(config);
    new BrowserVault(config);
    const error = await vault.setValue('token', 'abc').catch((error) => error);
    const memory = new Vault();
    await memory.initialize({ key: 'memory', type: VaultType.InMemory });
    await memory.setValue('token', 'abc');
    console.log(JSON.stringify([
      error.name,
      error.code,
      await memory.getValue('token'),
      await Device.isBiometricsEnabled(),
      await Device.getAvailableHardware(),
    ]));
    `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', app], {
    cwd: PACKAGE,
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(JSON.parse(output)).toEqual(['VaultError', 2, 'abc', false, []]);
});
