import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';

import { Authenticator } from '../browser/authenticator.js';
import { bundle } from '../browser/bundle.js';
import { launch } from '../browser/chromium.js';
import { serve, type Server } from '../browser/server.js';
import type { Person } from './subject.js';
import { casesFor } from './suite.js';

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await serve({
    '/': {
      type: 'text/html',
      text: '<!doctype html><script type="module" src="/suite.js"></script>',
    },
    '/suite.js': { type: 'text/javascript', text: await bundle('in-page.ts', import.meta.url) },
  });
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

// Side by side: a case spends most of its time waiting.
describe.concurrent.each([
  { subject: 'Vault', asks: true },
  { subject: 'BrowserVault', asks: false },
] as const)('$subject in Chromium', ({ subject, asks }) => {
  test.each(
    casesFor({ asks, page: true, remembers: asks, verifies: true }).map(({ part, test }) => ({
      part,
      name: test.name,
    })),
  )('$part: $name', async ({ name }) => {
    // A context of its own has storage of its own.
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const authenticator = await Authenticator.of(page);
      await page.exposeFunction('setPerson', (is: Person) =>
        is === 'absent' ? authenticator.vanishes() : authenticator.meets(is),
      );
      await page.goto(server.origin);
      await page.waitForFunction(() => 'runCase' in window);
      await page.evaluate(([subject, name]) => window.runCase(subject, name), [
        subject,
        name,
      ] as const);
    } finally {
      await context.close();
    }
  });
});
