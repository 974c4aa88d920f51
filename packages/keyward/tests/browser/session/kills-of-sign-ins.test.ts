// A tab that is killed at each step of a sign-in, and of a sign-out. The next one finds what was before
// or what comes after: no half session, no error, and no code or refresh token that is spent again.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { bearer, comeBackKnown, kept, Place, refresh } from './app.js';
import { killer, take, type Taken } from './killing.js';

const place = new Place(300);

/** Completes a sign-in up to a step. */
const signingIn = (number: number) =>
  void window.upTo(
    number,
    async () => {
      await window.step('the browser is back');
      await window.session.completeSignIn();
    },
    'there is a session',
  );

/** Signs out up to a step. */
const signingOut = async (number: number) => {
  // What a start brings along is over then.
  await window.session.bearer();
  await window.session.sendRevocations();
  void window.upTo(number, () => window.session.logout(), 'it is over');
};

const signOut = () => window.session.logout();
/** What a request for a token comes to. */
const outcome = () => window.codeOf(window.session.bearer());
const keys = () => window.vault.getKeys();

/** The numbers of the steps that are among `names`. */
const numbers = ({ taken }: Taken, names: readonly string[]) =>
  taken.flatMap((step, index) => (names.includes(step) ? [index + 1] : []));

/** A session that is whole: its token is taken, and it is refreshed. */
async function isWhole(tab: Page, after: string) {
  expect(await place.provider.accepts(await tab.evaluate(bearer)), after).toBe(true);
  expect(await tab.evaluate(() => window.session.view()), after).toMatchObject({
    refreshable: true,
    fields: { sub: 'ada' },
  });
  expect(await tab.evaluate(refresh), after).toBe('resolved');
  expect(await place.provider.accepts(await tab.evaluate(bearer)), after).toBe(true);
}

test('killed at any step of a sign-in', { timeout: 600_000 }, async () => {
  const { provider, server } = place;
  let tab = await place.signedIn();
  await tab.evaluate(signOut);
  await comeBackKnown(tab, provider, server);
  const whole = await take(tab, Infinity, signingIn);
  expect(whole.stopped, whole.taken.join()).toBe(false);
  expect(whole.taken).toEqual(
    expect.arrayContaining([
      'the browser is back',
      'before the request',
      'the request is sent',
      'the answer is there',
      'before the write',
      'before the bytes are handed over',
      'the bytes are handed over',
      'the write is durable',
      'after the write',
      'there is a session',
    ]),
  );
  await tab.evaluate(signOut);

  const found = { before: 0, after: 0 };
  for (const number of numbers(whole, whole.taken)) {
    await provider.forget();
    await comeBackKnown(tab, provider, server);
    const kill = await killer(tab);
    const { taken, stopped } = await take(tab, number, signingIn);
    const after = `killed at ${taken.join()}`;
    expect(stopped, after).toBe(true);
    const has = (step: string) => taken.includes(step);
    if (has('the request is sent')) {
      // However quickly the browser is at it.
      const codes = async () => (await provider.log()).codes.length;
      await expect.poll(codes, { timeout: 30_000 }).toBe(1);
    }
    await kill();

    tab = await place.tab();
    const there = await tab.evaluate(outcome);
    if (there === 'resolved') {
      // What was handed to the browser may still be written by it.
      expect(has('the bytes are handed over'), after).toBe(true);
      await isWhole(tab, after);
      expect(await tab.evaluate(signOut), after).toMatchObject({ revocation: 'done' });
      found.after++;
    } else {
      expect(there, after).toBe(200);
      expect(has('the write is durable'), after).toBe(false);
      expect(await tab.evaluate(() => window.session.view()), after).toBeUndefined();
      found.before++;
    }
    expect(await tab.evaluate(keys), after).toEqual([]);
    const { codes, reused } = await provider.log();
    const spent = has('the request is sent') ? [{ spent: 1, refused: 0 }] : [];
    expect(codes, after).toMatchObject(spent);
    expect(codes, after).toHaveLength(spent.length);
    expect(reused, after).toBe(0);
  }
  expect(found.before).toBeGreaterThan(0);
  expect(found.after).toBeGreaterThan(0);
  console.log(`${whole.taken.join(', ')}: ${JSON.stringify(found)}`);
});

test('killed at any step of a sign-out', { timeout: 600_000 }, async () => {
  const { provider, server } = place;
  await (await place.signedIn()).close();
  let tab = await place.tab();
  const whole = await take(tab, Infinity, signingOut);
  expect(whole.stopped, whole.taken.join()).toBe(false);
  // The vault is cleared of the session, the server is told of one token and of the other, and each
  // is struck out.
  const steps = [
    'after the write of a mark',
    'before the write',
    'the bytes are handed over',
    'the write is durable',
    'the request is sent',
    'the answer is there',
    'before the removal',
    'after the removal',
    'it is over',
  ];
  expect(whole.taken).toEqual(expect.arrayContaining(steps));

  const again = async () => {
    await comeBackKnown(tab, provider, server);
    await tab.evaluate(() => window.session.completeSignIn());
  };
  await again();
  const found = { before: 0, after: 0 };
  for (const number of numbers(whole, steps)) {
    const { access, refresh } = await kept(tab);
    await provider.forget();
    const kill = await killer(tab);
    const { taken, stopped } = await take(tab, number, signingOut);
    const after = `killed at ${taken.join()}`;
    expect(stopped, after).toBe(true);
    const has = (step: string) => taken.includes(step);
    await kill();

    tab = await place.tab();
    const there = await tab.evaluate(outcome);
    if (there === 'resolved') {
      expect(has('the write is durable'), after).toBe(false);
      expect(await tab.evaluate(bearer), after).toBe(access);
      await isWhole(tab, after);
      expect(await provider.log(), after).toMatchObject({ reused: 0, revoked: [] });
      found.before++;
      continue;
    }
    expect(there, after).toBe(200);
    expect(has('the bytes are handed over'), after).toBe(true);
    // It tells the server by itself what the one before could not tell any more.
    await expect.poll(() => tab.evaluate(keys), { timeout: 90_000 }).toEqual([]);
    const { reused, refreshes, revoked } = await provider.log();
    expect({ reused, refreshes }, after).toEqual({ reused: 0, refreshes: 0 });
    // One of which the tab died before it was struck out is told of once more, which does no harm.
    expect(new Set(revoked).size, after).toBe(2);
    expect(await provider.accepts(access), after).toBe(false);
    expect(await provider.refreshes(refresh), after).toBe(false);
    found.after++;
    await again();
  }
  expect(found.before).toBeGreaterThan(0);
  expect(found.after).toBeGreaterThan(0);
  console.log(`${whole.taken.join(', ')}: ${JSON.stringify(found)}`);
});
