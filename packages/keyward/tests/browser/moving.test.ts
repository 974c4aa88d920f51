// Moving house in a real browser: its storages, two tabs, and pages that are closed half-way.

import type { Moved } from 'keyward/moving';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { ready, servedApp } from './app.js';

type Kind = 'localStorage' | 'sessionStorage';

const ITEMS = { token: 'abc', profile: '{"name":"Ada"}', empty: '' };

const app = servedApp();

/** A tab with the vault, and nothing of it stored before. */
async function opened(): Promise<Page> {
  const tab = await app.open();
  await tab.evaluate(() => window.attach());
  return tab;
}

function store(tab: Page, kind: Kind) {
  return tab.evaluate(
    ([kind, items]) => {
      for (const [name, value] of Object.entries(items)) {
        window[kind].setItem(name, value);
      }
    },
    [kind, ITEMS] as const,
  );
}

/** Moves all items that the app has stored. The names come in order: browsers have their own. */
async function move(tab: Page, kind: Kind) {
  const { moved, conflicts } = await tab.evaluate(
    ([kind, names]) =>
      window.moving.move(window.moving.webStorage(window[kind], names), window.vault),
    [kind, Object.keys(ITEMS)] as const,
  );
  return { moved: moved.sort(), conflicts };
}

/** The app's items that are still in the storage. */
function left(tab: Page, kind: Kind) {
  return tab.evaluate(
    ([kind, names]) => {
      const there = names.filter((name) => window[kind].getItem(name) !== null);
      return Object.fromEntries(there.map((name) => [name, window[kind].getItem(name)]));
    },
    [kind, Object.keys(ITEMS)] as const,
  );
}

/** The values of the vault. */
function held(tab: Page) {
  return tab.evaluate(async () => {
    const all = Object.entries(await window.vault.exportVault());
    return Object.fromEntries(all.map(([name, json]) => [name, JSON.parse(json) as unknown]));
  });
}

test.each(['localStorage', 'sessionStorage'] as const)('what is in %s moves', async (kind) => {
  const tab = await opened();
  await store(tab, kind);
  await tab.evaluate((kind) => window[kind].setItem('theme', 'dark'), kind);
  expect(await move(tab, kind)).toEqual({ moved: Object.keys(ITEMS).sort(), conflicts: [] });
  expect(await left(tab, kind)).toEqual({});
  expect(await tab.evaluate((kind) => window[kind].getItem('theme'), kind)).toBe('dark');
  expect(await held(tab)).toEqual(ITEMS);
  // The other pages of the origin have it as well.
  expect(await held(await opened())).toEqual(ITEMS);
  expect(await move(tab, kind)).toEqual({ moved: [], conflicts: [] });
});

test('two tabs that move at the same moment lose nothing', async () => {
  for (let round = 0; round < 5; round += 1) {
    const tabs = [await opened(), await opened()] as const;
    await store(tabs[0], 'localStorage');
    await Promise.all(tabs.map((tab) => move(tab, 'localStorage')));
    // What one has read before the other removed it is no conflict the next time.
    await move(tabs[0], 'localStorage');
    expect(await left(tabs[1], 'localStorage')).toEqual({});
    expect(await held(await opened())).toEqual(ITEMS);
    await tabs[0].evaluate(() => window.vault.clear());
    await Promise.all(tabs.map((tab) => tab.close()));
  }
});

test('what another tab stores in the vault during the move is not overwritten', async () => {
  const [one, other] = [await opened(), await opened()];
  await store(one, 'localStorage');
  // Everything has been read and compared when the other tab stores; nothing has been written yet.
  await one.evaluate((names) => {
    const vault = window.vault;
    const waits = {
      get config() {
        return vault.config;
      },
      health: () => vault.health(),
      getKeys: () => vault.getKeys(),
      getValue: (name: string) => vault.getValue(name),
      async addMany(entries: Iterable<readonly [string, unknown]>) {
        await new Promise((resolve) => Object.assign(window, { go: resolve }));
        return vault.addMany(entries);
      },
    };
    const moved = window.moving.move(window.moving.webStorage(localStorage, names), waits);
    Object.assign(window, { moved });
  }, Object.keys(ITEMS));
  await one.waitForFunction(() => 'go' in window);
  await other.evaluate(() => window.vault.setValue('token', 'from the other tab'));
  const outcome = await one.evaluate(() => {
    const { go, moved } = window as unknown as { go: () => void; moved: Promise<Moved> };
    go();
    return moved;
  });
  expect(outcome).toEqual({
    moved: expect.arrayContaining(['profile', 'empty']),
    conflicts: ['token'],
  });
  expect(await left(one, 'localStorage')).toEqual({ token: 'abc' });
  expect(await held(await opened())).toEqual({ ...ITEMS, token: 'from the other tab' });
});

/** Moves, but never hears how its call of that number went. Answers whether there is such a call. */
function moveUntil(tab: Page, kind: Kind, step: number) {
  return tab.evaluate(
    async ([kind, names, step]) => {
      let calls = 0;
      let reached = (_reached: boolean) => {};
      const stopped = new Promise<boolean>((resolve) => (reached = resolve));
      const deaf = <T extends object>(subject: T): T =>
        new Proxy(subject, {
          get(target, name) {
            const member: unknown = Reflect.get(target, name);
            if (typeof member !== 'function') return member;
            return (...given: unknown[]) => {
              const answer: unknown = member.apply(target, given);
              calls += 1;
              if (calls !== step) return answer;
              reached(true);
              return new Promise(() => {});
            };
          },
        });
      const source = window.moving.webStorage(window[kind], names);
      const moved = window.moving.move(deaf(source), deaf(window.vault));
      return Promise.race([stopped, moved.then(() => false)]);
    },
    [kind, Object.keys(ITEMS), step] as const,
  );
}

test.each([
  // A page that is closed takes its sessionStorage along, so that one is loaded anew.
  ['localStorage', 'closed'],
  ['sessionStorage', 'loaded anew'],
] as const)('a move from %s goes on after its page was %s at any step', async (kind, end) => {
  let tab = await opened();
  let steps = 0;
  for (let stopped = true; stopped;) {
    await store(tab, kind);
    stopped = await moveUntil(tab, kind, steps + 1);
    if (end === 'closed') {
      await tab.close();
      tab = await opened();
    } else {
      await tab.reload();
      await ready(tab);
      await tab.evaluate(() => window.attach());
    }
    const after = `step ${steps + 1}`;
    expect({ ...(await left(tab, kind)), ...(await held(tab)) }, after).toEqual(ITEMS);
    expect((await move(tab, kind)).conflicts, after).toEqual([]);
    expect(await left(tab, kind), after).toEqual({});
    expect(await held(tab), after).toEqual(ITEMS);
    await tab.evaluate(() => window.vault.clear());
    steps += Number(stopped);
  }
  // Names, keys, each item read, one commit, its health, each item read twice and removed.
  expect(steps).toBe(4 + 4 * Object.keys(ITEMS).length);
});
