import { readFileSync } from 'node:fs';
import type { Browser } from 'puppeteer-core';
import { preview } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { App, launch } from './support/app';
import { looksWell } from './support/looks';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** What the app ships lists nothing weaker that it accepts: here is a page that does, with the same vault. */
const ANOTHER_VERSION = `<!doctype html><title>another version of the app</title><script type="module">
import { Vault, VaultType } from '/keyward.js';
const vault = new Vault();
vault.onPasscodeRequested(() => vault.setCustomPasscode('2580'));
const config = { key: 'getting-started.session', type: VaultType.SecureStorage };
await vault.initialize(config);
await vault.updateConfig({ ...config, fallback: ['CustomPasscode'] });
await vault.setValue('session', { name: 'Ada Lovelace', email: 'ada@example.org', token: 'abc' });
document.title = 'stored';
</script>`;

test('a vault that is weaker than wanted says so, says what it can be raised to, and is raised', async () => {
  const server = await preview({
    configFile: false,
    preview: { host: 'localhost', port: 0 },
    plugins: [
      {
        name: 'keyward',
        configurePreviewServer: ({ middlewares }) => {
          middlewares.use('/keyward.js', (_request, response) => {
            response.setHeader('Content-Type', 'text/javascript');
            response.end(readFileSync('node_modules/keyward/dist/index.js'));
          });
          middlewares.use('/another-version', (_request, response) => {
            response.setHeader('Content-Type', 'text/html');
            response.end(ANOTHER_VERSION);
          });
        },
      },
    ],
  });
  const app = await App.open(browser, 'device', undefined, server.resolvedUrls!.local[0]!);
  // A browser that keeps no keys, as it is on a page without https.
  const poor = await app.context.newPage();
  await poor.evaluateOnNewDocument(() => {
    Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });
  });
  await poor.goto(`${app.site}another-version`);
  await poor.waitForFunction(() => document.title === 'stored');
  await poor.close();

  await app.page.bringToFront();
  await app.go('vault');
  await app.shows('Weaker than wanted');
  await app.shows('because Secure Storage could not be had here on');
  await app.shows('Secure Storage can be had now.');
  await app.shows('Only the passcode opens it.');
  await looksWell(app, 'weakened');
  await app.tab('Inspector');
  await app.shows('Can be raised to\nSecure Storage');

  await app.tab('Vault');
  await app.click('Raise the protection');
  await app.typePasscode('2580');
  await app.dialogGone();
  await app.shows('As wanted again');
  await app.reload();
  await app.click('Show');
  await app.shows('Read from the vault.');
  expect(await app.page.$('dialog[open]')).toBeNull();
  await app.close();
  await server.close();
  expect(app.complaints).toEqual([]);
});
