import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { beforeAll, expect, test } from 'vitest';

import { launch } from '../browser/chromium.js';
import { type Page, serve } from '../browser/server.js';
import { npm, pack, project } from './projects.js';

const MINUTES = 60_000;

/**
 * What vite's app may be to download before it needs a session, in bytes with brotli.
 * docs/benchmarks.md says what is in it; whoever adds to the engine sees here what it costs.
 */
const LARGEST = 185_000;

/**
 * The same of what `keyward/session` adds, sign-ins included. About 9,000 of it are the cipher that
 * seals an answer which comes while the vault is locked.
 */
const LARGEST_SESSION = 128_000;

/** What the built app comes to: `use-vault.ts` and `use-session.ts`. */
const OUTCOME = 'SecureStorage abc InMemory abc boolean abc badAnswer';

let tarball: string;

beforeAll(async () => {
  tarball = await pack();
}, MINUTES);

test('the types are right, however the package is resolved', async () => {
  const result = await checkPackage(createPackageFromTarballData(await readFile(tarball)));
  expect(result).toMatchObject({ types: { kind: 'included' }, problems: [] });
});

test(
  'apps of both versions compile, with old and new compilers',
  { timeout: 5 * MINUTES },
  async () => {
    await npm(['test'], await project('types', tarball));
  },
);

test.each(['vitest', 'jest', 'jasmine'])(
  '%s runs with it',
  { timeout: 5 * MINUTES },
  async (name) => {
    await npm(['test'], await project(name, tarball));
  },
);

test.each(['vite', 'webpack', 'angular'])(
  '%s builds with it, and a browser runs what it built',
  { timeout: 5 * MINUTES },
  async (name) => {
    const folder = await project(name, tarball);
    await npm(['test'], folder);
    expect(await load(join(folder, 'dist'))).toBe(OUTCOME);
  },
);

test('an app with a vault is no larger than is known', { timeout: 5 * MINUTES }, async () => {
  const folder = await project('vite', tarball);
  await npm(['test'], folder);
  const { '/': html, ...scripts } = await pages(join(folder, 'dist'));
  const [first, later] = [true, false].map((named) =>
    Object.entries(scripts)
      .filter(([path]) => html!.text.includes(path) === named)
      .map(([, { text }]) => brotliCompressSync(text).length)
      .reduce((sum, size) => sum + size, 0),
  );
  expect(first).toBeLessThanOrEqual(LARGEST);
  expect(later).toBeLessThanOrEqual(LARGEST_SESSION);
});

/** Loads a built app in Chromium, and answers the title that it has at its end. */
async function load(folder: string): Promise<string> {
  const server = await serve(await pages(folder));
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(server.origin);
    await page.waitForFunction(() => document.title !== 'waiting');
    return await page.title();
  } finally {
    await browser.close();
    await server.close();
  }
}

async function pages(folder: string): Promise<{ [path: string]: Page }> {
  const files = await readdir(folder, { recursive: true });
  const scripts = files.filter((file) => file.endsWith('.js'));
  const served = await Promise.all(
    scripts.map(async (file): Promise<[string, Page]> => {
      const text = await readFile(join(folder, file), 'utf8');
      return [`/${file}`, { type: 'text/javascript', text }];
    }),
  );
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  return { ...Object.fromEntries(served), '/': { type: 'text/html', text: html } };
}
