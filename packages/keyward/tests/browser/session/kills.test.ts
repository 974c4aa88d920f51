// A tab that is killed at each step of a refresh, one after the other. The next one goes on: nobody is
// signed out but where the provider has rotated and its answer is in no place that outlives the tab,
// against which nothing helps on this side (docs/sessions.md).

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { bearer, Place, refresh } from './app.js';

const place = new Place(300);

/** Has a tab refresh until the step of this number; the steps that it took, and whether it is there. */
async function refreshing(tab: Page, number: number) {
  const over = tab.waitForEvent('console', (it) => /^(stopped|ended): /.test(it.text()));
  await tab.evaluate(async (number) => {
    const token = await window.session.bearer();
    // What a start brings along is over then.
    await window.session.sendRevocations();
    window.stopAt(number);
    void window.session.another(token).then(async () => {
      await window.step('a token is handed out');
      window.tell('ended');
    });
  }, number);
  const told = (await over).text();
  const taken = JSON.parse(told.slice(told.indexOf('['))) as string[];
  return { taken, stopped: told.startsWith('stopped') };
}

/** What kills a tab: its renderer crashes, and nothing of the page runs any more. */
async function killer(tab: Page): Promise<() => Promise<unknown>> {
  // Before the page stands still, in which it answers no tools either.
  const devtools = await place.context.newCDPSession(tab);
  return () => {
    const gone = tab.waitForEvent('crash');
    void devtools.send('Page.crash').catch(() => undefined);
    return gone;
  };
}

test('killed at any step of a refresh', { timeout: 600_000 }, async () => {
  const { provider } = place;
  await (await place.signedIn()).close();
  const whole = await refreshing(await place.tab(), Infinity);
  expect(whole.stopped).toBe(false);
  expect(whole.taken).toEqual(
    expect.arrayContaining([
      'before the turn',
      'with the turn',
      'before the request',
      'the request is sent',
      'the answer is there',
      'before the write',
      'before the bytes are handed over',
      'the bytes are handed over',
      'the write is durable',
      'after the write',
      'a token is handed out',
    ]),
  );

  let lost = 0;
  for (let number = 1; number <= whole.taken.length; number++) {
    await provider.forget();
    const tab = await place.tab();
    const kill = await killer(tab);
    const { taken, stopped } = await refreshing(tab, number);
    expect(stopped, taken.join()).toBe(true);
    const has = (step: string) => taken.includes(step);
    const asked = has('the request is sent');
    if (asked) {
      // However quickly the browser is at it.
      await expect.poll(async () => (await provider.log()).refreshes, { timeout: 30_000 }).toBe(1);
    }
    await kill();

    const next = await place.tab();
    const token = await next.evaluate(bearer);
    expect(await provider.accepts(token), taken.join()).toBe(true);
    const outcome = await next.evaluate(refresh);
    if (outcome === 'resolved') {
      // What was handed to the browser may still be written by it.
      const maybe = !asked || has('the bytes are handed over');
      expect(maybe, `killed at ${taken.join()}: it was to be lost`).toBe(true);
      expect(await next.evaluate(bearer)).not.toBe(token);
      expect(await provider.log(), taken.join()).toMatchObject({ reused: 0 });
    } else {
      expect(outcome, taken.join()).toBe(200);
      const hard = asked && !has('the write is durable');
      expect(hard, `killed at ${taken.join()}: signed out`).toBe(true);
      expect(await next.evaluate(() => window.vault.getKeys())).toEqual([]);
      lost++;
      // Otherwise the provider knows the browser, and shows no page to sign in at.
      await place.context.clearCookies();
      await (await place.signedIn()).close();
    }
    await next.close();
  }
  console.log(
    `${whole.taken.length} steps: ${whole.taken.join(', ')}; ${lost} of them the hard case`,
  );
});
