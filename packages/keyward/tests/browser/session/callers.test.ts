// Many callers in many tabs, and one refresh.

import { expect, test } from 'vitest';

import { Place } from './app.js';

/** How long the tabs go on; by hand, `KEYWARD_SESSION_SECONDS=300` is the whole five minutes. */
const SECONDS = Number(process.env['KEYWARD_SESSION_SECONDS'] ?? 20);

// The shortest life that a server could mean.
const place = new Place(2);

test(
  'fifty callers in four tabs, tokens of two seconds: each refresh token is spent at most once',
  { timeout: (SECONDS + 60) * 1000 },
  async () => {
    const { provider } = place;
    const tabs = [await place.signedIn()];
    while (tabs.length < 4) {
      tabs.push(await place.tab());
    }
    await provider.forget();
    const calls = await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(
          async ([url, seconds]) => {
            const end = performance.now() + seconds * 1000;
            const problems: string[] = [];
            let calls = 0;
            // A browser has six connections to a server. Were all fifty to use them, tokens of two
            // seconds would die on their way; so ten make requests, and forty ask for tokens.
            const ask = async (number: number) => {
              if (number % 5 > 0) return void (await window.session.bearer());
              const { status } = await window.session.fetch(url);
              if (status !== 200) throw new Error(`status ${status}`);
            };
            const caller = async (number: number) => {
              while (performance.now() < end) {
                const pause = number % 5 > 0 ? 100 : 1000;
                await new Promise((resolve) => setTimeout(resolve, pause + 10 * number));
                await ask(number).catch((error) =>
                  problems.push(`${error.name}: ${error.message}`),
                );
                calls++;
              }
            };
            await Promise.all(Array.from({ length: 50 }, (_, number) => caller(number)));
            return { calls, problems };
          },
          [`${provider.ready.api}hello`, SECONDS] as const,
        ),
      ),
    );
    expect(calls.flatMap(({ problems }) => problems)).toEqual([]);
    const log = await provider.log();
    expect(log.refreshes).toBeGreaterThan(SECONDS / 4);
    expect(log.refreshTokens.filter(({ spent, refused }) => spent > 1 || refused > 0)).toEqual([]);
    console.log(
      `${SECONDS} s: ${calls.reduce((sum, { calls }) => sum + calls, 0)} calls, ${log.refreshes} refreshes`,
    );
  },
);
