// Pages in the system's Chromium that have the tests' WebAssembly, from a server on this machine.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const BUILT = fileURLToPath(new URL('../../../../target/web/tests/', import.meta.url));
const TYPES = {
  '/': 'text/html',
  '/sandboxed': 'text/html',
  '/tests.js': 'text/javascript',
  '/tests_bg.wasm': 'application/wasm',
};
const PAGE = `<!doctype html><title>Keyward</title><link rel="icon" href="data:,"><script type="module">
import init, * as tests from '/tests.js';
globalThis.ready = init({ module_or_path: '/tests_bg.wasm' }).then(() => (globalThis.tests = tests));
</script>`;
// A suite that does not end is a failure.
const LIMIT = 60_000;

/** A browser with a profile of its own, and the origin of its pages. */
export async function launch() {
  const server = createServer(async (request, response) => {
    const type = TYPES[request.url];
    if (!type) return response.writeHead(404).end();
    response.setHeader('Content-Type', type);
    response.setHeader('Access-Control-Allow-Origin', '*');
    // A page of nobody's, as in a sandboxed frame: no storage for it.
    if (request.url === '/sandboxed')
      response.setHeader('Content-Security-Policy', 'sandbox allow-scripts');
    response.end(type === 'text/html' ? PAGE : await readFile(join(BUILT, request.url)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = await mkdtemp(join(tmpdir(), 'keyward-chromium-'));
  let context;
  const start = async () => {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // A host that is not this machine by its name, so that its pages are not secure.
        '--host-resolver-rules=MAP insecure.test 127.0.0.1',
      ],
    });
  };
  await start();
  const { port } = server.address();
  const origin = `http://localhost:${port}`;
  return {
    origin,
    /** A page with `globalThis.tests`, whose panics fail what runs in it. */
    page: async (path = '/') => prepare(await context.newPage(), origin + path),
    /** Such a page that is not secure. */
    insecure: async () => prepare(await context.newPage(), `http://insecure.test:${port}/`),
    /** A page that another opens with `open`. */
    opened: async (by, open) => {
      const [page] = await Promise.all([context.waitForEvent('page'), by.evaluate(open, origin)]);
      return prepare(page);
    },
    cdp: (page) => context.newCDPSession(page),
    restart: async () => {
      await context.close();
      await start();
    },
    close: async () => {
      await context.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function prepare(page, address) {
  const panics = [];
  let panicked;
  const failed = new Promise((_, reject) => (panicked = reject));
  failed.catch(() => {});
  page.on('console', (message) => message.type() === 'error' && panics.push(message.text()));
  page.on('pageerror', (error) => panicked(new Error([error.message, ...panics].join('\n'))));
  if (address) await page.goto(address);
  else await page.waitForLoadState();
  await page.evaluate(() => globalThis.ready);
  return {
    page,
    /** Runs `script` in the page, where `tests` is the module. */
    run: (script, argument) => {
      let timer;
      const late = new Promise((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`not done within ${LIMIT} ms: ${panics.join('\n')}`)),
          LIMIT,
        );
      });
      return Promise.race([page.evaluate(script, argument), failed, late]).finally(() =>
        clearTimeout(timer),
      );
    },
    reload: async () => {
      await page.reload();
      await page.evaluate(() => globalThis.ready);
    },
    close: () => page.close(),
  };
}
