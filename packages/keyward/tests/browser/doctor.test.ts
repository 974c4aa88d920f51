// `keyward/doctor` in a page: what it says of a good page, and of one that forbids things.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { bundle } from './bundle.js';
import { launch } from './chromium.js';
import type {} from './doctor-page.js';
import { serve, type Server } from './server.js';

let browser: Browser;
let server: Server;

beforeAll(async () => {
  const script = await bundle('./doctor-page.ts', import.meta.url);
  const page =
    '<!doctype html><title>doctor</title><script src="/doctor.js" type="module"></script>';
  const at = (policy: string) => ({ type: 'text/html' as const, text: page, policy });
  server = await serve({
    '/doctor.js': { type: 'text/javascript', text: script },
    '/good': at("script-src 'self' 'wasm-unsafe-eval'; worker-src blob:"),
    '/no-wasm': at("script-src 'self'"),
    '/no-worker': at("script-src 'self' 'wasm-unsafe-eval'"),
  });
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function checks(path: string): Promise<string[]> {
  const page = await browser.newPage();
  try {
    await page.goto(`${server.origin}${path}`);
    const found = await page.evaluate(() => globalThis.doctor());
    return found.map(({ check }) => check);
  } finally {
    await page.close();
  }
}

test('a page is told what it lacks, and nothing else', async () => {
  // A new profile has promised nothing, and there is no authenticator that verifies.
  expect(await checks('/good')).toEqual(['not-persisted', 'no-verification']);
});

test('a policy that forbids workers is a hint, and one that forbids WebAssembly an error', async () => {
  expect(await checks('/no-worker')).toEqual(['not-persisted', 'no-verification', 'csp-worker']);
  expect(await checks('/no-wasm')).toEqual(['csp-wasm']);
});
