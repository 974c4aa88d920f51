import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, test } from 'vitest';
import { App, launch, SIZES, THEMES } from './support/app';
import { fits } from './support/looks';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

for (const theme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`nothing is wider than the window: ${theme}, ${size}`, async () => {
      const app = await App.open(browser);
      const seen = (what: string) => fits(app, `${what}-${size}-${theme}`);

      await app.prefer(theme);
      await app.page.setViewport(viewport);
      await app.addAuthenticator();
      await app.reload();
      await seen('empty');

      await app.storeAda();
      await app.protectByPasscode('2580');
      await app.click('Show');
      await app.shows('Token');
      await seen('vault');
      await app.lock();
      await seen('locked');
      await app.click('Unlock');
      await app.page.waitForSelector('dialog input:focus');
      await seen('passcode');
      await app.typePasscode('2580');
      await app.shows('Unlocked.');
      await app.tab('Device');
      await app.page.waitForFunction(() => !document.querySelector('.device')?.textContent?.includes('…'));
      await seen('device');
      await app.tab('Inspector');
      await app.lit('unlocked');
      await seen('inspector');
      await app.close();
    });
  }
}
