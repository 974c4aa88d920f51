// The suites of keyward-conformance, in a real browser.

import { after, before, test } from 'node:test';

import { launch } from './chromium.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

for (const suite of [
  'indexed_db_conforms',
  'session_storage_conforms',
  'local_storage_conforms',
  'web_crypto_conforms',
  'web_crypto_of_a_tab_conforms',
]) {
  test(suite, async () => {
    const page = await browser.page();
    await page.run((suite) => globalThis.tests[suite](), suite);
    await page.close();
  });
}
