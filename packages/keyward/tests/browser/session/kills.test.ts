// A tab that is killed at each step of a refresh, one after the other. The next one goes on: nobody is
// signed out but where the provider has rotated and its answer is in no place that outlives the tab,
// against which nothing helps on this side (docs/sessions.md).

import { expect, test } from 'vitest';

import { bearer, Place, refresh } from './app.js';
import { killer, take } from './killing.js';

const place = new Place(300);

/** Refreshes up to a step. */
const refreshing = async (number: number) => {
  const token = await window.session.bearer();
  // What a start brings along is over then.
  await window.session.sendRevocations();
  void window.upTo(number, () => window.session.another(token), 'a token is handed out');
};

test('killed at any step of a refresh', { timeout: 600_000 }, async () => {
  const { provider } = place;
  await (await place.signedIn()).close();
  const whole = await take(await place.tab(), Infinity, refreshing);
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
    const { taken, stopped } = await take(tab, number, refreshing);
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
