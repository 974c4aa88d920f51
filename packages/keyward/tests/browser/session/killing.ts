// Has a tab do something up to a step, and kills it there.

import type { Page } from 'playwright-core';

/** Which steps a page took, and whether it stands at the last of them. */
export interface Taken {
  readonly taken: string[];
  readonly stopped: boolean;
}

/** Has a page begin what takes it `upTo` the step of this number, or to its end. */
export async function take(
  tab: Page,
  number: number,
  begin: (number: number) => unknown,
): Promise<Taken> {
  const over = tab.waitForEvent('console', {
    predicate: (it) => /^(stopped|ended): /.test(it.text()),
    timeout: 60_000,
  });
  await tab.evaluate(begin, number);
  const told = (await over).text();
  return {
    taken: JSON.parse(told.slice(told.indexOf('['))) as string[],
    stopped: told.startsWith('stopped'),
  };
}

/** What kills a tab: its renderer crashes, and nothing of the page runs any more. */
export async function killer(tab: Page): Promise<() => Promise<unknown>> {
  // Before the page stands still, in which it answers no tools either.
  const devtools = await tab.context().newCDPSession(tab);
  return () => {
    const gone = tab.waitForEvent('crash');
    void devtools.send('Page.crash').catch(() => undefined);
    return gone;
  };
}
