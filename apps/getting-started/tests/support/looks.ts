import { mkdirSync } from 'node:fs';
import { expect } from 'vitest';
import type { App } from './app';
import { violations } from './axe';

/** What the tests saw, for people to look at. */
const PICTURES = 'tests/pictures';

/** Takes a picture, and fails where something is wider than the window. */
export const fits = async (app: App, name: string): Promise<void> => {
  mkdirSync(PICTURES, { recursive: true });
  await app.page.screenshot({ path: `${PICTURES}/${name}.png` });
  const overflow = await app.page.$$eval('ion-content', (contents) =>
    contents
      .map((content) => content.shadowRoot?.querySelector('.inner-scroll'))
      .map((scroller) => (scroller ? scroller.scrollWidth - scroller.clientWidth : 0)),
  );
  expect(Math.max(0, ...overflow), name).toBe(0);
};

/** The same, and fails on what axe finds. */
export const looksWell = async (app: App, name: string): Promise<void> => {
  await fits(app, name);
  expect(await violations(app), name).toEqual([]);
};
