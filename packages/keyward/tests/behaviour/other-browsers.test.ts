// The suite in Firefox and in WebKit, as far as nobody has to be verified there: neither has a
// virtual authenticator that could be reached here.

import { afterAll, beforeAll, describe, test } from 'vitest';

import { bundle } from '../browser/bundle.js';
import { launchFirefox } from '../browser/firefox.js';
import { needed } from '../browser/needed.js';
import { serve } from '../browser/server.js';
import { WebDriver } from '../browser/webdriver.js';
import { casesFor } from './suite.js';

/** A browser with one page. */
interface Driven {
  goto(url: string): Promise<unknown>;
  /** Runs a case of the suite in the page; what it throws, as text. */
  runCase(subject: string, name: string): Promise<string | null>;
  close(): Promise<unknown>;
}

async function firefox(): Promise<Driven> {
  const browser = await launchFirefox();
  const page = await browser.newPage();
  return {
    goto: (url) => page.goto(url),
    runCase: (subject, name) =>
      page.evaluate(
        (subject, name) =>
          window.runCase(subject as 'Vault', name).then(
            () => null,
            (error: unknown) => String(error),
          ),
        subject,
        name,
      ),
    close: () => browser.close(),
  };
}

async function webkit(): Promise<Driven> {
  const driver = await WebDriver.start(
    [
      needed('/usr/bin/xvfb-run', 'xvfb'),
      '--auto-servernum',
      needed('/usr/bin/WebKitWebDriver', 'webkit2gtk-driver'),
      '--port={port}',
    ],
    { timeouts: { script: 30_000 } },
  );
  return {
    goto: (url) => driver.goto(url),
    runCase: (subject, name) =>
      driver.run(
        `const [subject, name, done] = arguments
         runCase(subject, name).then(() => done(null), (error) => done(String(error)))`,
        subject,
        name,
      ),
    close: () => driver.close(),
  };
}

describe.each([
  ['Firefox', firefox],
  ['WebKit', webkit],
] as const)('in %s', (_, start) => {
  let script: string;
  let browser: Driven;

  beforeAll(async () => {
    script = await bundle('in-page.ts', import.meta.url);
    browser = await start();
  });

  afterAll(() => browser?.close());

  describe.each([
    { subject: 'Vault', asks: true },
    { subject: 'BrowserVault', asks: false },
  ])('$subject', ({ subject, asks }) => {
    test.each(
      casesFor({ asks, page: true, remembers: asks, verifies: false }).map(({ part, test }) => ({
        part,
        name: test.name,
      })),
    )('$part: $name', async ({ name }) => {
      // An origin of its own has storage of its own.
      const server = await serve({
        '/': {
          type: 'text/html',
          text: '<!doctype html><script type="module" src="/suite.js"></script>',
        },
        '/suite.js': { type: 'text/javascript', text: script },
      });
      try {
        await browser.goto(server.origin);
        const thrown = await browser.runCase(subject, name);
        if (thrown !== null) {
          throw new Error(thrown);
        }
      } finally {
        await server.close();
      }
    });
  });
});
