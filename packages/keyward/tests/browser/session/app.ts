// An app with a session, in Chromium, against the provider.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import { bundle } from '../bundle.js';
import { launch } from '../chromium.js';
import { serve, type Server } from '../server.js';
import type { Tab } from './either.js';
import { Provider } from './provider.js';

const HTML = '<!doctype html><title>app</title><script type="module" src="/app.js"></script>';

export async function serveApp(): Promise<Server> {
  const page = { type: 'text/html', text: HTML } as const;
  return serve({
    '/': page,
    '/signed-in': page,
    '/app.js': { type: 'text/javascript', text: await bundle('in-page.ts', import.meta.url) },
  });
}

/** What a file of tests has: an app, a provider whose tokens live so many seconds, and Chromium. */
export class Place {
  server!: Server;
  provider!: Provider;
  browser!: Browser;
  /** A browser that knows nothing yet, anew for each test. */
  context!: BrowserContext;

  constructor(accessTokenLife: number) {
    beforeAll(async () => {
      this.server = await serveApp();
      this.provider = await Provider.start(this.server.origin, accessTokenLife);
      this.browser = await launch();
    });
    afterAll(async () => {
      await this.browser.close();
      this.provider.close();
      await this.server.close();
    });
    beforeEach(async () => {
      await this.provider.forget();
      this.context = await this.browser.newContext();
    });
    afterEach(() => this.context.close());
  }

  /** A tab with the session. */
  tab(more = {}): Promise<Page> {
    return open(this.context, this.provider, this.server, more);
  }

  /** A tab in which somebody has signed in. */
  async signedIn(more = {}): Promise<Page> {
    const tab = await this.tab(more);
    await signIn(tab, this.provider, this.server, more);
    return tab;
  }
}

/** What a page has heard of its session. */
export const heard = () => window.heard;
/** A token. */
export const bearer = () => window.session.bearer();
/** A new token, whatever the one in hand is worth: what a refresh comes to. */
export const refresh = async () =>
  window.codeOf(window.session.another(await window.session.bearer()));

/** How the app describes the provider. */
export function describe({ ready }: Provider, { origin }: Server) {
  return {
    issuer: ready.issuer,
    clientId: ready.clients.app,
    redirectUri: `${origin}/signed-in`,
    postLogoutRedirectUri: `${origin}/`,
  };
}

export async function loaded(tab: Tab): Promise<void> {
  await tab.waitForFunction(() => 'attachSession' in window);
}

/** Attaches the session in a tab that is there. */
export async function attach(
  tab: Tab,
  provider: Provider,
  server: Server,
  more = {},
): Promise<void> {
  await loaded(tab);
  await tab.evaluate(([server, more]) => window.attachSession(server, more), [
    describe(provider, server),
    { origins: [provider.ready.issuer], ...more },
  ] as const);
}

export async function open(
  context: BrowserContext,
  provider: Provider,
  server: Server,
  more = {},
): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(server.origin);
  await attach(tab, provider, server, more);
  return tab;
}

/** Fills in the provider's page, in a window that shows it. */
export async function logIn(page: Page, { ready }: Provider): Promise<void> {
  await page.getByLabel('Name').fill(ready.user.login);
  await page.getByLabel('Password').fill(ready.user.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Has the browser go to the provider and come back; the page has still to complete the sign-in. */
export async function comeBack(tab: Page, provider: Provider, server: Server, more = {}) {
  await tab.evaluate(() => void window.session.signInWithRedirect({ page: 'orders' }));
  await tab.waitForURL(`${provider.ready.issuer}/**`);
  await logIn(tab, provider);
  await isBack(tab, provider, server, more);
}

/** The same where the provider knows the browser, and asks nobody. */
export async function comeBackKnown(tab: Page, provider: Provider, server: Server) {
  await tab.evaluate(() => void window.session.signInWithRedirect({ page: 'orders' }));
  await isBack(tab, provider, server);
}

/** Waits for the provider to send a page back, and attaches the session there. */
export async function isBack(tab: Page, provider: Provider, server: Server, more = {}) {
  await tab.waitForURL(`${server.origin}/signed-in?**`);
  await attach(tab, provider, server, more);
}

/** Begins a sign-in in a window of its own, and answers the window; the tab has what comes of it. */
export async function openWindow(tab: Page): Promise<Page> {
  const [window_] = await Promise.all([
    tab.context().waitForEvent('page'),
    tab.evaluate(() => {
      window.signing = window.session.signInWithPopup();
      window.signing.catch(() => undefined);
    }),
  ]);
  return window_;
}

/** Has the page that comes back in that window hand over what it was sent, and close the window. */
export async function handOver(window_: Page, provider: Provider, server: Server) {
  await isBack(window_, provider, server);
  await Promise.all([
    window_.waitForEvent('close'),
    window_.evaluate(() => void window.session.completeSignIn()),
  ]);
}

/** Signs in by redirect; answers the app's state. */
export async function signIn(tab: Page, provider: Provider, server: Server, more = {}) {
  await comeBack(tab, provider, server, more);
  return tab.evaluate(() => window.session.completeSignIn());
}

/** The tokens that the vault keeps. */
export function kept(tab: Tab): Promise<{ access: string; refresh: string; id: string }> {
  return tab.evaluate(async () => {
    const { access, refresh, id } = (await window.vault.getValue('session')).tokens;
    return { access, refresh, id };
  });
}
