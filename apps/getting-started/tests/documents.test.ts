import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import vue from '@vitejs/plugin-vue';
import type { Browser } from 'puppeteer-core';
import { build, preview } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch } from './support/app';
import { blocksOf, filesOf, write } from './support/documents';

const WRITTEN = 'tests/written';
const tutorial = filesOf('getting-started.md');
/** Documents whose blocks of TypeScript compile, also with what new projects have; and how many. */
const DOCUMENTS = [
  ['migrating.md', 4],
  ['weak-devices.md', 2],
  ['doctor.md', 1],
  ['sessions.md', 5],
  ['../packages/keyward/README.md', 6],
] as const;

let browser: Browser;
beforeAll(async () => {
  write(tutorial, `${WRITTEN}/tutorial`);
  browser = await launch();
});
afterAll(() => browser.close());

/** Compiles what was written, with the strictness of this app, and fails with what it says. */
const compile = (folder: string, include: string, options: Record<string, unknown> = {}): void => {
  const config = join(WRITTEN, folder, `tsconfig.${include.replaceAll('/', '-')}.json`);
  writeFileSync(
    config,
    JSON.stringify({
      extends: '../../../tsconfig.json',
      compilerOptions: { types: ['vite/client'], ...options },
      include: [include],
      exclude: [],
    }),
  );
  try {
    execFileSync('node', ['node_modules/vue-tsc/bin/vue-tsc.js', '--project', config], { encoding: 'utf8' });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
};

test('every file of the tutorial was found', () => {
  expect([...tutorial.keys()].sort()).toEqual([
    'angular/app.config.ts',
    'angular/session-vault.service.ts',
    'index.html',
    'react/ask-for-passcode.ts',
    'react/main.tsx',
    'react/session-vault.ts',
    'src/App.vue',
    'src/components/PasscodeDialog.vue',
    'src/components/WayBack.vue',
    'src/main.ts',
    'src/pages/DevicePage.vue',
    'src/pages/InspectorPage.vue',
    'src/pages/TabsPage.vue',
    'src/pages/VaultPage.vue',
    'src/router.ts',
    'src/vault/in-words.ts',
    'src/vault/passcode-request.ts',
    'src/vault/recovery.ts',
    'src/vault/session-vault.ts',
  ]);
});

test('what the tutorial and the app have in common is the same', () => {
  const common = [...tutorial].filter(([name]) => name.startsWith('src/vault/') && existsSync(name));
  expect(common.length).toBe(4);
  for (const [name, content] of common) expect(content, name).toBe(readFileSync(name, 'utf8'));
});

test('the tutorial compiles: Vue', () => compile('tutorial', 'src'));

test('the tutorial compiles: React', () => compile('tutorial', 'react', { jsx: 'react-jsx' }));

test('the tutorial compiles: Angular', () =>
  compile('tutorial', 'angular', { experimentalDecorators: true }));

test.each(DOCUMENTS)('what is shown in %s compiles', (document, count) => {
  const blocks = blocksOf(document);
  expect(blocks.size).toBe(count);
  write(blocks, `${WRITTEN}/${basename(document, '.md')}`);
  compile(basename(document, '.md'), 'src', {
    lib: ['ES2020', 'DOM', 'DOM.Iterable'],
    paths: {
      // The package that is left behind cannot be had any more; its surface is ours.
      'identity-vault-5-or-6': ['../../../node_modules/keyward'],
      // Where the npm package's own tests have them.
      ...Object.fromEntries(
        ['@capacitor/preferences', '@angular/common/http', 'axios'].map((name) => [
          name,
          [`../../../../../packages/keyward/node_modules/${name}`],
        ]),
      ),
    },
  });
});

test('what the tutorial makes runs', async () => {
  const root = `${WRITTEN}/tutorial`;
  await build({ root, configFile: false, plugins: [vue()], logLevel: 'error' });
  const server = await preview({ root, configFile: false, preview: { port: 0 }, logLevel: 'error' });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.setDefaultTimeout(10_000);
  // Ionic's plain dress writes buttons in capitals, and so does the browser tell them.
  const click = (name: string) =>
    page.locator(`::-p-aria([name="${name.toUpperCase()}"][role="button"])`).click();
  const shows = (text: string) =>
    page.waitForFunction((wanted) => document.body.innerText.includes(wanted), {}, text);
  try {
    await page.goto(server.resolvedUrls!.local[0]!);
    await click('Store');
    await click('Show');
    await shows('from your server');
    await page.locator('ion-select').click();
    await page.locator('::-p-aria([name="Passcode"][role="radio"])').click();
    await page.waitForSelector('dialog input:focus');
    await page.keyboard.type('2580');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => !document.querySelector('dialog[open]'));
    await click('Lock');
    await shows('The vault is locked.');
    await page.waitForFunction(() => !document.body.innerText.includes('from your server'));
    await click('Unlock');
    await page.waitForSelector('dialog input:focus');
    await page.keyboard.type('1111');
    await page.keyboard.press('Enter');
    await shows('4 tries are left.');
    await click('Unlock');
    await page.waitForSelector('dialog input:focus');
    await page.keyboard.type('2580');
    await page.keyboard.press('Enter');
    await shows('The vault is not locked.');
    await click('Make a recovery code');
    const code = await page.locator('code').map(({ textContent }) => textContent).wait();
    // The browser forgets its keys.
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          indexedDB.open('keyward').onsuccess = ({ target }) => {
            const { result: database } = target as IDBOpenDBRequest;
            const transaction = database.transaction('keys', 'readwrite');
            transaction.objectStore('keys').clear();
            transaction.oncomplete = () => resolve(database.close());
          };
        }),
    );
    await page.reload();
    await shows('Safe to do next: recover.');
    await page.locator('::-p-aria([name="Recovery code"][role="textbox"])').fill(code ?? '');
    await click('Recover');
    await page.waitForSelector('dialog input:focus');
    await page.keyboard.type('1379');
    await page.keyboard.press('Enter');
    await shows('Safe to do next: nothing.');
    await click('Show');
    await shows('from your server');
    expect(complaints).toEqual([]);
  } finally {
    await page.close();
    await server.close();
  }
});
