import { readFileSync } from 'node:fs';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { App, launch } from './support/app';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test('the policy is in force, and the vault works under it', async () => {
  const app = await App.open(browser);
  const refused = await app.page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      violations.push(event.effectiveDirective);
    });
    const inline = document.createElement('script');
    inline.textContent = 'globalThis.ran = true';
    document.head.append(inline);
    await fetch('https://example.org/').catch(() => undefined);
    new Image().src = 'https://example.org/pixel.png';
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { ran: 'ran' in globalThis, violations: violations.sort() };
  });
  expect(refused).toEqual({ ran: false, violations: ['connect-src', 'img-src', 'script-src-elem'] });

  await app.storeAda();
  await app.protectByPasscode('2580');
  await app.lock();
  await app.close();
});

test('no request leaves the page’s own origin', async () => {
  const app = await App.open(browser);
  const elsewhere: string[] = [];
  const home = new URL(app.page.url()).origin;
  app.page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== home) elsewhere.push(request.url());
  });
  await app.reload();
  await app.storeAda();
  await app.protectByPasscode('2580');
  await app.tab('Device');
  await app.tab('Inspector');
  expect(elsewhere).toEqual([]);

  // Nor from the page that could: looking whether somebody is signed in costs the provider nothing.
  await app.tab('Sign-in');
  await app.shows('Nobody is signed in.');
  expect(elsewhere).toEqual([]);
  await app.close();
});

test('what is built may call its own origin alone; beside a provider, the provider as well', async () => {
  expect(readFileSync('dist/index.html', 'utf8')).toContain("connect-src 'self';");

  const app = await App.open(browser);
  const { issuer } = inject('provider');
  const reached = (url: string): Promise<{ reached: boolean; forbidden: boolean }> =>
    app.page.evaluate(async (target) => {
      let forbidden = false;
      const note = (): void => {
        forbidden = true;
      };
      document.addEventListener('securitypolicyviolation', note);
      const answered = await fetch(target, { mode: 'no-cors' }).then(
        () => true,
        () => false,
      );
      await new Promise((resolve) => setTimeout(resolve, 200));
      document.removeEventListener('securitypolicyviolation', note);
      return { reached: answered, forbidden };
    }, url);
  expect(await reached(`${issuer}/.well-known/openid-configuration`)).toEqual({ reached: true, forbidden: false });
  // The same provider, by another name; and a port where nothing is.
  expect(await reached(`${issuer.replace('localhost', '127.0.0.1')}/`)).toEqual({ reached: false, forbidden: true });
  expect(await reached('http://localhost:9/')).toEqual({ reached: false, forbidden: true });
  await app.close();
});
