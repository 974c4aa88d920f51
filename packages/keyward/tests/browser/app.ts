import type { Browser, BrowserContext, Page as Tab } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import { bundle } from './bundle.js';
import { launch } from './chromium.js';
import { type Page, serve, type Server } from './server.js';

const HTML = '<!doctype html><script type="module" src="/app.js"></script>';

/** Serves the app of `in-page.ts` at `/`, with a content security policy if one is given. */
export async function serveApp(policy?: string): Promise<Server> {
  return serve({
    '/': page('text/html', HTML, policy),
    '/app.js': page('text/javascript', await bundle('in-page.ts', import.meta.url)),
    '/elsewhere': page('text/html', '<!doctype html><title>elsewhere</title>'),
  });
}

function page(type: Page['type'], text: string, policy?: string): Page {
  return policy === undefined ? { type, text } : { type, text, policy };
}

/** A new tab with the app. */
export async function openApp(context: BrowserContext, { origin }: Server): Promise<Tab> {
  const tab = await context.newPage();
  await tab.goto(origin);
  await ready(tab);
  return tab;
}

/** The app for the tests of a file, and in each of them a browser that has never seen it. */
export function servedApp() {
  let browser: Browser;
  const app = {
    server: undefined! as Server,
    context: undefined! as BrowserContext,
    /** A new tab with the app. */
    open: () => openApp(app.context, app.server),
  };
  beforeAll(async () => {
    app.server = await serveApp();
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await app.server.close();
  });
  beforeEach(async () => {
    app.context = await browser.newContext();
  });
  afterEach(() => app.context.close());
  return app;
}

/** Waits until the app's script has run. */
export async function ready(tab: Tab) {
  await tab.waitForFunction(() => 'attach' in window);
}
