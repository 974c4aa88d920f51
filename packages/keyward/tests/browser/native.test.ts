// What the `keyward` command writes, a browser reads; and the other way round.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { openApp, serveApp } from './app.js';
import { launch } from './chromium.js';
import type { Server } from './server.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const COMMAND = join(REPOSITORY, 'target/debug/keyward');
const PASSPHRASE = 'correct horse ☂';

let server: Server;
let browser: Browser;
let context: BrowserContext;
let tab: Page;
let home: string;

beforeAll(async () => {
  if (!existsSync(COMMAND)) {
    throw new Error('the command is missing: cargo build --package keyward-cli');
  }
  server = await serveApp();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'keyward-home-'));
  context = await browser.newContext();
  tab = await openApp(context, server);
  writeFileSync(join(home, 'passphrase'), `${PASSPHRASE}\n`);
});

afterEach(async () => {
  await context.close();
  rmSync(home, { recursive: true, force: true });
});

/** Runs the command in a home of its own, without a keyring. */
function keyward(...words: string[]): string {
  const ended = spawnSync(COMMAND, words, {
    cwd: home,
    env: { HOME: home, PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  expect(ended.stderr, words.join(' ')).toBe('');
  expect(ended.status, words.join(' ')).toBe(0);
  return ended.stdout;
}

const folder = () => join(home, '.local/share/keyward');

test('the command opens what a browser sealed', async () => {
  const sealed = await tab.evaluate(async (passphrase) => {
    await window.attach();
    await window.vault.setMany({ token: { a: [1, 'zwei'] }, bytes: new Uint8Array([0, 255]) });
    return Array.from(await window.vault.exportSealed(passphrase));
  }, PASSPHRASE);
  mkdirSync(folder(), { recursive: true });
  writeFileSync(join(folder(), 'copied.keyward'), Buffer.from(sealed));
  const words = ['--vault', 'copied', 'get', 'token', '--passcode-file', 'passphrase'];
  expect(JSON.parse(keyward(...words))).toEqual({ a: [1, 'zwei'] });
});

test('a browser opens what the command sealed', async () => {
  const passphrase = ['--passcode-file', 'passphrase'];
  keyward('init', '--type', 'custom-passcode', ...passphrase);
  keyward('set', 'token', 'abc', ...passphrase);
  const file = readFileSync(join(folder(), 'default.keyward'));
  const seen = await tab.evaluate(
    async ([file, passphrase]) => {
      await window.attach();
      const { vault } = window;
      await vault.setValue('earlier', 1);
      const copy = new Uint8Array(file);
      const refused = await window.codeOf(vault.importSealed(copy, 'another'));
      const untouched = await vault.getKeys();
      await vault.importSealed(copy, passphrase);
      return [refused, untouched, await vault.exportVault(), vault.config.type];
    },
    [[...file], PASSPHRASE] as const,
  );
  expect(seen).toEqual([6, ['earlier'], { token: '"abc"' }, 'SecureStorage']);
});
