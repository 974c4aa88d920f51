// Chromium and Firefox, as far as tests drive both in the same words: Playwright's.

import type { Page as FirefoxPage, Target } from 'puppeteer-core';
import type { Page } from 'playwright-core';

import { launch } from '../chromium.js';
import { launchFirefox } from '../firefox.js';

/** How long a page is waited for, in milliseconds. */
const PATIENCE = 60_000;

/** A page in either. */
export interface Tab extends Pick<Page, 'evaluate' | 'waitForFunction'> {
  goto(url: string): Promise<unknown>;
  on(event: 'pageerror', listener: (error: unknown) => void): unknown;
  close(): Promise<void>;
}

/** A browser that knows nothing yet. */
export interface Context {
  newPage(): Promise<Tab>;
  close(): Promise<void>;
}

export interface FirefoxContext extends Context {
  /** The page that `begin` has opened. */
  opened(begin: () => Promise<unknown>): Promise<Tab>;
}

export interface Either {
  newContext(): Promise<Context>;
  close(): Promise<void>;
}

export interface Firefox extends Either {
  newContext(): Promise<FirefoxContext>;
}

/** The browser that the project of vitest.config.ts is for. */
export function either(): Promise<Either> {
  return process.env['KEYWARD_BROWSER'] === 'Firefox' ? firefox() : launch();
}

export async function firefox(): Promise<Firefox> {
  const browser = await launchFirefox();
  return {
    async newContext() {
      const context = await browser.createBrowserContext();
      return {
        newPage: async () => tabOf(await context.newPage()),
        async opened(begin) {
          const known = new Set(context.targets());
          await begin();
          const isNew = (it: Target) => it.type() === 'page' && !known.has(it);
          const target = await context.waitForTarget(isNew, { timeout: PATIENCE });
          return tabOf((await target.page())!);
        },
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}

/** A page that Puppeteer drives. */
function tabOf(page: FirefoxPage): Tab {
  const tab = {
    goto: (url: string) => page.goto(url, { timeout: PATIENCE }),
    evaluate: (work: (argument: unknown) => unknown, argument?: unknown) =>
      page.evaluate(work, argument),
    /**
     * Asked from here: the library's own way takes `eval`, which a page's policy forbids, and frames,
     * which a page behind others does not draw.
     */
    async waitForFunction(holds: (argument: unknown) => unknown, argument?: unknown) {
      let last: unknown;
      for (const end = Date.now() + PATIENCE; Date.now() < end;) {
        // While the browser goes from one page to the next, there is nobody to ask.
        const held = await page.evaluate(holds, argument).catch((error) => (last = error) && false);
        if (held) {
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`this has not come true: ${holds}`, { cause: last });
    },
    on: (event: 'pageerror', listener: (error: unknown) => void) => page.on(event, listener),
    close: () => page.close(),
  };
  return tab as unknown as Tab;
}
