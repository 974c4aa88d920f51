import { mkdirSync } from 'node:fs';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { App, launch, SIZES, THEMES } from './support/app';
import { violations } from './support/axe';

const PICTURES = 'tests/pictures';

let browser: Browser;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await launch();
});
afterAll(() => browser.close());

/** Signs in at the provider, by what a screen reader finds there. */
const signIn = async (app: App): Promise<void> => {
  await app.click('Sign in');
  await app.page.waitForFunction(() => document.title === 'Sign in');
  await app.fill('Name', 'ada');
  await app.page.locator('::-p-aria([name="Password"])').fill('notes-on-the-engine');
  await app.click('Sign in');
  await app.shows('Signed in. The tokens are sealed in the vault.');
};

for (const theme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`sign in, fifty calls by one refresh, sign out: ${theme}, ${size}`, async () => {
      const app = await App.open(browser, 'sign-in');
      await app.prefer(theme);
      await app.page.setViewport(viewport);
      await app.reload();
      await app.shows('Nobody is signed in.');
      const look = async (what: string): Promise<void> => {
        await app.page.screenshot({ path: `${PICTURES}/${what}-${size}-${theme}.png` });
        expect(await violations(app)).toEqual([]);
        const overflow = await app.page.$$eval('ion-content', (contents) =>
          contents
            .map((content) => content.shadowRoot?.querySelector('.inner-scroll'))
            .map((scroller) => (scroller ? scroller.scrollWidth - scroller.clientWidth : 0)),
        );
        expect(Math.max(...overflow), what).toBe(0);
      };
      await look('signed-out');

      await signIn(app);
      expect(new URL(app.page.url()).pathname).toBe('/sign-in');
      await app.shows('ada@example.org');

      await app.click('Call fifty times');
      await app.shows('50 calls served, 1 refresh.');
      await app.shows('One refresh served 50 of 50 calls');
      await look('fifty-calls');

      await app.reload();
      await app.shows('ada@example.org');
      await app.click('Sign out');
      await app.shows('the provider refuses both tokens');
      await app.close();
      expect(app.complaints).toEqual([]);
    });
  }
}
