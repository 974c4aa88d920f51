import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { App, launch, SIZES, THEMES } from './support/app';
import { violations } from './support/axe';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

for (const theme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`axe finds nothing on any tab: ${theme}, ${size}`, async () => {
      const app = await App.open(browser);
      await app.prefer(theme);
      await app.page.setViewport(viewport);
      await app.reload();
      expect(await violations(app)).toEqual([]);

      await app.storeAda();
      await app.click('Show');
      await app.shows('Token');
      expect(await violations(app)).toEqual([]);

      await app.protectBy('CustomPasscode');
      await app.page.waitForSelector('dialog input:focus');
      expect(await violations(app)).toEqual([]);
      await app.typePasscode('2580');
      await app.typePasscode('2580');
      await app.shows('Protected by Passcode now.');
      await app.lock();
      await app.click('Unlock');
      await app.typePasscode('0000');
      await app.shows('That is not the passcode.');
      expect(await violations(app)).toEqual([]);

      for (const tab of ['Sign-in', 'Device', 'Inspector']) {
        await app.tab(tab);
        expect(await violations(app)).toEqual([]);
      }
      await app.close();
    });
  }
}

test('everything can be done by keyboard', async () => {
  const app = await App.open(browser);
  const { keyboard } = app.page;
  await app.page.bringToFront();
  const focused = () =>
    app.page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      const host = element?.getRootNode() instanceof ShadowRoot ? (element.getRootNode() as ShadowRoot).host : element;
      return host?.textContent?.trim() || (host as HTMLInputElement | null)?.value || '';
    });
  const tabTo = async (what: string) => {
    for (let presses = 0; presses < 30; presses++) {
      if ((await focused()).startsWith(what)) return;
      await keyboard.press('Tab');
    }
    throw new Error(`${what} cannot be reached by Tab`);
  };

  await tabTo('Store');
  await keyboard.press('Enter');
  await app.shows('Stored: sealed, and written.');
  await tabTo('SecureStorage');
  await keyboard.press('ArrowDown');
  // Biometrics is not to be had here, so the next choice is the passcode.
  await app.shows('Choose a passcode');
  await app.typePasscode('2580');
  await app.typePasscode('2580');
  await app.shows('Protected by Passcode now.');
  await tabTo('Inspector');
  await keyboard.press('Enter');
  await app.shows('Where the vault is');
  await app.close();
});
