import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { authenticator } from './authenticator.mjs';
import { launch } from './chromium.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test('passkeys pass the suite', async () => {
  const page = await browser.page();
  const device = await authenticator(await browser.cdp(page.page));
  await page.run(() => tests.passkey_conforms());
  console.log((await device.credentials()).length);
  await page.close();
});
