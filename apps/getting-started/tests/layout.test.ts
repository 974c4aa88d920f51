import { mkdirSync } from 'node:fs';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { App, launch, SIZES, THEMES } from './support/app';

/** What the tests saw, for people to look at. */
const PICTURES = 'tests/pictures';

let browser: Browser;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await launch();
});
afterAll(() => browser.close());

for (const theme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`nothing is wider than the window: ${theme}, ${size}`, async () => {
      const app = await App.open(browser);
      const fits = async (what: string) => {
        await app.page.screenshot({ path: `${PICTURES}/${what}-${size}-${theme}.png` });
        const overflow = await app.page.$$eval('ion-content', (contents) =>
          contents
            .map((content) => content.shadowRoot?.querySelector('.inner-scroll'))
            .map((scroller) => (scroller ? scroller.scrollWidth - scroller.clientWidth : 0)),
        );
        expect(Math.max(...overflow), what).toBe(0);
      };

      await app.prefer(theme);
      await app.page.setViewport(viewport);
      await app.addAuthenticator();
      await app.reload();
      await fits('empty');

      await app.storeAda();
      await app.protectByPasscode('2580');
      await app.click('Show');
      await app.shows('Token');
      await fits('vault');
      await app.lock();
      await fits('locked');
      await app.click('Unlock');
      await app.page.waitForSelector('dialog input:focus');
      await fits('passcode');
      await app.typePasscode('2580');
      await app.shows('Unlocked.');
      await app.tab('Device');
      await app.page.waitForFunction(() => !document.querySelector('.device')?.textContent?.includes('…'));
      await fits('device');
      await app.tab('Inspector');
      await app.lit('unlocked');
      await fits('inspector');
      await app.close();
    });
  }
}
