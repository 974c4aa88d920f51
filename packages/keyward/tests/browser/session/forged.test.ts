// A provider's answer with an id token that must not be believed, by a proxy that knows its key.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import {
  bearer,
  comeBack,
  comeBackKnown,
  handOver,
  heard,
  logIn,
  openWindow,
  Place,
} from './app.js';
import { remembered, stored } from './traces.js';

const place = new Place(300);

const FORGERIES = [
  'signature',
  'another-claim',
  'another-key',
  'unknown-key',
  'unsigned',
  'hmac',
  'issuer',
  'audience',
  'nonce',
  'expired',
  'missing',
  'token-type',
];

/**
 * Signs in; answers everything of the error. A provider that knows the browser sends it back without a
 * word.
 */
const WAYS = {
  async redirect(tab: Page, known: boolean) {
    await (known ? comeBackKnown : comeBack)(tab, place.provider, place.server);
    return tab.evaluate(() => window.refusalOf(window.session.completeSignIn()));
  },

  async 'a window of its own'(tab: Page, known: boolean) {
    const window_ = await openWindow(tab);
    if (!known) {
      await logIn(window_, place.provider);
    }
    await handOver(window_, place.provider, place.server);
    return tab.evaluate(() => window.refusalOf(window.signing));
  },
};

test.each(['redirect', 'a window of its own'] as const)(
  'by %s: an id token that was forged signs nobody in, and nothing is kept',
  { timeout: 120_000 },
  async (way) => {
    const { provider } = place;
    const tab = await place.tab();
    for (const [number, forgery] of FORGERIES.entries()) {
      await provider.forget();
      await provider.breaks({ path: '/token', kind: 'id-token', forgery });
      const told = await WAYS[way](tab, number > 0);
      expect(told[0], forgery).toContain('SessionError');
      expect(told, forgery).toContain('216');

      expect(await tab.evaluate(() => window.codeOf(window.session.bearer())), forgery).toBe(200);
      expect(await tab.evaluate(heard), forgery).toEqual([]);
      expect(await tab.evaluate(() => window.vault.getKeys()), forgery).toEqual([]);
      const [answer, ...more] = await provider.forged();
      expect(more, forgery).toEqual([]);
      const { access_token, refresh_token, id_token } = answer!;
      expect(await remembered(tab, { access_token, refresh_token, id_token }), forgery).toEqual([]);
      const left = JSON.stringify([await tab.evaluate(stored), told]);
      const tokens = [access_token, refresh_token, id_token].filter((it) => it !== undefined);
      expect(tokens, forgery).toHaveLength(forgery === 'missing' ? 2 : 3);
      expect(
        tokens.filter((token) => left.includes(token as string)),
        forgery,
      ).toEqual([]);
    }
  },
);

test('one that is signed anew and says nothing wrong is believed: it was not the signing', async () => {
  const { provider, server } = place;
  const tab = await place.tab();
  await provider.breaks({ path: '/token', kind: 'id-token', forgery: 'intact' });
  await comeBack(tab, provider, server);
  expect(await tab.evaluate(() => window.session.completeSignIn())).toEqual({ page: 'orders' });
  expect(await provider.accepts(await tab.evaluate(bearer))).toBe(true);
  const [answer] = await provider.forged();
  // The search finds what is there.
  expect(await remembered(tab, answer!)).toContain('access_token');
});
